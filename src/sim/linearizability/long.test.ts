import { describe, expect, it } from "vitest";
import { concurrentHistory, withAnswer } from "../../../test/support/concurrent-history.ts";
import { Prng } from "../prng.ts";
import { checkLinearizability } from "./check.ts";
import type { RecordedOperation } from "./model.ts";
import { type KeyValueInput, keyValueModel } from "./models/key-value.ts";
import { type ListInput, listModel } from "./models/list.ts";
import { type QueueInput, queueModel } from "./models/queue.ts";

type MapOperation = RecordedOperation<KeyValueInput<number>, number | boolean | undefined>;

/** As of a store under test: each write has a value of its own. */
function registers(seed: string, clients: number, unanswered: number): MapOperation[] {
  const random = new Prng(seed, "registers");
  const values = new Map<string, number>();
  let last = 0;
  return concurrentHistory<KeyValueInput<number>, number | boolean | undefined>({
    random,
    clients,
    operations: 4000,
    unanswered,
    draw: () => {
      const key = `r${random.below(4)}`;
      return random.chance(0.3) ? { op: "put", key, value: ++last } : { op: "get", key };
    },
    apply: (input) => (input.op === "put" ? void values.set(input.key, input.value) : values.get(input.key)),
  });
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
  function queue(
    clients: number,
    operations: number,
  ): RecordedOperation<QueueInput<number>, number | undefined>[] {
    const random = new Prng("1", "queue");
    const items: number[] = [];
    let last = 0;
    return concurrentHistory<QueueInput<number>, number | undefined>({
      random,
      clients,
      operations,
      draw: () => (random.chance(0.5) ? { op: "enqueue", value: ++last } : { op: "dequeue" }),
      apply: (input) => (input.op === "enqueue" ? void items.push(input.value) : items.shift()),
    });
  }

  it("are searched by what is foreseen: a queue", () => {
    const history = queue(12, 4000);
    const verdict = checkLinearizability(queueModel<number>(), history, { maxSteps: 100_000 });
    expect(verdict.verdict).toBe("ok");
    const blind = { ...queueModel<number>() };
    delete blind.foresee;
    delete blind.narrow;
    expect(checkLinearizability(blind, history, { maxSteps: 100_000 }).verdict).toBe("unknown");
  });

  it("are searched by what is known of all of a history: a queue whose value comes out twice", () => {
    const history = queue(4, 1000);
    const latest = history.findLastIndex(
      ({ input, answer }) => input.op === "dequeue" && answer?.output !== undefined,
    );
    const twice = withAnswer(history, latest, 7);
    const verdict = checkLinearizability(queueModel<number>(), twice, { maxSteps: 200_000 });
    expect(verdict.verdict).toBe("illegal");
    const wide = { ...queueModel<number>() };
    delete wide.narrow;
    expect(checkLinearizability(wide, twice, { maxSteps: 200_000 }).verdict).toBe("unknown");
  });

  it("are searched by what is foreseen: a list", () => {
    const random = new Prng("1", "list");
    const items: number[] = [];
    let last = 0;
    const history = concurrentHistory<ListInput<number>, readonly number[] | number | undefined>({
      random,
      clients: 12,
      operations: 1000,
      draw: () => (random.chance(0.8) ? { op: "append", value: ++last } : { op: "read" }),
      apply: (input) => (input.op === "append" ? void items.push(input.value) : [...items]),
    });
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
