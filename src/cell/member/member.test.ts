/** A cell of members whose volumes are counters: founded, moved, drained, and what is left of it when nodes fail. */
import { expect, test } from "vitest";
import { CellRig } from "../../../test/support/cell-rig.ts";
import { cell_deed, cell_standing } from "../gen/cell-admin.gen.ts";
import { newNode } from "./identity.ts";

const NAMES = ["n1", "n2", "n3"];

/** A founded cell of three, whose root volume is at all of them. */
async function founded(rig: CellRig): Promise<void> {
  await Promise.all(rig.founders.map((node) => rig.start(node)));
  await rig.until("founded", () => rig.isPlaced("root", NAMES, rig.founders));
}

test("three nodes found a cell with one root volume at all of them", async () => {
  const rig = new CellRig(1, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    for (const { member } of rig.nodes) {
      expect(member.state).toMatchObject({ name: "home", id: rig.nodes[0]?.identity.cell });
      expect(member.state.nodes.map(({ name }) => name)).toEqual(NAMES);
      expect(member.state.volumes).toHaveLength(1);
      expect(NAMES.every((name) => member.isUp(name))).toBe(true);
    }
    const sums = await Promise.all(rig.nodes.map((node) => rig.root(node).add()));
    expect(sums.sort()).toEqual([2, 3, 4]);
  });
});

test("a cell goes on without a minority, and refuses changes without a majority", async () => {
  const rig = new CellRig(2, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    const [first, second, third] = rig.nodes as [(typeof rig.nodes)[0], ...typeof rig.nodes];
    third?.sim.crash({ power: true });
    expect(await rig.root(first).add()).toBe(2);
    const setting = { name: "reads", value: "leased" };
    await first.member.log.propose({ deed: cell_deed.CELL_SET, setting });
    second?.sim.crash({ power: true });
    await expect(first.member.log.propose({ deed: cell_deed.CELL_SET, setting })).rejects.toMatchObject({
      code: expect.stringMatching(/^LOG_(NO_QUORUM|OUTCOME_UNKNOWN)$/),
    });
    await second?.sim.restart();
    await rig.until("back", () => rig.isPlaced("root", NAMES, [first]));
    await first.member.log.propose({ deed: cell_deed.CELL_SET, setting: { name: "reads", value: "" } });
  });
});

test("what was refused says why, at the node that asked", async () => {
  const rig = new CellRig(3, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    for (const { member } of rig.nodes) {
      const dismissal = member.log.propose({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" });
      await expect(dismissal).rejects.toMatchObject({ code: "CELL_NODE_HOLDS" });
    }
  });
});

test("a node that is admitted gets a replica, and one that is drained loses its own and can go", async () => {
  const rig = new CellRig(4, 3, 1);
  await rig.sim.run(async () => {
    await founded(rig);
    const joiner = rig.node("n4");
    const { member } = rig.node("n1");
    const node = newNode(joiner.identity.self);
    const token = new Uint8Array(8);
    await member.log.propose({ deed: cell_deed.CELL_ADMIT, admission: { node, token, now_seconds: 0n } });
    await rig.start(joiner);
    await rig.until("joined", () => rig.isPlaced("root", [...NAMES, "n4"]));
    expect(await rig.root(joiner).add()).toBe(2);
    expect(joiner.member.log.status().voters).toHaveLength(4);

    const standing = { node: "n2", standing: cell_standing.CELL_DRAINING };
    await joiner.member.log.propose({ deed: cell_deed.CELL_STAND, standing });
    await rig.until("drained", () => rig.isPlaced("root", ["n1", "n3", "n4"]));
    const drained = rig.node("n2");
    await rig.until("removed", () => drained.removed.length > 0);
    expect(drained.member.replicas).toEqual([]);
    await member.log.propose({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" });
    await rig.until("dismissed", () => drained.member.isDismissed);
    await rig.until("no voter", () => !member.log.status().voters.includes("n2"));
    expect(await rig.root(joiner).add()).toBe(3);
  });
});

test("a move to a node that has no replica yet, and is gone for good, ends when the node is drained", async () => {
  const rig = new CellRig(8, 3, 1);
  await rig.sim.run(async () => {
    await founded(rig);
    const joiner = rig.node("n4");
    joiner.isFull = true;
    const { log, state } = rig.node("n1").member;
    const node = newNode(joiner.identity.self);
    await log.propose({
      deed: cell_deed.CELL_ADMIT,
      admission: { node, token: new Uint8Array(8), now_seconds: 0n },
    });
    await rig.start(joiner);
    await rig.until("moving", () => state.volumeNamed("root")?.wanted.includes("n4") === true);
    await rig.sim.sleep(20_000);
    expect(state.volumeNamed("root")).toMatchObject({ replicas: NAMES, wanted: [...NAMES, "n4"] });
    joiner.sim.crash({ power: true });
    await rig.sim.sleep(20_000);
    expect(state.volumeNamed("root")?.wanted).toEqual([...NAMES, "n4"]);
    const standing = { node: "n4", standing: cell_standing.CELL_DRAINING };
    await log.propose({ deed: cell_deed.CELL_STAND, standing });
    await rig.until("over", () => rig.isPlaced("root", NAMES, rig.founders));
    await log.propose({ deed: cell_deed.CELL_DISMISS, dismissed: "n4" });
    expect(await rig.root(rig.node("n2")).add()).toBe(2);
  });
});

test("a replica that lost its store is made a member anew and has what the others have", async () => {
  const rig = new CellRig(5, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    const broken = rig.node("n2");
    for (let count = 0; count < 5; count++) await rig.root(rig.node("n1")).add();
    broken.sim.crash({ power: true });
    await broken.sim.restart({ freshDisk: true });
    await rig.until("rebuilt", () => {
      const volume = broken.member.state.volumeNamed("root");
      const replica = volume && broken.member.replicaOf(volume.id);
      return replica?.status().usedBytes === 6;
    });
    expect(await rig.root(broken).add()).toBe(7);
    await rig.until("knows the cell", () => broken.member.state.nodes.length === 3);
  });
});

test("a node that leaves hands on what it leads, and says so", async () => {
  const rig = new CellRig(6, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    const leader = rig.nodes.find(({ member }) => member.log.isLeader) as (typeof rig.nodes)[0];
    const [other] = rig.nodes.filter((node) => node !== leader) as [typeof leader];
    await leader.member.close();
    expect(other.member.reportOf(leader.name)?.report.is_leaving).toBe(true);
    await rig.until(
      "another leads",
      () => rig.nodes.some(({ member }) => member !== leader.member && member.log.isLeader),
      1000,
    );
    expect(await rig.root(other).add()).toBe(2);
  });
});

test("what a node has of volumes that went elsewhere while it was away goes, as soon as it knows of now and not before", async () => {
  const rig = new CellRig(7, 3);
  await rig.sim.run(async () => {
    await founded(rig);
    const [first, second, third] = rig.nodes as [(typeof rig.nodes)[0], ...typeof rig.nodes];
    const { log, state } = first.member;
    const id = (n: number) => new Uint8Array(16).fill(n);
    const make = (n: number, ...replicas: string[]) => {
      const made = { name: `v${n}`, copies: replicas.length, quota_bytes: 0n, made_seconds: 0n };
      return log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making: { id: id(n), replicas, ...made } });
    };
    await make(1, "n3");
    await make(2, "n3");
    await make(3, "n1", "n2");
    third?.sim.crash({ power: true });
    await log.propose({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) });
    const root = state.volumeNamed("root")?.id as Uint8Array;
    if (third === undefined) return;
    third.held = [id(1), id(2), id(3), id(4), root];
    third.removed.length = 0;

    // Alone it knows of nothing that happened meanwhile.
    for (const each of [first, second]) each?.sim.crash({ power: true });
    await third.sim.restart();
    await rig.sim.sleep(20_000);
    expect(third.removed).toEqual([]);
    for (const each of [first, second]) await each?.sim.restart();
    const gone = () => [...new Set(third.removed)].toSorted();
    await rig.until("swept", () => gone().length === 3);
    await rig.sim.sleep(10_000);
    const hexOf = (n: number) => `0${n}`.repeat(16);
    expect(gone()).toEqual([hexOf(2), hexOf(3), hexOf(4)]);
    expect(third.member.replicas.map(({ name }) => name).sort()).toEqual(["root", "v1"]);
  });
});
