/**
 * Which blocks of a store's content file hold something: a bitmap, and where to look for free ones.
 *
 * The map is kept in the database, a record for each region of blocks, and changes in the same transaction as the
 * pointers to the blocks: whatever a crash leaves in the file is free unless a pointer to it is committed. Blocks that a
 * transaction frees are taken again by a later one only, because until it is committed a crash goes back to them.
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
  /** The number after the last block that is used. */
  end = 0;
  /** How many blocks are used. */
  used = 0;
  /** A set bit is a used block. */
  #bits = new Uint8Array(0);
  /** Free blocks of each region. */
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
    for (let i = at; i < at + count; i++) if (!isSet(this.#bits, i)) return false;
    return true;
  }

  /** Takes a run of blocks; the file's end moves when there is none within it. */
  take(count: number): Run {
    const at = this.#recall(count) ?? this.#search(count) ?? this.end;
    this.#set(at, count, true);
    return { at, count };
  }

  /** Makes blocks free that are used: to be taken again at once, so only when nothing refers to them any more. */
  release({ at, count }: Run): void {
    this.#set(at, count, false);
    this.#hopeless = Number.POSITIVE_INFINITY;
    if (this.#remembered === MAX_REMEMBERED) return;
    this.#remembered++;
    const same = this.#freed.get(count);
    if (same === undefined) this.#freed.set(count, { runs: [at], next: 0 });
    else same.runs.push(at);
  }

  /** Makes blocks used again that were released a moment ago, because that did not come to be. */
  restore({ at, count }: Run): void {
    this.#set(at, count, true);
  }

  /** The regions that have changed since the last call, each with its bits; undefined for one that is empty. */
  *changes(): Generator<readonly [number, Uint8Array | undefined]> {
    const regions = [...this.#changed].sort((a, b) => a - b);
    this.#changed.clear();
    for (const region of regions) {
      const isEmpty = this.#free[region] === REGION_BLOCKS;
      yield [
        region,
        isEmpty ? undefined : this.#bits.slice(region * REGION_BYTES, (region + 1) * REGION_BYTES),
      ];
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
    if (count >= this.#hopeless || this.end - this.used < count) return undefined;
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

  #set(at: number, count: number, isUsed: boolean): void {
    this.#reach(at + count);
    for (let i = at; i < at + count; i++) {
      if (isSet(this.#bits, i) === isUsed)
        throw new Error(`invariant broken: block ${i} is ${isUsed ? "used" : "free"}`);
      const byte = this.#bits[i >>> 3] as number;
      this.#bits[i >>> 3] = isUsed ? byte | (1 << (i & 7)) : byte & ~(1 << (i & 7));
      const region = Math.floor(i / REGION_BLOCKS);
      this.#free[region] = (this.#free[region] as number) + (isUsed ? -1 : 1);
      this.#changed.add(region);
    }
    this.used += isUsed ? count : -count;
    if (isUsed) this.end = Math.max(this.end, at + count);
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
  }
}

function isSet(bits: Uint8Array, at: number): boolean {
  return ((bits[at >>> 3] as number) & (1 << (at & 7))) !== 0;
}
