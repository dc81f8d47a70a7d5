import { expect, test } from "vitest";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import type { CellState } from "../state/cell-state.ts";
import { levelDuty } from "./level.ts";

/** What the leader does in a cell on `level` when nodes tell these, `undefined` for one that tells nothing. */
function duty(level: number, ...told: (readonly [oldest: number, current: number] | undefined)[]) {
  const nodes = told.map((_, at) => ({ name: `n${at}` }));
  const settings = level === 1 ? [] : [{ name: "level", value: String(level), revision: 1n }];
  const command = levelDuty({ nodes, settings } as unknown as CellState, (name) => {
    const [oldest_level, current] = told[Number(name.slice(1))] ?? [];
    return current === undefined ? undefined : { level: current, oldest_level: oldest_level as number };
  });
  return command?.deed === cell_deed.CELL_SET ? command.setting : command;
}

test("the level rises to the highest that all nodes tell they know", () => {
  expect(duty(1, [1, 2], [1, 2], [1, 2])).toEqual({ name: "level", value: "2" });
  expect(duty(1, [1, 4], [1, 3], [2, 5])).toEqual({ name: "level", value: "3" });
  expect(duty(3, [1, 4], [1, 4])).toEqual({ name: "level", value: "4" });
});

test("it stays while one node knows no higher one, or tells nothing", () => {
  expect(duty(1, [1, 2], [1, 1], [1, 2])).toBeUndefined();
  expect(duty(1, [1, 2], undefined, [1, 2])).toBeUndefined();
  expect(duty(2, [1, 2], [1, 2])).toBeUndefined();
  expect(duty(3, [1, 2])).toBeUndefined();
  expect(duty(1)).toBeUndefined();
});

test("it never rises to one that a node knows no more", () => {
  expect(duty(1, [1, 2], [3, 4])).toBeUndefined();
});
