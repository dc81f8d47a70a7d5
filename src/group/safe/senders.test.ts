/** The table that makes a stream of a log, against a naive receiver that remembers everything. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EntryPlace } from "./entry.ts";
import { MAX_SENDERS, Senders } from "./senders.ts";

const entry = (node: string, incarnation: number, number: number, base = 1): EntryPlace => ({
  sender: { node, incarnation },
  number,
  base,
});

test("delivers each number once and in its order, whatever comes again or early", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 1, max: 9 })), { maxLength: 80 }),
      (log) => {
        const senders = new Senders();
        const delivered: Record<string, number[]> = { a: [], b: [] };
        for (const [node, number] of log) {
          const got = delivered[node] as number[];
          const verdict = senders.judge(entry(node, 1, number));
          if (got.includes(number)) expect(verdict).toBe("known");
          else if (number === got.length + 1) {
            expect(verdict).toBe("delivered");
            got.push(number);
          } else expect(verdict).toBe("early");
        }
      },
    ),
    { seed: 9, numRuns: 300 },
  );
});

test("passes over what is awaited no more, and delivers none of it afterwards", () => {
  const senders = new Senders();
  expect(senders.judge(entry("a", 1, 4, 4))).toBe("delivered");
  expect(senders.judge(entry("a", 1, 3, 1))).toBe("known");
  expect(senders.judge(entry("a", 1, 6, 5))).toBe("early");
  expect(senders.judge(entry("a", 1, 6, 6))).toBe("delivered");
  expect(senders.judge(entry("a", 1, 5, 5))).toBe("known");
});

test("hears a node's next member, and none of its former ones after that", () => {
  const senders = new Senders();
  expect(senders.judge(entry("a", 1, 1))).toBe("delivered");
  expect(senders.judge(entry("a", 3, 1))).toBe("delivered");
  expect(senders.judge(entry("a", 1, 2))).toBe("stale");
  expect(senders.judge(entry("a", 3, 2))).toBe("delivered");
});

test("is the same again after a snapshot, also in whom it forgets first", () => {
  const one = new Senders();
  for (let n = 0; n < MAX_SENDERS; n++) one.judge(entry(`n${n}`, 1, 1));
  one.judge(entry("n0", 1, 2));
  const other = new Senders();
  other.restore(one.states());
  for (const senders of [one, other]) {
    senders.judge(entry("new", 1, 1));
    expect(senders.states()).toHaveLength(MAX_SENDERS);
    // The oldest is forgotten: its message would be a first one again. Who was heard since is not.
    expect(senders.judge(entry("n0", 1, 2))).toBe("known");
    expect(senders.judge(entry("n2", 1, 1))).toBe("known");
    expect(senders.judge(entry("n1", 1, 1))).toBe("delivered");
  }
  expect(other.states()).toEqual(one.states());
});
