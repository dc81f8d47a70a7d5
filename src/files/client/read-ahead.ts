/**
 * Reading one descriptor: when a reader goes through a file from front to back, the blocks that it will want next
 * are asked for before it does, more of them the longer it goes on. A read anywhere else is asked for as it is.
 *
 * A block that was read ahead is given once, in passing, and forgotten. What this client writes makes the blocks
 * read before it out of date.
 */
import type { Budget } from "./budget.ts";

/** What a READ gave. `data` may be shorter than asked for, at the end of the file or for the server's reasons. */
export interface ReadAnswer {
  readonly data: Uint8Array;
  readonly eof: boolean;
}

/** Asks the server. */
export type Fetch = (offset: number, length: number) => Promise<ReadAnswer>;

interface Block {
  readonly answer: Promise<ReadAnswer>;
  readonly version: number;
}

export interface ReadAheadOptions {
  readonly fetch: Fetch;
  /** Largest READ, in bytes; blocks begin at multiples of it. */
  readonly blockBytes: number;
  /** Blocks that may be asked for ahead of the reader. */
  readonly maxBlocks: number;
  /** Shared by the open files; when it is used up, nothing is read ahead. */
  readonly budget: Budget;
  readonly size: () => number;
  readonly version: () => number;
}

export class ReadAhead {
  readonly #options: ReadAheadOptions;
  /** By the number of the block. */
  readonly #blocks = new Map<number, Block>();
  /** Where the next read begins if the reader goes from front to back. */
  #next = 0;
  /** Blocks to be ahead by; doubles with each block that was read in passing. */
  #ahead = 1;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Fills `into` from `offset`; returns how many bytes there were, less than asked for only at the end of the file. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    const inPassing = offset === this.#next;
    this.#next = offset + into.length;
    if (!inPassing) {
      this.discard();
      return this.#readDirect(into, offset);
    }
    let done = 0;
    while (done < into.length) {
      const count = await this.#readBlock(into.subarray(done), offset + done);
      if (count === 0) break;
      done += count;
    }
    if (done < into.length) this.#next = offset + done;
    return done;
  }

  /** Forgets what was read ahead. */
  discard(): void {
    for (const number of this.#blocks.keys()) this.#drop(number);
    this.#ahead = 1;
  }

  /** As much as one block has. */
  async #readBlock(into: Uint8Array, offset: number): Promise<number> {
    const { blockBytes, version, fetch } = this.#options;
    const number = Math.floor(offset / blockBytes);
    for (const old of this.#blocks.keys()) if (old < number) this.#drop(old);
    let block = this.#blocks.get(number);
    if (block !== undefined && block.version !== version()) {
      this.discard();
      block = undefined;
    }
    if (block === undefined) {
      this.#askAhead(number + 1);
      // Small reads at a block's beginning fetch the whole block: its rest is wanted next.
      block = this.#ask(number) ?? {
        answer: fetch(offset, Math.min(into.length, blockBytes)),
        version: version(),
      };
    } else this.#askAhead(number + 1);
    const held = this.#blocks.has(number);
    const { data, eof } = await block.answer;
    const from = held ? offset - number * blockBytes : 0;
    const part = data.subarray(from, from + into.length);
    into.set(part);
    // The end of the file may move: it is asked for again each time.
    if (held && from + part.length >= data.length) this.#drop(number);
    if (part.length > 0 || eof) return part.length;
    return this.#readDirect(into, offset);
  }

  /** Reads with as many READs at once as it takes. */
  async #readDirect(into: Uint8Array, offset: number): Promise<number> {
    const { blockBytes, fetch } = this.#options;
    const parts: Promise<number>[] = [];
    for (let at = 0; at < into.length; at += blockBytes) {
      parts.push(readFully(fetch, into.subarray(at, at + blockBytes), offset + at));
    }
    let done = 0;
    for (const [index, count] of (await Promise.all(parts)).entries()) {
      done += count;
      if (count < Math.min(blockBytes, into.length - index * blockBytes)) break;
    }
    return done;
  }

  #askAhead(from: number): void {
    const { blockBytes, maxBlocks, size } = this.#options;
    const end = Math.min(from + this.#ahead, Math.ceil(size() / blockBytes));
    for (let number = from; number < end; number++) {
      if (!this.#blocks.has(number) && this.#ask(number) === undefined) break;
    }
    this.#ahead = Math.min(this.#ahead * 2, maxBlocks);
  }

  /** Asks for a block if the budget allows. */
  #ask(number: number): Block | undefined {
    const { blockBytes, fetch, budget, version } = this.#options;
    if (!budget.tryTake(blockBytes)) return undefined;
    const answer = fetch(number * blockBytes, blockBytes);
    // It may never be waited for; whoever does sees the failure.
    answer.catch(() => {});
    const block = { answer, version: version() };
    this.#blocks.set(number, block);
    return block;
  }

  #drop(number: number): void {
    if (this.#blocks.delete(number)) this.#options.budget.adjust(-this.#options.blockBytes);
  }
}

/** Reads until `into` is full or the file ends, whatever portions the server gives. */
export async function readFully(fetch: Fetch, into: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { data, eof } = await fetch(offset + done, into.length - done);
    into.set(data.subarray(0, into.length - done), done);
    done += Math.min(data.length, into.length - done);
    if (eof || data.length === 0) break;
  }
  return done;
}
