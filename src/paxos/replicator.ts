/**
 * How a leader brings its entries to the others: to each from the slot that it lacks, in messages of many entries, as many on
 * the way as a window of bytes allows. A message without entries is a heartbeat, and word of what is chosen.
 */
import type { Core } from "./core.ts";
import { ballotOf, entryIn } from "./entry.ts";
import type { Accept } from "./message.ts";
import type { Progress } from "./progress.ts";

export class Replicator {
  /** Which goes with every message: what is confirmed in a round was sent after the round began. */
  round = 1;
  readonly #core: Core;
  readonly #ballot: number;
  readonly #members: ReadonlyMap<number, Progress>;
  readonly #laggards: Set<number>;

  constructor(core: Core, ballot: number, members: ReadonlyMap<number, Progress>, laggards: Set<number>) {
    this.#core = core;
    this.#ballot = ballot;
    this.#members = members;
    this.#laggards = laggards;
  }

  /** Begins a round, of which everybody is told. */
  beat(): void {
    this.round++;
    for (const each of this.#members.values()) each.isDue = true;
  }

  confirmed(progress: Progress, durable: number, wanted: number, round: number): void {
    const { state } = this.#core;
    progress.confirmed(Math.min(durable, state.end), round);
    if (wanted === 0 || !progress.rewind(wanted, round, this.round)) return;
    this.round++;
    progress.isDue = true;
  }

  flush(): void {
    for (const each of this.#members.values()) if (this.#core.linked.has(each.id)) this.#flushTo(each);
  }

  #flushTo(progress: Progress): void {
    const { state, limits } = this.#core;
    const isBehind = progress.next < state.first;
    if (isBehind) this.#laggards.add(progress.id);
    else this.#laggards.delete(progress.id);
    while (!isBehind && progress.next <= state.end && progress.flightBytes < limits.windowBytes) {
      this.#sendEntries(progress);
    }
    const isNews = progress.toldCommitted < state.committed && !isBehind;
    if (progress.isDue || isNews) this.#send(progress, []);
  }

  #sendEntries(progress: Progress): void {
    const { state, limits } = this.#core;
    const entries: Uint8Array[] = [];
    let bytes = 0;
    for (let slot = progress.next; slot <= state.end; slot++) {
      const entry = this.#inBallot(state.entry(slot), slot);
      if (entries.length > 0 && bytes + entry.length > limits.messageBytes) break;
      bytes += entry.length;
      entries.push(entry);
    }
    this.#send(progress, entries);
    progress.sent(entries.length, bytes);
  }

  /** What was chosen in an older ballot is the only value that this one may have, so it goes as one of this ballot. */
  #inBallot(entry: Uint8Array, slot: number): Uint8Array {
    return ballotOf(entry) === this.#ballot ? entry : entryIn(this.#ballot, entry, slot, this.#core.crc32);
  }

  #send(progress: Progress, entries: readonly Uint8Array[]): void {
    const { state, nowMs } = this.#core;
    progress.probe(this.round, nowMs);
    progress.isDue = false;
    progress.toldCommitted = state.committed;
    this.#core.send(progress.id, this.#accept(progress.next, entries));
  }

  #accept(from: number, entries: readonly Uint8Array[]): Accept {
    const { committed } = this.#core.state;
    return { kind: "accept", ballot: this.#ballot, from, committed, round: this.round, entries };
  }

  /** The last word to one who is no member any more: what is chosen, so that it learns why. */
  sayGoodbye(id: number): void {
    this.#core.send(id, this.#accept(this.#core.state.end + 1, []));
    this.#core.send(id, { kind: "removed", id });
  }
}
