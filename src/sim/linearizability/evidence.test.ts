import { expect, it } from "vitest";
import { checkLinearizability } from "./check.ts";
import { type Evidence, MAX_SHOWN_CHARACTERS, MAX_SHOWN_OPERATIONS } from "./evidence.ts";
import type { Model, RecordedOperation } from "./model.ts";
import { type LockInput, lockModel } from "./models/lock.ts";
import { type RegisterInput, registerModel } from "./models/register.ts";

function evidenceOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
): Evidence<Input, Output> {
  const result = checkLinearizability(model, history);
  if (result.verdict !== "illegal") throw new Error(`the verdict is ${result.verdict}`);
  return result.evidence;
}

it("tells what had an order, which answer fits nowhere after it, and what was under way", () => {
  const first: RecordedOperation<LockInput, number | boolean> = {
    client: "a",
    input: { op: "acquire" },
    call: 0,
    answer: { at: 1, output: 1 },
  };
  const second = { ...first, client: "b", call: 2, answer: { at: 5, output: 2 } };
  const lost: RecordedOperation<LockInput, number | boolean> = {
    client: "c",
    input: { op: "release", token: 9 },
    call: 3,
    answer: undefined,
  };
  const evidence = evidenceOf(lockModel({ expires: false }), [first, second, lost]);
  expect(evidence).toMatchObject({ partition: undefined, operation: second, order: [first], open: [lost] });
  expect(evidence.states).toEqual(["held by 1, 1 given, 0 used"]);
  expect(evidence.text).toBe(`no order of these operations is one of a lock
1 operation has an order:
  free, 0 given, 0 used at first
  a: acquire → 1  then held by 1, 1 given, 0 used
this answer fits nowhere after them:
  b: acquire → 2 (called at place 2, answered at 5)
the state was held by 1, 1 given, 0 used
under way with it, and no help:
  c: release 9 → ? (called at place 3, no answer)`);
});

it("stays readable, however long the history and its values are", () => {
  const history: RecordedOperation<RegisterInput<string>, string | undefined>[] = Array.from(
    { length: 500 },
    (_, i) => ({
      client: "a",
      input: { op: "write", value: `${i}${"x".repeat(1000)}` },
      call: 2 * i,
      answer: { at: 2 * i + 1, output: undefined },
    }),
  );
  history.push({ client: "b", input: { op: "read" }, call: 2000, answer: { at: 2001, output: "?" } });
  const { text, order } = evidenceOf(registerModel(""), history);
  expect(order.length).toBe(500);
  expect(text).toContain(`… ${500 - MAX_SHOWN_OPERATIONS} before these`);
  for (const line of text.split("\n")) expect(line.length).toBeLessThan(2 * MAX_SHOWN_CHARACTERS + 40);
});
