import { describe, expect, it } from "vitest";
import { isLinearizable } from "../../../../test/support/all-orders.ts";
import { withAnswer } from "../../../../test/support/concurrent-history.ts";
import { type QueueOperation, queueHistory } from "../../../../test/support/object-histories.ts";
import { Prng } from "../../prng.ts";
import { checkLinearizability } from "../check.ts";
import { queueModel } from "./queue.ts";
import { findQueueViolation } from "./queue-violations.ts";

const model = queueModel<number>();

/** `value from-to` of an enqueue, `-value` of a dequeue, `0` of one that found nothing; no `to` without an answer. */
function history(...lines: readonly string[]): QueueOperation[] {
  return lines.map((line) => {
    const [value = 0, call = 0, at = 0] = line.split(/ |(?<=\d)-/).map(Number);
    const input: QueueOperation["input"] = value > 0 ? { op: "enqueue", value } : { op: "dequeue" };
    const output = value < 0 ? -value : undefined;
    return { client: line, input, call, answer: line.endsWith("-") ? undefined : { at, output } };
  });
}

const found = (operations: readonly QueueOperation[]): string[] | undefined =>
  findQueueViolation(operations)?.map(({ client }) => client);

/** A queue's history with a few answers that are others', or nobody's. */
function damaged(seed: number, unanswered: number): QueueOperation[] {
  const random = new Prng(String(seed), "violations");
  const size = { random, clients: 1 + random.below(4), operations: 2 + random.below(6), unanswered };
  let operations = queueHistory(size, { enqueues: 0.3 + 0.4 * random.unit() });
  for (let lies = random.below(3); lies > 0; lies--) {
    const exits = [...operations.keys()].filter((at) => operations[at]?.input.op === "dequeue");
    if (exits.length === 0) break;
    const lie = random.below(operations.length + 1);
    operations = withAnswer(
      operations,
      exits[random.below(exits.length)] as number,
      lie === 0 ? undefined : lie,
    );
  }
  return operations;
}

describe("the violations of a queue, against all orders", () => {
  it("are all there is, where everything is answered and values go in once", () => {
    const counts = { legal: 0, illegal: 0 };
    for (let seed = 0; seed < 6000; seed++) {
      const operations = damaged(seed, 0);
      const violation = findQueueViolation(operations);
      expect(violation === undefined, `seed ${seed}`).toBe(isLinearizable(model, operations));
      if (violation !== undefined) expect(isLinearizable(model, violation), `seed ${seed}`).toBe(false);
      counts[violation === undefined ? "legal" : "illegal"]++;
    }
    expect(counts.legal).toBeGreaterThan(1500);
    expect(counts.illegal).toBeGreaterThan(1500);
  });

  it("are violations of every history that has them, also where answers are lost and values go in twice", () => {
    let illegal = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const operations = damaged(seed, 0.2).map((operation) =>
        operation.input.op === "enqueue"
          ? { ...operation, input: { op: "enqueue", value: Math.ceil(operation.input.value / 1.4) } as const }
          : operation,
      );
      const violation = findQueueViolation(operations);
      if (violation === undefined) continue;
      illegal++;
      expect(isLinearizable(model, violation), `seed ${seed}`).toBe(false);
      expect(isLinearizable(model, operations), `seed ${seed}`).toBe(false);
    }
    expect(illegal).toBeGreaterThan(500);
  });
});

describe("a violation", () => {
  const others = ["1 0-1", "2 2-3", "-1 4-5", "-2 6-7"];

  it.each([
    ["a value that never went in", ["-9 20-21"], ["-9 20-21"]],
    ["a value that came out before it went in", ["-9 20-21", "9 30-31"], ["9 30-31", "-9 20-21"]],
    ["a value that came out twice", ["9 20-21", "-9 22-23", "-9 24-25"], ["9 20-21", "-9 22-23", "-9 24-25"]],
    [
      "an overtaking",
      ["8 20-21", "9 22-23", "-9 24-25", "-8 26-27"],
      ["8 20-21", "-8 26-27", "9 22-23", "-9 24-25"],
    ],
    [
      "an overtaking of one that stays",
      ["8 20-21", "9 22-23", "-9 24-25"],
      ["8 20-21", "9 22-23", "-9 24-25"],
    ],
    ["nothing found while a value stays", ["8 20-21", "0 22-23"], ["8 20-21", "0 22-23"]],
    [
      "nothing found while one value after another is there",
      ["7 20-21", "8 23-24", "0 22-29", "-7 25-26", "-8 30-31"],
      ["7 20-21", "-7 25-26", "8 23-24", "-8 30-31", "0 22-29"],
    ],
  ])("is %s", (_, lines, operations) => {
    expect(found(history(...others, ...lines))).toEqual(operations);
  });

  it.each([
    ["an enqueue under way with the dequeue", ["9 20-25", "-9 21-22"]],
    ["enqueues under way together", ["8 20-22", "9 21-23", "-9 24-25", "-8 26-27"]],
    ["dequeues under way together", ["8 20-21", "9 22-23", "-9 24-27", "-8 26-28"]],
    ["nothing found in between", ["7 20-21", "8 25-26", "0 22-29", "-7 23-24", "-8 30-31"]],
    ["nothing found at the moment of both", ["7 20-21", "8 24-25", "0 22-29", "-7 25-26", "-8 30-31"]],
    [
      "a dequeue without an answer, which may have taken what was overtaken",
      ["8 20-21", "9 22-23", "-9 24-25", "0 26-27", "0 3-"],
    ],
  ])("is not %s", (_, lines) => {
    const operations = history(...others, ...lines);
    expect(found(operations)).toBeUndefined();
    expect(isLinearizable(model, operations)).toBe(true);
  });

  it("is the one that showed first, and is the evidence", () => {
    const operations = history(...others, "-9 50-51", "8 20-21", "0 22-23", "-7 40-41", "-8 60-61");
    const result = checkLinearizability(model, operations);
    if (result.verdict !== "illegal") throw new Error(result.verdict);
    const { evidence } = result;
    expect(evidence.operations.map(({ client }) => client)).toEqual(["8 20-21", "-8 60-61", "0 22-23"]);
    expect(evidence.operation.client).toBe("0 22-23");
    expect(evidence.text).toContain("no order of these 3 of 9 operations is one of a queue\n");
  });
});
