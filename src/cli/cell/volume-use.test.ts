/** The cell is simulated, and asked as the commands ask it. */
import { expect, test } from "vitest";
import { CellScene } from "../../../test/support/cell-scene.ts";
import { CellAdmin, type CellNode, cell_deed } from "../../cell/index.ts";
import type { Asked } from "./asked-cell.ts";
import { untilUsable } from "./volume-use.ts";

/** Asks a node from its own machine; `attempts` counts. */
function asked(cell: CellScene, at: number) {
  const { world } = cell.machines[at] as (typeof cell.machines)[number];
  const counts = { attempts: 0 };
  const address = { host: "127.0.0.1", port: 2049 };
  const ask: Asked["ask"] = async (what) => {
    const admin = new CellAdmin(world, address);
    counts.attempts++;
    try {
      return await what(admin, address);
    } finally {
      await admin.close();
    }
  };
  const status: Asked["status"] = () => ask((admin) => admin.status());
  return { counts, cell: { world, addresses: [address], ask, status } satisfies Asked };
}

function make(node: CellNode, name: string, at: string): Promise<bigint> {
  const id = new Uint8Array(16).fill(9);
  const making = { id, name, replicas: [at], copies: 1, quota_bytes: 0n, made_seconds: 0n };
  return node.member.log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making });
}

test("a volume is waited for until it answers by way of the node that is asked", async () => {
  const cell = new CellScene(21, 3);
  await cell.sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    await cell.connected(0);
    await make(nodes[0] as CellNode, "mail", "node-2");
    const beforeMs = cell.sim.nowMs;
    for (const at of [0, 1, 2]) {
      const asking = asked(cell, at);
      await untilUsable(asking.cell, "mail");
      // It could not be used yet when the first asked.
      if (at === 0) expect(asking.counts.attempts).toBeGreaterThan(1);
      await expect(asking.cell.ask((admin) => admin.layers("mail"))).resolves.toMatchObject({
        snapshots: [],
      });
    }
    expect(cell.sim.nowMs - beforeMs).toBeLessThan(5000);
  });
});

test("what does not come is an error that says so, and other failures are told as they are", async () => {
  const cell = new CellScene(22, 3);
  await cell.sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    await cell.connected(0);
    const { cell: from } = asked(cell, 0);
    await expect(untilUsable(from, "none")).rejects.toMatchObject({ code: "CELL_VOLUME_UNKNOWN" });
    cell.machines[2]?.crash();
    await make(nodes[0] as CellNode, "mail", "node-3");
    await expect(untilUsable(from, "mail")).rejects.toMatchObject({ code: "CELL_VOLUME_UNSERVED" });
  });
});
