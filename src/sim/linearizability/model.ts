/**
 * What an object does when nobody is in its way: the sequential specification that a concurrent history is held against.
 *
 * A model is a plain value of pure functions. States are immutable: `step` makes new ones. Source of the idea: Herlihy and
 * Wing, Linearizability: A Correctness Condition for Concurrent Objects, 1990.
 */

/** Stands for the output of an operation whose answer nobody saw. */
export const UNSEEN: unique symbol = Symbol("unseen");

/** The answer of an operation whose answer nobody saw. */
export type Unseen = typeof UNSEEN;

/** What `step` returns when the operation cannot have had that output in that state. */
export const REFUSED: readonly never[] = Object.freeze([]);

/** A sequential object, as histories are checked against: its states, and which answers are right in them. */
export interface Model<State, Input, Output> {
  /** For people: "register". */
  readonly name: string;
  /** The state before the first operation, of each partition. */
  init(): State;
  /**
   * The states in which the object may be after `input` was carried out in `state` and answered `output`: none when that
   * is impossible, several when the specification leaves a choice. With `UNSEEN` any answer will do.
   */
  step(state: State, input: Input, output: Output | Unseen): readonly State[];
  /**
   * Names the independent part of the object that the operation belongs to, as a key of a map. Parts are checked one by
   * one, which is sound because linearizability is a local property. Default: everything is one part.
   */
  partition?(input: Input): string;
  /**
   * A value that is the same, as a key of a `Map`, exactly for equal states. Default: the state as text, for states made
   * of plain values.
   */
  key?(state: State): unknown;
  /**
   * True for an operation that leaves *every* state as it is, once it has had that output: reads, and what was refused.
   * Such operations cost next to nothing to place, and are left out when their output was not seen. Default: false.
   */
  isRead?(input: Input, output: Output | Unseen): boolean;
  /**
   * Guesses ranks of operations from what later answers show, for objects that tell their order late: a queue, a list. When
   * an answer is due, the search first tries to place what is under way and has a lower rank, in the order of the ranks.
   * A hint: it decides how soon a verdict is found and never which. Default: no operation has a rank.
   */
  foresee?(operations: readonly RecordedOperation<Input, Output>[]): Ranks<Input, Output>;
  /**
   * Unanswered operations that no history needs: whatever order has one of them is as good without it. They are left out,
   * which spares the search all their subsets. Default: none.
   */
  leaveOut?(
    operations: readonly RecordedOperation<Input, Output>[],
  ): readonly RecordedOperation<Input, Output>[];
  /**
   * The same object for one partition's history, refusing at once what an answer elsewhere in it forbids. It must accept
   * and refuse the same histories. The evidence then names the first answer that does not agree with all of the others.
   */
  narrow?(operations: readonly RecordedOperation<Input, Output>[]): Model<State, Input, Output>;
  /**
   * A few operations of one partition's history that have no order among themselves, where that can be told without a
   * search. They are searched before all of the history, and are the evidence. An order of all operations must remain
   * one without those that are left out. Undefined when nothing is found, which says nothing. Default: nothing is.
   */
  refute?(
    operations: readonly RecordedOperation<Input, Output>[],
  ): readonly RecordedOperation<Input, Output>[] | undefined;
  /** An operation for people, `write 3`. Default: input and output as text. */
  show?(input: Input, output: Output | Unseen): string;
  /** A state for people. Default: the state as text. */
  showState?(state: State): string;
}

/** The ranks of some operations of a history. */
export type Ranks<Input, Output> = ReadonlyMap<RecordedOperation<Input, Output>, number>;

/** One operation of a history. */
export interface RecordedOperation<Input, Output> {
  /** Who called; for people. */
  readonly client: string;
  readonly input: Input;
  /** When it was called: a place in the history's order, not a time of day. Lower is earlier. */
  readonly call: number;
  /**
   * When its answer was seen, and which; undefined when it never was. Such an operation may have happened at any
   * moment after its call, or never. Of two operations, the first happened before the other if its answer was seen at
   * a lower place than that of the other's call.
   */
  readonly answer: { readonly at: number; readonly output: Output } | undefined;
  /** Virtual times for people, when the recorder was given a clock. */
  readonly callMs?: number;
  readonly answerMs?: number;
}

/** The output to give to a model. */
export function outputOf<Input, Output>(operation: RecordedOperation<Input, Output>): Output | Unseen {
  return operation.answer === undefined ? UNSEEN : operation.answer.output;
}
