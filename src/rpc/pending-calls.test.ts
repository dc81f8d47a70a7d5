import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Contract, Procedure } from "../marshal/index.ts";
import { PendingCall, PendingCalls } from "./pending-calls.ts";

const call = () =>
  new PendingCall(
    {} as Contract,
    {} as Procedure<unknown, unknown>,
    undefined,
    () => {},
    () => {},
    0,
    undefined,
  );

describe("PendingCalls", () => {
  test("agrees with a map under any adds and removes, and never gives an xid twice at a time", () => {
    const steps = fc.array(fc.oneof(fc.constant("add" as const), fc.nat(40)), { maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 33 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        steps,
        (max, first, all) => {
          const pending = new PendingCalls(max, first);
          const oracle = new Map<number, PendingCall>();
          for (const step of all) {
            if (step === "add") {
              expect(pending.full).toBe(oracle.size >= max);
              if (pending.full) continue;
              const made = call();
              pending.add(made);
              expect(oracle.has(made.xid)).toBe(false);
              oracle.set(made.xid, made);
            } else {
              const [xid, victim] = [...oracle][step % Math.max(1, oracle.size)] ?? [];
              if (xid === undefined || victim === undefined) continue;
              pending.remove(victim);
              pending.remove(victim);
              oracle.delete(xid);
              expect(pending.get(xid)).toBeUndefined();
            }
            expect(pending.count).toBe(oracle.size);
            for (const [xid, held] of oracle) expect(pending.get(xid)).toBe(held);
          }
          expect(pending.inOrder()).toEqual([...oracle.values()]);
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  test("xids go round from 2^32 - 1 to 0", () => {
    const pending = new PendingCalls(4, 0xffff_ffff);
    const calls = [call(), call()];
    for (const made of calls) pending.add(made);
    expect(calls.map(({ xid }) => xid)).toEqual([0xffff_ffff, 0]);
  });

  test("a size that is no bound is misuse", () => {
    expect(() => new PendingCalls(0, 0)).toThrow(RangeError);
    expect(() => new PendingCalls(1.5, 0)).toThrow(RangeError);
  });
});
