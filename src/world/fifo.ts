/** A queue in an array: taking the first is constant time, because the dead beginning is given up only when it is half of all. */

/** A shorter dead beginning is never worth a copy. */
const FEW = 32;

/** A queue, first in, first out. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  peek(): Item | undefined {
    return this.#items[this.#first];
  }

  last(): Item | undefined {
    return this.length === 0 ? undefined : this.#items[this.#items.length - 1];
  }

  /** The item at a place, from 0. @throws RangeError when there is none. */
  at(place: number): Item {
    if (!(place >= 0 && place < this.length)) throw new RangeError(`place ${place} of ${this.length}`);
    return this.#items[this.#first + place] as Item;
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first >= FEW && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes out so many from a place on. */
  splice(place: number, count: number): Item[] {
    return this.#items.splice(this.#first + place, count) as Item[];
  }

  /** Keeps those for which `keep` is true, in their order. */
  filter(keep: (item: Item) => boolean): void {
    this.#items = (this.#items.slice(this.#first) as Item[]).filter(keep);
    this.#first = 0;
  }

  /** All, and it is empty then. */
  drain(): readonly Item[] {
    const items = this.#items.slice(this.#first) as Item[];
    this.clear();
    return items;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let at = this.#first; at < this.#items.length; at++) yield this.#items[at] as Item;
  }
}
