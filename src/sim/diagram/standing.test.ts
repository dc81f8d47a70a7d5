import { expect, it } from "vitest";
import { Simulation } from "../simulation.ts";
import type { TraceRecord } from "../trace.ts";
import { type Span, Standing } from "./standing.ts";

function told(records: Iterable<TraceRecord>): string[] {
  const standing = new Standing();
  for (const record of records) standing.apply(record);
  return [...standing.ended, ...standing.open()].map(shown);
}

function shown({ kind, nodes, peers, fromNs, toNs, bothWays }: Span): string {
  const cut = peers.length > 0 ? ` ${bothWays ? "<>" : ">"} ${peers.join()}` : "";
  return `${kind} ${nodes.join()}${cut} ${fromNs / 1e6}-${toNs / 1e6}`;
}

it("follows lives, pauses and cuts of a run", async () => {
  const sim = new Simulation({ seed: 1 });
  const [a, b, c] = ["a", "b", "c"].map((name) => sim.node(name)) as [SimNode, SimNode, SimNode];
  await sim.run(async () => {
    await sim.sleep(10);
    a.crash();
    const cut = sim.partition([b], [c]);
    await sim.sleep(10);
    b.pause();
    sim.partition([b], [c], { oneWay: true });
    await sim.sleep(10);
    cut.heal();
    await a.restart();
    await sim.sleep(10);
    b.resume();
    sim.heal();
    await sim.sleep(10);
    c.pause();
    await sim.sleep(10);
    c.crash({ power: true });
  });
  expect(told(sim.trace.records()).sort()).toEqual([
    "cut b <> c 10-30",
    "cut b > c 20-40",
    "life a 0-10",
    "life a 30-Infinity",
    "life b 0-Infinity",
    "life c 0-60",
    "pause b 20-40",
    "pause c 50-60",
  ]);
});

type SimNode = ReturnType<Simulation["node"]>;

const at = (atNs: number, node: string, kind: TraceRecord["kind"], what: string): TraceRecord => ({
  atNs: atNs * 1e6,
  node,
  kind,
  what,
});

it("follows the directions of a cut, each for itself", () => {
  const standing = new Standing();
  for (const name of ["a", "b"]) standing.apply(at(0, name, "node", "start 1"));
  for (const [ms, what] of [
    [1, "cut a > b"],
    [1, "cut b > a"],
    [5, "heal a > b"],
    [9, "heal b > a"],
  ] as const) {
    standing.apply(at(ms, "-", "fault", what));
  }
  expect(standing.ended.map(shown)).toEqual(["cut a <> b 1-5", "cut b > a 5-9"]);
});

it("follows the faults of a plan, by their numbers", () => {
  const lines = [
    'fault 0 loss begins {"node":1}',
    "fault 1 pause begins {}",
    "fault 0 loss ends",
    "fault 7 x ends",
  ];
  expect(told(lines.map((what, index) => at(index, "-", "fault", what)))).toEqual([
    "fault  0-2",
    "fault  1-Infinity",
  ]);
});

it("knows of a node whose start was forgotten only that it lives", () => {
  const records = [
    at(5, "a", "log", "hello"),
    at(7, "a", "node", "crash: of un-synced batches 0 stayed, 0 are lost"),
  ];
  expect(told(records)).toEqual(["life a -Infinity-7"]);
  const after: TraceRecord = { ...at(5, "a", "send", "x"), message: 1, peer: "b" };
  expect(told([after])).toEqual(["life a -Infinity-Infinity", "life b -Infinity-Infinity"]);
});

it("does not guess at names that hold what the trace puts between names", () => {
  const standing = new Standing();
  for (const name of ["a,b", "c"]) standing.apply(at(0, name, "node", "start 1"));
  standing.apply(at(1, "-", "fault", "cut a,b > c"));
  standing.apply(at(2, "-", "fault", "heal a,b > c"));
  standing.apply(at(3, "-", "fault", "cut x > y > z"));
  expect(standing.open().map(shown)).toEqual(["life a,b 0-Infinity", "life c 0-Infinity"]);
});
