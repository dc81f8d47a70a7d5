/**
 * An ordered map from byte strings to values, for both worlds' stores: a hash map for `get`, and beside it, from
 * the first ordered read on, a sorted list of keys in chunks (a B+-tree of two levels). Keys are latin1 strings,
 * one character a byte, because JavaScript compares and hashes those natively and in the order of the bytes.
 */

/** A chunk splits in two at this many keys. */
const CHUNK_KEYS = 128;

/** Byte strings in order, with a value each: `get` and `set` as in a `Map`, and ordered ranges. */
export class SortedMap<Value> {
  readonly #values = new Map<string, Value>();
  /** Sorted chunks of sorted keys, none empty; undefined until an ordered read wants them. */
  #chunks: string[][] | undefined;

  /** Another map with the same entries; their values are shared. */
  copy(): SortedMap<Value> {
    const copy = new SortedMap<Value>();
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    copy.#chunks = this.#chunks?.map((chunk) => chunk.slice());
    return copy;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** In no particular order. */
  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  /** In no particular order. */
  values(): IterableIterator<Value> {
    return this.#values.values();
  }

  set(key: string, value: Value): void {
    const before = this.#values.size;
    this.#values.set(key, value);
    if (this.#chunks !== undefined && this.#values.size !== before) this.#insert(this.#chunks, key);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    if (this.#chunks !== undefined) this.#remove(this.#chunks, key);
    return true;
  }

  clear(): void {
    this.#values.clear();
    this.#chunks = undefined;
  }

  /** The smallest key that is greater than `key`, or equal to it when `included`; undefined is before the first. */
  after(key: string | undefined, included: boolean): string | undefined {
    const chunks = this.#sorted();
    if (key === undefined) return chunks[0]?.[0];
    const at = findChunk(chunks, key);
    const chunk = chunks[at];
    if (chunk === undefined) return undefined;
    let index = lowerBound(chunk, key);
    if (!included && chunk[index] === key) index++;
    return index < chunk.length ? chunk[index] : chunks[at + 1]?.[0];
  }

  /** The greatest key that is smaller than `key`; undefined is after the last. */
  before(key: string | undefined): string | undefined {
    const chunks = this.#sorted();
    if (key === undefined) return chunks.at(-1)?.at(-1);
    const at = findChunk(chunks, key);
    const chunk = chunks[at];
    if (chunk === undefined) return undefined;
    const index = lowerBound(chunk, key) - 1;
    return index >= 0 ? chunk[index] : chunks[at - 1]?.at(-1);
  }

  #sorted(): string[][] {
    this.#chunks ??= intoChunks([...this.#values.keys()].sort(byCode));
    return this.#chunks;
  }

  #insert(chunks: string[][], key: string): void {
    const at = findChunk(chunks, key);
    const chunk = chunks[at];
    if (chunk === undefined) {
      chunks.push([key]);
      return;
    }
    const index = lowerBound(chunk, key);
    if (index === chunk.length) chunk.push(key);
    else chunk.splice(index, 0, key);
    // Keys that only grow fill chunks to the brim: the split leaves the left one nearly full.
    if (chunk.length > CHUNK_KEYS) {
      const keep = index === chunk.length - 1 && at === chunks.length - 1 ? CHUNK_KEYS : CHUNK_KEYS >> 1;
      chunks.splice(at + 1, 0, chunk.splice(keep));
    }
  }

  #remove(chunks: string[][], key: string): void {
    const at = findChunk(chunks, key);
    const chunk = chunks[at] as string[];
    if (chunk.length === 1) chunks.splice(at, 1);
    else chunk.splice(lowerBound(chunk, key), 1);
  }
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function intoChunks(keys: string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < keys.length; at += CHUNK_KEYS) chunks.push(keys.slice(at, at + CHUNK_KEYS));
  return chunks;
}

/** The last chunk whose first key is not after `key`; the first chunk when all are. */
function findChunk(chunks: string[][], key: string): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (((chunks[middle] as string[])[0] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : low - 1;
}

/** The first index whose key is not before `key`. */
function lowerBound(chunk: string[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
