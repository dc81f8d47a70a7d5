/**
 * The configuration that the search looks at: a position in the history, the object's state, and which of the
 * operations under way have been placed. Everything answered before the position is placed; nothing called after it is.
 */
import type { Timeline } from "./timeline.ts";
import type { Transitions } from "./transitions.ts";

const FREE = -1;

export class Cursor {
  state = 0;
  /** Told of every operation that is placed, while somebody listens. */
  onPlaced: ((operation: number, state: number) => void) | undefined;
  /** A bit for each slot. */
  readonly placed: Int32Array;
  /** By slot: the operation that is under way there, or -1. */
  readonly occupant: Int32Array;
  readonly #timeline: Timeline<unknown, unknown>;
  readonly #transitions: Transitions<unknown, unknown, unknown>;
  #position = 0;

  constructor(timeline: Timeline<unknown, unknown>, transitions: Transitions<unknown, unknown, unknown>) {
    this.#timeline = timeline;
    this.#transitions = transitions;
    this.placed = new Int32Array(Math.ceil(timeline.slots / 32));
    this.occupant = new Int32Array(timeline.slots).fill(FREE);
    this.#call(0, timeline.calledBefore[0] as number);
  }

  get position(): number {
    return this.#position;
  }

  /** Whether every answer was passed. */
  get isAtEnd(): boolean {
    return this.#position === this.#timeline.answered.length;
  }

  /** The operation that is answered here. */
  get due(): number {
    return this.#timeline.answered[this.#position] as number;
  }

  isPlaced(operation: number): boolean {
    const slot = this.#timeline.slotOf[operation] as number;
    return (((this.placed[slot >> 5] as number) >>> (slot & 31)) & 1) === 1;
  }

  place(operation: number, state: number): void {
    const slot = this.#timeline.slotOf[operation] as number;
    this.placed[slot >> 5] = (this.placed[slot >> 5] as number) | (1 << (slot & 31));
    this.state = state;
    this.onPlaced?.(operation, state);
  }

  /**
   * Places all reads under way that fit the state. They change no state, so whoever is placed later finds the same: no
   * order is lost by placing them at once.
   */
  placeReads(): void {
    const { isRead, classOf } = this.#timeline;
    for (let slot = 0; slot < this.occupant.length; slot++) {
      const operation = this.occupant[slot] as number;
      if (operation === FREE) continue;
      const operationClass = classOf[operation] as number;
      if (isRead[operationClass] !== 1 || this.isPlaced(operation)) continue;
      if (this.#transitions.after(this.state, operationClass).length > 0) this.place(operation, this.state);
    }
  }

  /** Passes every answer whose operation is placed, placing reads on the way. */
  settle(): void {
    this.placeReads();
    while (!this.isAtEnd && this.isPlaced(this.due)) {
      this.#forget(this.due);
      this.#forward();
      this.placeReads();
    }
  }

  /** To a configuration that was seen before. */
  load(position: number, state: number, placed: Int32Array): void {
    while (this.#position < position) this.#forward();
    while (this.#position > position) this.#back();
    this.state = state;
    this.placed.set(placed);
  }

  #forward(): void {
    const { slotOf, calledBefore } = this.#timeline;
    this.occupant[slotOf[this.due] as number] = FREE;
    const position = this.#position++;
    this.#call(calledBefore[position] as number, calledBefore[position + 1] as number);
  }

  #back(): void {
    const { slotOf, calledBefore } = this.#timeline;
    const position = --this.#position;
    for (
      let operation = calledBefore[position] as number;
      operation < (calledBefore[position + 1] as number);
      operation++
    ) {
      this.occupant[slotOf[operation] as number] = FREE;
    }
    this.occupant[slotOf[this.due] as number] = this.due;
  }

  #call(from: number, to: number): void {
    for (let operation = from; operation < to; operation++) {
      this.occupant[this.#timeline.slotOf[operation] as number] = operation;
    }
  }

  #forget(operation: number): void {
    const slot = this.#timeline.slotOf[operation] as number;
    this.placed[slot >> 5] = (this.placed[slot >> 5] as number) & ~(1 << (slot & 31));
  }
}
