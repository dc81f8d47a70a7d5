import { describe, expect, it } from "vitest";
import type { TraceRecord } from "../trace.ts";
import { makeScene } from "./scene.ts";
import { showMs, TimeScale } from "./time-scale.ts";

const log = (ms: number): TraceRecord => ({ atNs: ms * 1e6, node: "a", kind: "log", what: `at ${ms}` });
const logs = (count: number): TraceRecord[] => Array.from({ length: count }, (_, ms) => log(ms));
const times = (records: readonly TraceRecord[]): number[] => records.map(({ atNs }) => atNs / 1e6);

describe("the window", () => {
  it("is the last records, or the first from a moment on, or the last before one", () => {
    const shown = (options: object) => {
      const { records, before, after } = makeScene(logs(10), { maxEvents: 3, ...options });
      return [...times(records), `${before}+${after}`];
    };
    expect(shown({})).toEqual([7, 8, 9, "7+0"]);
    expect(shown({ fromMs: 4 })).toEqual([4, 5, 6, "4+3"]);
    expect(shown({ toMs: 5 })).toEqual([3, 4, 5, "3+4"]);
    expect(shown({ fromMs: 8, toMs: 8 })).toEqual([8, "8+1"]);
    expect(shown({ maxEvents: 10 })).toEqual([...times(logs(10)), "0+0"]);
    expect(shown({ fromMs: 20 })).toEqual(["10+0"]);
  });

  it("knows what held when it began", () => {
    const records: TraceRecord[] = [
      { atNs: 0, node: "a", kind: "node", what: "start 1" },
      { atNs: 0, node: "b", kind: "node", what: "start 1" },
      { atNs: 1, node: "b", kind: "node", what: "crash: of un-synced batches 0 stayed, 0 are lost" },
      { atNs: 2, node: "-", kind: "fault", what: "cut a > b" },
      { atNs: 3, node: "a", kind: "send", what: "x sent", message: 1, peer: "b" },
      { atNs: 4, node: "a", kind: "send", what: "x sent", message: 2, peer: "b" },
      { atNs: 5, node: "b", kind: "receive", what: "x received", message: 1, peer: "a" },
      { atNs: 6, node: "b", kind: "receive", what: "x received", message: 2, peer: "a" },
    ];
    const scene = makeScene(records, { maxEvents: 1 });
    expect(scene.spans.map(({ kind, nodes }) => `${kind} ${nodes}`)).toEqual(["life a", "cut a"]);
    expect(scene.messages.map(({ sentNs, endNs }) => [sentNs, endNs])).toEqual([[4, 6]]);
    expect(scene.nodes).toEqual(["a", "b"]);
  });
});

describe("the scale of time", () => {
  it("keeps the order, and gives each moment the room that it needs", () => {
    const scale = new TimeScale([3, 1, 2, 2, 1000, 1001], 50, (moment) => (moment === 2 ? 40 : 0));
    const places = [1, 2, 3, 1000, 1001].map((moment) => scale.at(moment));
    expect(places[0]).toBe(50);
    for (let i = 1; i < places.length; i++) expect(places[i]).toBeGreaterThan(places[i - 1] as number);
    expect((places[2] as number) - (places[1] as number)).toBe(40);
    expect(scale.end).toBeGreaterThan(places[4] as number);
    expect([scale.at(-5), scale.at(Number.NEGATIVE_INFINITY), scale.at(5000)]).toEqual([50, 50, scale.end]);
    expect([scale.isBefore(0), scale.isBefore(1)]).toEqual([true, false]);
  });

  it("cuts silences short, and says so", () => {
    const scale = new TimeScale([0, 1, 2, 3, 1_000_000], 0, () => 0);
    expect(scale.breaks).toEqual([{ at: expect.any(Number), gapNs: 999_997 }]);
    expect(scale.end).toBeLessThan(200);
  });

  it("labels moments that stand apart", () => {
    const moments = Array.from({ length: 100 }, (_, i) => i);
    const labels = new TimeScale(moments, 0, () => 0).labels(26);
    expect(labels.length).toBeGreaterThan(20);
    for (let i = 1; i < labels.length; i++)
      expect((labels[i]?.at ?? 0) - (labels[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(26);
  });

  it("is there without any moment, and with one", () => {
    expect(new TimeScale([], 10, () => 0).at(5)).toBe(10);
    const one = new TimeScale([7], 10, () => 13);
    expect([one.at(7), one.end]).toEqual([10, 23]);
  });

  it("writes milliseconds as long as they say something", () => {
    expect([0, 1_500_000, 12_345_678_901, 1_000_000_000_000].map(showMs)).toEqual([
      "0",
      "1.5",
      "12,345.679",
      "1,000,000",
    ]);
  });
});
