/**
 * A state on its way to a machine that keeps its state itself: parts in their order, each checked together with all before it, given
 * to the machine's sink. More is asked for when the sink has room, so that memory holds a window's worth at most. Nothing counts
 * before all of it is here: a crash of either side, or an end in the middle, leaves the machine with what it had.
 */

import type { StateSink } from "./machine.ts";
import { guarded } from "./machine-guard.ts";
import type { Part } from "./message.ts";
import type { PrefixValue } from "./prefix.ts";
import { type StateHost, WINDOW_CHUNKS } from "./state-keeper.ts";

/** What became of a part. */
export type PartFate = "taken" | "ignored" | "damaged";

export class StateReceiver {
  readonly from: number;
  readonly stream: number;
  readonly prefix: PrefixValue;
  /** When something of it came last. */
  heardMs: number;
  readonly #host: StateHost;
  readonly #sink: StateSink;
  #next = 0;
  #added = 0;
  #checksum = 0;
  #hasEnd = false;
  #isOver = false;

  constructor(host: StateHost, sink: StateSink, from: number, stream: number, prefix: PrefixValue) {
    this.#host = host;
    this.#sink = sink;
    this.from = from;
    this.stream = stream;
    this.prefix = prefix;
    this.heardMs = host.nowMs();
  }

  /** All parts are here, and the sink has them. */
  get isWhole(): boolean {
    return this.#hasEnd && this.#added === this.#next;
  }

  /** Asks for more; for the end too, so that the sender knows that it came. */
  want(): void {
    const { stream } = this;
    const until = this.#hasEnd ? this.#next : this.#added + WINDOW_CHUNKS;
    this.#host.send(this.from, { kind: "more", stream, next: this.#next, until });
  }

  /** `taken` is called when the sink has room for another. */
  take({ number, checksum, isEnd, bytes }: Part, taken: () => void): PartFate {
    if (number !== this.#next || this.#hasEnd) return "ignored";
    this.#checksum = this.#host.crc32(bytes, this.#checksum);
    if (checksum !== this.#checksum) return "damaged";
    this.heardMs = this.#host.nowMs();
    this.#next++;
    if (isEnd) {
      this.#hasEnd = true;
      this.#added++;
    } else this.#give(bytes, taken);
    return "taken";
  }

  #give(bytes: Uint8Array, taken: () => void): void {
    const added = guarded("take a chunk of a snapshot", () => this.#sink.add(bytes));
    this.#host.wait("take a chunk of a snapshot", added, () => {
      this.#added++;
      if (!this.#isOver) taken();
    });
  }

  finish(then: () => void): void {
    this.#isOver = true;
    const finished = guarded("finish a snapshot", () => this.#sink.finish());
    this.#host.wait("finish a snapshot", finished, then);
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    guarded("abandon a snapshot", () => this.#sink.abandon());
  }
}
