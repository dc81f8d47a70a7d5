import { expect, test } from "vitest";
import type { CellNodeStatus, CellStatus, VolumeStatus } from "../../cell/index.ts";
import { BEHIND_ENTRIES, CLOCK_SKEW_MS, toMend } from "../cell/cell-text.ts";
import { type Asked, type CellFinding, cellFindings } from "./cell-checks.ts";

const NAMES = ["node-1", "node-2", "node-3"];
const GIB = 1024 ** 3;

type Told = NonNullable<CellNodeStatus["told"]>;

function node(name: string, isUp: boolean, change: Partial<Told> = {}): CellNodeStatus {
  const told: Told = {
    version: "1.0.0",
    pid: 7,
    upMs: 60_000,
    ageMs: 0,
    clockMs: 0,
    totalBytes: 100 * GIB,
    freeBytes: 50 * GIB,
    connections: 0,
    calls: 0,
    revision: 1,
    problems: [],
    ...change,
  };
  const place = { host: "127.0.0.1", port: 2049, meshHost: "127.0.0.1", meshPort: 4000 };
  return { name, standing: "active", domain: "", ...place, isUp, isLeaving: false, told };
}

function volume(change: Partial<VolumeStatus["replicas"][number]> = {}): VolumeStatus {
  const replicas = NAMES.map((name, at) => ({
    node: name,
    role: at === 0 ? ("leader" as const) : ("follower" as const),
    isUp: true,
    lag: 0,
    queuedBytes: 0,
    usedBytes: 0,
    ...(at === 1 && change),
  }));
  return { id: "00", name: "root", copies: 3, quotaBytes: 0, leader: "node-1", replicas };
}

/** What a node tells that sees these others as up. */
function status(self: string, up: readonly string[], change: Partial<CellStatus> = {}): CellStatus {
  return {
    version: "1.0.0",
    self,
    cell: "07",
    name: "home",
    revision: 1,
    isFounded: true,
    isServed: true,
    leader: "node-1",
    cut: [],
    nodes: NAMES.map((name) => node(name, name === self || up.includes(name))),
    volumes: [volume()],
    mounts: [],
    settings: {},
    exports: [],
    ...change,
  };
}

const all = (): Asked[] => NAMES.map((name) => ({ name, status: status(name, NAMES) }));

/** Everything but what is well, as text. */
function told(asked: readonly Asked[], version = "1.0.0"): string[] {
  return cellFindings(asked, version)
    .filter(({ verdict }) => verdict !== "ok")
    .map(({ verdict, code = "-", message }: CellFinding) => `${verdict} ${code} ${message}`);
}

/** The first node tells this; the others are well. */
const first = (change: Partial<CellStatus>): Asked[] => [
  { name: "node-1", status: status("node-1", NAMES, change) },
  ...all().slice(1),
];

test("a cell that is well has a line for each node, and nothing to mend", () => {
  expect(told(all())).toEqual([]);
  const lines = cellFindings(all(), "1.0.0").map(({ message }) => message);
  expect(lines).toEqual(
    NAMES.map((name) => `${name} serves at 127.0.0.1 port 2049 for 1 min 0 s, process 7`),
  );
});

test("a node that nobody reaches is told of once, and one that was killed by hand with how to let it come back", () => {
  const asked: Asked[] = [
    { name: "node-1", status: status("node-1", ["node-2"]) },
    { name: "node-2", status: status("node-2", ["node-1"]) },
    { name: "node-3", silence: "it does not run", isHeld: true },
  ];
  expect(told(asked)).toEqual(["warn - node-3 tells nothing: it does not run"]);
  expect(cellFindings(asked, "1.0.0")[0]?.remedy).toContain("coterie resume node-3");
  const elsewhere = asked.slice(0, 2);
  expect(told(elsewhere)).toEqual(["warn CELL_NODE_DOWN node-3 is not reached by node-1, node-2"]);
});

test("two nodes that do not reach each other are told of, though both answer", () => {
  const asked: Asked[] = [
    { name: "node-1", status: status("node-1", ["node-2"]) },
    { name: "node-2", status: status("node-2", ["node-1", "node-3"]) },
    { name: "node-3", status: status("node-3", ["node-2"]) },
  ];
  expect(told(asked)).toEqual([
    "warn CELL_NODE_DOWN node-1 is not reached by node-3",
    "warn CELL_NODE_DOWN node-3 is not reached by node-1",
  ]);
});

test("a link that was cut by hand is told of as that, with how to heal it", () => {
  const asked: Asked[] = [
    { name: "node-1", status: status("node-1", NAMES) },
    { name: "node-2", status: status("node-2", ["node-1"], { cut: ["node-3"] }) },
    { name: "node-3", status: status("node-3", NAMES) },
  ];
  expect(told(asked)).toEqual(["warn CELL_NODE_CUT node-2 was told to refuse node-3"]);
});

test("what keeps clients from being served is to be mended before anything else", () => {
  const unserved = { ...volume(), leader: undefined as unknown as string };
  const found = told(first({ isServed: false, volumes: [unserved] }));
  expect(found[0]).toMatch(/^fail CELL_NO_QUORUM/);
  expect(found[1]).toMatch(/^fail CELL_VOLUME_UNSERVED/);
});

test("clocks, disks, versions, replicas and what a node says of itself are looked at", () => {
  const nodes = (change: Partial<Told>) => [
    node("node-1", true),
    node("node-2", true, change),
    node("node-3", true),
  ];
  const each: [Partial<CellStatus>, RegExp][] = [
    [{ nodes: nodes({ clockMs: CLOCK_SKEW_MS + 1 }) }, /^warn CELL_CLOCK_SKEW .*node-2.* ahead/],
    [{ nodes: nodes({ freeBytes: GIB / 2 }) }, /^warn CELL_SPACE_LOW node-2/],
    [{ nodes: nodes({ version: "0.9.0" }) }, /^warn CELL_VERSIONS .*0\.9\.0, 1\.0\.0/],
    [
      { nodes: nodes({ problems: [{ code: "CELL_DISK_SLOW", message: "a durable write takes 40 ms" }] }) },
      /^warn CELL_DISK_SLOW node-2: a durable write takes 40 ms/,
    ],
    [
      { volumes: [volume({ lag: BEHIND_ENTRIES + 1 })] },
      /^warn CELL_REPLICA_BEHIND .*root at node-2 is 5,001/,
    ],
    [
      { volumes: [volume({ role: "closed", problem: "STORE_FULL: full" })] },
      /^warn CELL_REPLICA_DOWN .*STORE_FULL/,
    ],
  ];
  for (const [change, expected] of each) {
    expect(told(first(change))).toEqual([expect.stringMatching(expected)]);
  }
  expect(told(first({ volumes: [volume({ lag: BEHIND_ENTRIES })] }))).toEqual([]);
});

test("a damaged replica is told as such, and one that is being made anew, but none that comes with a move", () => {
  const said = (change: Partial<VolumeStatus["replicas"][number]>, more: Partial<VolumeStatus> = {}) =>
    told(first({ volumes: [{ ...volume(change), ...more }] }));
  expect(said({ role: "damaged", problem: "STORE_CORRUPT: a checksum" })).toEqual([
    "warn CELL_REPLICA_DAMAGED volume root at node-2 is damaged, and waits to be made anew: STORE_CORRUPT: a checksum",
  ]);
  const scrub = { state: "read", index: 9, records: 4000, damaged: 2 } as const;
  expect(said({ scrub })).toEqual([
    "warn CELL_REPLICA_DAMAGED volume root at node-2 is damaged: the last scrub found 2 of 4,000 records other than written",
  ]);
  expect(said({ scrub: { ...scrub, state: "equal", damaged: 0 } })).toEqual([]);
  for (const role of ["removed", "joining", "learner"] as const) {
    expect(said({ role, lag: BEHIND_ENTRIES + 1 })).toEqual([
      "warn CELL_REPLICA_ANEW volume root at node-2 is being made anew, 5,001 entries behind, and has no vote until it is whole",
    ]);
    expect(said({ role }, { movingTo: ["node-1", "node-2"] })).toEqual([]);
    // Of a node that is away the links tell.
    expect(said({ role, isUp: false })).toEqual([]);
  }
  // It comes and goes by itself: nothing to mend, for `coterie status`.
  const anew = status("node-1", NAMES, { volumes: [volume({ role: "learner" })] });
  expect(toMend(anew)).toEqual([]);
  const damaged = status("node-1", NAMES, { volumes: [volume({ role: "damaged" })] });
  expect(toMend(damaged).map(({ code }) => code)).toEqual(["CELL_REPLICA_DAMAGED"]);
});

test("the same problem, told by several nodes, is told once; nodes that are all of another version, as a note", () => {
  const slow = { problems: [{ code: "CELL_DISK_SLOW", message: "slow" }] };
  const asked = NAMES.map((self): Asked => {
    const nodes = [node("node-1", true, slow), node("node-2", true), node("node-3", true)];
    return { name: self, status: status(self, NAMES, { nodes }) };
  });
  expect(told(asked)).toEqual(["warn CELL_DISK_SLOW node-1: slow"]);
  expect(told(all(), "1.1.0")).toEqual(["note - all nodes run 1.0.0, and this is 1.1.0"]);
});
