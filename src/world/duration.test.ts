import { expect, test } from "vitest";
import { durationMs } from "./duration.ts";

test.each([
  ["0", 0],
  ["5", 5000],
  ["500ms", 500],
  ["0.5ms", 0.5],
  ["5s", 5000],
  ["2m", 120_000],
  ["2min", 120_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
])("%s is %d ms", (text, ms) => expect(durationMs(text)).toBe(ms));

test.each([
  "",
  "s",
  "-1s",
  "+1s",
  "1e3",
  "1e3s",
  "5 s",
  "5S",
  "5w",
  "1h30m",
  ".5s",
  "5.s",
  "constructor",
  "5ms ",
])("%j is none", (text) => expect(durationMs(text)).toBeUndefined());

test("one of any length is a finite number, or none", () => {
  expect(durationMs(`${"9".repeat(15)}d`)).toBeLessThan(1e24);
  expect(durationMs(`${"9".repeat(400)}d`)).toBeUndefined();
});
