/** Clocks that err: by how much each reading is wrong, and that timers err with them. */
import { describe, expect, it } from "vitest";
import { sleep, type WallTime } from "../world/index.ts";
import { type ClockOptions, type SimNode, Simulation } from "./index.ts";

/** Milliseconds from the wall clock's start; 2026-01-01 unless told otherwise. */
function sinceStart({ seconds, nanoseconds }: WallTime): number {
  return (seconds - 1_767_225_600) * 1000 + nanoseconds / 1e6;
}

async function withClock(
  clock: Partial<ClockOptions>,
  test: (sim: Simulation, node: SimNode) => Promise<void>,
): Promise<void> {
  const sim = new Simulation({ seed: 3 });
  const node = sim.node("a", { clock });
  await sim.run(() => test(sim, node));
}

describe("a node's clocks", () => {
  it("run as virtual time does unless told otherwise", () =>
    withClock({}, async (sim, node) => {
      const { clock } = node.world;
      const origin = clock.monotonicMs();
      await sim.sleep(1234.5);
      expect(clock.monotonicMs() - origin).toBeCloseTo(1234.5, 9);
      expect(sinceStart(clock.wall())).toBe(1234.5);
      expect(node.clock.errorMs).toBe(0);
    }));

  it("are ahead by an offset, which a step changes, and only the wall clock shows it", () =>
    withClock({ offsetMs: 1500.25 }, async (sim, node) => {
      const { clock } = node.world;
      const origin = clock.monotonicMs();
      expect(sinceStart(clock.wall())).toBe(1500.25);
      node.clock.step(-2000);
      expect(sinceStart(clock.wall())).toBe(-499.75);
      expect(clock.wall().nanoseconds).toBe(500_250_000);
      await sim.sleep(500);
      expect(sinceStart(clock.wall())).toBe(0.25);
      expect(clock.monotonicMs() - origin).toBeCloseTo(500, 9);
      node.clock.set({ offsetMs: 1501.25 });
      expect(sinceStart(clock.wall())).toBe(1.25);
      expect(node.clock.errorMs).toBe(-498.75);
    }));

  it.each([100, -100, 500_000, -500_000])("run wrong by a drift of %i ppm, both of them", (driftPpm) =>
    withClock({ driftPpm }, async (sim, node) => {
      const { clock } = node.world;
      const origin = clock.monotonicMs();
      await sim.sleep(10_000);
      const expected = 10_000 * (1 + driftPpm / 1e6);
      expect(clock.monotonicMs() - origin).toBeCloseTo(expected, 5);
      expect(sinceStart(clock.wall())).toBeCloseTo(expected, 5);
      expect(node.clock.errorMs).toBeCloseTo(expected - 10_000, 5);
    }),
  );

  it("change their drift while they run, without a jump, and keep it through a crash", () =>
    withClock({ driftPpm: 1000 }, async (sim, node) => {
      const { clock } = node.world;
      const origin = clock.monotonicMs();
      await sim.sleep(1000);
      node.clock.set({ driftPpm: -1000 });
      expect(clock.monotonicMs() - origin).toBeCloseTo(1001, 6);
      await sim.sleep(1000);
      expect(clock.monotonicMs() - origin).toBeCloseTo(2000, 6);
      node.crash();
      void node.restart();
      const next = node.world.clock.monotonicMs();
      expect(next).not.toBeCloseTo(origin + 2000, 0);
      await sim.sleep(1000);
      expect(node.world.clock.monotonicMs() - next).toBeCloseTo(999, 6);
      expect(sinceStart(node.world.clock.wall())).toBeCloseTo(2999, 6);
    }));

  it("tick in steps when they are coarse", () =>
    withClock({ granularityMs: 16 }, async (sim, node) => {
      const { clock } = node.world;
      const seen = new Set<number>();
      for (let i = 0; i < 100; i++) {
        seen.add(sinceStart(clock.wall()));
        await sim.sleep(1);
      }
      expect([...seen]).toEqual([0, 16, 32, 48, 64, 80, 96]);
    }));

  it("jitter between readings, and the monotonic one never goes back", () =>
    withClock({ readJitterMs: 5 }, async (sim, node) => {
      const { clock } = node.world;
      const origin = clock.monotonicMs();
      let last = origin;
      let wallWentBack = 0;
      let lastWall = sinceStart(clock.wall());
      for (let i = 0; i < 200; i++) {
        await sim.sleep(1);
        const now = clock.monotonicMs();
        expect(now).toBeGreaterThanOrEqual(last);
        expect(now - origin).toBeLessThanOrEqual(i + 1 + 1e-6);
        expect(now - origin).toBeGreaterThanOrEqual(i + 1 - 5);
        last = now;
        const wall = sinceStart(clock.wall());
        if (wall < lastWall) wallWentBack++;
        lastWall = wall;
      }
      expect(wallWentBack).toBeGreaterThan(10);
    }));

  it("refuse what no clock does", () => {
    const sim = new Simulation({ seed: 1, clock: { driftPpm: 5 } });
    const { clock } = sim.node("a");
    expect(clock.options.driftPpm).toBe(5);
    expect(() => clock.set({ driftPpm: 1e6 })).toThrow(RangeError);
    expect(() => clock.set({ driftPpm: Number.NaN })).toThrow(RangeError);
    expect(() => clock.set({ granularityMs: -1 })).toThrow(RangeError);
    expect(() => clock.set({ offsetMs: Number.POSITIVE_INFINITY })).toThrow(RangeError);
    expect(() => clock.step(Number.NaN)).toThrow(RangeError);
    expect(() => sim.node("b", { clock: { readJitterMs: -1 } })).toThrow(RangeError);
  });
});

describe("timers", () => {
  it("count their node's own milliseconds, never early by its clock", () =>
    withClock({ driftPpm: 12_345 }, async (sim, node) => {
      const { clock, timers } = node.world;
      for (const delayMs of [1, 7, 33.3, 1000]) {
        const [startMs, start] = [sim.nowMs, clock.monotonicMs()];
        await sleep(timers, delayMs);
        expect(clock.monotonicMs() - start).toBeGreaterThanOrEqual(delayMs - 1e-6);
        expect(sim.nowMs - startMs).toBeCloseTo(delayMs / 1.012345, 4);
      }
    }));

  it("that are pending follow a change of the rate, either way", () =>
    withClock({}, async (sim, node) => {
      const firedMs: number[] = [];
      const { timers } = node.world;
      const other = sim.node("other").world.timers;
      timers.after(1000, () => firedMs.push(sim.nowMs));
      timers.after(2000, () => firedMs.push(sim.nowMs));
      const cancelled = timers.after(1500, () => firedMs.push(-1));
      other.after(1500, () => firedMs.push(sim.nowMs));
      await sim.sleep(500);
      cancelled.cancel();
      node.clock.set({ driftPpm: -500_000 });
      // 500 ms are left of the first, which now take 1000.
      await sim.sleep(1500);
      node.clock.set({ driftPpm: 500_000 });
      // At 2000 the clock has counted 1250; the 750 that are left of the second take 500.
      await sim.sleep(1000);
      expect(firedMs).toEqual([1500, 1500, 2500]);
    }));

  it("do not follow a step of the wall clock", () =>
    withClock({}, async (sim, node) => {
      let firedMs = 0;
      node.world.timers.after(100, () => {
        firedMs = sim.nowMs;
      });
      node.clock.step(3_600_000);
      await sim.sleep(1000);
      expect(firedMs).toBe(100);
    }));
});
