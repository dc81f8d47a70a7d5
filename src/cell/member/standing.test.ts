import { expect, test } from "vitest";
import { Simulation } from "../../sim/index.ts";
import {
  FIRST_LOOK_MS,
  LOOK_MS,
  type Standing,
  StandingWatch,
  standingOf,
  type Watched,
} from "./standing.ts";

interface Pieces {
  hasRoot: boolean;
  hasReplica: boolean;
  isFormatted: boolean;
  leader: string | undefined;
  isLeader: boolean;
}

/** Of a member only what is looked at. */
function memberOf(pieces: Pieces): Watched {
  const log = {
    get leader() {
      return pieces.leader;
    },
  };
  return {
    state: { volumeNamed: () => (pieces.hasRoot ? { id: new Uint8Array(16) } : undefined) },
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

const whole: Pieces = { hasRoot: true, hasReplica: true, isFormatted: true, leader: "a", isLeader: false };

test("a node serves when the volume is made and somebody leads it", () => {
  const serving = (pieces: Partial<Pieces>) => standingOf(memberOf({ ...whole, ...pieces })).isServing;
  expect(serving({})).toBe(true);
  expect(serving({ hasRoot: false })).toBe(false);
  expect(serving({ isFormatted: false })).toBe(false);
  expect(serving({ leader: undefined })).toBe(false);
  // Without a replica of its own it hands calls on.
  expect(serving({ hasReplica: false, isFormatted: false })).toBe(true);
  expect(serving({ hasReplica: false, leader: undefined })).toBe(false);
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
