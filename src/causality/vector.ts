/**
 * Vector timestamps (Fidge, 1988; Mattern, 1989): a number for each process, by which it can be told of any two events
 * whether one happened before the other or neither. Processes that are known beforehand have a place each; for others there are vectors
 * by name, in which who is missing counts as 0.
 */

/** One number for each process, 0 and up. */
export type Vector = readonly number[];

/**
 * How many events of each process are known, by the process's name; one that is missing counts as 0. For
 * processes that are not known beforehand.
 */
export type NamedVector = ReadonlyMap<string, number>;

/** What two events are to each other. */
export type Causality = "equal" | "before" | "after" | "concurrent";

/** What the event of timestamp `a` is to that of `b`. @throws RangeError for vectors of different sizes. */
export function compareVectors(a: Vector, b: Vector): Causality {
  checkSize(a, b);
  let isLess = false;
  let isMore = false;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference < 0) isLess = true;
    else if (difference > 0) isMore = true;
  }
  return causality(isLess, isMore);
}

/**
 * How the event of timestamp `a` stands to that of `b`: before it, after it, the same, or concurrent. Fidge
 * (1988), Mattern (1989).
 */
export function compareNamedVectors(a: NamedVector, b: NamedVector): Causality {
  let isLess = false;
  let isMore = false;
  for (const [name, count] of a) if (count > (b.get(name) ?? 0)) isMore = true;
  for (const [name, count] of b) if (count > (a.get(name) ?? 0)) isLess = true;
  return causality(isLess, isMore);
}

/** The clock of one of a known set of processes. */
export class VectorClock {
  readonly #self: number;
  readonly #vector: number[];

  /** @param start what the last event before a restart had; all 0 otherwise. @throws RangeError when `self` has no place in it. */
  constructor(self: number, start: Vector) {
    if (!(self in start)) throw new RangeError(`no place ${self} among ${start.length} processes`);
    this.#self = self;
    this.#vector = [...start];
  }

  /** The timestamp of an event here, such as the sending of a message. */
  tick(): Vector {
    this.#vector[this.#self] = (this.#vector[this.#self] as number) + 1;
    return [...this.#vector];
  }

  /** The timestamp of the receipt of a message that carries `vector`. @throws RangeError for one of another size. */
  receive(vector: Vector): Vector {
    checkSize(vector, this.#vector);
    this.tick();
    for (const [i, count] of vector.entries()) this.#vector[i] = Math.max(this.#vector[i] as number, count);
    return [...this.#vector];
  }
}

/** `VectorClock` among processes that become known as they speak. */
export class NamedVectorClock {
  readonly #self: string;
  readonly #vector: Map<string, number>;

  constructor(self: string, start: NamedVector = new Map()) {
    this.#self = self;
    this.#vector = new Map(start);
  }

  tick(): NamedVector {
    this.#vector.set(this.#self, (this.#vector.get(this.#self) ?? 0) + 1);
    return new Map(this.#vector);
  }

  receive(vector: NamedVector): NamedVector {
    this.tick();
    for (const [name, count] of vector) this.#vector.set(name, Math.max(this.#vector.get(name) ?? 0, count));
    return new Map(this.#vector);
  }
}

function causality(isLess: boolean, isMore: boolean): Causality {
  if (isLess) return isMore ? "concurrent" : "before";
  return isMore ? "after" : "equal";
}

function checkSize(a: Vector, b: Vector): void {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} processes`);
}
