/**
 * What the chosen prefix of a log says beside the state of the state machine: the configuration of the next slot, and the
 * fence. The fence is the highest ballot that was opened: every leader begins with an OPENING entry, and whatever was born
 * in an older ballot and comes after it is void, for everybody alike. So a replica that applied an opening knows of
 * each older entry whether it happened or never will, and may propose again what did not.
 */

import { decodeChange, decodeSwitch } from "./codec.ts";
import { afterChange, afterSwitch, type Configuration } from "./configuration.ts";
import { bornOf, kindOf, PAXOS_CHANGE, PAXOS_NOOP, PAXOS_OPENING, PAXOS_SWITCH, payloadOf } from "./entry.ts";

export interface PrefixValue {
  readonly slot: number;
  readonly fence: number;
  /**
   * Something is chosen after the last SWITCH: a majority of its voters has all up to it. Until then they may need those who
   * voted before them.
   */
  readonly isSealed: boolean;
  readonly configuration: Configuration;
}

export class Prefix implements PrefixValue {
  slot: number;
  fence: number;
  isSealed: boolean;
  configuration: Configuration;

  constructor({ slot, fence, isSealed, configuration }: PrefixValue) {
    this.slot = slot;
    this.fence = fence;
    this.isSealed = isSealed;
    this.configuration = configuration;
  }

  /** Whether an entry in the next slot would have no effect. */
  isVoid(entry: Uint8Array): boolean {
    return kindOf(entry) === PAXOS_NOOP || bornOf(entry) < this.fence;
  }

  /** Goes over the entry of the next slot. */
  advance(entry: Uint8Array): void {
    this.slot++;
    this.isSealed = true;
    if (this.isVoid(entry)) return;
    switch (kindOf(entry)) {
      case PAXOS_OPENING:
        this.fence = bornOf(entry);
        break;
      case PAXOS_CHANGE: {
        const wanted = decodeChange(payloadOf(entry));
        if (wanted !== undefined) this.configuration = afterChange(this.configuration, this.slot, wanted);
        break;
      }
      case PAXOS_SWITCH: {
        const change = decodeSwitch(payloadOf(entry));
        if (change !== undefined) this.#switch(afterSwitch(this.configuration, change));
        break;
      }
    }
  }

  #switch(configuration: Configuration): void {
    this.isSealed = configuration === this.configuration;
    this.configuration = configuration;
  }

  value(): PrefixValue {
    const { slot, fence, isSealed, configuration } = this;
    return { slot, fence, isSealed, configuration };
  }
}
