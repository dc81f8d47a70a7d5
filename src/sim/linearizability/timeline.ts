/**
 * One partition's operations, put in the order in which the search meets them.
 *
 * The history becomes a row of *positions*, one for each answer: between two of them some operations are called. An
 * operation that is under way occupies a *slot*, which is free again after its answer; a set of operations that were
 * placed while they are under way is then a few words of bits, however long the history is. Operations with equal input
 * and output are of one *class*: the model is asked once for all of them.
 */
import { canonicalText } from "./canonical-text.ts";
import { type Model, outputOf, type RecordedOperation } from "./model.ts";

export interface Timeline<Input, Output> {
  /** In the order of their calls. Unanswered reads, and what else nobody needs, are left out. */
  readonly operations: readonly RecordedOperation<Input, Output>[];
  /** By position: the operation that is answered there. */
  readonly answered: Int32Array;
  /** By position, and one more: how many operations were called before the answer there. */
  readonly calledBefore: Int32Array;
  /** By operation: the position of its answer, or the number of positions when there is none. */
  readonly positionOf: Int32Array;
  /** By operation. */
  readonly slotOf: Int32Array;
  /** By operation: its class. */
  readonly classOf: Int32Array;
  /** By class: one operation of it. */
  readonly exampleOf: readonly RecordedOperation<Input, Output>[];
  /** By class: 1 for reads. */
  readonly isRead: Uint8Array;
  readonly slots: number;
  /** By operation: the rank that the model foresees, or NaN. Undefined when it foresees nothing. */
  readonly rankOf: Float64Array | undefined;
}

export function makeTimeline<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
): Timeline<Input, Output> {
  const isRead = (operation: RecordedOperation<Input, Output>): boolean =>
    model.isRead?.(operation.input, outputOf(operation)) === true;
  const leftOut = new Set(model.leaveOut?.(history));
  const operations = history
    .filter((operation) => operation.answer !== undefined || !(isRead(operation) || leftOut.has(operation)))
    .sort((a, b) => a.call - b.call);
  const answered = answersInOrder(operations);
  const positionOf = new Int32Array(operations.length).fill(answered.length);
  answered.forEach((operation, position) => {
    positionOf[operation] = position;
  });
  const calledBefore = countCalls(operations, answered);
  const { slotOf, slots } = giveSlots(operations.length, answered, calledBefore);
  const ranks = model.foresee?.(operations);
  return {
    operations,
    answered,
    calledBefore,
    positionOf,
    slotOf,
    slots,
    ...classify(model, operations),
    rankOf: ranks && Float64Array.from(operations, (operation) => ranks.get(operation) ?? Number.NaN),
  };
}

function answersInOrder(operations: readonly RecordedOperation<unknown, unknown>[]): Int32Array {
  const at = (index: number): number => operations[index]?.answer?.at as number;
  const answered = operations.flatMap((operation, index) => (operation.answer === undefined ? [] : [index]));
  return Int32Array.from(answered.sort((a, b) => at(a) - at(b) || a - b));
}

/** A call in the same place as an answer counts as before it: the two were under way together. */
function countCalls(
  operations: readonly RecordedOperation<unknown, unknown>[],
  answered: Int32Array,
): Int32Array {
  const calledBefore = new Int32Array(answered.length + 1);
  let called = 0;
  answered.forEach((index, position) => {
    const at = operations[index]?.answer?.at as number;
    while (called < operations.length && (operations[called]?.call as number) <= at) called++;
    calledBefore[position] = called;
  });
  calledBefore[answered.length] = called;
  return calledBefore;
}

function giveSlots(count: number, answered: Int32Array, calledBefore: Int32Array) {
  const slotOf = new Int32Array(count).fill(-1);
  const free: number[] = [];
  let slots = 0;
  let called = 0;
  answered.forEach((index, position) => {
    for (; called < (calledBefore[position] as number); called++) slotOf[called] = free.pop() ?? slots++;
    free.push(slotOf[index] as number);
  });
  return { slotOf, slots };
}

function classify<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly RecordedOperation<Input, Output>[],
) {
  const classes = new Map<string, number>();
  const exampleOf: RecordedOperation<Input, Output>[] = [];
  const classOf = Int32Array.from(operations, (operation) => {
    const { input, answer } = operation;
    const key = canonicalText(input) + (answer === undefined ? "" : `>${canonicalText(answer.output)}`);
    const known = classes.get(key);
    if (known !== undefined) return known;
    classes.set(key, exampleOf.length);
    return exampleOf.push(operation) - 1;
  });
  const isRead = Uint8Array.from(exampleOf, (operation) =>
    model.isRead?.(operation.input, outputOf(operation)) === true ? 1 : 0,
  );
  return { classOf, exampleOf, isRead };
}
