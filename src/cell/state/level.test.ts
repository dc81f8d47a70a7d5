import { expect, test } from "vitest";
import { cell_deed, cell_standing } from "../gen/cell-admin.gen.ts";
import { type CellCommand, CellState, encodeCellCommand } from "./cell-state.ts";
import {
  FIRST_LEVEL,
  LEVEL_SETTING,
  LEVELS,
  type Levels,
  levelOf,
  requireCommand,
  requireLevel,
} from "./level.ts";

const known = (oldest: number, current: number): Levels => ({ current, oldest, commands: new Map() });

function founded(levels?: Levels): { state: CellState; apply: (command: CellCommand) => unknown } {
  const state = new CellState(levels);
  let index = 0;
  const apply = (command: CellCommand) => {
    const reply = state.apply(++index, encodeCellCommand(command));
    return typeof reply === "bigint" ? reply : reply.code;
  };
  const place = { host: "10.0.0.1", port: 4000 };
  const node = { name: "n1", mesh: place, service: place, domain: "", standing: cell_standing.CELL_ACTIVE };
  const nodes = [{ ...node, joined: 0n, revision: 0n }];
  const founding = { id: new Uint8Array(16), name: "home", made_seconds: 0n, nodes };
  apply({ deed: cell_deed.CELL_FOUND, founding });
  return { state, apply };
}

const raise = (value: string): CellCommand => ({
  deed: cell_deed.CELL_SET,
  setting: { name: LEVEL_SETTING, value },
});

test("a cell begins on the first level, and only rises", () => {
  const { state, apply } = founded(known(1, 9));
  expect(levelOf(state)).toBe(FIRST_LEVEL);
  for (const value of ["1", "0", "-2", "2.5", "02", "two", "", "1000001"]) {
    expect(apply(raise(value))).toBe("CELL_LEVEL");
  }
  expect(typeof apply(raise("3"))).toBe("bigint");
  expect(levelOf(state)).toBe(3);
  expect(apply(raise("3"))).toBe("CELL_LEVEL");
  expect(apply(raise("2"))).toBe("CELL_LEVEL");
  expect(apply(raise(""))).toBe("CELL_LEVEL");
  expect(levelOf(state)).toBe(3);
});

test("a version that a level leaves behind stops at the raising itself, and is no node of the cell any more", () => {
  const newer = founded(known(1, 2));
  const older = founded(known(1, 1));
  newer.apply(raise("2"));
  expect(() => older.apply(raise("2"))).toThrow(expect.objectContaining({ code: "CELL_TOO_OLD" }));
  const pieces = newer.state.snapshot();
  expect(() => new CellState(known(1, 1)).restore(pieces)).toThrow(
    expect.objectContaining({ code: "CELL_TOO_OLD", details: { level: 2, current: 1, oldest: 1 } }),
  );
  expect(() => new CellState(known(3, 4)).restore(pieces)).toThrow(
    expect.objectContaining({ code: "CELL_TOO_NEW" }),
  );
  new CellState(known(2, 3)).restore(pieces);
});

test("a version knows the levels from its oldest to its current one", () => {
  for (const level of [2, 3, 4]) requireLevel(level, known(2, 4));
  expect(() => requireLevel(5, known(2, 4))).toThrow(expect.objectContaining({ code: "CELL_TOO_OLD" }));
  expect(() => requireLevel(1, known(2, 4))).toThrow(expect.objectContaining({ code: "CELL_TOO_NEW" }));
  requireLevel(FIRST_LEVEL, LEVELS);
});

test("a command of a later level waits for it", () => {
  const levels = { ...known(1, 3), commands: new Map([[cell_deed.CELL_MOUNT, 3]]) };
  requireCommand(cell_deed.CELL_UNMOUNT, 1, levels);
  expect(() => requireCommand(cell_deed.CELL_MOUNT, 2, levels)).toThrow(
    expect.objectContaining({ code: "CELL_LEVEL", details: { needed: 3, level: 2 } }),
  );
  requireCommand(cell_deed.CELL_MOUNT, 3, levels);
});
