/**
 * Which operations may be placed before an answer that is due. Of those with equal input and output only the one that is
 * answered first: an order with another of them in its place is as good with the two exchanged.
 */
import type { Cursor } from "./cursor.ts";
import type { Timeline } from "./timeline.ts";

export class Candidates {
  readonly #timeline: Timeline<unknown, unknown>;
  /** By class, for those with the present stamp: the operation that is answered first. */
  readonly #firstOf: Int32Array;
  readonly #stampOf: Int32Array;
  #stamp = 0;

  constructor(timeline: Timeline<unknown, unknown>) {
    this.#timeline = timeline;
    this.#firstOf = new Int32Array(timeline.exampleOf.length);
    this.#stampOf = new Int32Array(timeline.exampleOf.length);
  }

  /** Under way and not placed, one of each class, those that are answered first before others. */
  of(cursor: Cursor): number[] {
    const { classOf, isRead } = this.#timeline;
    const classes: number[] = [];
    this.#stamp++;
    for (const operation of cursor.occupant) {
      if (operation < 0 || cursor.isPlaced(operation)) continue;
      const operationClass = classOf[operation] as number;
      if (isRead[operationClass] === 1) continue;
      if (this.#stampOf[operationClass] !== this.#stamp) {
        this.#stampOf[operationClass] = this.#stamp;
        this.#firstOf[operationClass] = operation;
        classes.push(operationClass);
      } else if (this.#isBefore(operation, this.#firstOf[operationClass] as number)) {
        this.#firstOf[operationClass] = operation;
      }
    }
    const { due } = cursor;
    const found = classes.map((operationClass) => this.#firstOf[operationClass] as number);
    return found.filter((operation) => operation !== due).sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  #isBefore(a: number, b: number): boolean {
    const { positionOf } = this.#timeline;
    const difference = (positionOf[a] as number) - (positionOf[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }
}
