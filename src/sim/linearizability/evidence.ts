/** Why there is no order, for people: what could be ordered, and the answer that fits nowhere after it. */
import { canonicalText } from "./canonical-text.ts";
import { type Model, outputOf, type RecordedOperation, UNSEEN } from "./model.ts";
import type { Search } from "./search.ts";
import type { Timeline } from "./timeline.ts";
import type { Transitions } from "./transitions.ts";

/** Characters of a state, and of an operation, that the text shows. */
export const MAX_SHOWN_CHARACTERS = 160;
/** Operations of the order, and operations under way, that the text shows. */
export const MAX_SHOWN_OPERATIONS = 12;

/**
 * Of the operations called before an answer there is an order that holds all which were answered by then, as long as that
 * answer is not given, and none with it: no shorter beginning of `operations` shows the fault. Operations under way may be
 * in the order or not, with the answers that they got later.
 */
export interface Evidence<Input, Output> {
  /** The key that the model gave; undefined when it does not part its operations. */
  readonly partition: string | undefined;
  /** All of the partition's operations, or a few that have no order among themselves already. */
  readonly operations: readonly RecordedOperation<Input, Output>[];
  /** Whose answer fits nowhere. */
  readonly operation: RecordedOperation<Input, Output>;
  /** Their longest beginning that has an order, in one such order. */
  readonly order: readonly RecordedOperation<Input, Output>[];
  /** The states in which the answer found the object, as text; at most 8. */
  readonly states: readonly string[];
  /** What else was under way there, not in `order`, and could not help. */
  readonly open: readonly RecordedOperation<Input, Output>[];
  /** All of this as lines. */
  readonly text: string;
}

/** What was searched: a partition's operations, or some of them, of which there are `total`. */
export interface Searched<Input, Output> {
  readonly key: string | undefined;
  readonly operations: readonly RecordedOperation<Input, Output>[];
  readonly total: number;
}

export function gatherEvidence<State, Input, Output>(
  model: Model<State, Input, Output>,
  { key, operations, total }: Searched<Input, Output>,
  timeline: Timeline<Input, Output>,
  transitions: Transitions<State, Input, Output>,
  search: Search,
): Evidence<Input, Output> {
  const at = (index: number): RecordedOperation<Input, Output> =>
    timeline.operations[index] as RecordedOperation<Input, Output>;
  const stateText = (state: number): string => showState(model, transitions.stateOf(state));
  const placings = search.order();
  const due = timeline.answered[search.furthest] as number;
  const open = underWay(timeline, search.furthest, new Set(placings.map(({ operation }) => operation))).map(
    at,
  );
  const evidence = {
    partition: key,
    operations,
    operation: at(due),
    order: placings.map(({ operation }) => at(operation)),
    states: search.states.map(stateText),
    open,
  };
  const shown = placings.slice(-MAX_SHOWN_OPERATIONS).map(({ operation, state }) => ({
    what: showOperation(model, at(operation)),
    state: stateText(state),
  }));
  return { ...evidence, text: textOf(model, evidence, total, shown, transitions) };
}

/** Called before the answer at a position, not answered before it, neither placed nor the answered one. */
function underWay(
  timeline: Timeline<unknown, unknown>,
  position: number,
  placed: ReadonlySet<number>,
): number[] {
  const found: number[] = [];
  for (let index = 0; index < (timeline.calledBefore[position] as number); index++) {
    if ((timeline.positionOf[index] as number) > position && !placed.has(index)) found.push(index);
  }
  return found;
}

function textOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  evidence: Omit<Evidence<Input, Output>, "text">,
  total: number,
  shown: readonly { readonly what: string; readonly state: string }[],
  transitions: Transitions<State, Input, Output>,
): string {
  const { partition, operations, order, operation, states, open } = evidence;
  const where = partition === undefined ? "" : `, partition ${JSON.stringify(partition)}`;
  const few = operations.length < total ? ` ${operations.length} of ${total.toLocaleString("en")}` : "";
  const lines = [`no order of these${few} operations is one of a ${model.name}${where}`];
  lines.push(order.length === 1 ? "1 operation has an order:" : `${order.length} operations have an order:`);
  if (order.length > shown.length) lines.push(`  … ${order.length - shown.length} before these`);
  if (order.length <= shown.length) lines.push(`  ${showState(model, transitions.stateOf(0))} at first`);
  const width = Math.max(0, ...shown.map(({ what }) => what.length));
  lines.push(...shown.map(({ what, state }) => `  ${what.padEnd(width)}  then ${state}`));
  lines.push(
    "this answer fits nowhere after them:",
    `  ${showOperation(model, operation)}${showPlaces(operation)}`,
  );
  lines.push(`the state was ${states.join(" or ")}`);
  if (open.length > 0) {
    lines.push("under way with it, and no help:");
    const last = open.slice(-MAX_SHOWN_OPERATIONS);
    if (open.length > last.length) lines.push(`  … ${open.length - last.length} before these`);
    lines.push(...last.map((other) => `  ${showOperation(model, other)}${showPlaces(other)}`));
  }
  return lines.join("\n");
}

function showState<State, Input, Output>(model: Model<State, Input, Output>, state: State): string {
  return shortened(model.showState === undefined ? canonicalText(state) : model.showState(state));
}

/** The beginning and the end of a long text. */
function shortened(text: string): string {
  if (text.length <= MAX_SHOWN_CHARACTERS) return text;
  const half = MAX_SHOWN_CHARACTERS / 2;
  return `${text.slice(0, half)} … ${text.slice(-half)}`;
}

function showOperation<State, Input, Output>(
  model: Model<State, Input, Output>,
  operation: RecordedOperation<Input, Output>,
): string {
  const output = outputOf(operation);
  const what =
    model.show?.(operation.input, output) ??
    `${canonicalText(operation.input)} → ${output === UNSEEN ? "?" : canonicalText(output)}`;
  return `${operation.client}: ${shortened(what)}`;
}

/** In virtual time when the history has it, else in places of the history. */
function showPlaces(operation: RecordedOperation<unknown, unknown>): string {
  const { call, answer, callMs, answerMs } = operation;
  if (callMs !== undefined)
    return ` (called at ${callMs} ms, ${answerMs === undefined ? "no answer" : `answered at ${answerMs} ms`})`;
  return ` (called at place ${call}, ${answer === undefined ? "no answer" : `answered at ${answer.at}`})`;
}
