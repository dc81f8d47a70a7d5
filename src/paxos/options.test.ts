import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultTiming, leaseMsOf } from "./options.ts";
import { majorityOf, reachedByMajority } from "./quorum.ts";

test("a lease is over before those who are bound by it are free, however the clocks run within their bounds", () => {
  const unit = fc.double({ min: -1, max: 1, noNaN: true });
  const drawn = fc.record({
    electionMs: fc.integer({ min: 100, max: 10_000 }),
    clockDriftPpm: fc.integer({ min: 0, max: 300_000 }),
    clockErrorMs: fc.integer({ min: 0, max: 200 }),
    leader: unit,
    follower: unit,
    errors: fc.tuple(unit, unit, unit, unit),
  });
  fc.assert(
    fc.property(drawn, ({ leader, follower, errors, ...timing }) => {
      const drift = timing.clockDriftPpm / 1e6;
      const error = (at: number) => ((errors[at] as number) * timing.clockErrorMs) / 2;
      // In true time: the leader reads its clock twice, the follower twice, and each reading is a little wrong.
      const lease = leaseMsOf({ ...defaultTiming, ...timing }) + error(0) - error(1);
      const bound = timing.electionMs + error(2) - error(3);
      expect(lease / (1 + drift * leader)).toBeLessThanOrEqual(bound / (1 + drift * follower) + 1e-6);
    }),
    { numRuns: 2000 },
  );
});

test("with the default bounds there is a lease, and it is shorter than the time of an election", () => {
  expect(leaseMsOf(defaultTiming)).toBeGreaterThan(2 * defaultTiming.heartbeatMs);
  expect(leaseMsOf(defaultTiming)).toBeLessThan(defaultTiming.electionMs);
});

test("what a majority reaches is what so many values are at least, and not one more", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10), { minLength: 1, maxLength: 9 }), (values) => {
      const reached = reachedByMajority([...values]);
      const count = (least: number) => values.filter((value) => value >= least).length;
      expect(count(reached)).toBeGreaterThanOrEqual(majorityOf(values.length));
      expect(count(reached + 1)).toBeLessThan(majorityOf(values.length));
    }),
  );
  expect(reachedByMajority([])).toBe(Number.NEGATIVE_INFINITY);
});
