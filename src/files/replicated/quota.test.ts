/** The limit of a volume at three nodes: refused alike by whichever a client asks, unstable writes and all. */
import { expect, test } from "vitest";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import { noChange } from "../../../test/support/volume-entries.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import { stable_how } from "../nfs/gen/nfs3.gen.ts";

const DQUOT = 69;
const PIECE_BYTES = 8192;

async function withFiles(body: (cell: VolumeCell, files: Uint8Array[]) => Promise<void>): Promise<void> {
  const cell = new VolumeCell();
  await cell.run(async () => {
    await cell.begin();
    const mounted = await new MOUNT_V3_Client(cell.rpc(0)).MOUNTPROC3_MNT(new TextEncoder().encode("/"));
    if (mounted.fhs_status !== 0) throw new Error(`mount: ${mounted.fhs_status}`);
    const dir = mounted.mountinfo.fhandle;
    const files: Uint8Array[] = [];
    for (const name of ["a", "b"]) {
      const where = { dir, name: new TextEncoder().encode(name) };
      const made = await cell.nfs(0).NFSPROC3_CREATE({ where, how: { mode: 1, obj_attributes: noChange } });
      if (made.status !== 0 || !made.resok.obj.handle_follows) throw new Error(`create: ${made.status}`);
      files.push(made.resok.obj.handle);
    }
    await body(cell, files);
  });
}

async function put(cell: VolumeCell, at: number, file: Uint8Array, offset: number, stable: stable_how) {
  const data = new Uint8Array(PIECE_BYTES).fill(1 + (offset % 250));
  const args = { file, offset: BigInt(offset), count: data.length, stable, data };
  return cell.nfs(at).NFSPROC3_WRITE(args);
}

function pass(cell: VolumeCell, ms: number): Promise<void> {
  return new Promise((resolve) => cell.client.world.timers.after(ms, resolve));
}

async function expectSame(cell: VolumeCell): Promise<void> {
  await pass(cell, 20_000);
  const digests = await Promise.all(cell.nodes.map((_, at) => cell.replica(at).digest()));
  expect(new Set(digests.map((digest) => JSON.stringify(digest))).size).toBe(1);
  const counts = cell.nodes.map((_, at) => cell.replica(at).status().countedBytes);
  expect(new Set(counts).size).toBe(1);
}

test("what two clients write through different nodes stays within the limit, and what was committed is there", async () => {
  await withFiles(async (cell, files) => {
    const { countedBytes } = cell.replica(1).status();
    const quotaBytes = countedBytes + 40 * PIECE_BYTES;
    await cell.replica(1).limit(quotaBytes);
    /** Writes anew what the verifier says may be lost, as clients do; gives how many pieces are there for good. */
    const fill = async (at: number): Promise<number> => {
      const file = files[at] as Uint8Array;
      for (let whole = 0; ; ) {
        let last = whole;
        let verifier: string | undefined;
        let isFull = false;
        for (; last < whole + 8 && !isFull; last++) {
          const reply = await put(cell, at, file, last * PIECE_BYTES, stable_how.UNSTABLE);
          if (reply.status === DQUOT) isFull = true;
          else if (reply.status === 0) verifier ??= Buffer.from(reply.resok.verf).toString("hex");
          if (isFull) break;
        }
        const committed = await cell.nfs(at).NFSPROC3_COMMIT({ file, offset: 0n, count: 0 });
        if (committed.status !== 0) throw new Error(`commit: ${committed.status}`);
        const isKept =
          verifier === undefined || Buffer.from(committed.resok.verf).toString("hex") === verifier;
        if (isKept) whole = last;
        if (isKept && isFull) return whole;
      }
    };
    const pieces = await Promise.all([fill(0), fill(1)]);
    const sum = (pieces[0] as number) + (pieces[1] as number);
    expect(sum).toBeGreaterThan(30);
    expect(sum).toBeLessThanOrEqual(40);
    await expectSame(cell);
    expect(cell.replica(2).status()).toMatchObject({ quotaBytes });
    expect(cell.replica(2).status().countedBytes).toBeLessThan(quotaBytes + 2 * PIECE_BYTES);
    for (const [at, file] of files.entries()) {
      const attributes = await cell.nfs(2).NFSPROC3_GETATTR({ object: file });
      expect(attributes).toMatchObject({
        status: 0,
        resok: { obj_attributes: { size: BigInt((pieces[at] as number) * PIECE_BYTES) } },
      });
    }
  });
});

test("the limit outlives all nodes at once, and goes with the state to a replica that is made anew", async () => {
  await withFiles(async (cell, [file]) => {
    await cell.replica(0).limit(1);
    const refused = async (at: number) =>
      (await put(cell, at, file as Uint8Array, 0, stable_how.FILE_SYNC)).status;
    expect(await refused(1)).toBe(DQUOT);
    for (const node of cell.nodes) node.crash({ power: true });
    await Promise.all(cell.nodes.map((_, at) => cell.start(at)));
    expect(await refused(2)).toBe(DQUOT);
    cell.nodes[2]?.crash({ power: true });
    void cell.nodes[2]?.restart({ freshDisk: true });
    await pass(cell, 2000);
    void cell
      .replica(0)
      .reconfigure(["n1", "n2", "n3"])
      .catch(() => {});
    await expectSame(cell);
    await cell.replica(2).limit(0);
    expect(await refused(0)).toBe(0);
  });
});
