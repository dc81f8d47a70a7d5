import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareNamedVectors,
  compareTimestamps,
  compareVectors,
  isDeliverable,
  LamportClock,
  NamedVectorClock,
  PrecedenceQueue,
  type Vector,
  VectorClock,
} from "./index.ts";

describe("a Lamport clock", () => {
  it("is incremented before each event", () => {
    const clock = new LamportClock();
    expect([clock.tick(), clock.tick(), clock.time]).toEqual([1, 2, 2]);
  });

  it("is set to one more than a message's timestamp that is not less, and goes on alone otherwise", () => {
    const clock = new LamportClock(5);
    expect([clock.receive(5), clock.receive(9), clock.receive(3)]).toEqual([6, 10, 11]);
  });

  it("gives timestamps that processes make unique", () => {
    const stamps = [
      { time: 2, process: "a" },
      { time: 1, process: "b" },
      { time: 1, process: "a" },
    ];
    const sorted = stamps.toSorted(compareTimestamps).map(({ time, process }) => `${time}${process}`);
    expect(sorted).toEqual(["1a", "1b", "2a"]);
    expect(compareTimestamps({ time: 1, process: "a" }, { time: 1, process: "a" })).toBe(0);
  });

  it("refuses what is no timestamp", () => {
    for (const time of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => new LamportClock(time)).toThrow(RangeError);
      expect(() => new LamportClock().receive(time)).toThrow(RangeError);
    }
  });
});

describe("a vector clock", () => {
  it("counts an event of P1 after (2, 4, 0, 1) as (2, 5, 0, 1), and the receipt of (3, 2, 9, 8) as (3, 6, 9, 8)", () => {
    const clock = new VectorClock(1, [2, 4, 0, 1]);
    expect(clock.tick()).toEqual([2, 5, 0, 1]);
    expect(clock.receive([3, 2, 9, 8])).toEqual([3, 6, 9, 8]);
  });

  it("tells that (2, 4, 6, 8) and (3, 4, 7, 9) are causally related, and (2, 4, 6, 8) and (1, 5, 4, 9) concurrent", () => {
    expect(compareVectors([2, 4, 6, 8], [3, 4, 7, 9])).toBe("before");
    expect(compareVectors([3, 4, 7, 9], [2, 4, 6, 8])).toBe("after");
    expect(compareVectors([2, 4, 6, 8], [1, 5, 4, 9])).toBe("concurrent");
    expect(compareVectors([2, 4], [2, 4])).toBe("equal");
  });

  it("compares tuples of process and number, in which who is missing counts as 0", () => {
    expect(
      compareNamedVectors(
        new Map([["a", 1]]),
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
      ),
    ).toBe("before");
    expect(compareNamedVectors(new Map([["a", 1]]), new Map([["b", 2]]))).toBe("concurrent");
    expect(compareNamedVectors(new Map([["a", 0]]), new Map())).toBe("equal");
  });

  it("refuses vectors of other sizes, and a process that is not among them", () => {
    expect(() => compareVectors([1], [1, 2])).toThrow(RangeError);
    expect(() => new VectorClock(2, [0, 0])).toThrow(RangeError);
    expect(() => new VectorClock(0, [0, 0]).receive([1])).toThrow(RangeError);
  });

  it("has the order of happened-before, in any run, whichever kind of vector", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.option(fc.nat())), { maxLength: 40 }), (steps) => {
        expectHappenedBefore(steps);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

interface Happened {
  readonly past: ReadonlySet<number>;
  readonly vector: Vector;
  readonly named: ReadonlyMap<string, number>;
  readonly lamport: number;
}

/** Events at four processes, each local or the receipt of what an earlier event sent; held against the relation itself. */
function expectHappenedBefore(steps: readonly (readonly [number, number | null])[]): void {
  const dense = [0, 1, 2, 3].map((i) => new VectorClock(i, [0, 0, 0, 0]));
  const named = [0, 1, 2, 3].map((i) => new NamedVectorClock(`p${i}`));
  const lamport = [0, 1, 2, 3].map(() => new LamportClock());
  const last: (number | undefined)[] = [];
  const events: Happened[] = [];
  for (const [process, from] of steps) {
    const sent = from === null || events.length === 0 ? undefined : from % events.length;
    const causes = [sent, last[process]].filter((cause) => cause !== undefined);
    const message = sent === undefined ? undefined : events[sent];
    const [vectors, names, clock] = [dense[process], named[process], lamport[process]];
    if (vectors === undefined || names === undefined || clock === undefined)
      throw new Error("no such process");
    last[process] = events.length;
    events.push({
      past: new Set(causes.flatMap((cause) => [cause, ...(events[cause] as Happened).past])),
      vector: message === undefined ? vectors.tick() : vectors.receive(message.vector),
      named: message === undefined ? names.tick() : names.receive(message.named),
      lamport: message === undefined ? clock.tick() : clock.receive(message.lamport),
    });
  }
  for (const [j, b] of events.entries())
    for (const [i, a] of events.slice(0, j).entries()) {
      const expected = b.past.has(i) ? "before" : "concurrent";
      expect(compareVectors(a.vector, b.vector)).toBe(expected);
      expect(compareNamedVectors(a.named, b.named)).toBe(expected);
      if (b.past.has(i)) expect(a.lamport).toBeLessThan(b.lamport);
    }
}

describe("a precedence vector", () => {
  it("counts messages that are sent to the group, and no receipts", () => {
    const queue = new PrecedenceQueue<string>(0, 3);
    expect(queue.send()).toEqual([1, 0, 0]);
    expect(queue.receive(1, [0, 1, 0], "m")).toEqual(["m"]);
    expect(queue.delivered).toEqual([1, 1, 0]);
    expect(queue.send()).toEqual([2, 1, 0]);
  });

  it("lets a message be delivered that is the very next of its sender", () => {
    expect(isDeliverable([0, 3, 0], 1, [0, 2, 0])).toBe(true);
    expect(isDeliverable([0, 4, 0], 1, [0, 2, 0])).toBe(false);
    expect(isDeliverable([0, 2, 0], 1, [0, 2, 0])).toBe(false);
  });

  it("lets no message be delivered that depends on another which was not yet seen", () => {
    expect(isDeliverable([1, 3, 0], 1, [1, 2, 5])).toBe(true);
    expect(isDeliverable([2, 3, 0], 1, [1, 2, 5])).toBe(false);
    expect(isDeliverable([0, 3, 6], 1, [1, 2, 5])).toBe(false);
  });

  it("holds back what came too early, and discards what came twice", () => {
    const queue = new PrecedenceQueue<string>(2, 3);
    expect(queue.receive(1, [1, 1, 0], "effect")).toEqual([]);
    expect(queue.heldBack).toBe(1);
    expect(queue.receive(0, [1, 0, 0], "cause")).toEqual(["cause", "effect"]);
    expect(queue.receive(0, [1, 0, 0], "cause")).toEqual([]);
    expect([queue.heldBack, queue.delivered]).toEqual([0, [1, 1, 0]]);
    expect(() => queue.receive(3, [0, 0, 0], "nobody")).toThrow(RangeError);
    expect(() => queue.receive(0, [0, 0], "too few")).toThrow(RangeError);
    expect(() => new PrecedenceQueue(3, 3)).toThrow(RangeError);
  });

  it("delivers all, causes first, however messages overtake each other", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 25 }), (choices, count) => {
        expectCausal(() => choices.next().value as number, count);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

/** Three processes that send and receive in a random order; what is under way may come in any order. */
function expectCausal(choose: () => number, count: number): void {
  const queues = [0, 1, 2].map((i) => new PrecedenceQueue<number>(i, 3));
  const seen: number[][] = [[], [], []];
  const before: number[][] = [];
  const underWay: (() => void)[] = [];
  while (before.length < count || underWay.length > 0) {
    const [flight] = underWay.length > 0 ? underWay.splice(choose() % underWay.length, 1) : [];
    if (before.length < count && choose() % 2 === 0) {
      const sender = choose() % 3;
      const id = before.push([...(seen[sender] as number[])]) - 1;
      const vector = (queues[sender] as PrecedenceQueue<number>).send();
      (seen[sender] as number[]).push(id);
      for (const to of [0, 1, 2].filter((each) => each !== sender))
        underWay.push(() => {
          const delivered = (queues[to] as PrecedenceQueue<number>).receive(sender, vector, id);
          (seen[to] as number[]).push(...delivered);
        });
    }
    flight?.();
  }
  for (const order of seen) {
    expect(order.toSorted((a, b) => a - b)).toEqual(before.map((_, id) => id));
    for (const [place, id] of order.entries())
      expect(order.slice(0, place)).toEqual(expect.arrayContaining(before[id] as number[]));
  }
}
