import { describe, expect, it } from "vitest";
import { withAnswer } from "../../../test/support/concurrent-history.ts";
import {
  listHistory,
  type MapOperation,
  type QueueOperation,
  queueHistory,
  registersHistory,
} from "../../../test/support/object-histories.ts";
import { Prng } from "../prng.ts";
import { checkLinearizability } from "./check.ts";
import { keyValueModel } from "./models/key-value.ts";
import { listModel } from "./models/list.ts";
import { queueModel } from "./models/queue.ts";

/** As of a store under test. */
function registers(seed: string, clients: number, unanswered: number): MapOperation[] {
  const random = new Prng(seed, "registers");
  return registersHistory({ random, clients, operations: 4000, unanswered }, { keys: 4, writes: 0.3 });
}

/** A read, and the value before the one that was there since long before the read. */
function staleRead(
  history: readonly MapOperation[],
): { index: number; stale: number | undefined } | undefined {
  for (let index = 2000; index < history.length; index++) {
    const { input, call, answer } = history[index] as MapOperation;
    if (input.op !== "get" || answer === undefined) continue;
    const before = history.filter((other) => other.input.op === "put" && other.input.key === input.key);
    const done = before.filter((other) => other.answer !== undefined && other.answer.at < call);
    const replaced = done.find((old) => done.some((newer) => newer.call > (old.answer?.at as number)));
    if (replaced?.input.op === "put" && replaced.input.value !== answer.output)
      return { index, stale: replaced.input.value };
  }
  return undefined;
}

describe.each([
  [4, 0],
  [20, 0],
  [20, 0.02],
])("4,000 operations of %i clients on 4 registers, %d of them unanswered", (clients, unanswered) => {
  const seeds = ["1", "2", "3"];

  it("are found in order, with hardly more steps than operations", () => {
    for (const seed of seeds) {
      const verdict = checkLinearizability(keyValueModel<number>(), registers(seed, clients, unanswered));
      expect(verdict.verdict).toBe("ok");
      expect(verdict.steps).toBeLessThan(12_000);
    }
  });

  it("are not, when one read is stale, and the evidence says which", () => {
    for (const seed of seeds) {
      const history = registers(seed, clients, unanswered);
      const found = staleRead(history);
      if (found === undefined) throw new Error("no read to make stale");
      const damaged = withAnswer(history, found.index, found.stale);
      const verdict = checkLinearizability(keyValueModel<number>(), damaged);
      if (verdict.verdict !== "illegal") throw new Error(verdict.verdict);
      const { evidence } = verdict;
      expect(evidence.operation).toBe(damaged[found.index]);
      expect(evidence.partition).toBe(damaged[found.index]?.input.key);
      expect(evidence.text).toContain(`get "${evidence.partition}" → ${found.stale} (called at place`);
      expect(evidence.text.split("\n").length).toBeLessThan(40);
    }
  });
});

describe("objects that tell their order late", () => {
  const queue = (clients: number, operations: number): QueueOperation[] =>
    queueHistory({ random: new Prng("1", "queue"), clients, operations }, { enqueues: 0.5 });

  it("are searched by what is foreseen: a queue", () => {
    const history = queue(12, 4000);
    const verdict = checkLinearizability(queueModel<number>(), history, { maxSteps: 100_000 });
    expect(verdict.verdict).toBe("ok");
    const blind = { ...queueModel<number>() };
    delete blind.foresee;
    expect(checkLinearizability(blind, history, { maxSteps: 100_000 }).verdict).toBe("unknown");
  });

  it("are not searched where they do what none does: a queue whose values come out in another order", () => {
    const history = queue(40, 4000);
    const taken = [...history.keys()].filter((at) => history[at]?.answer?.output !== undefined);
    const [early, late] = [taken.at(-300), taken.at(-100)] as [number, number];
    const output = (at: number) => history[at]?.answer?.output;
    const swapped = withAnswer(withAnswer(history, early, output(late)), late, output(early));
    const verdict = checkLinearizability(queueModel<number>(), swapped);
    expect(verdict.verdict).toBe("illegal");
    expect(verdict.steps).toBeLessThan(50);
    const { refute: _, ...without } = queueModel<number>();
    expect(checkLinearizability(without, swapped, { maxSteps: 200_000 }).verdict).toBe("unknown");
  });

  it("are searched by what is foreseen: a list", () => {
    const random = new Prng("1", "list");
    const history = listHistory({ random, clients: 12, operations: 1000 }, { appends: 0.8 });
    const verdict = checkLinearizability(listModel<number>(), history, { maxSteps: 50_000 });
    expect(verdict.verdict).toBe("ok");
    const longest = history.findLastIndex(({ input, answer }) => input.op === "read" && answer !== undefined);
    const seen = history[longest]?.answer?.output as readonly number[];
    const swapped = [
      ...seen.slice(0, 10),
      seen[200] as number,
      ...seen.slice(11, 200),
      seen[10] as number,
      ...seen.slice(201),
    ];
    const damaged = checkLinearizability(listModel<number>(), withAnswer(history, longest, swapped), {
      maxSteps: 50_000,
    });
    expect(damaged.verdict).toBe("illegal");
  });
});
