/** A file as blocks of one size, the last one shorter; and sets of them, a bit for each. */
import { MAX_BLOCKS } from "./limits.ts";

export class Blocks {
  readonly sizeBytes: number;
  readonly blockBytes: number;
  readonly count: number;

  /** @throws RangeError for more than `MAX_BLOCKS` blocks. */
  constructor(sizeBytes: number, blockBytes: number) {
    this.sizeBytes = sizeBytes;
    this.blockBytes = blockBytes;
    this.count = Math.ceil(sizeBytes / blockBytes);
    if (!(this.count <= MAX_BLOCKS)) throw new RangeError(`${this.count} blocks: at most ${MAX_BLOCKS}`);
  }

  start(index: number): number {
    return index * this.blockBytes;
  }

  length(index: number): number {
    return Math.min(this.blockBytes, this.sizeBytes - this.start(index));
  }

  /** Bytes of blocks `first` to `first + count - 1`. */
  bytes(first: number, count: number): number {
    return Math.min(this.start(first + count), this.sizeBytes) - this.start(first);
  }

  /** Bytes of the blocks in a set of them. */
  bytesOf(set: BlockSet): number {
    const last = this.count - 1;
    const shorterBytes = set.has(last) ? this.blockBytes - this.length(last) : 0;
    return set.size * this.blockBytes - shorterBytes;
  }

  /** How many whole blocks a file that is only so long has. */
  within(presentBytes: number): number {
    return presentBytes >= this.sizeBytes ? this.count : Math.floor(presentBytes / this.blockBytes);
  }
}

/** A set of block numbers below `limit`. */
export class BlockSet {
  readonly limit: number;
  readonly #bits: Uint8Array;
  #size = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#bits = new Uint8Array((limit + 7) >>> 3);
  }

  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return (
      index >= 0 && index < this.limit && ((this.#bits[index >>> 3] as number) & (1 << (index & 7))) !== 0
    );
  }

  add(index: number): void {
    if (index >= this.limit) throw new RangeError(`block ${index} of ${this.limit}`);
    if (this.has(index)) return;
    this.#bits[index >>> 3] = (this.#bits[index >>> 3] as number) | (1 << (index & 7));
    this.#size++;
  }

  addFrom(first: number): void {
    for (let index = first; index < this.limit; index++) this.add(index);
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#bits[index >>> 3] = (this.#bits[index >>> 3] as number) & ~(1 << (index & 7));
    this.#size--;
  }

  /** In ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.limit; index++) {
      if (this.#bits[index >>> 3] === 0) index |= 7;
      else if (this.has(index)) yield index;
    }
  }
}
