/** Numbers of free items, ascending. Most come at the end and go at the beginning; what is returned finds its place by halving. */
export class FreeItems {
  #numbers: number[] = [];
  #first = 0;

  get size(): number {
    return this.#numbers.length - this.#first;
  }

  add(number: number): void {
    const last = this.#numbers.at(-1);
    if (this.size === 0 || last === undefined || last < number) this.#numbers.push(number);
    else this.#numbers.splice(this.#placeOf(number), 0, number);
  }

  #placeOf(number: number): number {
    let [low, high] = [this.#first, this.#numbers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes the lowest out. */
  shift(): number | undefined {
    if (this.size === 0) return undefined;
    const number = this.#numbers[this.#first++];
    if (this.#first > 1024 && 2 * this.#first > this.#numbers.length) {
      this.#numbers = this.#numbers.slice(this.#first);
      this.#first = 0;
    }
    return number;
  }
}
