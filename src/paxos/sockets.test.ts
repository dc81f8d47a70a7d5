/** Three replicas over real sockets, on real disks. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ListMachine } from "../../test/support/log-rig.ts";
import { type Mesh, type MeshPeer, openMesh } from "../channel/index.ts";
import { createNodeWorld } from "../node/index.ts";
import { openLog, type ReplicatedLog } from "./index.ts";

const NAMES = ["a", "b", "c"];
const bind = { host: "127.0.0.1", port: 0 };

interface Opened {
  readonly log: ReplicatedLog<number>;
  readonly machine: ListMachine;
  close(): Promise<void>;
}

async function openAll(folder: string): Promise<Opened[]> {
  const worlds = NAMES.map((name) => createNodeWorld({ directory: join(folder, name) }));
  const meshes = await Promise.all(
    worlds.map((world, at) => openMesh(world, { name: NAMES[at] as string, bind })),
  );
  const peers: MeshPeer[] = meshes.map((mesh) => mesh.self);
  return Promise.all(
    meshes.map(async (mesh: Mesh, at) => {
      const world = worlds[at] as (typeof worlds)[0];
      for (const peer of peers) if (peer.name !== mesh.self.name) mesh.add(peer);
      const store = await world.storage.open("logs");
      const machine = new ListMachine();
      const limits = { snapshotEntries: 50, keptEntries: 10 };
      const log = await openLog(world, {
        name: "list",
        store,
        port: mesh.open("list"),
        machine,
        founders: NAMES,
        limits,
      });
      return {
        log,
        machine,
        async close() {
          await log.close();
          await mesh.close();
          await store.close();
        },
      };
    }),
  );
}

test("replicas agree over real sockets, and begin again with what their disks hold", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coterie-paxos-"));
  try {
    const first = await openAll(folder);
    const bytes = (text: string) => new TextEncoder().encode(text);
    const appends = Array.from({ length: 300 }, (_, i) =>
      first[i % 3]?.log.append(bytes(`e${i} ${"x".repeat(i)}`)),
    );
    const indices = (await Promise.all(appends)).map((appended) => appended?.index);
    expect(new Set(indices).size).toBe(300);
    const seen = await Promise.all(first.map(({ log, machine }) => log.read(() => [...machine.entries])));
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    // A snapshot is written while others are answered: a read at a time until it counts.
    while (first[0]?.log.status().snapshot === 0) await first[0].log.read(() => undefined);
    await Promise.all(first.map((each) => each.close()));

    const second = await openAll(folder);
    const [one] = second as [Opened];
    expect(await one.log.read(() => [...one.machine.entries])).toEqual(seen[0]);
    expect(one.log.status().snapshot).toBeGreaterThan(0);
    expect((await one.log.append(bytes("after"))).reply).toBe(301);
    await Promise.all(second.map((each) => each.close()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
