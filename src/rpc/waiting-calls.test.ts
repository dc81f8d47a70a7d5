import { expect, test } from "vitest";
import type { Contract, Procedure } from "../marshal/index.ts";
import { PendingCall } from "./pending-calls.ts";
import { WaitingCalls } from "./waiting-calls.ts";

const contract: Contract = { name: "TEST", program: 1, version: 1, procedures: [] };
const procedure = {} as Procedure<unknown, unknown>;
const nobody = () => {};

/** A call that is known by its argument. */
function call(args: number): PendingCall {
  return new PendingCall(contract, procedure, args, nobody, nobody, 0, undefined);
}

function argsOf(calls: readonly PendingCall[]): unknown[] {
  return calls.map(({ args }) => args);
}

test("calls leave in the order in which they came, without those that are over", () => {
  const waiting = new WaitingCalls();
  const calls = Array.from({ length: 1000 }, (_, i) => call(i));
  for (const each of calls) waiting.push(each);
  for (const each of calls) if (Number(each.args) % 3 > 0) waiting.remove(each);
  const left = calls.filter(({ args }) => Number(args) % 3 === 0);
  expect(waiting.count).toBe(left.length);
  expect(argsOf(waiting.inOrder())).toEqual(argsOf(left));
  const taken: PendingCall[] = [];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) taken.push(next);
  expect(argsOf(taken)).toEqual(argsOf(left));
  expect([waiting.count, waiting.places]).toEqual([0, 0]);
});

test("calls that come and go while nothing is sent hold no places", () => {
  const waiting = new WaitingCalls();
  const first = call(-1);
  waiting.push(first);
  for (let i = 0; i < 100_000; i++) {
    const passing = call(i);
    waiting.push(passing);
    waiting.remove(passing);
    expect(waiting.places).toBeLessThan(200);
  }
  expect(waiting.shift()).toBe(first);
});
