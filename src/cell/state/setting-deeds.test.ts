import { expect, it } from "vitest";
import { cell_deed, cell_standing } from "../gen/cell-admin.gen.ts";
import { type CellCommand, CellState, encodeCellCommand } from "./cell-state.ts";
import { Refused } from "./errors.ts";

function founded() {
  const state = new CellState();
  let index = 0;
  const apply = (command: CellCommand) => {
    const reply = state.apply(++index, encodeCellCommand(command));
    return reply instanceof Refused ? reply.code : reply;
  };
  const place = { host: "10.0.0.1", port: 1 };
  const node = {
    name: "a",
    mesh: place,
    service: place,
    domain: "",
    standing: cell_standing.CELL_ACTIVE,
    joined: 0n,
    revision: 0n,
  };
  const founding = { id: new Uint8Array(16), name: "home", made_seconds: 0n, nodes: [node] };
  apply({ deed: cell_deed.CELL_FOUND, founding });
  const swap = (value: string, seen: bigint) =>
    apply({ deed: cell_deed.CELL_SWAP, swap: { setting: { name: "trust", value }, seen } });
  return { state, apply, swap };
}

it("a setting is swapped by who has seen what it is, and by nobody else", () => {
  const { state, apply, swap } = founded();
  const values = () => state.settings.map(({ value, revision }) => [value, revision]);
  expect(swap("one", 1n)).toBe("CELL_SETTING_CHANGED");
  expect(swap("one", 0n)).toBe(3n);
  expect(swap("other", 0n)).toBe("CELL_SETTING_CHANGED");
  expect(values()).toEqual([["one", 3n]]);
  expect(swap("two", 3n)).toBe(5n);
  expect(swap("other", 3n)).toBe("CELL_SETTING_CHANGED");
  apply({ deed: cell_deed.CELL_SET, setting: { name: "trust", value: "set" } });
  expect(swap("three", 5n)).toBe("CELL_SETTING_CHANGED");
  expect(swap("", 7n)).toBe(9n);
  expect(values()).toEqual([]);
  expect(swap("again", 0n)).toBe(10n);
});

it("what no setting can be called is refused as ever", () => {
  const { apply } = founded();
  const swap = { setting: { name: "No Name", value: "x" }, seen: 0n };
  expect(apply({ deed: cell_deed.CELL_SWAP, swap })).toBe("CELL_NAME");
});
