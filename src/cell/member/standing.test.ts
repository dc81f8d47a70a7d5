import { expect, test } from "vitest";
import type { LogRole } from "../../paxos/index.ts";
import { Simulation } from "../../sim/index.ts";
import { report_role } from "../gen/cell-admin.gen.ts";
import {
  FIRST_LOOK_MS,
  LOOK_MS,
  type Standing,
  StandingWatch,
  standingOf,
  type Watched,
} from "./standing.ts";

const ROOT = new Uint8Array(16).fill(1);

interface Pieces {
  hasRoot: boolean;
  hasReplica: boolean;
  role: LogRole;
  isFormatted: boolean;
  leader: string | undefined;
  isLeader: boolean;
  /** What is heard of the other node with a replica. */
  other: { isUp: boolean; volume: Uint8Array; role: report_role };
}

/** Of a member only what is looked at. */
function memberOf(pieces: Pieces): Watched {
  const log = {
    get leader() {
      return pieces.leader;
    },
    get role() {
      return pieces.role;
    },
  };
  const root = { id: ROOT, replicas: ["self", "other"], wanted: [] };
  return {
    self: "self",
    state: { volumeNamed: () => (pieces.hasRoot ? root : undefined) },
    isUp: () => pieces.other.isUp,
    reportOf: () => ({ report: { replicas: [pieces.other] }, ageMs: 0 }),
    log: {
      get isLeader() {
        return pieces.isLeader;
      },
      status: () => log,
    },
    replicaOf: () =>
      pieces.hasReplica ? { status: () => ({ log, isFormatted: pieces.isFormatted }) } : undefined,
  } as unknown as Watched;
}

const silent = { isUp: true, volume: ROOT, role: report_role.REPORT_FOLLOWER };
const leading = { ...silent, role: report_role.REPORT_LEADER };
const whole: Pieces = {
  hasRoot: true,
  hasReplica: true,
  role: "follower",
  isFormatted: true,
  leader: "a",
  isLeader: false,
  other: silent,
};

test("a node serves when the volume is made and somebody leads it", () => {
  const serving = (pieces: Partial<Pieces>) => standingOf(memberOf({ ...whole, ...pieces })).isServing;
  expect(serving({})).toBe(true);
  expect(serving({ hasRoot: false })).toBe(false);
  expect(serving({ isFormatted: false })).toBe(false);
  expect(serving({ leader: undefined })).toBe(false);
});

test("a node without a replica that answers hands calls on, and serves when another leads", () => {
  const serving = (pieces: Partial<Pieces>) => standingOf(memberOf({ ...whole, ...pieces })).isServing;
  for (const pieces of [{ hasReplica: false }, { role: "joining" }, { role: "removed" }] as const) {
    // That the cell's own log has a leader says nothing of the volume.
    expect(serving(pieces)).toBe(false);
    expect(serving({ ...pieces, other: leading })).toBe(true);
    expect(serving({ ...pieces, other: { ...leading, isUp: false } })).toBe(false);
    expect(serving({ ...pieces, other: { ...leading, volume: new Uint8Array(16) } })).toBe(false);
  }
  expect(serving({ leader: undefined, other: leading })).toBe(false);
});

test("changes are told once each, the first of them soon", async () => {
  const sim = new Simulation({ seed: 1 });
  const pieces = { ...whole, leader: undefined as string | undefined };
  const told: Standing[] = [];
  const { world } = sim.node("machine");
  await sim.run(async () => {
    const watch = new StandingWatch(world, memberOf(pieces), (standing) => told.push(standing));
    await sim.sleep(1000);
    expect(told).toEqual([]);
    pieces.leader = "a";
    await sim.sleep(FIRST_LOOK_MS);
    expect(told).toEqual([{ isServing: true, isLeading: false }]);
    pieces.isLeader = true;
    await sim.sleep(2 * LOOK_MS);
    expect(told.slice(1)).toEqual([{ isServing: true, isLeading: true }]);
    watch.close();
    pieces.leader = undefined;
    await sim.sleep(1000);
    expect(told).toHaveLength(2);
  });
});

test("a node that serves from the first moment is told after what its start tells", async () => {
  const sim = new Simulation({ seed: 1 });
  const told: string[] = [];
  const { world } = sim.node("machine");
  await sim.run(async () => {
    const watch = await (async () => new StandingWatch(world, memberOf(whole), () => told.push("serves")))();
    told.push("ready");
    await sim.sleep(FIRST_LOOK_MS);
    watch.close();
  });
  expect(told).toEqual(["ready", "serves"]);
});
