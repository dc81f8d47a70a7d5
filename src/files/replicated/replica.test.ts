import { expect, test } from "vitest";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import { type sattr3, stable_how } from "../nfs/gen/nfs3.gen.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);
const plain: sattr3 = {
  mode: { set_it: true, mode: 0o644 },
  uid: { set_it: false },
  gid: { set_it: false },
  size: { set_it: false },
  atime: { set_it: 0 },
  mtime: { set_it: 0 },
};

async function rootOf(cell: VolumeCell, at: number): Promise<Uint8Array> {
  const reply = await new MOUNT_V3_Client(cell.rpc(at)).MOUNTPROC3_MNT(bytes("/"));
  if (reply.fhs_status !== 0) throw new Error(`mount: ${reply.fhs_status}`);
  return reply.mountinfo.fhandle;
}

async function make(cell: VolumeCell, at: number, root: Uint8Array, name: string): Promise<Uint8Array> {
  const made = await cell.nfs(at).NFSPROC3_CREATE({
    where: { dir: root, name: bytes(name) },
    how: { mode: 1, obj_attributes: plain },
  });
  if (made.status !== 0 || !made.resok.obj.handle_follows) throw new Error(`create: ${made.status}`);
  return made.resok.obj.handle;
}

test("what one node made is seen at every node, by the same handles", async () => {
  const cell = new VolumeCell();
  await cell.run(async () => {
    await cell.begin();
    const roots = await Promise.all([0, 1, 2].map((at) => rootOf(cell, at)));
    expect(roots[1]).toEqual(roots[0]);
    const root = roots[0] as Uint8Array;
    const file = await make(cell, 1, root, "a");
    const data = bytes("hello");
    const written = await cell.nfs(2).NFSPROC3_WRITE({
      file,
      offset: 0n,
      count: 5,
      stable: stable_how.FILE_SYNC,
      data,
    });
    expect(written.status).toBe(0);
    for (const at of [0, 1, 2]) {
      const read = await cell.nfs(at).NFSPROC3_READ({ file, offset: 0n, count: 100 });
      expect(read.status === 0 && text(read.resok.data)).toBe("hello");
    }
  });
});
