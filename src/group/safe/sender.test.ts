/** A sender against a log that answers as it likes, and a receiver by the table of senders: what was settled was delivered once, in order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEntry, type SafeEntry } from "./entry.ts";
import { type Answer, type Ending, Sender, type SenderLimits } from "./sender.ts";
import { Senders } from "./senders.ts";

/** A window that is so small that each message is an entry of its own. */
const LIMITS: SenderLimits = {
  maxMessageBytes: 1_000_000,
  maxQueuedBytes: 10_000,
  maxQueued: 100,
  windowMessages: 3,
  windowBytes: 600,
  maxTries: 2,
};

function setUp(limits: Partial<SenderLimits> = {}) {
  const ended: [number, Ending][] = [];
  const sender = new Sender({ node: "a", incarnation: 1 }, { ...LIMITS, ...limits }, (sequences, ending) => {
    for (const sequence of sequences) ended.push([sequence, ending]);
  });
  const take = () => {
    const numbers: number[] = [];
    for (let entry = sender.next(); entry !== undefined; entry = sender.next()) numbers.push(entry.number);
    return numbers;
  };
  const next = () => entryOf(sender.next()?.bytes);
  return { sender, ended, take, next };
}

function entryOf(bytes: Uint8Array | undefined): SafeEntry {
  const entry = decodeEntry(bytes as Uint8Array);
  expect(entry?.sender).toEqual({ node: "a", incarnation: 1 });
  return entry as SafeEntry;
}

describe("a sender", () => {
  it("has no more than a window with the log, and a message of any size when nothing is", () => {
    const { sender, take } = setUp();
    for (const [at, bytes] of [800, 10, 250, 250, 1, 1].entries()) sender.add(10 + at, new Uint8Array(bytes));
    expect(take()).toEqual([1]);
    sender.answered(1, "delivered");
    expect(take()).toEqual([2, 3]);
    sender.answered(2, "delivered");
    expect(take()).toEqual([4]);
    sender.answered(3, "delivered");
    expect(take()).toEqual([5, 6]);
  });

  it("goes back to the first that is missing once the log has answered for all that it has", () => {
    const { sender, ended, take } = setUp();
    for (let n = 1; n <= 4; n++) sender.add(n, new Uint8Array(1));
    expect(take()).toEqual([1, 2, 3]);
    sender.answered(2, "early");
    expect(take()).toEqual([]);
    sender.answered(1, "unknown");
    expect(take()).toEqual([]);
    sender.answered(3, "early");
    expect(take()).toEqual([1, 2, 3]);
    sender.answered(1, "known");
    sender.answered(2, "delivered");
    expect(ended).toEqual([
      [1, "settled"],
      [2, "settled"],
    ]);
  });

  it("names the first that is not settled as its base, and passes over what it gave up", () => {
    const { sender, ended, next } = setUp();
    for (let n = 1; n <= 3; n++) sender.add(n, new Uint8Array(1));
    expect([next(), next()].map((entry) => entry.base)).toEqual([1, 1]);
    sender.answered(1, "refused", "why");
    expect(next().base).toBe(2);
    sender.answered(2, "unknown");
    sender.answered(3, "busy");
    expect(next()).toMatchObject({ number: 2, base: 2 });
    sender.answered(2, "unknown");
    expect(ended).toEqual([
      [1, "refused"],
      [2, "unknown"],
    ]);
    expect(next()).toMatchObject({ number: 3, base: 3 });
  });

  it("sends together what waits together, within a part of the window and of the bytes of an entry", () => {
    const { sender, ended, next } = setUp({ windowMessages: 12, windowBytes: 4000, maxQueuedBytes: 5000 });
    const sequences = ({ items }: SafeEntry) => items.map(({ sequence }) => sequence);
    for (const [at, bytes] of [1, 2, 3, 4, 990, 5, 6].entries())
      sender.add(10 + at, new Uint8Array(bytes).fill(at));
    const entries = [next(), next(), next(), next()];
    expect(entries.map(sequences)).toEqual([[10, 11, 12], [13], [14], [15, 16]]);
    expect(entries[3]?.items[1]).toEqual({ sequence: 16, payload: new Uint8Array(6).fill(6) });
    expect(sender.next()).toBeUndefined();
    sender.add(17, new Uint8Array(0));
    expect(sequences(next())).toEqual([17]);
    sender.answered(1, "delivered");
    sender.answered(4, "refused");
    expect(ended).toEqual([
      [10, "settled"],
      [11, "settled"],
      [12, "settled"],
      [15, "refused"],
      [16, "refused"],
    ]);
  });

  it("calls nothing refused that may be in the log", () => {
    const { sender, ended, take } = setUp({ maxTries: 5 });
    for (let n = 1; n <= 3; n++) sender.add(n, new Uint8Array(1));
    sender.next();
    sender.answered(1, "unknown");
    sender.next();
    sender.answered(1, "refused");
    expect(take()).toEqual([2, 3]);
    sender.answered(3, "stale");
    sender.stop();
    expect(ended).toEqual([
      [1, "unknown"],
      [3, "refused"],
      [2, "unknown"],
    ]);
    expect(sender.isEmpty).toBe(true);
  });

  it("has room for a message of any size when it is empty, and for so much otherwise", () => {
    const { sender } = setUp({ maxQueued: 3 });
    expect(sender.hasRoom(1_000_000)).toBe(true);
    sender.add(1, new Uint8Array(10_000));
    expect(sender.hasRoom(1)).toBe(false);
    sender.next();
    sender.answered(1, "delivered");
    for (let n = 2; n <= 4; n++) sender.add(n, new Uint8Array(1));
    expect(sender.hasRoom(0)).toBe(false);
  });

  it("is told wrongly by nobody: the log answers once for what it was given", () => {
    const { sender } = setUp();
    sender.add(1, new Uint8Array(1));
    expect(() => sender.answered(1, "delivered")).toThrow("invariant");
  });
});

/** A log in which each entry that it is given may be lost, chosen at once, or chosen much later. */
type Fate = "chosen" | "lost" | "refused" | "busy" | "late" | "chosenUnknown";
const FATES: readonly Fate[] = [
  "chosen",
  "chosen",
  "chosen",
  "lost",
  "refused",
  "busy",
  "late",
  "chosenUnknown",
];

describe("a sender and the table of senders", () => {
  it("deliver what was settled once and in order, nothing that was refused, and come to an end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...FATES), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        run,
      ),
      { seed: 77, numRuns: 2000 },
    );
  });
});

function run(fates: readonly Fate[], count: number): void {
  const { sender, ended } = setUp({ windowMessages: 7 });
  const senders = new Senders();
  const delivered: number[] = [];
  const late: SafeEntry[] = [];
  const choose = (entry: SafeEntry): Answer => {
    const verdict = senders.judge(entry);
    if (verdict === "delivered") delivered.push(...entry.items.map(({ sequence }) => sequence));
    return verdict;
  };
  for (let n = 1; n <= count; n++) sender.add(n, new Uint8Array(1));
  const withLog: SafeEntry[] = [];
  for (let step = 0; !sender.isEmpty; step++) {
    expect(step).toBeLessThan(1000);
    for (let given = sender.next(); given !== undefined; given = sender.next())
      withLog.push(entryOf(given.bytes.slice()));
    const entry = withLog.shift() as SafeEntry;
    const fate = fates[step] ?? "chosen";
    if (fate === "late") late.push(entry);
    if (fate === "chosen") sender.answered(entry.number, choose(entry));
    else if (fate === "refused" || fate === "busy") sender.answered(entry.number, fate);
    else {
      if (fate === "chosenUnknown") choose(entry);
      sender.answered(entry.number, "unknown");
    }
    if (step % 5 === 4) for (const each of late.splice(0)) choose(each);
  }
  for (const each of late) choose(each);
  expect(delivered).toEqual([...new Set(delivered)].sort((a, b) => a - b));
  expect(ended.map(([sequence]) => sequence).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, at) => at + 1),
  );
  for (const [sequence, ending] of ended) {
    if (ending === "settled") expect(delivered).toContain(sequence);
    if (ending === "refused") expect(delivered).not.toContain(sequence);
  }
}
