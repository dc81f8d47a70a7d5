/** The search's open configurations, as rows of one growing `Int32Array`: the last ones leave first. */

const PARENT = 1;
const OPERATION = 2;
const PLACED = 3;
/** The parent of a frame's first node. */
export const NO_PARENT = -1;

export class NodeStack {
  readonly #width: number;
  #rows: Int32Array;
  #length = 0;

  constructor(maskWords: number) {
    this.#width = maskWords + PLACED;
    this.#rows = new Int32Array(64 * this.#width);
  }

  get length(): number {
    return this.#length;
  }

  push(state: number, parent: number, operation: number, placed: Int32Array): void {
    const at = this.#length++ * this.#width;
    if (at === this.#rows.length) this.#grow();
    this.#rows[at] = state;
    this.#rows[at + PARENT] = parent;
    this.#rows[at + OPERATION] = operation;
    this.#rows.set(placed, at + PLACED);
  }

  truncate(length: number): void {
    this.#length = length;
  }

  stateOf(node: number): number {
    return this.#rows[node * this.#width] as number;
  }

  /** The node that this one was made from, by placing `operationOf(node)`. */
  parentOf(node: number): number {
    return this.#rows[node * this.#width + PARENT] as number;
  }

  operationOf(node: number): number {
    return this.#rows[node * this.#width + OPERATION] as number;
  }

  /** A view, good until the next `push`. */
  placedOf(node: number): Int32Array {
    return this.#rows.subarray(node * this.#width + PLACED, (node + 1) * this.#width);
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
