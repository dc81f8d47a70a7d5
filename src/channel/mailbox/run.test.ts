/**
 * Mail in the simulator against its spec: over channels in memory that are severed, and over real ones, on networks that lose,
 * double, reorder and cut, while nodes crash.
 *
 * `COTERIE_SEEDS=2000 npx vitest run src/channel/mailbox/run.test.ts` tries more seeds; `COTERIE_SEED=n` one alone.
 */
import { describe, expect, it } from "vitest";
import { FakeNetwork } from "../../../test/support/fake-channels.ts";
import { MAIL_PORT, type MailNetwork, mailRun } from "../../../test/support/mail-run.ts";
import type { SimNode, Simulation } from "../../sim/index.ts";
import { openEndpoint } from "../endpoint.ts";
import { MailSpec } from "./spec.ts";

function seeds(few: number): number[] {
  const one = process.env.COTERIE_SEED;
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: Number(process.env.COTERIE_SEEDS ?? few) }, (_, n) => n + 1);
}

const addressOf = (node: SimNode) => ({ host: node.ip, port: MAIL_PORT });

/** Channels in memory: perfect until they are severed. */
function inMemory(sim: Simulation): MailNetwork {
  const network = new FakeNetwork(sim.random, { latencyMs: 5, jitterMs: 10, pendingBytes: 3000 });
  return {
    join: async (node, world, onChannel) => {
      network.join(addressOf(node), world, onChannel);
      return (to) => network.connect(addressOf(node), to, world);
    },
    left: (node) => network.leave(addressOf(node)),
    disturb: (_sim, a, b) => {
      network.severBetween(addressOf(a), addressOf(b));
      network.isCut = !network.isCut && sim.random.chance(0.3);
    },
    heal: () => {
      network.isCut = false;
    },
  };
}

/** Real channels over a bad network. */
function overDatagrams(): MailNetwork {
  return {
    join: async (node, world, onChannel) => {
      const limits = { timeoutMs: 1500, keepaliveMs: 500 };
      const endpoint = await openEndpoint(world, { bind: addressOf(node), onChannel, limits });
      return (to) => endpoint.connect(to, { timeoutMs: 1000 });
    },
    left: () => {},
    disturb: (sim, a, b) => {
      if (sim.random.chance(0.5)) sim.heal();
      else if (a !== b) sim.partition([a], [b], { oneWay: sim.random.chance(0.5) });
    },
    heal: (sim) => {
      sim.heal();
      sim.network.setAll({ loss: 0, duplicate: 0, reorder: 0, corrupt: 0 });
    },
  };
}

const bad = { loss: 0.1, duplicate: 0.05, reorder: 0.1, corrupt: 0.02, latencyMs: 3, jitterMs: 5 };

interface Kind {
  readonly name: string;
  readonly count: number;
  readonly run: (seed: number) => ReturnType<typeof mailRun>;
}

const kinds: readonly Kind[] = [
  { name: "channels in memory", count: 60, run: (seed) => mailRun({ seed }, inMemory) },
  { name: "channels over datagrams", count: 15, run: (seed) => mailRun({ seed, link: bad }, overDatagrams) },
];

describe.each(kinds)("mail over $name", ({ count, run }) => {
  it("keeps its promises, and comes to an end for every mail", async () => {
    const total = new Map<string, number>();
    for (const seed of seeds(count)) {
      const { spec } = await run(seed);
      expect(spec.broken, `seed ${seed}`).toBeUndefined();
      for (const [key, n] of spec.summary()) total.set(key, (total.get(key) ?? 0) + n);
    }
    if (process.env.COTERIE_SEED !== undefined) return;
    // Every fate was met, and most mail arrived.
    const met = ["told buffered, received", "told delivered, received", "told received, received"];
    const failed = ["told unknown, received", "told unknown, sent", "told never, sent"];
    expect([...met, ...failed].filter((key) => !total.has(key))).toEqual([]);
    expect(total.has("told never, received")).toBe(false);
    expect(total.get("told received, received")).toBeGreaterThan(total.get("told never, sent") ?? 0);
  });

  it("does the same from the same seed", async () => {
    const [first, second] = [await run(3), await run(3)];
    expect(second.trace).toBe(first.trace);
    expect(second.spec.summary()).toEqual(first.spec.summary());
  });
});

describe("the spec of mail", () => {
  const broken = (steps: (spec: MailSpec) => void): string | undefined => {
    const spec = new MailSpec();
    for (const id of ["m1", "m2"]) spec.sent("a#1", "box", id);
    steps(spec);
    return spec.broken;
  };

  const cases: readonly [string, (spec: MailSpec) => void, string][] = [
    ["mail that nobody sent", (s) => s.received("box", "m3"), "m3 was received and never sent"],
    ["mail in another mailbox", (s) => s.received("other", "m1"), "m1 was sent to box and received in other"],
    ["mail twice", (s) => [s.received("box", "m1"), s.received("box", "m1")], "m1 was received twice"],
    [
      "the wrong order",
      (s) => [s.received("box", "m2"), s.received("box", "m1")],
      "m1 was received after mail 2 of a#1 box",
    ],
    ["received too early", (s) => s.outcome("m1", { kind: "received" }), "m1 was told received and was not"],
    [
      "a wrong never",
      (s) => [s.received("box", "m1"), s.outcome("m1", { kind: "failed", fate: "never" })],
      "m1 was told that it never would be received, and was",
    ],
    [
      "a never that does not hold",
      (s) => [s.outcome("m1", { kind: "failed", fate: "never" }), s.received("box", "m1")],
      "m1 was received after it was told that it never would be",
    ],
    [
      "two outcomes",
      (s) => [s.outcome("m1", { kind: "buffered" }), s.outcome("m1", { kind: "buffered" })],
      "m1 has two outcomes",
    ],
    [
      "an outcome of nothing",
      (s) => s.outcome("m3", { kind: "buffered" }),
      "m3 has an outcome and was never sent",
    ],
    ["no outcome", (s) => s.settled(), "m1 has no outcome"],
    [
      "a delivery that is not there",
      (s) => [s.outcome("m1", { kind: "delivered" }), s.senderCrashed("a#1"), s.settled()],
      "m1 was told delivered to a mailbox that was emptied, and not received",
    ],
  ];
  it.each(cases)("forbids %s", (_what, steps, what) => {
    expect(broken(steps)).toBe(what);
  });

  it("allows an unknown fate either way, gaps, and a delivery to a mailbox that was lost", () => {
    const spec = new MailSpec();
    for (const id of ["m1", "m2", "m3"]) spec.sent("a#1", "box", id);
    spec.outcome("m1", { kind: "failed", fate: "unknown" });
    spec.received("box", "m2");
    spec.outcome("m2", { kind: "failed", fate: "unknown" });
    spec.outcome("m3", { kind: "delivered" });
    spec.lost("box");
    spec.settled();
    expect(spec.broken).toBeUndefined();
  });
});
