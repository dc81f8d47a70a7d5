/** Clocks, timers, randomness and checksums: what every world promises. */
import { describe, expect, it } from "vitest";
import { sleep } from "../index.ts";
import { bytes, Gate, type Subject } from "./contract.ts";

export function describeTime(subject: Subject): void {
  describe(`${subject.name}: time and chance`, () => {
    it("fires timers in order, never early, and not when cancelled", () =>
      subject.run(async ({ world }) => {
        const start = world.clock.monotonicMs();
        const fired: string[] = [];
        const done = new Gate();
        world.timers.after(20, () => {
          fired.push("later");
          done.resolve();
        });
        world.timers.after(5, () => fired.push("sooner"));
        const cancelled = world.timers.after(1, () => fired.push("cancelled"));
        cancelled.cancel();
        await done.promise;
        cancelled.cancel();
        expect(fired).toEqual(["sooner", "later"]);
        expect(world.clock.monotonicMs() - start).toBeGreaterThanOrEqual(20);
      }));

    it("refuses a delay that is negative or no number", () =>
      subject.run(async ({ world }) => {
        expect(() => world.timers.after(-1, () => {})).toThrow(RangeError);
        expect(() => world.timers.after(Number.NaN, () => {})).toThrow(RangeError);
      }));

    it("runs soon after this turn and its microtasks, in order, and nested ones later still", () =>
      subject.run(async ({ world }) => {
        const order: string[] = [];
        const done = new Gate();
        world.timers.soon(() => {
          order.push("first");
          world.timers.soon(() => {
            order.push("nested");
            done.resolve();
          });
        });
        world.timers.soon(() => order.push("second"));
        void Promise.resolve().then(() => order.push("microtask"));
        order.push("now");
        await done.promise;
        expect(order).toEqual(["now", "microtask", "first", "second", "nested"]);
      }));

    it("sleeps, and wakes with the signal's reason", () =>
      subject.run(async ({ world }) => {
        const abort = new AbortController();
        const long = sleep(world.timers, 60_000, abort.signal);
        await sleep(world.timers, 2);
        abort.abort(new Error("enough"));
        await expect(long).rejects.toThrow("enough");
      }));

    it("has clocks that go forward at the same pace", () =>
      subject.run(async ({ world }) => {
        const monotonic = world.clock.monotonicMs();
        const wall = world.clock.wall();
        expect(wall.seconds).toBeGreaterThan(1_700_000_000);
        await sleep(world.timers, 30);
        const later = world.clock.wall();
        for (const { seconds, nanoseconds } of [wall, later]) {
          expect(Number.isInteger(seconds)).toBe(true);
          expect(Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 1e9).toBe(true);
        }
        const wallMs = (later.seconds - wall.seconds) * 1000 + (later.nanoseconds - wall.nanoseconds) / 1e6;
        const monotonicMs = world.clock.monotonicMs() - monotonic;
        expect(monotonicMs).toBeGreaterThanOrEqual(30);
        expect(wallMs).toBeGreaterThan(25);
        expect(wallMs).toBeLessThanOrEqual(monotonicMs + 5);
      }));

    it("draws whole 32-bit numbers that spread, and any number of bytes", () =>
      subject.run(async ({ world }) => {
        const drawn = Array.from({ length: 2000 }, () => world.random.uint32());
        expect(drawn.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
        expect(new Set(drawn).size).toBeGreaterThan(1990);
        const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length / 2 ** 32;
        expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
        for (const length of [0, 1, 5, 16, 1000, 5000, 100_000]) {
          const piece = world.random.bytes(length);
          expect(piece.length).toBe(length);
          if (length >= 16) expect(new Set(piece).size).toBeGreaterThan(8);
        }
        expect(world.random.bytes(16)).not.toEqual(world.random.bytes(16));
      }));

    it("computes CRC-32, also piece by piece", () =>
      subject.run(async ({ world }) => {
        const check = bytes("123456789");
        expect(world.crc32(check)).toBe(0xcbf43926);
        expect(world.crc32(check.subarray(4), world.crc32(check.subarray(0, 4)))).toBe(0xcbf43926);
        expect(world.crc32(new Uint8Array(0))).toBe(0);
      }));
  });
}
