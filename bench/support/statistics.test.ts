import { expect, it } from "vitest";
import { samplesOf } from "./rounds.ts";
import { median, medians, quantile, rounded } from "./statistics.ts";
import { tableOf } from "./table.ts";

it("a median is the middle one, in whatever order they come", () => {
  const samples = [9, 1, 5];
  expect(median(samples)).toBe(5);
  expect(samples).toEqual([9, 1, 5]);
  expect(median([4, 1, 3, 2])).toBe(3);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

it("a quantile is what so many stay below", () => {
  const samples = Array.from({ length: 100 }, (_, i) => i);
  expect(quantile(samples, 0.99)).toBe(99);
  expect(quantile(samples, 1)).toBe(99);
  expect(quantile(samples, 0)).toBe(0);
});

it("each field has its own median, of three digits that count", () => {
  const samples = [
    { rate: 100.4, us: 0.123456 },
    { rate: 300, us: 0.2 },
    { rate: 1234.5, us: 0.1 },
  ];
  expect(medians(samples)).toEqual({ rate: 300, us: 0.123 });
  expect(rounded(1234.5)).toBe(1235);
  expect(rounded(-99.94)).toBe(-99.9);
});

it("rounds alternate", async () => {
  const order: string[] = [];
  const row = (name: string) => ({
    label: { name },
    measure: async () => ({ at: order.push(name) }),
  });
  const samples = await samplesOf("test", [row("a"), row("b")], 2);
  expect(order).toEqual(["a", "b", "a", "b"]);
  expect(samples).toEqual([
    [{ at: 1 }, { at: 3 }],
    [{ at: 2 }, { at: 4 }],
  ]);
});

it("a table has words to the left, numbers to the right, and a dash for nothing", () => {
  const rows = [
    { peer: "ours", perSecond: 1_234_567.5, ratio: 1 },
    { peer: "theirs, bundled", perSecond: 8.25 },
  ];
  expect(tableOf(rows).split("\n")).toEqual([
    "peer               perSecond  ratio",
    "ours             1,234,567.5      1",
    "theirs, bundled         8.25      -",
  ]);
});
