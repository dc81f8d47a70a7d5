import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/index.ts";
import { DueQueue, type Wakeable } from "./due-queue.ts";

class Sleeper implements Wakeable {
  dueMs = 0;
  place = -1;
  readonly woken: number[] = [];
  act: (nowMs: number) => void = () => {};

  onDue(nowMs: number): void {
    this.woken.push(nowMs);
    this.act(nowMs);
  }
}

/** A queue in virtual time. */
function inTime(
  test: (queue: DueQueue, nowMs: () => number, sleep: (ms: number) => Promise<void>) => unknown,
) {
  const sim = new Simulation({ seed: 1 });
  return sim.run(async () => {
    const { clock, timers } = sim.node("a").world;
    const queue = new DueQueue(clock, timers);
    await test(
      queue,
      () => clock.monotonicMs(),
      (ms) => sim.sleep(ms),
    );
    queue.close();
  });
}

describe("the queue of who is due", () => {
  it("wakes each once, in the order of their times and not before", () =>
    inTime(async (queue, nowMs, sleep) => {
      const startMs = nowMs();
      const order: number[] = [];
      const delays = Array.from({ length: 500 }, (_, at) => ((at * 7919) % 1000) / 10);
      for (const delayMs of delays) {
        const sleeper = new Sleeper();
        sleeper.act = (at) => {
          expect(at).toBeGreaterThanOrEqual(startMs + delayMs);
          expect(at).toBeLessThan(startMs + delayMs + 0.1);
          order.push(delayMs);
        };
        queue.wakeBy(sleeper, startMs + delayMs);
      }
      await sleep(101);
      expect(order).toEqual(delays.toSorted((a, b) => a - b));
      expect(queue.count).toBe(0);
    }));

  it("moves a time that becomes earlier, and wakes too early where it became later", () =>
    inTime(async (queue, nowMs, sleep) => {
      const startMs = nowMs();
      const [earlier, later] = [new Sleeper(), new Sleeper()];
      queue.wakeBy(earlier, startMs + 50);
      queue.wakeBy(earlier, startMs + 10);
      queue.wakeBy(later, startMs + 20);
      queue.wakeBy(later, startMs + 40);
      later.act = (at) => {
        if (at < startMs + 40) queue.wakeBy(later, startMs + 40);
      };
      await sleep(100);
      expect(earlier.woken.map((at) => Math.round(at - startMs))).toEqual([10]);
      expect(later.woken.map((at) => Math.round(at - startMs))).toEqual([20, 40]);
    }));

  it("forgets who is removed, wherever in the heap it is, and who asks for never", () =>
    inTime(async (queue, nowMs, sleep) => {
      const sleepers = Array.from({ length: 100 }, () => new Sleeper());
      for (const [at, sleeper] of sleepers.entries()) queue.wakeBy(sleeper, nowMs() + ((at * 37) % 100));
      for (const [at, sleeper] of sleepers.entries()) if (at % 3 === 0) queue.remove(sleeper);
      queue.remove(new Sleeper());
      const never = new Sleeper();
      queue.wakeBy(never, Number.POSITIVE_INFINITY);
      await sleep(200);
      expect(sleepers.map(({ woken }) => woken.length)).toEqual(
        sleepers.map((_, at) => (at % 3 === 0 ? 0 : 1)),
      );
      expect(never.woken).toEqual([]);
    }));

  it("lets time pass when somebody asks again and again for what is past", () =>
    inTime(async (queue, nowMs, sleep) => {
      const eager = new Sleeper();
      eager.act = () => {
        if (eager.woken.length < 100) queue.wakeBy(eager, nowMs() - 1);
      };
      queue.wakeBy(eager, nowMs());
      await sleep(1);
      expect(eager.woken.length).toBe(100);
      expect(new Set(eager.woken).size).toBe(100);
    }));

  it("wakes the others later when one of them throws", () =>
    inTime((_queue, nowMs) => {
      // The timer is run by hand, as what it throws would end the simulation.
      const [one, two] = [new Sleeper(), new Sleeper()];
      const runs: (() => void)[] = [];
      const timed = new DueQueue(
        { monotonicMs: nowMs, wall: () => ({ seconds: 0, nanoseconds: 0 }) },
        {
          after: (_, fire) => {
            runs.push(fire);
            return { cancel() {} };
          },
          soon: () => {},
        },
      );
      one.act = () => {
        throw new Error("a handler's own");
      };
      timed.wakeBy(one, nowMs());
      timed.wakeBy(two, nowMs());
      expect(runs.at(-1)).toThrow("a handler's own");
      expect(two.woken).toEqual([]);
      runs.at(-1)?.();
      expect(two.woken.length).toBe(1);
    }));
});
