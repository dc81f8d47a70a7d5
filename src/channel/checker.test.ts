/** The checker against the specs that it stands for: same verdict on every short trace, and on long random ones. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { randomBelow } from "../world/index.ts";
import {
  ChannelChecker,
  checkTrace,
  type PairAction,
  PairsChecker,
  type Possibilities,
  type SpecName,
} from "./checker.ts";
import { BagPossibilities } from "./checker-bag.ts";
import { QueuePossibilities } from "./checker-queue.ts";
import { ReliablePossibilities } from "./checker-reliable.ts";
import { type ChannelAction, type ChannelMachine, crash, get, getAck, put, recover } from "./spec.ts";
import { earlyUnreliableMachine, unreliableMachine } from "./spec-bag.ts";
import { ExplicitStates } from "./spec-explore.ts";
import { earlyFifoMachine, perfectMachine, unreliableFifoMachine } from "./spec-queue.ts";
import { reliableMachine, undecidedReliableMachine } from "./spec-reliable.ts";
import { randomRun } from "./spec-run.ts";

const plain = [put("a"), put("b"), get("a"), get("b")];
const full = [...plain, getAck("ok"), getAck("lost"), crash, recover];

interface Row {
  readonly spec: SpecName;
  readonly machine: ChannelMachine<unknown>;
  readonly small: () => Possibilities;
  readonly alphabet: readonly ChannelAction[];
  readonly depth: number;
  /** Actions of a long walk; a machine of at most six copies says nothing of longer ones. */
  readonly walk: number;
}

const row = <State>(
  spec: SpecName,
  machine: ChannelMachine<State>,
  small: () => Possibilities,
  alphabet: readonly ChannelAction[],
  depth: number,
  walk = 18,
): Row => ({ spec, machine: machine as ChannelMachine<unknown>, small, alphabet, depth, walk });

const rows: readonly Row[] = [
  row("perfect", perfectMachine, () => new QueuePossibilities({ mayLose: false }), plain, 8),
  row("unreliable-fifo", unreliableFifoMachine, () => new QueuePossibilities({ mayLose: true }), plain, 8),
  row("unreliable-fifo-early", earlyFifoMachine, () => new QueuePossibilities({ mayLose: true }), plain, 8),
  row("unreliable", unreliableMachine(6), () => new BagPossibilities(), plain, 6, 6),
  row("unreliable-early", earlyUnreliableMachine(6), () => new BagPossibilities(), plain, 6, 6),
  row("reliable", reliableMachine, () => new ReliablePossibilities({ undecided: false }), full, 6),
  row(
    "reliable-undecided",
    undecidedReliableMachine,
    () => new ReliablePossibilities({ undecided: true }),
    full,
    6,
  ),
];

const texts = (actions: readonly ChannelAction[]) => actions.map((action) => JSON.stringify(action)).sort();

/** Runs both through the trace; false when both forbid its last action. */
function agree({ machine, small }: Row, trace: readonly ChannelAction[]): boolean {
  const [compact, plainSet] = [small(), new ExplicitStates(machine)];
  const verdicts = trace.map((action) => [compact.observe(action), plainSet.observe(action)]);
  const [ours, theirs] = verdicts.at(-1) ?? [true, true];
  if (ours !== theirs)
    throw new Error(`${machine.name}: ${ours} against ${theirs} for ${JSON.stringify(trace)}`);
  expect(texts(compact.offers()), JSON.stringify(trace)).toEqual(texts(plainSet.offers()));
  return ours === true;
}

/** Half of the walks begin with a crash that meets a few messages: what is uncertain then takes long to meet by chance. */
function opening({ machine, walk }: Row, seed: number): readonly ChannelAction[] {
  if (!machine.acknowledges || seed % 2 === 0 || walk < 10) return [];
  const puts = Array.from({ length: 2 + (seed % 3) }, (_, n) => put("aba"[(seed + n) % 3] as string));
  return seed % 4 === 1 ? [...puts, crash, recover] : [...puts, crash];
}

describe.each(rows)("the checker of $spec channels", (spec) => {
  it("agrees with the spec on every short trace, and on what may come next", () => {
    let count = 0;
    const extend = (trace: readonly ChannelAction[]) => {
      count++;
      if (!agree(spec, trace) || trace.length === spec.depth) return;
      for (const action of spec.alphabet) extend([...trace, action]);
    };
    extend([]);
    expect(count).toBeGreaterThan(1000);
  });

  it("agrees with it on long walks in which messages repeat", () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const random = seededRandom(seed);
      const [compact, plainSet] = [spec.small(), new ExplicitStates(spec.machine)];
      const start = opening(spec, seed);
      for (let step = 0; step < spec.walk && plainSet.size < 1000; step++) {
        // Mostly what may come out, so that the walk goes on; at times anything.
        const offers = plainSet.offers();
        const from = offers.length > 0 && randomBelow(random, 3) > 0 ? offers : spec.alphabet;
        const action = start[step] ?? (from[randomBelow(random, from.length)] as ChannelAction);
        const where = `seed ${seed}, step ${step}`;
        expect(compact.observe(action), where).toBe(plainSet.observe(action));
        expect(texts(compact.offers()), where).toEqual(texts(plainSet.offers()));
      }
    }
  });

  it("accepts random runs of the spec", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { trace } = randomRun(spec.machine, seededRandom(seed), { actions: 300 });
      expect(checkTrace(spec.spec, trace), `seed ${seed}`).toEqual({ verdict: "allowed" });
    }
  });

  it("rejects a message that nobody put, where it is got", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const { trace } = randomRun(spec.machine, random, { actions: 100 });
      const index = randomBelow(random, trace.length);
      const verdict = checkTrace(spec.spec, trace.toSpliced(index, 0, get("forged")));
      expect(verdict).toMatchObject({ verdict: "forbidden", index, action: get("forged") });
    }
  });

  it("rejects a message got before it was put", () => {
    const verdict = checkTrace(spec.spec, [put("a"), get("b"), put("b")]);
    expect(verdict).toMatchObject({ verdict: "forbidden", index: 1, possible: [get("a")] });
  });
});

/** Channels that keep order and double nothing. */
const ordered = rows.filter(({ spec }) => !spec.startsWith("unreliable-early") && spec !== "unreliable");

describe.each(ordered)("the checker of $spec channels, which keep order", (spec) => {
  const runs = Array.from(
    { length: 60 },
    (_, seed) => randomRun(spec.machine, seededRandom(seed), { actions: 200 }).trace,
  );

  it("rejects the second delivery of a message, wherever it is", () => {
    let tried = 0;
    runs.forEach((trace, seed) => {
      const first = trace.findIndex(({ kind }) => kind === "get");
      if (first < 0) return;
      const index = first + 1 + randomBelow(seededRandom(seed), trace.length - first);
      const verdict = checkTrace(spec.spec, trace.toSpliced(index, 0, trace[first] as ChannelAction));
      expect(verdict, `seed ${seed}`).toMatchObject({ verdict: "forbidden", index });
      tried++;
    });
    expect(tried).toBeGreaterThan(25);
  });

  it("rejects two messages that come out in the wrong order, at the second of them at the latest", () => {
    let tried = 0;
    runs.forEach((trace, seed) => {
      const at = trace.findIndex(({ kind }, i) => kind === "get" && trace[i + 1]?.kind === "get");
      if (at < 0) return;
      const [a, b] = [trace[at] as ChannelAction, trace[at + 1] as ChannelAction];
      const verdict = checkTrace(spec.spec, trace.toSpliced(at, 2, b, a));
      if (verdict.verdict !== "forbidden") throw new Error(`seed ${seed}: ${verdict.verdict}`);
      expect([at, at + 1], `seed ${seed}`).toContain(verdict.index);
      tried++;
    });
    expect(tried).toBeGreaterThan(25);
  });
});

describe("a verdict", () => {
  const reliable: readonly [string, readonly ChannelAction[], number][] = [
    ["an acknowledgment before the delivery", [put("a"), getAck("ok"), get("a")], 1],
    ["a loss while the channel is up", [put("a"), put("b"), get("b")], 2],
    ["a lost that is told while it is up", [put("a"), get("a"), getAck("lost")], 2],
    [
      "a lost that is told of a loss already acknowledged",
      [put("a"), crash, recover, getAck("lost"), getAck("lost")],
      4,
    ],
    ["a delivery after lost was told", [put("a"), crash, getAck("lost"), get("a")], 3],
    [
      "a delivery after a recovery of what a later delivery passed",
      [put("a"), put("b"), crash, recover, get("b"), get("a")],
      5,
    ],
    [
      "an ok for a message that came out after what is left",
      [put("a"), put("b"), crash, recover, get("a"), put("c"), getAck("ok")],
      6,
    ],
  ];
  it.each(reliable)("on a reliable channel names %s", (_what, trace, index) => {
    expect(checkTrace("reliable", trace)).toMatchObject({ verdict: "forbidden", index });
  });

  it("names what was possible instead", () => {
    const verdict = checkTrace("reliable", [put("a"), put("b"), crash, get("c")]);
    expect(verdict).toMatchObject({ possible: [get("a"), get("b"), getAck("lost")] });
    expect(verdict).toMatchObject({
      reason:
        "action 3, Get() = c, is not one of a reliable channel here; possible: Get() = a, Get() = b, GetAck() = lost",
    });
  });

  it("stays what it is once it is not allowed", () => {
    const checker = new ChannelChecker("perfect");
    checker.observe(get("x"));
    expect(checker.observe(put("a"))).toMatchObject({ verdict: "forbidden", index: 0 });
  });

  it("rejects acknowledgments and crashes on channels that know none", () => {
    for (const action of [getAck("ok"), crash, recover]) {
      expect(checkTrace("unreliable-fifo", [put("a"), action])).toMatchObject({
        verdict: "forbidden",
        index: 1,
      });
    }
  });
});

describe("the checker's memory", () => {
  it("says unknown beyond its bound, and forbids nothing then", () => {
    for (const { spec } of rows) {
      const trace = Array.from({ length: 20 }, (_, n) => put(`${n}`));
      const verdict = checkTrace(spec, [...trace, get("forged")], { maxHeld: 10 });
      expect(verdict, spec).toMatchObject({ verdict: "unknown" });
    }
  });

  it("stays small through a million actions of a reliable channel that crashes with many messages under way", () => {
    const checker = new ChannelChecker("reliable", { maxHeld: 2000 });
    const random = seededRandom(7);
    let [next, oldest] = [0, 0];
    for (let round = 0; round < 1000; round++) {
      for (let i = 0; i < 500; i++) checker.observe(put(`${next++}`));
      while (oldest < next - 100) checker.observe(get(`${oldest++}`));
      checker.observe(crash);
      oldest += randomBelow(random, 50);
      checker.observe(recover);
      while (oldest < next) checker.observe(get(`${oldest++}`));
      checker.observe(getAck("ok"));
    }
    expect(checker.verdict).toEqual({ verdict: "allowed" });
    expect(checker.observe(get("0"))).toMatchObject({ verdict: "forbidden" });
  });
});

describe("a sender that goes on while the channel is down", () => {
  it("is followed in time that does not grow with what may be lost", () => {
    const checker = new ChannelChecker("reliable-undecided");
    const strict = new ChannelChecker("reliable");
    for (const action of [put("first"), crash]) for (const each of [checker, strict]) each.observe(action);
    for (let n = 0; n < 50_000; n++) for (const each of [checker, strict]) each.observe(put(`${n}`));
    expect(strict.held).toBeLessThan(200_000);
    for (const each of [checker, strict]) {
      expect(each.observe(recover)).toEqual({ verdict: "allowed" });
      expect(each.observe(get("49999"))).toEqual({ verdict: "allowed" });
      expect(each.observe(get("49998"))).toMatchObject({ verdict: "forbidden", possible: [getAck("ok")] });
    }
  });
});

describe("pairs", () => {
  const between = (sender: string, receiver: string, action: ChannelAction): PairAction => ({
    sender,
    receiver,
    action,
  });

  it("are separate channels, in each direction", () => {
    const checker = new PairsChecker("perfect");
    for (const [sender, receiver] of [
      ["x", "y"],
      ["y", "x"],
      ["x", "z"],
    ] as const) {
      expect(checker.observe(between(sender, receiver, put(sender)))).toEqual({ verdict: "allowed" });
    }
    expect(checker.observe(between("y", "x", get("y")))).toEqual({ verdict: "allowed" });
    const verdict = checker.observe(between("x", "z", get("y")));
    expect(verdict).toMatchObject({ verdict: "forbidden", index: 4, possible: [get("x")] });
    expect(verdict).toMatchObject({ reason: expect.stringContaining("x to z") });
    expect(checker.observe(between("a", "b", put("m")))).toBe(checker.verdict);
  });
});
