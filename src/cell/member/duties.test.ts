import { describe, expect, test } from "vitest";
import { cell_deed, cell_standing, report_role } from "../gen/cell-admin.gen.ts";
import { type CellCommand, CellState, encodeCellCommand } from "../state/cell-state.ts";
import type { CellVolume } from "../state/records.ts";
import { type CellView, cellDuty, ROOT_VOLUME, type VolumeView, volumeDuty } from "./duties.ts";
import { newNode } from "./identity.ts";

const ID = new Uint8Array(16).fill(1);
const place = { host: "127.0.0.1", port: 1 };

/** A cell of these nodes; `domains` says what fails together. */
function cell(names: readonly string[], domains: Readonly<Record<string, string>> = {}): CellState {
  const state = new CellState();
  const nodes = names.map((name) =>
    newNode({ name, mesh: place, service: place, domain: domains[name] ?? "" }),
  );
  apply(state, { deed: cell_deed.CELL_FOUND, founding: { id: ID, name: "home", made_seconds: 0n, nodes } });
  return state;
}

function apply(state: CellState, command: CellCommand): void {
  const reply = state.apply(Number(state.revision) + 1, encodeCellCommand(command));
  if (typeof reply !== "bigint") throw reply.toError();
}

function withVolume(state: CellState, copies: number, ...replicas: string[]): CellState {
  const making = { id: ID, name: "root", replicas, copies, quota_bytes: 0n, made_seconds: 0n };
  apply(state, { deed: cell_deed.CELL_MAKE_VOLUME, making });
  return state;
}

function view(
  state: CellState,
  change: Partial<CellView> & { readonly down?: readonly string[] } = {},
): CellView {
  const { down = [], ...rest } = change;
  return {
    state,
    voters: state.nodes.map(({ name }) => name),
    isChanging: false,
    lost: [],
    nodeOf: (name) => ({ isUp: !down.includes(name), freeBytes: 1000 }),
    ...rest,
  };
}

/** Where the volume is to be moved, if that is the duty. */
function moveOf(of: CellView): readonly string[] | undefined {
  const duty = cellDuty(of, () => ID, 7);
  return duty?.kind === "command" && duty.command.deed === cell_deed.CELL_MOVE_VOLUME
    ? duty.command.move.replicas
    : undefined;
}

const drain = (state: CellState, node: string) =>
  apply(state, { deed: cell_deed.CELL_STAND, standing: { node, standing: cell_standing.CELL_DRAINING } });

describe("of the cell", () => {
  test("the first volume is made at as many nodes as it should have, and only at those that are up", () => {
    const state = cell(["a", "b", "c"]);
    const duty = cellDuty(view(state, { down: ["b"] }), () => ID, 7);
    expect(duty).toMatchObject({
      kind: "command",
      command: { making: { name: ROOT_VOLUME, replicas: ["a", "c"], copies: 5, made_seconds: 7n } },
    });
    expect(cellDuty(view(state, { down: ["a", "b", "c"] }), () => ID, 7)).toBeUndefined();
  });

  test("voters are the nodes; those that lost their store are named again", () => {
    const state = withVolume(cell(["a", "b"]), 1, "a");
    const all = { kind: "voters", names: ["a", "b"] };
    expect(cellDuty(view(state), () => ID, 7)).toBeUndefined();
    expect(cellDuty(view(state, { voters: ["a"] }), () => ID, 7)).toEqual(all);
    expect(cellDuty(view(state, { voters: ["a", "b", "c"] }), () => ID, 7)).toEqual(all);
    expect(cellDuty(view(state, { lost: ["b"] }), () => ID, 7)).toEqual(all);
    expect(cellDuty(view(state, { lost: ["b"], isChanging: true }), () => ID, 7)).toBeUndefined();
  });

  test("a volume gets the copies that it should have as soon as there are nodes, one domain before another twice", () => {
    const domains = { a: "x", b: "x", c: "y" };
    const state = withVolume(cell(["a", "b", "c"], domains), 2, "a");
    expect(moveOf(view(state))).toEqual(["a", "c"]);
    expect(moveOf(view(state, { down: ["c"] }))).toEqual(["a", "b"]);
    expect(moveOf(view(state, { down: ["b", "c"] }))).toBeUndefined();
  });

  test("a drained node's replica goes elsewhere, or away where nobody can take it, but never the last one", () => {
    const state = withVolume(cell(["a", "b", "c"]), 2, "a", "b");
    drain(state, "b");
    expect(moveOf(view(state))).toEqual(["a", "c"]);
    expect(moveOf(view(state, { down: ["c"] }))).toEqual(["a"]);
    drain(state, "a");
    expect(moveOf(view(state, { down: ["c"] }))).toBeUndefined();
    expect(moveOf(view(state))).toEqual(["c"]);
  });

  test("copies too many go: first those that are down, then what shares a domain", () => {
    const state = withVolume(cell(["a", "b", "c", "d"], { a: "x", b: "x", c: "y" }), 2, "a", "b", "c", "d");
    expect(moveOf(view(state, { down: ["c", "d"] }))).toEqual(["a", "b"]);
    expect(moveOf(view(state, { down: ["d"] }))).toEqual(["a", "c"]);
    expect(moveOf(view(state, { down: ["a", "b", "d"] }))).toEqual(["c", "a"]);
    drain(state, "c");
    expect(moveOf(view(state))).toEqual(["a", "d"]);
  });

  test("a volume that is being moved is left alone", () => {
    const state = withVolume(cell(["a", "b"]), 2, "a");
    apply(state, { deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ID, replicas: ["b"] } });
    expect(moveOf(view(state))).toBeUndefined();
  });

  test("a volume that is being moved to a node which is drained goes to another, or to the rest", () => {
    const state = withVolume(cell(["a", "b", "c", "d"]), 2, "a", "b");
    apply(state, { deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ID, replicas: ["a", "c"] } });
    drain(state, "c");
    expect(moveOf(view(state, { down: ["b"] }))).toEqual(["a", "d"]);
    expect(moveOf(view(state, { down: ["b", "d"] }))).toEqual(["a"]);
    apply(state, { deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ID, replicas: ["a", "d"] } });
    expect(moveOf(view(state))).toBeUndefined();
  });
});

describe("of a volume", () => {
  const volume = (replicas: string[], wanted: string[] = [], quota = 0n) =>
    ({ replicas, wanted, quota_bytes: quota }) as unknown as CellVolume;
  const at = (voters: string[], change: Partial<VolumeView> = {}): VolumeView => ({
    voters,
    isChanging: false,
    isFormatted: true,
    quotaBytes: 0,
    lost: [],
    roleOf: () => undefined,
    ...change,
  });

  test("nothing when all is as it should be, or a change is under way", () => {
    expect(volumeDuty(volume(["a", "b"]), at(["b", "a"]))).toBeUndefined();
    expect(volumeDuty(volume(["a", "b"], ["c"]), at(["a", "b"], { isChanging: true }))).toBeUndefined();
  });

  test("its log is told how much it may take, once it is made", () => {
    const limited = volume(["a"], [], 5n);
    expect(volumeDuty(limited, at(["a"]))).toEqual({ kind: "limit", quotaBytes: 5 });
    expect(volumeDuty(limited, at(["a"], { isFormatted: false }))).toEqual({ kind: "format" });
    expect(volumeDuty(limited, at(["a"], { quotaBytes: 5 }))).toBeUndefined();
    expect(volumeDuty(volume(["a"]), at(["a"], { quotaBytes: 5 }))).toEqual({ kind: "limit", quotaBytes: 0 });
  });

  test("a move: first the voters, then the word that it is done", () => {
    expect(volumeDuty(volume(["a"], ["b"]), at(["a"]))).toEqual({ kind: "voters", names: ["b"] });
    expect(volumeDuty(volume(["a"], ["b"]), at(["b"]))).toEqual({ kind: "moved" });
  });

  test("a damaged replica is taken from the voters, and made one again when its stores are new; never the last", () => {
    const three = volume(["a", "b", "c"]);
    const telling = (voters: string[], role: report_role, change: Partial<VolumeView> = {}) =>
      at(voters, { roleOf: (name) => (name === "c" ? role : report_role.REPORT_FOLLOWER), ...change });
    const { REPORT_DAMAGED, REPORT_REMOVED, REPORT_CLOSED, REPORT_JOINING } = report_role;
    const out = { kind: "voters", names: ["a", "b"] };
    const all = { kind: "voters", names: ["a", "b", "c"] };
    expect(volumeDuty(three, telling(["a", "b", "c"], REPORT_DAMAGED))).toEqual(out);
    expect(volumeDuty(three, telling(["a", "b"], REPORT_DAMAGED))).toBeUndefined();
    expect(volumeDuty(three, telling(["a", "b"], REPORT_REMOVED))).toBeUndefined();
    expect(volumeDuty(three, telling(["a", "b"], REPORT_JOINING))).toEqual(all);
    // Closed for another reason, a voter stays one, and nobody waits for one that is none.
    expect(volumeDuty(three, telling(["a", "b", "c"], REPORT_CLOSED))).toBeUndefined();
    expect(volumeDuty(three, telling(["a", "b"], REPORT_CLOSED))).toBeUndefined();
    expect(volumeDuty(volume(["c"]), telling(["c"], REPORT_DAMAGED))).toBeUndefined();
    // A move waits for it, with all replicas that the volume had.
    expect(volumeDuty(volume(["a"], ["b", "c"]), telling(["a"], REPORT_CLOSED))).toBeUndefined();
    expect(volumeDuty(volume(["a", "c"], ["a", "b"]), telling(["a", "c"], REPORT_DAMAGED))).toEqual({
      kind: "voters",
      names: ["a", "b"],
    });
    expect(volumeDuty(volume(["a"], ["b", "c"]), telling(["b"], REPORT_DAMAGED))).toBeUndefined();
  });

  test("a lost store is made a member anew, and a new volume its file system", () => {
    expect(volumeDuty(volume(["a", "b"]), at(["a", "b"], { lost: ["b"] }))).toEqual({
      kind: "voters",
      names: ["a", "b"],
    });
    expect(volumeDuty(volume(["a"]), at(["a"], { isFormatted: false }))).toEqual({ kind: "format" });
  });
});
