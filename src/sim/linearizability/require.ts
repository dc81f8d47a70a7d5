/** The check as a scenario wants it: silence, or a failure with a code and the evidence. */
import { CoterieError } from "../../world/index.ts";
import { type CheckOptions, checkLinearizability } from "./check.ts";
import type { Model, RecordedOperation } from "./model.ts";

/**
 * Checks a history, and throws unless it is linearizable.
 * @throws CoterieError SIM_NOT_LINEARIZABLE with the evidence as its message; SIM_UNDECIDED when the budget ran out.
 */
export function requireLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
  options: CheckOptions = {},
): void {
  const result = checkLinearizability(model, history, options);
  if (result.verdict === "illegal") {
    const { text, partition } = result.evidence;
    throw new CoterieError("SIM_NOT_LINEARIZABLE", text, { details: { model: model.name, partition } });
  }
  if (result.verdict === "unknown") {
    const { reason, steps, undecided } = result;
    const message = `the check of a ${model.name} ran out of ${reason} after ${steps} steps, ${undecided.length} partitions undecided`;
    throw new CoterieError("SIM_UNDECIDED", message, { details: { model: model.name, reason, undecided } });
  }
}
