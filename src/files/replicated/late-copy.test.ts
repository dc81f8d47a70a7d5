/** A copy of an unstable write that was lost with a session: the network holds it back until its client has written anew. */
import { expect, test } from "vitest";
import { NFS_PORT, VolumeCell } from "../../../test/support/volume-cell.ts";
import type { SimNode } from "../../sim/index.ts";
import { type FileHandle, NfsClient } from "../client/index.ts";

const NOBODY = { credential: { flavor: "none" } } as const;

async function write(file: FileHandle, words: string, offset = 0): Promise<void> {
  await file.pwrite(new TextEncoder().encode(words), offset);
}

/** Two pieces, so that none of them is written stably at once. */
async function save(file: FileHandle, words: string): Promise<void> {
  await write(file, words);
  await write(file, "far away", 5000);
  await file.sync();
}

test("what a client left behind on the way to a node does not come over what it wrote by others since", async () => {
  const cell = new VolumeCell();
  await cell.run(async () => {
    await cell.begin();
    const hosts = cell.nodes.map(({ ip }) => ip);
    const servers = hosts.map((host) => ({ host, port: NFS_PORT }));
    const [a, b, c] = cell.nodes as [SimNode, SimNode, SimNode];
    const { world } = cell.client;
    const moves: string[] = [];
    const onMove = ({ to }: { to: { host: string } }) => moves.push(to.host);
    const client = await NfsClient.connect(world, { servers, prefersFirst: true, onMove, ...NOBODY });
    await client.writeFile("/f", "first");
    const file = await client.open("/f", "r+");
    // The second node has a session, in which it answers at once.
    const beside = await NfsClient.connect(world, { host: b.ip, port: NFS_PORT, ...NOBODY });
    await beside.writeFile("/g", "");
    await save(await beside.open("/g", "r+"), "begun");
    expect(cell.replica(0).status().sessions).toMatchObject([{ node: "n2" }]);

    cell.sim.partition([cell.client], [a]);
    cell.sim.partition([b], [a, c]);
    // It is on its way to the first, answered by the second, and lost with it when the third is asked to commit it.
    await save(file, "older");
    expect(moves).toEqual([b.ip, c.ip]);
    expect(cell.replica(2).status().epoch).toBeGreaterThan(0);
    await save(file, "newer");
    // Its connection was older than the loss: it has another one now, to the same node.
    expect(moves).toEqual([b.ip, c.ip]);
    cell.sim.heal();
    await cell.sim.sleep(30_000);

    const reader = await NfsClient.connect(world, { host: c.ip, port: NFS_PORT, ...NOBODY });
    expect((await reader.readFile("/f", "utf8")).slice(0, 5)).toBe("newer");
    // Who has a connection from before the loss, and wants to write on it, is served on another.
    await save(await beside.open("/g", "r+"), "again");
    expect((await reader.readFile("/g", "utf8")).slice(0, 5)).toBe("again");
    const digests = await Promise.all(hosts.map((_, at) => cell.replica(at).digest()));
    expect(new Set(digests.map((digest) => JSON.stringify(digest))).size).toBe(1);
  });
}, 60_000);
