import { expect, test } from "vitest";
import { Budget } from "./budget.ts";

test("who would go over it waits, first come first served, and the owner is told", async () => {
  let pressure = 0;
  const budget = new Budget(100, () => pressure++);
  expect(budget.take(60)).toBeUndefined();
  expect(budget.take(60)).toBeUndefined();
  const order: string[] = [];
  const first = budget.take(30)?.then(() => order.push("first"));
  const second = budget.take(10)?.then(() => order.push("second"));
  expect(first).toBeDefined();
  expect(pressure).toBe(2);
  budget.adjust(-10);
  await Promise.resolve();
  expect(order).toEqual([]);
  expect(pressure).toBe(3);
  budget.adjust(-20);
  await first;
  expect(order).toEqual(["first"]);
  expect(budget.usedBytes).toBe(120);
  budget.adjust(-120);
  await second;
  expect(order).toEqual(["first", "second"]);
  expect(budget.usedBytes).toBe(10);
});

test("nobody overtakes who waits", () => {
  const budget = new Budget(10, () => {});
  budget.take(10);
  budget.take(5);
  expect(budget.tryTake(1)).toBe(false);
  budget.adjust(-10);
  expect(budget.usedBytes).toBe(5);
  expect(budget.tryTake(1)).toBe(true);
});
