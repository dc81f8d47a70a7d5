/** Replicas whose disks do not hold what was written: they are made anew while their volume is written to, and nobody is shown anything else. */
import { describe, expect, test } from "vitest";
import { type Scene, served } from "../../../test/support/served-cell.ts";
import type { LogStatus } from "../../paxos/index.ts";
import type { SimNode } from "../../sim/index.ts";
import { report_role } from "../gen/cell-admin.gen.ts";
import { hex } from "../state/records.ts";
import { damageOf, isOutside, outsideOf } from "./repair.ts";
import type { HeardReport } from "./reports.ts";
import type { HostedVolume } from "./volume-host.ts";

const VOLUME = new Uint8Array(16).fill(3);

describe("what is told, and heard", () => {
  const log = {
    role: "leader",
    isServing: true,
    wanted: undefined,
    voters: ["a", "b"],
  } as unknown as LogStatus;
  const heard = (role: report_role, outside: string[], heardMs: number): HeardReport =>
    ({ heardMs, report: { replicas: [{ volume: VOLUME, role, outside }] } }) as unknown as HeardReport;

  test("the leader names who should be a voter and is none, and nobody else does", () => {
    const places = ["a", "b", "c"];
    expect(outsideOf(log, places)).toEqual(["c"]);
    expect(outsideOf({ ...log, role: "follower" }, places)).toEqual([]);
    expect(outsideOf({ ...log, isServing: false }, places)).toEqual([]);
    expect(outsideOf({ ...log, wanted: places }, places)).toEqual([]);
  });

  test("only the leader's word counts, of this volume, and not from before the damage", () => {
    const { REPORT_LEADER, REPORT_FOLLOWER } = report_role;
    const ask = (...all: HeardReport[]) => isOutside(VOLUME, "c", 10, all);
    expect(ask(heard(REPORT_LEADER, ["c"], 10))).toBe(true);
    expect(ask(heard(REPORT_LEADER, ["c"], 9))).toBe(false);
    expect(ask(heard(REPORT_FOLLOWER, ["c"], 10))).toBe(false);
    expect(ask(heard(REPORT_LEADER, ["b"], 10))).toBe(false);
    expect(isOutside(new Uint8Array(16), "c", 10, [heard(REPORT_LEADER, ["c"], 10)])).toBe(false);
  });

  test("a full disk or a lost quorum is no damage", () => {
    expect(["LOG_CORRUPT", "REPLICA_DAMAGED", "STORE_CORRUPT"].map(damageOf)).toEqual([1, 1, 1]);
    expect(["STORE_FULL", "LOG_NO_QUORUM", "REPLICA_FORMAT", "LOG_FORMAT"].map(damageOf)).toEqual([
      0, 0, 0, 0,
    ]);
    expect(damageOf("REPLICA_UNSOUND")).toBe(2);
  });
});

function volumeId({ started }: Scene): Uint8Array {
  return started[0]?.member.state.volumeNamed("root")?.id as Uint8Array;
}

function replicaAt(scene: Scene, at: number): HostedVolume | undefined {
  return scene.started[at]?.member.replicaOf(volumeId(scene)) as HostedVolume | undefined;
}

async function until(scene: Scene, what: string, isSo: () => boolean | undefined): Promise<void> {
  const end = scene.sim.nowMs + 120_000;
  while (!isSo()) {
    if (scene.sim.nowMs > end) throw new Error(`not within two minutes: ${what}`);
    await scene.sim.sleep(50);
  }
}

/** All three vote, have applied the same, and hold the same bytes. */
async function expectEqual(scene: Scene): Promise<void> {
  const at = [0, 1, 2];
  await until(scene, "three voters again", () =>
    at.every((each) => replicaAt(scene, each)?.status().log.voters.length === 3),
  );
  await until(scene, "all as far", () => {
    const applied = at.map((each) => replicaAt(scene, each)?.status().log.applied);
    return new Set(applied).size === 1 && applied[0] !== undefined;
  });
  const crcs = await Promise.all(at.map(async (each) => (await replicaAt(scene, each)?.desk.digest())?.crc));
  expect(new Set(crcs).size).toBe(1);
}

/** Files that are written while something happens, and read back by another client afterwards. */
async function writeDuring(scene: Scene, event: () => Promise<void>): Promise<void> {
  const { client } = scene;
  let isOver = false;
  const happening = event().finally(() => {
    isOver = true;
  });
  let files = 0;
  for (; !isOver || files < 20; files++) {
    await client.writeFile(`/during-${files}`, `content ${files}`);
    await scene.sim.sleep(200);
  }
  await happening;
  for (let file = 0; file < files; file++)
    expect(await client.readFile(`/during-${file}`, "utf8")).toBe(`content ${file}`);
}

/** Stops a node, damages what its disk holds, and starts it again. */
async function damage(
  { machines, started }: Scene,
  at: number,
  where: { readonly store: string; readonly key?: Uint8Array },
): Promise<void> {
  const machine = machines[at] as SimNode;
  await started[at]?.stop();
  machine.crash();
  expect(machine.disk.corrupt(where)).toBeDefined();
  await machine.restart();
}

async function damagedReplica(scene: Scene, where: { store: string; key?: Uint8Array }): Promise<void> {
  const { client } = scene;
  await client.writeFile("/before", "written before");
  await writeDuring(scene, async () => {
    await damage(scene, 2, where);
    await until(scene, "made anew", () => scene.started[2]?.member.rebuilds === 1);
  });
  await expectEqual(scene);
  expect(scene.started[2]?.member.rebuilds).toBe(1);
  expect(await client.readFile("/before", "utf8")).toBe("written before");
}

describe("of a node of three, while clients write", () => {
  test("a damaged log is made anew", async () => {
    await served((scene) => damagedReplica(scene, { store: `log-${hex(volumeId(scene))}` }));
  });

  test("a damaged volume is made anew", async () => {
    // The superblock: nothing can be read without it.
    const key = Uint8Array.of(1);
    await served((scene) => damagedReplica(scene, { store: `volume-${hex(volumeId(scene))}-0`, key }));
  });
});

test("a record that nobody needs is found damaged by a scrub, and its replica made anew while clients write", async () => {
  await served(async (scene) => {
    const { started, machines, client } = scene;
    await client.writeFile("/before", "written before");
    const store = `volume-${hex(volumeId(scene))}-0`;
    const inode = (machines[2] as SimNode).disk.files.get(store);
    await started[2]?.stop();
    const key = [...(inode?.durable.values() ?? [])].find((entry) => entry.key[0] === 0x10)?.key;
    await damage(scene, 2, { store, key: key as Uint8Array });
    await until(scene, "back", () => replicaAt(scene, 2)?.status().log.role === "follower");
    await writeDuring(scene, async () => {
      await replicaAt(scene, 0)?.scrub();
      await until(scene, "made anew", () => started[2]?.member.rebuilds === 1);
    });
    await expectEqual(scene);
    const index = await replicaAt(scene, 2)?.scrub();
    await until(scene, "equal", () => replicaAt(scene, 2)?.status().scrub.state === "equal");
    expect(replicaAt(scene, 2)?.status().scrub).toMatchObject({ index, damaged: 0 });
  });
});

test("where a majority is damaged, nothing is removed", async () => {
  await served(async (scene) => {
    const { sim, started } = scene;
    const where = { store: `volume-${hex(volumeId(scene))}-0`, key: Uint8Array.of(1) };
    for (const at of [1, 2]) await damage(scene, at, where);
    await until(scene, "both tell of it", () =>
      [1, 2].every((at) =>
        started[at]?.member.report().replicas.some(({ role }) => role === report_role.REPORT_DAMAGED),
      ),
    );
    await sim.sleep(20_000);
    expect([1, 2].map((at) => started[at]?.member.rebuilds)).toEqual([0, 0]);
    expect(started[1]?.member.replicas[0]?.isDamaged).toBe(true);
  });
});
