/** A tree copied within a cell, by two clients, while each of its nodes dies in turn: what both directions of a copy meet, at once. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import { NfsClient } from "../../files/index.ts";
import { Copier } from "./copier.ts";
import { RemoteTree } from "./remote-tree.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const root = { flavor: "sys", stamp: 0, machine: "client", uid: 0, gid: 0, gids: [] } as const;
const SIZES = [0, 1, 70_000, 300_000, 900_000, 2_500_000];

function newDigest() {
  const hash = createHash("sha256");
  return { update: (data: Uint8Array) => void hash.update(data), hex: () => hash.digest("hex") };
}

function contentOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >>> 8) * 7 + size) & 0xff);
}

test("a copy goes on through the death of every node, one after the other, and is whole", async () => {
  const cell = new VolumeCell({ seed: 2 });
  await cell.run(async () => {
    await cell.begin();
    const servers = cell.nodes.map(({ ip }) => ({ host: ip, port: 2049 }));
    let moves = 0;
    const connect = () =>
      NfsClient.connect(cell.client.world, { servers, credential: root, onMove: () => void moves++ });
    const [reader, writer] = [await connect(), await connect()];
    await writer.mkdir("/from");
    for (const size of SIZES) await writer.writeFile(`/from/${size}`, contentOf(size));

    let copied = 0;
    let killed = 0;
    let last: Promise<void> = Promise.resolve();
    const copier = new Copier({
      source: new RemoteTree(reader),
      target: new RemoteTree(writer),
      newDigest,
      jobs: 2,
      recursive: true,
      checksum: false,
      verify: true,
      // After each megabyte the next node dies, once the one before it is back.
      onBytes: (count) => {
        copied += count;
        if (copied <= (killed + 1) * 800_000 || killed === cell.nodes.length) return;
        const node = cell.nodes[killed++];
        last = last.then(async () => {
          node?.crash();
          await cell.sim.sleep(1500);
          await node?.restart();
          await cell.sim.sleep(1500);
        });
      },
      onFile: () => {},
    });
    await copier.copy(bytes("/from"), bytes("/to"));
    await last;
    expect(killed).toBe(cell.nodes.length);
    expect(moves).toBeGreaterThanOrEqual(1);
    expect(copier.summary).toMatchObject({ files: SIZES.length, failed: 0 });
    expect((await reader.readdir("/to")).toSorted()).toEqual(SIZES.map(String).toSorted());
    for (const size of SIZES) {
      expect(Buffer.compare(await reader.readFile(`/to/${size}`), contentOf(size))).toBe(0);
    }
    await Promise.all([reader.close(), writer.close()]);
  });
});
