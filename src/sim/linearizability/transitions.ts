/**
 * A model as a machine of numbers: states and classes of operations have numbers, and each step of the model is asked for
 * once. Equal states get one number, by the model's key.
 */
import { canonicalText } from "./canonical-text.ts";
import { type Model, outputOf, type RecordedOperation } from "./model.ts";

/** Steps that are remembered; at the bound they are forgotten, and asked for again. */
export const MAX_REMEMBERED_STEPS = 1 << 19;

const NONE: readonly number[] = [];

export class Transitions<State, Input, Output> {
  /** How often anybody asked: the search's measure of work. */
  asked = 0;
  readonly #model: Model<State, Input, Output>;
  readonly #exampleOf: readonly RecordedOperation<Input, Output>[];
  readonly #isRead: Uint8Array;
  readonly #states: State[] = [];
  /** By state: the list of just this one. */
  readonly #alone: (readonly number[])[] = [];
  readonly #numbers = new Map<unknown, number>();
  readonly #remembered = new Map<number, readonly number[]>();

  constructor(
    model: Model<State, Input, Output>,
    classes: { readonly exampleOf: readonly RecordedOperation<Input, Output>[]; readonly isRead: Uint8Array },
  ) {
    this.#model = model;
    this.#exampleOf = classes.exampleOf;
    this.#isRead = classes.isRead;
    this.#numberOf(model.init());
  }

  /** How many states have been met. The initial one has the number 0. */
  get states(): number {
    return this.#states.length;
  }

  stateOf(number: number): State {
    return this.#states[number] as State;
  }

  /** The states after an operation of the class in the state. */
  after(state: number, operationClass: number): readonly number[] {
    this.asked++;
    const key = state * this.#exampleOf.length + operationClass;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = this.#ask(state, operationClass);
    if (this.#remembered.size === MAX_REMEMBERED_STEPS) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  #ask(state: number, operationClass: number): readonly number[] {
    const operation = this.#exampleOf[operationClass] as RecordedOperation<Input, Output>;
    const next = this.#model.step(this.#states[state] as State, operation.input, outputOf(operation));
    const found = this.#numbersOf(next);
    if (this.#isRead[operationClass] === 1 && found.some((number) => number !== state)) {
      throw new TypeError(`the model ${this.#model.name} calls an operation a read that changes the state`);
    }
    return found;
  }

  #numbersOf(states: readonly State[]): readonly number[] {
    if (states.length === 0) return NONE;
    if (states.length === 1) return this.#alone[this.#numberOf(states[0] as State)] as readonly number[];
    return [...new Set(states.map((state) => this.#numberOf(state)))];
  }

  #numberOf(state: State): number {
    const key = this.#model.key === undefined ? canonicalText(state) : this.#model.key(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#numbers.set(key, number);
    this.#alone.push([number]);
    return number;
  }
}
