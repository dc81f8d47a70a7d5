/** What FSSTAT tells of a replicated volume: what can be written, and so nearly the same at every node. */
import { expect, test } from "vitest";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import { NFS_V2_Client } from "../nfs/gen/nfs2.gen.ts";

const MIB = 1024 * 1024;
const RESERVED = 64 * MIB;

test("a small disk counts as soon as a majority cannot do without it, whichever node is asked", async () => {
  const cell = new VolumeCell();
  await cell.run(async () => {
    await cell.begin();
    const mounted = await new MOUNT_V3_Client(cell.rpc(0)).MOUNTPROC3_MNT(new TextEncoder().encode("/"));
    if (mounted.fhs_status !== 0) throw new Error("mount");
    const { fhandle } = mounted.mountinfo;
    const free = async (at: number) => {
      const told = await cell.nfs(at).NFSPROC3_FSSTAT({ fsroot: fhandle });
      if (told.status !== 0) throw new Error("fsstat");
      return { free: Number(told.resok.fbytes), total: Number(told.resok.tbytes) };
    };
    const all = () => Promise.all([0, 1, 2].map(free));
    const mib = ({ free: bytes }: { free: number }) => Math.round(bytes / MIB);

    const [roomy, small, tiny] = cell.nodes;
    roomy?.disk.set({ capacityBytes: 10_000 * MIB });
    small?.disk.set({ capacityBytes: 1000 * MIB });
    tiny?.disk.set({ capacityBytes: 200 * MIB });
    await cell.sim.sleep(3000);
    // Two of three go on without the third: the second disk is what counts.
    expect((await all()).map(mib)).toEqual([936, 936, 936]);
    for (const { free: bytes, total } of await all()) expect(total).toBeGreaterThanOrEqual(bytes);
    const second = await new NFS_V2_Client(cell.rpc(0)).NFSPROC_STATFS(fhandle);
    if (second.status !== 0) throw new Error("statfs");
    expect(Math.round((second.reply.bavail * second.reply.bsize) / MIB)).toBe(936);

    small?.disk.set({ capacityBytes: RESERVED / 2 });
    await cell.sim.sleep(3000);
    expect((await all()).map(mib)).toEqual([136, 136, 136]);
    tiny?.disk.set({ capacityBytes: RESERVED / 2 });
    await cell.sim.sleep(3000);
    expect((await all()).map(mib)).toEqual([0, 0, 0]);
  });
});
