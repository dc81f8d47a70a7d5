/**
 * The total order as a receiver knows it: runs, which the sequencer put into its stream, each of which says from whose stream the next
 * messages come. A run is used up message by message.
 */
import { readUint32 } from "../../marshal/index.ts";
import { assert, Fifo } from "../../world/index.ts";
import type { ItemCursor } from "./bundle.ts";

/** The next `count` messages of a total order in the stream of `rank`; the run was the sequencer's item of that number. */
export interface Run {
  readonly rank: number;
  readonly number: number;
  count: number;
}

export class Places {
  readonly #runs = new Fifo<Run>();

  /** The cursor stands at the runs, which are the sequencer's item of this number. */
  add(cursor: ItemCursor, number: number): void {
    const { bytes, payloadAt, payloadBytes } = cursor;
    for (let at = payloadAt; at < payloadAt + payloadBytes; at += 8)
      this.#runs.push({ rank: readUint32(bytes, at), number, count: readUint32(bytes, at + 4) });
  }

  /** What comes next; undefined: nobody said. */
  peek(): Run | undefined {
    return this.#runs.peek();
  }

  /** A message of the stream of this rank is delivered. At the end of a view that may be without a place. */
  use(rank: number): void {
    const run = this.#runs.peek();
    if (run === undefined) return;
    assert(run.rank === rank, "a message of a total order is delivered at its place");
    run.count--;
    if (run.count === 0) this.#runs.shift();
  }

  /** What comes next is not there, and will never be. */
  skip(): void {
    this.#runs.shift();
  }
}
