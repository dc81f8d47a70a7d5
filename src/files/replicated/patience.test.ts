import { expect, test } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { MAX_PATIENT_BYTES, Patience } from "./patience.ts";

/** Attempts by simulated time; `known` from a moment on. */
function bench(patienceMs: number) {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("n");
  const { clock } = world;
  const patience = new Patience(world, patienceMs);
  const rounds: [number, number][] = [];
  const again = (fromMs: number, bytes = 10) => {
    const startMs = clock.monotonicMs();
    const attempt = async (round: number) => {
      const ms = Math.round(clock.monotonicMs() - startMs);
      rounds.push([round, ms]);
      return ms >= fromMs ? "known" : `not at ${ms}`;
    };
    return patience.again("not at first", bytes, patience.endMs(), attempt, (told) => told === "known");
  };
  return { sim, patience, rounds, again };
}

test("attempts come more slowly up to one in a second, until one is known", async () => {
  const { sim, rounds, again } = bench(30_000);
  await sim.run(async () => {
    expect(await again(3000)).toBe("known");
    expect(rounds).toEqual([50, 150, 350, 750, 1550, 2550, 3550].map((ms, at) => [at + 1, ms]));
  });
});

test("when the time is over the last answer stands, and the place is free again", async () => {
  const { sim, rounds, again } = bench(1000);
  await sim.run(async () => {
    for (let time = 0; time < 3; time++)
      expect(await again(60_000, MAX_PATIENT_BYTES - 2000)).toBe("not at 750");
    expect(rounds).toHaveLength(12);
  });
});

test("with as much waiting as there may be, and when the node ends, nothing is tried again", async () => {
  const { sim, patience, rounds, again } = bench(30_000);
  await sim.run(async () => {
    const first = again(100, MAX_PATIENT_BYTES - 2000);
    expect(await again(0)).toBe("not at first");
    expect(await first).toBe("known");
    const second = again(60_000);
    await sim.sleep(200);
    patience.close();
    expect(await second).toBe("not at 150");
    expect(rounds).toHaveLength(4);
  });
});
