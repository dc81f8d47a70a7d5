/**
 * Which blocks of a store's content file hold something: a bitmap, and where to look for free ones.
 *
 * The map is kept in the database, a record for each region of blocks, and changes in the same transaction as the
 * pointers to the blocks: whatever a crash leaves in the file is free unless a pointer to it is committed. Blocks that a
 * transaction frees are taken again by a later one only, because until it is committed a crash goes back to them.
 *
 * Blocks may be *held* for those who read an older state: they are free by the map that is kept, and taken by nobody here.
 */

export const BLOCK_BYTES = 4096;
/** Blocks of a region, 32 MiB; a run of blocks that is not at the file's end lies in one. */
export const REGION_BLOCKS = 8192;
export const REGION_BYTES = REGION_BLOCKS / 8;
/** Runs that were freed and are remembered, to be taken again without a search. */
const MAX_REMEMBERED = 65_536;
/** From so many taken ones on their memory is given back. */
const TRIM_FROM = 1024;

export interface Run {
  /** The first block. */
  readonly at: number;
  readonly count: number;
}

export class BlockMap {
  /** The number after the last block that is used or held. */
  end = 0;
  /** How many blocks are used, and how many are held. */
  used = 0;
  held = 0;
  /** A set bit is a block that is used or held. */
  #bits = new Uint8Array(0);
  /** A set bit is a block that is held. */
  #held = new Uint8Array(0);
  /** Free blocks of each region, without those that are held. */
  readonly #free: number[] = [];
  readonly #changed = new Set<number>();
  /** The beginnings of freed runs, by their length, oldest first: what was written in one order is so again. */
  readonly #freed = new Map<number, { runs: number[]; next: number }>();
  #remembered = 0;
  /** Where the last search ended, as a region. */
  #rover = 0;
  /** A run of so many blocks was searched for in vain, and nothing has been freed since. */
  #hopeless = Number.POSITIVE_INFINITY;

  /** Whether all blocks of a run, whatever it is, hold something. */
  isUsed({ at, count }: Run): boolean {
    if (count === 0 || at + count > this.end) return false;
    for (let i = at; i < at + count; i++) if (!isSet(this.#bits, i) || isSet(this.#held, i)) return false;
    return true;
  }

  /** Takes a run of blocks; the file's end moves when there is none within it. */
  take(count: number): Run {
    const at = this.#recall(count) ?? this.#search(count) ?? this.end;
    const run = { at, count };
    this.#occupy(run, true);
    this.#note(run, count);
    return run;
  }

  /** Makes blocks free that are used: to be taken again at once, so only when nothing refers to them any more. */
  release(run: Run): void {
    this.#occupy(run, false);
    this.#note(run, -run.count);
    this.#remember(run);
  }

  /** Makes blocks free that are used, but holds them. */
  hold(run: Run): void {
    this.#mark(run, true);
    this.#note(run, -run.count);
  }

  /** Holds blocks that were released and not taken since. */
  holdReleased(run: Run): void {
    this.#occupy(run, true);
    this.#mark(run, true);
  }

  /** Holds blocks no longer. */
  letGo(run: Run): void {
    this.#mark(run, false);
    this.#occupy(run, false);
    this.#remember(run);
  }

  /** Makes blocks used again that were released or held a moment ago, because that did not come to be. */
  restore(run: Run): void {
    if (isSet(this.#held, run.at)) this.#mark(run, false);
    else this.#occupy(run, true);
    this.#note(run, run.count);
  }

  /** The regions that have changed since the last call, each with its bits; undefined for one that is empty. */
  *changes(): Generator<readonly [number, Uint8Array | undefined]> {
    const regions = [...this.#changed].sort((a, b) => a - b);
    this.#changed.clear();
    for (const region of regions) {
      const from = region * REGION_BYTES;
      const bits = this.#bits.slice(from, from + REGION_BYTES);
      if (this.held > 0)
        for (let i = 0; i < REGION_BYTES; i++) bits[i] = byteAt(bits, i) & ~byteAt(this.#held, from + i);
      yield [region, bits.every((byte) => byte === 0) ? undefined : bits];
    }
  }

  /** Puts a region in as it was kept: `REGION_BYTES` of bits. */
  load(region: number, bits: Uint8Array): void {
    this.#reach((region + 1) * REGION_BLOCKS);
    this.#bits.set(bits, region * REGION_BYTES);
    let used = 0;
    for (let i = 0; i < REGION_BLOCKS; i++) {
      if (!isSet(bits, i)) continue;
      used++;
      this.end = Math.max(this.end, region * REGION_BLOCKS + i + 1);
    }
    this.used += used - (REGION_BLOCKS - (this.#free[region] as number));
    this.#free[region] = REGION_BLOCKS - used;
  }

  /** A run of that length which was freed and is still free. */
  #recall(count: number): number | undefined {
    const same = this.#freed.get(count);
    if (same === undefined) return undefined;
    while (same.next < same.runs.length) {
      const at = same.runs[same.next++] as number;
      this.#remembered--;
      if (same.next > TRIM_FROM && 2 * same.next > same.runs.length) {
        same.runs = same.runs.slice(same.next);
        same.next = 0;
      }
      if (at + count <= this.end && this.#isFree(at, count)) return at;
    }
    this.#freed.delete(count);
    return undefined;
  }

  #search(count: number): number | undefined {
    if (count >= this.#hopeless || this.end - this.used - this.held < count) return undefined;
    const regions = Math.ceil(this.end / REGION_BLOCKS);
    for (let i = 0; i < regions; i++) {
      const region = (this.#rover + i) % regions;
      if ((this.#free[region] as number) < count) continue;
      const at = this.#searchRegion(region, count);
      if (at === undefined) continue;
      this.#rover = region;
      return at;
    }
    this.#hopeless = count;
    return undefined;
  }

  #searchRegion(region: number, count: number): number | undefined {
    const first = region * REGION_BLOCKS;
    const last = Math.min(first + REGION_BLOCKS, this.end);
    let length = 0;
    for (let at = first; at < last; at++) {
      if ((at & 7) === 0 && this.#bits[at >>> 3] === 0xff) {
        at += 7;
        length = 0;
      } else if (isSet(this.#bits, at)) length = 0;
      else if (++length === count) return at - count + 1;
    }
    return undefined;
  }

  #isFree(at: number, count: number): boolean {
    for (let i = at; i < at + count; i++) if (isSet(this.#bits, i)) return false;
    return true;
  }

  #remember({ at, count }: Run): void {
    this.#hopeless = Number.POSITIVE_INFINITY;
    if (this.#remembered === MAX_REMEMBERED) return;
    this.#remembered++;
    const same = this.#freed.get(count);
    if (same === undefined) this.#freed.set(count, { runs: [at], next: 0 });
    else same.runs.push(at);
  }

  /** Counts what becomes used or is no longer, and has its regions written. */
  #note({ at, count }: Run, used: number): void {
    this.used += used;
    const last = Math.floor((at + count - 1) / REGION_BLOCKS);
    for (let region = Math.floor(at / REGION_BLOCKS); region <= last; region++) this.#changed.add(region);
  }

  #mark({ at, count }: Run, isHeld: boolean): void {
    for (let i = at; i < at + count; i++) {
      if (!isSet(this.#bits, i) || isSet(this.#held, i) === isHeld)
        throw new Error(`invariant broken: block ${i} is ${isHeld ? "held, or free" : "not held"}`);
      flip(this.#held, i);
    }
    this.held += isHeld ? count : -count;
  }

  #occupy({ at, count }: Run, isOccupied: boolean): void {
    this.#reach(at + count);
    for (let i = at; i < at + count; i++) {
      if (isSet(this.#bits, i) === isOccupied)
        throw new Error(`invariant broken: block ${i} is ${isOccupied ? "used" : "free"}`);
      flip(this.#bits, i);
      const region = Math.floor(i / REGION_BLOCKS);
      this.#free[region] = (this.#free[region] as number) + (isOccupied ? -1 : 1);
    }
    if (isOccupied) this.end = Math.max(this.end, at + count);
    else if (at + count === this.end) this.#retreat(at);
  }

  /** Moves the end back over free blocks before `at`. */
  #retreat(at: number): void {
    let end = at;
    while (end > 0 && !isSet(this.#bits, end - 1)) {
      end -= (end & 7) === 0 && this.#bits[(end >>> 3) - 1] === 0 ? 8 : 1;
    }
    this.end = end;
  }

  /** Makes the map long enough for so many blocks. */
  #reach(blocks: number): void {
    const regions = Math.ceil(blocks / REGION_BLOCKS);
    while (this.#free.length < regions) this.#free.push(REGION_BLOCKS);
    const bytes = regions * REGION_BYTES;
    if (bytes <= this.#bits.length) return;
    const grown = new Uint8Array(Math.max(bytes, 2 * this.#bits.length));
    grown.set(this.#bits);
    this.#bits = grown;
    const held = new Uint8Array(grown.length);
    held.set(this.#held);
    this.#held = held;
  }
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function flip(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = byteAt(bits, index >>> 3) ^ (1 << (index & 7));
}

function isSet(bits: Uint8Array, at: number): boolean {
  return ((bits[at >>> 3] as number) & (1 << (at & 7))) !== 0;
}
