/**
 * What the image of a log's file holds of each key: an index from key to place. Of a change with spans the image has a patch. The value is
 * put together when somebody wants it: the last whole value in the file, or else what lies beneath the file, and the
 * patches since. A checkpoint wants what all of them come to, once for each key.
 *
 * The image only grows until it is replaced, so that whoever has it and the index as it was can go on reading.
 */
import { type Change, type Range, SortedMap } from "../world/index.ts";
import {
  changeAt,
  changeLengthAt,
  isPatchAt,
  joinPatches,
  type LoggedChange,
  type Patch,
  patched,
} from "./store-log-format.ts";
import { type Beneath, type Layer, walkLayer } from "./store-overlay.ts";

/** In the index: the file has nothing but patches of the key. */
const BENEATH = -1;

type Take = (bytes: number) => Uint8Array;

export class LoggedChanges implements Layer {
  image: Buffer<ArrayBuffer>;
  readonly #beneath: Beneath;
  /** Where the last whole change of each key lies. */
  readonly #index: SortedMap<number>;
  /** Where the patches since then lie, of the keys that have any. */
  readonly #patches: Map<string, number[]>;

  constructor(
    beneath: Beneath,
    image: Buffer<ArrayBuffer> = Buffer.alloc(0),
    index: SortedMap<number> = new SortedMap(),
    patches: Map<string, number[]> = new Map(),
  ) {
    this.#beneath = beneath;
    this.image = image;
    this.#index = index;
    this.#patches = patches;
  }

  get isEmpty(): boolean {
    return this.#index.size === 0;
  }

  get size(): number {
    return this.#index.size;
  }

  has(name: string): boolean {
    return this.#index.has(name);
  }

  patchCount(name: string): number {
    return this.#patches.get(name)?.length ?? 0;
  }

  /** A change of a key lies at `at`. */
  note(name: string, at: number): void {
    if (!isPatchAt(this.image, at)) {
      this.#index.set(name, at);
      this.#patches.delete(name);
      return;
    }
    const patches = this.#patches.get(name);
    if (patches !== undefined) patches.push(at);
    else this.#patches.set(name, [at]);
    if (!this.#index.has(name)) this.#index.set(name, BENEATH);
  }

  clear(): void {
    this.#index.clear();
    this.#patches.clear();
  }

  find(name: string): Change | undefined {
    const at = this.#index.get(name);
    return at === undefined ? undefined : this.#changeOf(name, at);
  }

  lengthOf(name: string): number | undefined {
    const at = this.#patches.get(name)?.at(-1) ?? this.#index.get(name);
    return at === undefined ? undefined : changeLengthAt(this.image, at);
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.#index, range, (at, name) => this.#changeOf(name, at));
  }

  freeze(beneath: Beneath): Layer {
    const patches = new Map(Array.from(this.#patches, ([name, places]) => [name, places.slice()]));
    return new LoggedChanges(beneath, this.image, this.#index.copy(), patches);
  }

  /** Bytes of the values of this size and more that `values` can tell the places of. */
  placeableBytes(leastBytes: number): number {
    let bytes = 0;
    for (const [name, at] of this.#index.entries()) {
      if (at === BENEATH || this.#patches.has(name)) continue;
      const length = changeLengthAt(this.image, at);
      if (length >= leastBytes) bytes += length;
    }
    return bytes;
  }

  /**
   * What the changes of each key come to; `take` gives memory for what has to be put together. Values of `leastPlacedBytes` and more
   * that lie in the image as they are have their place with them.
   */
  *values(take: Take, leastPlacedBytes = Number.POSITIVE_INFINITY): Generator<LoggedChange> {
    for (const [name, at] of this.#index.entries()) {
      if (!this.#patches.has(name)) yield this.#placedAt(at, leastPlacedBytes);
      else {
        const patch = at === BENEATH ? joinPatches(this.#patchesOf(name), take) : undefined;
        yield patch ?? this.#merged(name, at, take);
      }
    }
  }

  #placedAt(at: number, leastBytes: number): LoggedChange {
    const { key, value } = changeAt(this.image, at) as Change;
    if (value === undefined || value.length < leastBytes) return { key, value };
    return { key, value, place: value.byteOffset - this.image.byteOffset };
  }

  /** The image is written over one day; what a reader is given is his. */
  #changeOf(name: string, at: number): Change {
    return this.#patches.has(name) ? this.#merged(name, at) : copy(changeAt(this.image, at) as Change);
  }

  #patchesOf(name: string): Patch[] {
    return (this.#patches.get(name) ?? []).map((each) => changeAt(this.image, each) as Patch);
  }

  #merged(name: string, at: number, take?: Take): Change {
    const patches = this.#patchesOf(name);
    const key = new Uint8Array((patches[0] as Patch).key);
    const before = at === BENEATH ? this.#beneath(name, key) : (changeAt(this.image, at) as Change).value;
    if (before === undefined) throw new RangeError("a change with spans of a key that held nothing");
    return { key, value: patched(before, patches, take) };
  }
}

function copy({ key, value }: Change): Change {
  return { key: new Uint8Array(key), value: value === undefined ? undefined : new Uint8Array(value) };
}
