/** What the parts of a replica share: who it is, what it must not forget, what is chosen, and the way to the others. */
import type { AcceptorState } from "./acceptor-state.ts";
import { isVoter } from "./configuration.ts";
import type { Crc32 } from "./entry.ts";
import type { PaxosMessage } from "./message.ts";
import type { Limits, Timing } from "./options.ts";
import type { Prefix } from "./prefix.ts";

export interface Envelope {
  readonly to: number;
  readonly message: PaxosMessage;
}

export class Core {
  readonly id: number;
  /** How often this replica was started: what is left of an earlier life is not taken for this one's. */
  readonly life: number;
  readonly state: AcceptorState;
  /** Of all that is known to be chosen. */
  readonly prefix: Prefix;
  readonly timing: Timing;
  readonly limits: Limits;
  readonly crc32: Crc32;
  /** This replica's monotonic clock, as of the event that is dealt with. */
  nowMs: number;
  /** Whom a link leads to. */
  readonly linked = new Set<number>();
  /** Stores by the names of the peers that hold them, as these said last. */
  readonly stores = new Map<string, string>();
  #sends: Envelope[] = [];
  /** Messages of this replica to itself. */
  #looped: PaxosMessage[] = [];

  constructor(
    parts: Pick<Core, "id" | "life" | "state" | "prefix" | "timing" | "limits" | "crc32" | "nowMs">,
  ) {
    this.id = parts.id;
    this.life = parts.life;
    this.state = parts.state;
    this.prefix = parts.prefix;
    this.timing = parts.timing;
    this.limits = parts.limits;
    this.crc32 = parts.crc32;
    this.nowMs = parts.nowMs;
  }

  send(to: number, message: PaxosMessage): void {
    if (to === this.id) this.#looped.push(message);
    else if (this.linked.has(to)) this.#sends.push({ to, message });
  }

  takeSends(): readonly Envelope[] {
    if (this.#sends.length === 0) return this.#sends;
    const sends = this.#sends;
    this.#sends = [];
    return sends;
  }

  get hasLooped(): boolean {
    return this.#looped.length > 0;
  }

  takeLooped(): readonly PaxosMessage[] {
    if (this.#looped.length === 0) return this.#looped;
    const looped = this.#looped;
    this.#looped = [];
    return looped;
  }

  get isVoter(): boolean {
    return isVoter(this.prefix.configuration, this.id);
  }

  /** A voter, or one who was before the last switch and may be needed to bring it to those who vote now. */
  get mayLead(): boolean {
    return this.isVoter || (!this.prefix.isSealed && this.isFormer(this.id));
  }

  /** Whether this replica was removed, and nobody needs it any more. */
  get isRemoved(): boolean {
    return this.prefix.isSealed && this.isFormer(this.id);
  }

  /** Whether a replica was a member, and is none any more. */
  isFormer(id: number): boolean {
    const { nextId, members } = this.prefix.configuration;
    return id < nextId && members.every((member) => member.id !== id);
  }

  /** All up to `slot` is chosen. */
  commit(slot: number): void {
    const { state, prefix } = this;
    state.commit(slot);
    while (prefix.slot < slot) prefix.advance(state.entry(prefix.slot + 1));
  }
}
