/** A queue in an array, with places: taking the first is constant time, because the dead beginning goes only when it is half of all. */
const FEW = 32;

export class Line<Item> {
  #items: (Item | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** The item at a place, from 0. @throws RangeError when there is none. */
  at(place: number): Item {
    if (!(place >= 0 && place < this.length)) throw new RangeError(`place ${place} of ${this.length}`);
    return this.#items[this.#first + place] as Item;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the first. @throws RangeError when there is none. */
  shift(): Item {
    const item = this.at(0);
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

  *[Symbol.iterator](): Generator<Item> {
    for (let at = this.#first; at < this.#items.length; at++) yield this.#items[at] as Item;
  }
}
