import fc from "fast-check";
import { expect, test } from "vitest";
import type { Contract, Procedure } from "../marshal/index.ts";
import { CallDeadlines } from "./call-deadlines.ts";
import { PendingCall } from "./pending-calls.ts";

const contract: Contract = { name: "TEST", program: 1, version: 1, procedures: [] };
const procedure = {} as Procedure<unknown, unknown>;
const nobody = () => {};

const call = (deadlineMs: number) =>
  new PendingCall(contract, procedure, undefined, nobody, nobody, deadlineMs, undefined);

test("the first is always the one that a list of all would name, whichever come and go", () => {
  const step = fc.oneof(fc.record({ add: fc.nat(50) }), fc.record({ remove: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const deadlines = new CallDeadlines();
      const all: PendingCall[] = [];
      for (const each of steps) {
        if ("add" in each) {
          const made = call(each.add);
          deadlines.add(made);
          all.push(made);
        } else {
          const [gone] = all.splice(each.remove % Math.max(1, all.length), 1);
          if (gone === undefined) continue;
          deadlines.remove(gone);
          deadlines.remove(gone);
        }
        expect(deadlines.count).toBe(all.length);
        const first = deadlines.first();
        expect(first?.deadlineMs).toBe(all.length === 0 ? undefined : earliest(all));
        if (first !== undefined) expect(all).toContain(first);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("thousands of deadlines come one by one without a look at the others", () => {
  const count = 5000;
  let looks = 0;
  const deadlines = new CallDeadlines();
  for (let i = 0; i < count; i++) {
    const made = call(0);
    const deadlineMs = (i * 7919) % count;
    const get = () => {
      looks++;
      return deadlineMs;
    };
    Object.defineProperty(made, "deadlineMs", { get });
    deadlines.add(made);
  }
  for (let next = 0; next < count; next++) {
    const first = deadlines.first() as PendingCall;
    expect(first.deadlineMs).toBe(next);
    deadlines.remove(first);
  }
  expect(deadlines.count).toBe(0);
  expect(looks / count).toBeLessThan(4 * Math.log2(count));
});

function earliest(calls: readonly PendingCall[]): number {
  return Math.min(...calls.map(({ deadlineMs }) => deadlineMs));
}
