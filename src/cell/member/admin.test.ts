/** The administration of a cell's node, asked by its client over the simulated network. */
import { expect, test } from "vitest";
import { CellRig, type RigNode } from "../../../test/support/cell-rig.ts";
import { RpcServer } from "../../rpc/index.ts";
import { cell_deed, cell_standing } from "../gen/cell-admin.gen.ts";
import { CellAdmin } from "./admin-client.ts";
import { createCellAdmin } from "./admin-service.ts";

const NAMES = ["n1", "n2", "n3"];

/** A founded cell, and the administration of each of its nodes. */
async function administered(rig: CellRig, left: string[]): Promise<void> {
  await Promise.all(
    rig.founders.map(async (node) => {
      await rig.start(node);
      const { world } = node.sim;
      const server = new RpcServer(world);
      const leave = () => void left.push(node.name);
      const options = {
        member: () => node.member,
        version: "1.0.0",
        exports: [],
        desk: () => undefined,
        leave,
      };
      server.add(createCellAdmin(world, options));
      await server.listen({ host: "0.0.0.0", port: 2049 });
    }),
  );
  await rig.until("founded", () => rig.isPlaced("root", NAMES, rig.founders));
}

const own = (node: RigNode) => new CellAdmin(node.sim.world, { host: "127.0.0.1", port: 2049 });

test("a node tells of the whole cell", async () => {
  const rig = new CellRig(1, 3);
  await rig.sim.run(async () => {
    await administered(rig, []);
    const leader = rig.nodes.find(({ member }) => member.log.isLeader)?.name;
    await rig.sim.sleep(2000);
    for (const node of rig.nodes) {
      const status = await own(node).status();
      expect(status).toMatchObject({
        self: node.name,
        name: "home",
        cell: "07".repeat(16),
        leader,
        isFounded: true,
        isServed: true,
        cut: [],
      });
      expect(status.nodes.map(({ name, isUp, standing }) => [name, isUp, standing])).toEqual(
        NAMES.map((name) => [name, true, "active"]),
      );
      const [root] = status.volumes;
      expect(root).toMatchObject({ name: "root", copies: 5 });
      expect(root?.replicas.filter(({ role }) => role === "leader")).toHaveLength(1);
      expect(root?.replicas.map(({ lag }) => lag)).toEqual([0, 0, 0]);
    }
  });
});

test("strangers on the network get nothing", async () => {
  const rig = new CellRig(2, 3);
  await rig.sim.run(async () => {
    await administered(rig, []);
    const [first, second] = rig.nodes as [RigNode, RigNode];
    const stranger = new CellAdmin(first.sim.world, { host: second.sim.ip, port: 2049 });
    const setting = { name: "reads", value: "leased" };
    for (const call of [
      stranger.status(),
      stranger.command({ deed: cell_deed.CELL_SET, setting }),
      stranger.cut(["n1"]),
      stranger.leave(),
    ]) {
      await expect(call).rejects.toMatchObject({ code: "RPC_AUTH_ERROR" });
    }
    expect(second.member.cutOff).toEqual([]);
    expect(second.member.state.settings).toEqual([]);
  });
});

test("commands are carried out, and refusals told with their codes", async () => {
  const rig = new CellRig(3, 3);
  const left: string[] = [];
  await rig.sim.run(async () => {
    await administered(rig, left);
    const node = rig.node("n2");
    const admin = own(node);
    await admin.makeVolume({ name: "mail", copies: 2, quotaBytes: 10 });
    await rig.until("placed", () => node.member.state.volumeNamed("mail")?.replicas.length === 2);
    expect(node.member.state.volumeNamed("mail")).toMatchObject({ copies: 2, quota_bytes: 10n });
    await expect(admin.makeVolume({ name: "mail" })).rejects.toMatchObject({ code: "CELL_VOLUME_KNOWN" });
    const standing = { node: "n9", standing: cell_standing.CELL_DRAINING };
    const refused = admin.command({ deed: cell_deed.CELL_STAND, standing });
    await expect(refused).rejects.toMatchObject({ code: "CELL_NODE_UNKNOWN" });
    await admin.leave();
    expect(left).toEqual(["n2"]);
  });
});

test("a node that is cut off shows as down, says that it has no quorum, and comes back when it is healed", async () => {
  const rig = new CellRig(4, 3);
  await rig.sim.run(async () => {
    await administered(rig, []);
    const lonely = rig.node("n3");
    const admin = own(lonely);
    await admin.cut(["n1", "n2"]);
    await rig.sim.sleep(3000);
    const status = await admin.status();
    expect(status.cut).toEqual(["n1", "n2"]);
    expect(status.nodes.map(({ isUp }) => isUp)).toEqual([false, false, true]);
    const setting = { name: "reads", value: "leased" };
    const refused = admin.command({ deed: cell_deed.CELL_SET, setting });
    await expect(refused).rejects.toMatchObject({ code: "LOG_NO_QUORUM" });
    const others = await own(rig.node("n1")).status();
    expect(others.nodes.map(({ isUp }) => isUp)).toEqual([true, true, false]);
    expect(others.isServed).toBe(true);

    await admin.cut([]);
    await rig.until("back", () => NAMES.every((name) => lonely.member.isUp(name)), 2000);
    await admin.command({ deed: cell_deed.CELL_SET, setting });
  });
});
