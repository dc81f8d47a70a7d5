/**
 * The configurations that the search has been in: position, state and placed operations, as rows of a hash table
 * with open addressing over one `Int32Array`. A few bytes each, no objects, nothing for the collector.
 *
 * It is a cache: at its bound it begins anew, and what is forgotten may only be searched again.
 */

const FIRST_ROWS = 1024;
/** The position's cell of an empty row. */
const EMPTY = -1;

export class ConfigurationSet {
  readonly #width: number;
  readonly #maxRows: number;
  #rows: Int32Array;
  #mask: number;
  #count = 0;

  /** `maskWords`: how many words tell which operations are placed. `maxBytes`: what its table may take. */
  constructor(maskWords: number, maxBytes: number) {
    this.#width = maskWords + 2;
    this.#maxRows = 2 ** Math.floor(Math.log2(maxBytes / (4 * this.#width)));
    const rows = Math.min(FIRST_ROWS, this.#maxRows);
    this.#rows = new Int32Array(rows * this.#width).fill(EMPTY);
    this.#mask = rows - 1;
  }

  get count(): number {
    return this.#count;
  }

  /** What its table takes. */
  get bytes(): number {
    return this.#rows.byteLength;
  }

  /** False when it was there already. */
  add(position: number, state: number, placed: Int32Array): boolean {
    let row = hash(position, state, placed) & this.#mask;
    while (this.#rows[row * this.#width] !== EMPTY) {
      if (this.#isAt(row * this.#width, position, state, placed)) return false;
      row = (row + 1) & this.#mask;
    }
    this.#put(row * this.#width, position, state, placed);
    if (++this.#count * 2 > this.#mask) this.#grow();
    return true;
  }

  #isAt(at: number, position: number, state: number, placed: Int32Array): boolean {
    const rows = this.#rows;
    if (rows[at] !== position || rows[at + 1] !== state) return false;
    for (let i = 0; i < placed.length; i++) if (rows[at + 2 + i] !== placed[i]) return false;
    return true;
  }

  #put(at: number, position: number, state: number, placed: Int32Array): void {
    this.#rows[at] = position;
    this.#rows[at + 1] = state;
    this.#rows.set(placed, at + 2);
  }

  #grow(): void {
    const old = this.#rows;
    const rows = (this.#mask + 1) * 2;
    if (rows > this.#maxRows) {
      old.fill(EMPTY);
      this.#count = 0;
      return;
    }
    this.#rows = new Int32Array(rows * this.#width).fill(EMPTY);
    this.#mask = rows - 1;
    for (let at = 0; at < old.length; at += this.#width) {
      if (old[at] !== EMPTY) this.#move(old.subarray(at, at + this.#width));
    }
  }

  #move(entry: Int32Array): void {
    const placed = entry.subarray(2);
    let row = hash(entry[0] as number, entry[1] as number, placed) & this.#mask;
    while (this.#rows[row * this.#width] !== EMPTY) row = (row + 1) & this.#mask;
    this.#rows.set(entry, row * this.#width);
  }
}

/** The mixing of MurmurHash3 (Appleby), a word at a time. */
function hash(position: number, state: number, placed: Int32Array): number {
  let h = mix(mix(0x9747b28c, position), state);
  for (let i = 0; i < placed.length; i++) h = mix(h, placed[i] as number);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mix(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = h ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
