/**
 * What a queue holds, as the states of a search: equal contents are one object, found by a hash that follows what goes in
 * and what comes out (Rabin and Karp's, modulo 2^32). States that a search goes through one after another are parts of one
 * array, so that a long queue costs no more than the value that went in last.
 */

const BASE = 0x0100_0193;
/** Modulo 2^32: odd numbers have one. Each round doubles the digits that are right (Newton). */
const INVERSE = [1, 2, 3, 4, 5].reduce((inverse) => Math.imul(inverse, 2 - Math.imul(BASE, inverse)), BASE);

/** What all states of one search share. */
interface Shared {
  /** Values by their numbers, as text. */
  readonly texts: string[];
  readonly numbers: Map<string, number>;
  readonly states: Map<number, QueueState[]>;
}

export class QueueState {
  readonly #shared: Shared;
  /** Its values are those at `#from` to before `#to`; what follows belongs to states that came after it. */
  readonly #values: number[];
  readonly #from: number;
  readonly #to: number;
  /** The sum of hash(value) × BASE^place. */
  readonly #hash: number;
  /** BASE^length. */
  readonly #power: number;

  private constructor(
    shared: Shared,
    values: number[],
    from: number,
    to: number,
    hash: number,
    power: number,
  ) {
    this.#shared = shared;
    this.#values = values;
    this.#from = from;
    this.#to = to;
    this.#hash = hash;
    this.#power = power;
  }

  /** Nothing, for a search of its own. */
  static empty(): QueueState {
    const shared: Shared = { texts: [], numbers: new Map(), states: new Map() };
    return new QueueState(shared, [], 0, 0, 0, 1).#known();
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** The oldest value, as text. */
  get first(): string | undefined {
    return this.length === 0 ? undefined : this.#shared.texts[this.#values[this.#from] as number];
  }

  /** With one more value, given as text. */
  with(text: string): QueueState {
    const value = this.#numberOf(text);
    const values = this.#mayShare(value) ? this.#values : this.#values.slice(this.#from, this.#to);
    const from = values === this.#values ? this.#from : 0;
    const to = from + this.length;
    values[to] = value;
    const hash = (this.#hash + Math.imul(hashOf(value), this.#power)) | 0;
    return new QueueState(this.#shared, values, from, to + 1, hash, Math.imul(this.#power, BASE)).#known();
  }

  /** Without its oldest value; the empty queue stays so. */
  rest(): QueueState {
    if (this.length === 0) return this;
    const hash = Math.imul((this.#hash - hashOf(this.#values[this.#from] as number)) | 0, INVERSE);
    const power = Math.imul(this.#power, INVERSE);
    return new QueueState(this.#shared, this.#values, this.#from + 1, this.#to, hash, power).#known();
  }

  toString(): string {
    const values = this.#values.slice(this.#from, this.#to);
    return `[${values.map((value) => this.#shared.texts[value]).join()}]`;
  }

  #numberOf(text: string): number {
    const known = this.#shared.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#shared.texts.push(text) - 1;
    this.#shared.numbers.set(text, number);
    return number;
  }

  /** Whether the array goes on with this value, or can. */
  #mayShare(value: number): boolean {
    return this.#to === this.#values.length || this.#values[this.#to] === value;
  }

  /** The state that has been met with the same contents, or this one. */
  #known(): QueueState {
    const alike = this.#shared.states.get(this.#hash);
    if (alike === undefined) {
      this.#shared.states.set(this.#hash, [this]);
      return this;
    }
    const known = alike.find((other) => this.#equals(other));
    if (known === undefined) alike.push(this);
    return known ?? this;
  }

  #equals(other: QueueState): boolean {
    const { length } = this;
    if (other.length !== length) return false;
    for (let at = 0; at < length; at++) {
      if (this.#values[this.#from + at] !== other.#values[other.#from + at]) return false;
    }
    return true;
  }
}

/** A number of a value spread over 32 bits. */
function hashOf(value: number): number {
  const mixed = Math.imul(value + 1, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}
