import { describe, expect, it } from "vitest";
import { type Model, REFUSED, UNSEEN } from "../model.ts";
import { counterModel } from "./counter.ts";
import { keyValueModel } from "./key-value.ts";
import { listModel } from "./list.ts";
import { lockModel } from "./lock.ts";
import { queueModel } from "./queue.ts";
import { casRegisterModel, registerModel } from "./register.ts";

/** What the states after a run of (input, output) pairs look like, or "refused" with the pair's place. */
function outcome<State, Input, Output>(
  model: Model<State, Input, Output>,
  ...pairs: readonly (readonly [Input, Output | typeof UNSEEN])[]
): string {
  let states: readonly State[] = [model.init()];
  for (const [at, [input, output]] of pairs.entries()) {
    const isRead = model.isRead?.(input, output) === true;
    const next = states.flatMap((state) => {
      const found = model.step(state, input, output);
      if (isRead) for (const other of found) expect(other).toBe(state);
      return found;
    });
    if (next.length === 0) return `refused ${at}`;
    states = next;
  }
  return states.map((state) => model.showState?.(state) ?? JSON.stringify(state)).join(" or ");
}

describe("the register", () => {
  it("reads what was written", () => {
    const write = { op: "write", value: { a: [1] } } as const;
    const read = { op: "read" } as const;
    const model = registerModel<object>({});
    expect(outcome(model, [read, {}], [write, undefined], [read, { a: [1] }])).toBe('{"a":[1]}');
    expect(outcome(model, [write, undefined], [read, {}])).toBe("refused 1");
    expect(outcome(model, [read, UNSEEN])).toBe("{}");
  });

  it("swaps when it compares", () => {
    const cas = { op: "cas", from: 0, to: 5 } as const;
    const model = casRegisterModel(0);
    expect(outcome(model, [cas, true], [cas, false])).toBe("5");
    expect(outcome(model, [cas, false])).toBe("refused 0");
    expect(outcome(model, [cas, true], [cas, true])).toBe("refused 1");
    expect(outcome(model, [cas, UNSEEN], [cas, UNSEEN])).toBe("5");
  });
});

describe("the map", () => {
  it("is a register for each key, absent at first", () => {
    const model = keyValueModel<number>();
    const get = { op: "get", key: "k" } as const;
    const put = { op: "put", key: "k", value: 1 } as const;
    const remove = { op: "delete", key: "k" } as const;
    expect(
      outcome(model, [get, undefined], [put, undefined], [get, 1], [remove, undefined], [get, undefined]),
    ).toBe("absent");
    expect(outcome(model, [put, undefined], [get, undefined])).toBe("refused 1");
    const create = { op: "cas", key: "k", from: undefined, to: 3 } as const;
    expect(outcome(model, [create, true], [create, false])).toBe("3");
    expect(model.partition?.(get)).toBe("k");
  });
});

describe("the queue", () => {
  it("gives first what went in first", () => {
    const model = queueModel<number>();
    const enqueue = (value: number) => [{ op: "enqueue", value } as const, undefined] as const;
    const dequeue = (value: number | undefined) => [{ op: "dequeue" } as const, value] as const;
    expect(outcome(model, enqueue(1), enqueue(2), dequeue(1), dequeue(2), dequeue(undefined))).toBe("[]");
    expect(outcome(model, enqueue(1), enqueue(2), dequeue(2))).toBe("refused 2");
    expect(outcome(model, enqueue(1), dequeue(undefined))).toBe("refused 1");
    expect(outcome(model, dequeue(1))).toBe("refused 0");
    expect(outcome(model, enqueue(1), enqueue(2), [{ op: "dequeue" }, UNSEEN])).toBe("[2]");
    expect(outcome(model, [{ op: "dequeue" }, UNSEEN])).toBe("[]");
  });
});

describe("the counter", () => {
  it("adds, and tells the sum when it does", () => {
    const model = counterModel();
    const add = (amount: number) => ({ op: "add", amount }) as const;
    expect(outcome(model, [add(2), undefined], [add(3), 5], [add(-1), UNSEEN], [{ op: "read" }, 4])).toBe(
      "4",
    );
    expect(outcome(model, [add(2), 3])).toBe("refused 0");
    expect(outcome(model, [{ op: "read" }, undefined])).toBe("refused 0");
  });
});

describe("the list", () => {
  it("only grows", () => {
    const model = listModel<string>();
    const append = (value: string) => ({ op: "append", value }) as const;
    const read = { op: "read" } as const;
    expect(outcome(model, [read, []], [append("a"), undefined], [append("b"), 2], [read, ["a", "b"]])).toBe(
      '["a","b"]',
    );
    expect(outcome(model, [append("a"), 2])).toBe("refused 0");
    expect(outcome(model, [append("a"), 1], [append("b"), 2], [read, ["b", "a"]])).toBe("refused 2");
    expect(outcome(model, [append("a"), 1], [read, []])).toBe("refused 1");
  });

  it("has one state for equal lists", () => {
    const model = listModel<string>();
    const start = model.init();
    const [one] = model.step(start, { op: "append", value: "a" }, undefined);
    expect(model.step(start, { op: "append", value: "a" }, 1)[0]).toBe(one);
  });
});

describe("the lock", () => {
  const acquire = { op: "acquire" } as const;
  const release = (token: number) => ({ op: "release", token }) as const;
  const use = (token: number) => ({ op: "use", token }) as const;

  it("has one holder, and a higher token for each", () => {
    const model = lockModel({ expires: false });
    expect(outcome(model, [acquire, 1], [acquire, false], [release(1), true], [acquire, 7])).toBe(
      "held by 7, 7 given, 0 used",
    );
    expect(outcome(model, [acquire, 1], [acquire, 2])).toBe("refused 1");
    expect(outcome(model, [acquire, false])).toBe("refused 0");
    expect(outcome(model, [acquire, 2], [release(2), true], [acquire, 2])).toBe("refused 2");
    expect(outcome(model, [acquire, 1], [release(1), false])).toBe("refused 1");
    expect(outcome(model, [acquire, 2], [release(1), true])).toBe("refused 1");
  });

  it("may be taken from its holder where it expires", () => {
    const model = lockModel({ expires: true });
    expect(outcome(model, [acquire, 1], [acquire, 2], [release(1), false], [release(2), true])).toBe(
      "free, 2 given, 0 used",
    );
    expect(outcome(model, [acquire, 1], [acquire, 1])).toBe("refused 1");
  });

  it("fences off whoever held it before", () => {
    const model = lockModel({ expires: true });
    expect(outcome(model, [use(1), true], [use(2), true], [use(1), false])).toBe("free, 0 given, 2 used");
    expect(outcome(model, [use(2), true], [use(1), true])).toBe("refused 1");
    expect(outcome(model, [use(2), false])).toBe("refused 0");
  });

  it("may be held by somebody whose token nobody saw", () => {
    const model = lockModel({ expires: false });
    expect(outcome(model, [acquire, UNSEEN], [acquire, false])).toBe(
      "held by an unseen token, 0 given, 0 used",
    );
    expect(outcome(model, [acquire, UNSEEN], [acquire, 1])).toBe("refused 1");
    expect(outcome(model, [acquire, UNSEEN], [release(4), true], [acquire, 4])).toBe("refused 2");
    expect(outcome(model, [acquire, 1], [release(1), UNSEEN])).toBe(
      "free, 1 given, 0 used or held by 1, 1 given, 0 used",
    );
  });
});

it("refuses with one shared, empty list", () => {
  expect(REFUSED).toEqual([]);
  expect(Object.isFrozen(REFUSED)).toBe(true);
});
