/**
 * What an entry has changed so far: the last change of each key, in the order in which keys were first changed. Most entries change a
 * few keys, which are looked through; where there are many they are found by their names.
 */
import { type Change, joinChanges } from "../../world/index.ts";

/** So many changes are looked through: what a command of 16 writes changes, and some more. */
const FEW = 24;

export class HeldChanges {
  readonly all: Change[] = [];
  /** Where the change of each key is, once there are many. */
  #places: Map<string, number> | undefined;

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  add(batch: readonly Change[]): void {
    for (const change of batch) {
      const at = this.#placeOf(change.key);
      if (at === undefined) this.#append(change);
      else this.all[at] = joinChanges(this.all[at] as Change, change);
    }
  }

  find(key: Uint8Array): Change | undefined {
    const at = this.#placeOf(key);
    return at === undefined ? undefined : this.all[at];
  }

  #append(change: Change): void {
    const at = this.all.push(change) - 1;
    if (this.#places !== undefined) this.#places.set(nameOf(change.key), at);
    else if (at === FEW) this.#places = new Map(this.all.map(({ key }, place) => [nameOf(key), place]));
  }

  #placeOf(key: Uint8Array): number | undefined {
    if (this.#places !== undefined) return this.#places.get(nameOf(key));
    for (let at = this.all.length - 1; at >= 0; at--) {
      if (isSame((this.all[at] as Change).key, key)) return at;
    }
    return undefined;
  }
}

/** Keys of a kind begin alike. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = a.length - 1; at >= 0; at--) if (a[at] !== b[at]) return false;
  return true;
}

/** One character for each byte. */
export function nameOf(key: Uint8Array): string {
  return String.fromCharCode.apply(undefined, key as unknown as number[]);
}
