import { expect, it } from "vitest";
import { checkLinearizability } from "./check.ts";
import { History } from "./history.ts";
import { type RegisterInput, registerModel } from "./models/register.ts";

type Output = number | undefined;

it("keeps operations in the order in which they happened", () => {
  const history = new History<RegisterInput<number>, Output>();
  const write = history.call("a", { op: "write", value: 1 });
  const read = history.call("b", { op: "read" });
  read.returned(0);
  const lost = history.call("b", { op: "write", value: 2 });
  write.returned(undefined);
  lost.unknown();
  history.call("c", { op: "read" });
  expect(history.operations()).toEqual([
    { client: "a", input: { op: "write", value: 1 }, call: 0, answer: { at: 4, output: undefined } },
    { client: "b", input: { op: "read" }, call: 1, answer: { at: 2, output: 0 } },
    { client: "b", input: { op: "write", value: 2 }, call: 3, answer: undefined },
    { client: "c", input: { op: "read" }, call: 5, answer: undefined },
  ]);
  expect(checkLinearizability(registerModel(0), history.operations()).verdict).toBe("ok");
});

it("tells apart what happened in one instant of virtual time", () => {
  const history = new History<RegisterInput<number>, Output>({ nowMs: () => 7 });
  history.call("a", { op: "write", value: 1 }).returned(undefined);
  history.call("b", { op: "read" }).returned(0);
  const verdict = checkLinearizability(registerModel(0), history.operations());
  expect(verdict.verdict).toBe("illegal");
  if (verdict.verdict === "illegal") {
    expect(verdict.evidence.text).toContain("b: read → 0 (called at 7 ms, answered at 7 ms)");
  }
});

it("takes out what certainly did not happen, and ends each operation once", () => {
  const history = new History<RegisterInput<number>, Output>();
  const refused = history.call("a", { op: "write", value: 1 });
  refused.refused();
  expect(history.operations()).toEqual([]);
  expect(() => refused.returned(undefined)).toThrow(TypeError);
  const unknown = history.call("a", { op: "read" });
  unknown.unknown();
  expect(() => unknown.refused()).toThrow(TypeError);
  expect(history.length).toBe(1);
});

it("is bounded", () => {
  const history = new History<RegisterInput<number>, Output>({ maxOperations: 2 });
  history.call("a", { op: "read" });
  history.call("a", { op: "read" });
  expect(() => history.call("a", { op: "read" })).toThrow(RangeError);
});
