/** Three nodes of a cell in the simulator, used by an NFS client as any other server. */
import { expect, test } from "vitest";
import { NfsClient, parseExportRule } from "../files/index.ts";
import { type SimNode, Simulation } from "../sim/index.ts";
import { CellNode } from "./cell-node.ts";
import type { DirectoryFiles } from "./directory.ts";
import { cell_deed, cell_standing } from "./gen/cell-admin.gen.ts";
import type { KnownNode } from "./member/identity.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

function memoryFiles(path: string): DirectoryFiles {
  const kept = new Map<string, Uint8Array>();
  return {
    path,
    names: async () => [...kept.keys()],
    read: async (name) => kept.get(name),
    replace: async (name, data) => void kept.set(name, data),
    remove: async (name) => void kept.delete(name),
  };
}

interface Scene {
  readonly sim: Simulation;
  readonly machines: readonly SimNode[];
  /** A machine of its own, with a client of a node. */
  client(at: number): Promise<NfsClient>;
  start(at: number): Promise<CellNode>;
}

function scene(seed: number, count: number): Scene {
  const sim = new Simulation({ seed });
  const names = Array.from({ length: count }, (_, at) => `node-${at + 1}`);
  const machines = names.map((name) => sim.node(name));
  const user = sim.node("user");
  void user.start(async () => {});
  const nodes = machines.map(
    ({ name, ip }): KnownNode => ({
      name,
      mesh: { host: ip, port: 4000 },
      service: { host: ip, port: 2049 },
      domain: "",
    }),
  );
  const options = (self: KnownNode) => ({
    identity: {
      cell: new Uint8Array(16).fill(7),
      cellName: "home",
      self,
      isFounder: true,
      nodes,
      created: "",
      madeBy: "1.0.0",
    },
    files: memoryFiles(`/${self.name}`),
    version: "1.0.0",
    pid: 1,
    carrier: { kind: "tcp", isTrustedNetwork: true } as const,
    exports: [parseExportRule("10.0.0.0/8(rw,no_root_squash)")],
    portmap: "off" as const,
  });
  return {
    sim,
    machines,
    client: (at) => NfsClient.connect(user.world, { host: machines[at]?.ip as string, port: 2049 }),
    start: (at) =>
      (machines[at] as SimNode).start((world) => CellNode.start(world, options(nodes[at] as KnownNode))),
  };
}

/** A client of a node, as soon as it serves. */
async function connected({ sim, client }: Scene, at: number): Promise<NfsClient> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await client(at).catch(() => undefined);
    if (found !== undefined) return found;
    await sim.sleep(100);
  }
  throw new Error(`node ${at + 1} does not serve`);
}

test("what is written through one node is read through all, also when one of them is gone", async () => {
  const cell = scene(1, 3);
  await cell.sim.run(async () => {
    await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    const [first, second, third] = [
      await connected(cell, 0),
      await connected(cell, 1),
      await connected(cell, 2),
    ];
    await first.writeFile("/hello", bytes("hello"));
    expect(text(await second.readFile("/hello"))).toBe("hello");
    expect(text(await third.readFile("/hello"))).toBe("hello");

    cell.machines[2]?.crash({ power: true });
    await second.writeFile("/hello", bytes("good bye"));
    expect(text(await first.readFile("/hello"))).toBe("good bye");
    await cell.machines[2]?.restart();
    const again = await connected(cell, 2);
    expect(text(await again.readFile("/hello"))).toBe("good bye");
  });
});

test("all nodes that lost their power come back with what was written", async () => {
  const cell = scene(2, 3);
  await cell.sim.run(async () => {
    await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    const first = await connected(cell, 0);
    for (let at = 0; at < 10; at++) await first.writeFile(`/file-${at}`, bytes(`content ${at}`));
    for (const machine of cell.machines) machine.crash({ power: true });
    await Promise.all(cell.machines.map((machine) => machine.restart()));
    const second = await connected(cell, 1);
    for (let at = 0; at < 10; at++) expect(text(await second.readFile(`/file-${at}`))).toBe(`content ${at}`);
  });
});

test("a node that the cell takes out asks to end, and does so again whenever it is started", async () => {
  const cell = scene(3, 3);
  await cell.sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    await connected(cell, 2);
    const [first, , third] = nodes as [CellNode, CellNode, CellNode];
    const standing = { node: "node-3", standing: cell_standing.CELL_DRAINING };
    await first.member.log.propose({ deed: cell_deed.CELL_STAND, standing });
    const dismissal = { deed: cell_deed.CELL_DISMISS, dismissed: "node-3" } as const;
    for (let tries = 0; tries < 200; tries++) {
      const done = await first.member.log.propose(dismissal).then(
        () => true,
        () => false,
      );
      if (done) break;
      await cell.sim.sleep(100);
    }
    expect(await third.leaving).toMatchObject({ code: "CELL_DISMISSED" });
    await third.stop();
    const again = await cell.start(2);
    expect(await again.leaving).toMatchObject({
      code: expect.stringMatching(/^(CELL_DISMISSED|LOG_REMOVED)$/),
    });
    await again.stop();
    await (await connected(cell, 0)).writeFile("/still", bytes("here"));
  });
});
