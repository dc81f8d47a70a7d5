import { expect, it } from "vitest";
import type { RecordedOperation } from "./model.ts";
import { type CounterInput, counterModel } from "./models/counter.ts";
import { requireLinearizable } from "./require.ts";

const history = (sum: number): RecordedOperation<CounterInput, number | undefined>[] => [
  { client: "a", input: { op: "add", amount: 2 }, call: 0, answer: { at: 1, output: undefined } },
  { client: "b", input: { op: "read" }, call: 2, answer: { at: 3, output: sum } },
];

it("says nothing, or throws with a code", () => {
  requireLinearizable(counterModel(), history(2));
  expect(() => requireLinearizable(counterModel(), history(3))).toThrow(
    expect.objectContaining({
      code: "SIM_NOT_LINEARIZABLE",
      message: `no order of these operations is one of a counter
1 operation has an order:
  0 at first
  a: add 2  then 2
this answer fits nowhere after them:
  b: read → 3 (called at place 2, answered at 3)
the state was 2`,
    }),
  );
  expect(() => requireLinearizable(counterModel(), history(2), { maxSteps: 0 })).toThrow(
    expect.objectContaining({ code: "SIM_UNDECIDED", details: expect.objectContaining({ reason: "steps" }) }),
  );
});
