/** A number that is added to. */
import { canonicalText } from "../canonical-text.ts";
import { type Model, REFUSED, UNSEEN } from "../model.ts";
import { answerText } from "./register.ts";

/** Operations on a counter. */
export type CounterInput =
  /** Answers the sum after it, or undefined where the protocol does not tell. `amount` may be negative. */
  { readonly op: "add"; readonly amount: number } | { readonly op: "read" };

/** A counter that is 0 before the first operation. Amounts are whole numbers. */
export function counterModel(): Model<number, CounterInput, number | undefined> {
  return {
    name: "counter",
    init: () => 0,
    step: (state, input, output) => {
      const next = input.op === "add" ? state + input.amount : state;
      const isSilent = output === UNSEEN || (output === undefined && input.op === "add");
      return isSilent || output === next ? [next] : REFUSED;
    },
    key: (state) => state,
    isRead: ({ op }) => op === "read",
    show: (input, output) =>
      `${input.op === "add" ? `add ${canonicalText(input.amount)}` : "read"}${output === undefined ? "" : ` ${answerText(output)}`}`,
  };
}
