import { describe, expect, it } from "vitest";
import { isLinearizable } from "../../../test/support/all-orders.ts";
import { concurrentHistory, withAnswer } from "../../../test/support/concurrent-history.ts";
import { Prng } from "../prng.ts";
import { checkLinearizability } from "./check.ts";
import type { Evidence } from "./evidence.ts";
import { type Model, outputOf, type RecordedOperation, UNSEEN } from "./model.ts";
import { type CounterInput, counterModel } from "./models/counter.ts";
import { type ListInput, listModel } from "./models/list.ts";
import { type LockInput, lockModel } from "./models/lock.ts";
import { type QueueInput, queueModel } from "./models/queue.ts";
import {
  type CasRegisterInput,
  casRegisterModel,
  type RegisterInput,
  registerModel,
} from "./models/register.ts";

type History<Input, Output> = readonly RecordedOperation<Input, Output>[];

/** Holds an order against the definition. */
function explains<State, Input, Output>(
  model: Model<State, Input, Output>,
  order: History<Input, Output>,
  history: History<Input, Output>,
): void {
  expect(new Set(order).size).toBe(order.length);
  for (const operation of history) {
    const isRead = model.isRead?.(operation.input, outputOf(operation)) === true;
    if (operation.answer !== undefined || isRead) continue;
    // An unanswered operation may be in the order or not.
    expect(order.filter((other) => other === operation).length).toBeLessThanOrEqual(1);
  }
  for (const operation of history) if (operation.answer !== undefined) expect(order).toContain(operation);
  let latestCall = Number.NEGATIVE_INFINITY;
  let states: readonly State[] = [model.init()];
  for (const operation of order) {
    expect(history).toContain(operation);
    latestCall = Math.max(latestCall, operation.call);
    if (operation.answer !== undefined) expect(operation.answer.at).toBeGreaterThanOrEqual(latestCall);
    states = states.flatMap((state) => model.step(state, operation.input, outputOf(operation)));
    expect(states.length).toBeGreaterThan(0);
  }
}

/** A model, a correct object, operations that meet, and answers to put in place of right ones. */
interface Case<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  object(): (input: Input) => Output;
  draw(random: Prng): Input;
  lie(random: Prng): Output;
}

function aCase<State, Input, Output>(value: Case<State, Input, Output>): Case<unknown, unknown, unknown> {
  return value as unknown as Case<unknown, unknown, unknown>;
}

const cases: Record<string, Case<unknown, unknown, unknown>> = {
  register: aCase({
    model: registerModel(0),
    object: () => {
      let value = 0;
      return (input: RegisterInput<number>) => {
        if (input.op === "write") value = input.value;
        return value;
      };
    },
    draw: (random): RegisterInput<number> =>
      random.chance(0.5) ? { op: "read" } : { op: "write", value: random.below(6) },
    lie: (random) => random.below(6),
  }),
  "compare-and-swap register": aCase({
    model: casRegisterModel(0),
    object: () => {
      let value = 0;
      return (input: CasRegisterInput<number>) => {
        if (input.op === "read") return value;
        const writes = input.op === "write" || input.from === value;
        if (writes) value = input.op === "write" ? input.value : input.to;
        return writes;
      };
    },
    draw: (random): CasRegisterInput<number> => {
      const kind = random.below(3);
      if (kind === 0) return { op: "read" };
      if (kind === 1) return { op: "write", value: random.below(3) };
      return { op: "cas", from: random.below(3), to: random.below(3) };
    },
    lie: (random) => (random.chance(0.5) ? random.below(3) : random.chance(0.5)),
  }),
  queue: aCase({
    model: queueModel<number>(),
    object: () => {
      const queue: number[] = [];
      return (input: QueueInput<number>) =>
        input.op === "enqueue" ? void queue.push(input.value) : queue.shift();
    },
    draw: (random): QueueInput<number> =>
      random.chance(0.5) ? { op: "enqueue", value: random.below(6) } : { op: "dequeue" },
    lie: (random) => (random.chance(0.3) ? undefined : random.below(6)),
  }),
  counter: aCase({
    model: counterModel(),
    object: () => {
      let sum = 0;
      return (input: CounterInput) => {
        if (input.op === "add") sum += input.amount;
        return input.op === "add" && input.amount === 2 ? undefined : sum;
      };
    },
    draw: (random): CounterInput =>
      random.chance(0.4) ? { op: "read" } : { op: "add", amount: [1, 1, 2, -1][random.below(4)] as number },
    lie: (random) => random.below(5),
  }),
  list: aCase({
    model: listModel<number>(),
    object: () => {
      const list: number[] = [];
      return (input: ListInput<number>) => (input.op === "append" ? list.push(input.value) : [...list]);
    },
    draw: (random): ListInput<number> =>
      random.chance(0.4) ? { op: "read" } : { op: "append", value: random.below(2) },
    lie: (random) =>
      random.chance(0.5) ? random.below(4) : Array.from({ length: random.below(3) }, () => random.below(2)),
  }),
  lock: aCase({
    model: lockModel({ expires: false }),
    object: () => {
      let holder = 0;
      let given = 0;
      let seen = 0;
      return (input: LockInput) => {
        if (input.op === "acquire") {
          if (holder !== 0) return false;
          holder = ++given;
          return holder;
        }
        if (input.op === "release") {
          const held = holder === input.token;
          if (held) holder = 0;
          return held;
        }
        const passes = input.token >= seen;
        if (passes) seen = input.token;
        return passes;
      };
    },
    draw: (random): LockInput => {
      const kind = random.below(3);
      if (kind === 0) return { op: "acquire" };
      return { op: kind === 1 ? "release" : "use", token: 1 + random.below(3) };
    },
    lie: (random) => (random.chance(0.5) ? random.below(4) : random.chance(0.5)),
  }),
};

describe.each(Object.entries(cases))("against all orders: %s", (name, { model, object, draw, lie }) => {
  /** `seeds` histories; `mend` changes what a correct object did. */
  function compare(seeds: number, unanswered: number, lies: number): { ok: number; illegal: number } {
    const counts = { ok: 0, illegal: 0 };
    for (let seed = 0; seed < seeds; seed++) {
      const random = new Prng(String(seed), name);
      let history = concurrentHistory({
        random,
        clients: 2 + random.below(4),
        operations: 2 + random.below(6),
        unanswered,
        draw: () => draw(random),
        apply: object(),
      });
      for (let i = 0; i < lies; i++) history = withAnswer(history, random.below(history.length), lie(random));
      const verdict = checkLinearizability(model, history);
      const expected = isLinearizable(model, history);
      expect(verdict.verdict, `seed ${seed}`).toBe(expected ? "ok" : "illegal");
      counts[expected ? "ok" : "illegal"]++;
      if (verdict.verdict === "ok")
        explains(
          model,
          verdict.orders.flatMap(({ order }) => order),
          history,
        );
      else if (verdict.verdict === "illegal") checkEvidence(verdict.evidence);
    }
    return counts;
  }

  /** The evidence says: of what was called before this answer there is an order without it, and none with it. */
  function checkEvidence({ operations, operation, order }: Evidence<unknown, unknown>): void {
    const end = operation.answer?.at as number;
    const called = operations.filter(({ call }) => call < end);
    expect(isLinearizable(model, called, end - 0.5)).toBe(true);
    // A narrowed model is told by answers that come later, too.
    if (model.narrow === undefined) expect(isLinearizable(model, called, end)).toBe(false);
    for (const { call, answer, client } of operations) {
      if (answer === undefined || answer.at >= end) continue;
      expect(order.some((placed) => placed.call === call && placed.client === client)).toBe(true);
    }
  }

  it("accepts what a correct object does", () => {
    expect(compare(300, 0, 0)).toEqual({ ok: 300, illegal: 0 });
  });

  it("accepts what a correct object does when answers are lost", () => {
    expect(compare(300, 0.15, 0)).toEqual({ ok: 300, illegal: 0 });
  });

  it("tells false answers from right ones, and says where the first is", () => {
    const { ok, illegal } = compare(600, 0.1, 2);
    expect(ok).toBeGreaterThan(30);
    expect(illegal).toBeGreaterThan(150);
  });
});

/** `client from-to input → output`, on a line each; no `to` for an operation without an answer. */
function operation<Input, Output = undefined>(
  client: string,
  call: number,
  at: number | undefined,
  input: Input,
  output: Output | undefined = undefined,
): RecordedOperation<Input, Output | undefined> {
  return { client, input, call, answer: at === undefined ? undefined : { at, output } };
}

const read = { op: "read" } as const;
const write = (value: number) => ({ op: "write", value }) as const;

describe("a register", () => {
  const verdictOf = (history: History<RegisterInput<number>, number | undefined>) =>
    checkLinearizability(registerModel(0), history).verdict;

  it("may be read old and new while it is written, in that order", () => {
    const writing = operation("a", 0, 10, write(1));
    expect(verdictOf([writing, operation("b", 1, 2, read, 0), operation("c", 3, 4, read, 1)])).toBe("ok");
    expect(verdictOf([writing, operation("b", 1, 2, read, 1), operation("c", 3, 4, read, 0)])).toBe(
      "illegal",
    );
    expect(verdictOf([writing, operation("b", 1, 4, read, 1), operation("c", 3, 5, read, 0)])).toBe("ok");
  });

  it("is not read stale", () => {
    expect(verdictOf([operation("a", 0, 1, write(1)), operation("b", 2, 3, read, 0)])).toBe("illegal");
    expect(verdictOf([operation("a", 0, 2, write(1)), operation("b", 2, 3, read, 0)])).toBe("ok");
  });

  it("may be written by an operation without an answer, at any later time, once", () => {
    const lost = operation("a", 0, undefined, write(1));
    expect(verdictOf([lost, operation("b", 5, 6, read, 0)])).toBe("ok");
    expect(verdictOf([lost, operation("b", 5, 6, read, 1)])).toBe("ok");
    const overwritten = [lost, operation("b", 5, 6, read, 1), operation("b", 7, 8, write(2))];
    expect(verdictOf([...overwritten, operation("b", 9, 10, read, 2)])).toBe("ok");
    expect(verdictOf([...overwritten, operation("b", 9, 10, read, 1)])).toBe("illegal");
    const late = operation("a", 7, undefined, write(1));
    expect(verdictOf([late, operation("b", 5, 6, read, 1)])).toBe("illegal");
  });

  it("explains nothing and everything", () => {
    expect(verdictOf([])).toBe("ok");
    expect(verdictOf([operation("a", 0, undefined, write(1))])).toBe("ok");
    expect(verdictOf([operation("a", 0, undefined, read)])).toBe("ok");
  });
});

describe("equal operations under way together", () => {
  const add = { op: "add", amount: 1 } as const;
  const first = [
    operation("short", 0, 20, add),
    operation("long", 1, 59, add),
    operation("reader", 5, 10, read, 1),
  ];

  it("are placed in the order of their answers: the one that may wait, waits", () => {
    const reads = (...sums: number[]) =>
      sums.map((sum, at) => operation("reader", 30 + 10 * at, 35 + 10 * at, read, sum));
    const verdictOf = (...sums: number[]) =>
      checkLinearizability(counterModel(), [...first, ...reads(...sums)]).verdict;
    expect(verdictOf(1, 2)).toBe("ok");
    expect(verdictOf(1, 1, 1)).toBe("ok");
    expect(verdictOf(2, 1)).toBe("illegal");
    expect(verdictOf(0)).toBe("illegal");
    expect(verdictOf(1, 1, 1, 1)).toBe("illegal");
  });
});

describe("many operations without an answer", () => {
  const lost = Array.from({ length: 200 }, (_, i) =>
    operation("lost", i, undefined, { op: "add", amount: 1 } as const),
  );

  it("are equal, so that their subsets are not told apart", () => {
    const seen = (sum: number) =>
      checkLinearizability(counterModel(), [...lost, operation("reader", 300, 301, read, sum)]);
    expect(seen(117).verdict).toBe("ok");
    const tooMany = seen(201);
    expect(tooMany.verdict).toBe("illegal");
    expect(tooMany.steps).toBeLessThan(2000);
  });

  it("do not cost when they differ and nobody saw them", () => {
    const writes = Array.from({ length: 100 }, (_, i) => operation("lost", i, undefined, write(i + 1)));
    const verdict = checkLinearizability(registerModel(0), [
      ...writes,
      operation("reader", 300, 301, read, 50),
    ]);
    expect(verdict.verdict).toBe("ok");
    expect(verdict.steps).toBeLessThan(2000);
  });
});

describe("the budget", () => {
  /** Writers at once, all different, and one read of what nobody wrote: every subset must be tried. */
  const hard = (writers: number) => [
    ...Array.from({ length: writers }, (_, i) => operation(`w${i}`, i, 1000 + i, write(i + 1))),
    operation("reader", 500, 600, read, -1),
  ];

  it("ends the search after so many steps, the same on every machine", () => {
    const verdict = checkLinearizability(registerModel(0), hard(40), { maxSteps: 5000 });
    expect(verdict).toMatchObject({ verdict: "unknown", reason: "steps", undecided: [undefined] });
    expect(verdict.steps).toBeGreaterThanOrEqual(5000);
    expect(verdict.steps).toBeLessThan(7000);
    expect(checkLinearizability(registerModel(0), hard(8)).verdict).toBe("illegal");
  });

  it("ends the search by the clock that is given", () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs++ };
    const verdict = checkLinearizability(registerModel(0), hard(40), { budget: { clock, timeoutMs: 5 } });
    expect(verdict).toMatchObject({ verdict: "unknown", reason: "time" });
    expect(nowMs).toBeLessThan(20);
  });

  it("bounds what is held in memory", () => {
    const verdict = checkLinearizability(registerModel(0), hard(40), { maxConfigurations: 300 });
    expect(verdict).toMatchObject({ verdict: "unknown", reason: "memory" });
  });

  it("is shared, so that one hard partition hides no other's fault", () => {
    const parted = {
      ...registerModel(0),
      partition: (input: { op: string; part?: string }) => input.part ?? "easy",
    };
    const inHard = hard(40).map((op) => ({ ...op, input: { ...op.input, part: "hard" } }));
    const easy = (output: number) => [operation("a", 0, 1, write(1)), operation("a", 2, 3, read, output)];
    const options = { maxSteps: 20_000 };
    expect(checkLinearizability(parted, [...inHard, ...easy(1)], options)).toMatchObject({
      verdict: "unknown",
      undecided: ["hard"],
    });
    const verdict = checkLinearizability(parted, [...inHard, ...easy(2)], options);
    expect(verdict.verdict === "illegal" && verdict.evidence.partition).toBe("easy");
  });
});

describe("misuse", () => {
  it("is refused at once", () => {
    const model = registerModel<unknown>(0);
    expect(() => checkLinearizability(model, [operation("a", 2, 1, read, 0)])).toThrow(RangeError);
    expect(() => checkLinearizability(model, [operation("a", Number.NaN, 1, read, 0)])).toThrow(RangeError);
    expect(() => checkLinearizability(model, [operation("a", 0, 1, read, new Date(0))])).toThrow(TypeError);
    const lying = { ...registerModel(0), isRead: () => true };
    expect(() => checkLinearizability(lying, [operation("a", 0, 1, write(1))])).toThrow(TypeError);
  });

  it("names the unanswered output once", () => {
    expect(outputOf(operation("a", 0, undefined, read))).toBe(UNSEEN);
  });
});
