/** Linearizability by its definition, as an oracle for small histories. */
import { type Model, outputOf, type RecordedOperation } from "../../src/sim/index.ts";

/**
 * Tries all orders, with no idea of its own: the definition of Herlihy and Wing, word for word. What is answered after
 * `end` may be in the order or not.
 */
export function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
  end = Number.POSITIVE_INFINITY,
  state: State = model.init(),
): boolean {
  if (history.every(({ answer }) => answer === undefined || answer.at > end)) return true;
  return history.some((first) => {
    const rest = history.filter((other) => other !== first);
    if (rest.some(({ answer }) => answer !== undefined && answer.at < first.call)) return false;
    const next = model.step(state, first.input, outputOf(first));
    return next.some((after) => isLinearizable(model, rest, end, after));
  });
}
