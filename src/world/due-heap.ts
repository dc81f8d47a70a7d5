/**
 * What falls due at some time each, the earliest on top: a binary heap (Williams, 1964). Everything in it knows its place,
 * so that what is no longer wanted leaves at once and holds no memory. What goes in with a later time than all others, as
 * with one timeout for all, is not moved.
 */

export interface Due {
  /** When. The heap's to change while this is in it: `earlier`. */
  dueMs: number;
  /** The heap's: where in it this is, -1 while it is in none. */
  place: number;
}

/**
 * Items by the time at which they are due, each at most once: `add` and `remove` take O(log n), `first` O(1).
 */
export class DueHeap<Item extends Due> {
  readonly #heap: Item[] = [];

  get count(): number {
    return this.#heap.length;
  }

  /** What falls due first. */
  first(): Item | undefined {
    return this.#heap[0];
  }

  /** Adds what is in no heap. */
  add(item: Item): void {
    this.#heap.push(item);
    this.#rise(item, this.#heap.length - 1);
  }

  /** Moves what is in this heap to an earlier time. */
  earlier(item: Item, dueMs: number): void {
    item.dueMs = dueMs;
    this.#rise(item, item.place);
  }

  /** Harmless for what is not there. */
  remove(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as Item;
    if (last === item) return;
    // It may belong on either side of where the other was.
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  clear(): void {
    for (const item of this.#heap) item.place = -1;
    this.#heap.length = 0;
  }

  #rise(item: Item, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = heap[above] as Item;
      if (parent.dueMs <= item.dueMs) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = item;
    item.place = place;
  }

  #sink(item: Item, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && other.dueMs < child.dueMs) {
        below++;
        child = other;
      }
      if (child.dueMs >= item.dueMs) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = item;
    item.place = place;
  }
}
