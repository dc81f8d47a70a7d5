import { describe, expect, test } from "vitest";
import { VOLUME_ID, VolumeCell } from "../../../test/support/volume-cell.ts";
import { noChange } from "../../../test/support/volume-entries.ts";
import { openMesh } from "../../channel/index.ts";
import { RpcServer } from "../../rpc/index.ts";
import type { SimNode } from "../../sim/index.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import { NFS_V2_Client } from "../nfs/gen/nfs2.gen.ts";
import { stable_how } from "../nfs/gen/nfs3.gen.ts";
import { createVolumeServices, openCalls, openReplica } from "./index.ts";

const { FILE_SYNC, UNSTABLE } = stable_how;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

async function rootOf(cell: VolumeCell, at: number): Promise<Uint8Array> {
  const reply = await new MOUNT_V3_Client(cell.rpc(at)).MOUNTPROC3_MNT(bytes("/"));
  if (reply.fhs_status !== 0) throw new Error(`mount: ${reply.fhs_status}`);
  return reply.mountinfo.fhandle;
}

async function make(cell: VolumeCell, at: number, root: Uint8Array, name: string): Promise<Uint8Array> {
  const made = await cell.nfs(at).NFSPROC3_CREATE({
    where: { dir: root, name: bytes(name) },
    how: { mode: 1, obj_attributes: noChange },
  });
  if (made.status !== 0 || !made.resok.obj.handle_follows) throw new Error(`create: ${made.status}`);
  return made.resok.obj.handle;
}

async function write(
  cell: VolumeCell,
  at: number,
  file: Uint8Array,
  offset: number,
  words: string,
  stable: stable_how = FILE_SYNC,
): Promise<string> {
  const data = bytes(words);
  const written = await cell.nfs(at).NFSPROC3_WRITE({
    file,
    offset: BigInt(offset),
    count: data.length,
    stable,
    data,
  });
  if (written.status !== 0) throw new Error(`write: ${written.status}`);
  return Buffer.from(written.resok.verf).toString("hex");
}

async function commit(cell: VolumeCell, at: number, file: Uint8Array): Promise<string> {
  const committed = await cell.nfs(at).NFSPROC3_COMMIT({ file, offset: 0n, count: 0 });
  if (committed.status !== 0) throw new Error(`commit: ${committed.status}`);
  return Buffer.from(committed.resok.verf).toString("hex");
}

async function read(cell: VolumeCell, at: number, file: Uint8Array): Promise<string> {
  const found = await cell.nfs(at).NFSPROC3_READ({ file, offset: 0n, count: 1000 });
  if (found.status !== 0) throw new Error(`read: ${found.status}`);
  return text(found.resok.data);
}

/** A cell with a file. */
function withFile(
  body: (cell: VolumeCell, file: Uint8Array, root: Uint8Array) => Promise<void>,
  options: ConstructorParameters<typeof VolumeCell>[0] = {},
): Promise<void> {
  const cell = new VolumeCell(options);
  return cell.run(async () => {
    await cell.begin();
    const root = await rootOf(cell, 0);
    await body(cell, await make(cell, 0, root, "file"), root);
  });
}

function pass(cell: VolumeCell, ms: number): Promise<void> {
  return new Promise((resolve) => cell.client.world.timers.after(ms, resolve));
}

/** Passes time until it holds, a minute at most. */
async function until(cell: VolumeCell, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !holds(); i++) await pass(cell, 100);
  expect(holds()).toBe(true);
}

async function expectSame(cell: VolumeCell): Promise<void> {
  const digests = await Promise.all(cell.nodes.map((_, at) => cell.replica(at).digest()));
  expect(new Set(digests.map((digest) => JSON.stringify(digest))).size).toBe(1);
}

/** Changes a bit of every record of a kind that a node's disk holds of the volume. */
function damage(cell: VolumeCell, at: number, kind: number): void {
  const file = cell.nodes[at]?.disk.files.get(`volume-${Buffer.from(VOLUME_ID).toString("hex")}-0`);
  let count = 0;
  for (const { key, value } of file?.durable.values() ?? []) {
    if (key[0] !== kind || value === undefined) continue;
    value[value.length - 1] = (value[value.length - 1] as number) ^ 1;
    count++;
  }
  expect(count).toBeGreaterThan(0);
}

describe("a volume at three nodes", () => {
  test("is the same by way of each: handles, contents, attributes", async () => {
    await withFile(async (cell, file, root) => {
      expect(await rootOf(cell, 2)).toEqual(root);
      await write(cell, 1, file, 0, "hello");
      const seen = await Promise.all(
        [0, 1, 2].map(async (at) => {
          const attributes = await cell.nfs(at).NFSPROC3_GETATTR({ object: file });
          return JSON.stringify([await read(cell, at, file), attributes], (_, value) =>
            typeof value === "bigint" ? String(value) : value,
          );
        }),
      );
      expect(seen[0]).toContain("hello");
      expect(new Set(seen).size).toBe(1);
      await until(cell, () => new Set(cell.replicas.map((each) => each?.status().log.applied)).size === 1);
      await expectSame(cell);
    });
  });

  test("goes on while any one is dead, and the dead one catches up", async () => {
    for (const dead of [0, 1, 2]) {
      await withFile(
        async (cell, file) => {
          cell.nodes[dead]?.crash({ power: true });
          const others = [0, 1, 2].filter((at) => at !== dead);
          for (const at of others) await write(cell, at, file, at, `by ${at}`);
          await cell.start(dead);
          expect(await read(cell, dead, file)).toBe(await read(cell, others[0] as number, file));
        },
        { seed: dead + 1 },
      );
    }
  });

  test("says JUKEBOX to reads without a quorum, and finishes what changes something when there is one", async () => {
    await withFile(async (cell, file) => {
      cell.nodes[1]?.crash();
      cell.nodes[2]?.crash();
      const found = await cell.nfs(0).NFSPROC3_READ({ file, offset: 0n, count: 10 });
      expect(found.status).toBe(10_008);
      const written = write(cell, 0, file, 0, "in the end");
      await pass(cell, 12_000);
      await cell.start(1);
      await written;
      expect(await read(cell, 1, file)).toBe("in the end");
    });
  });

  test("has all that was answered after all nodes lost their power at once", async () => {
    await withFile(async (cell, file) => {
      await write(cell, 0, file, 0, "kept");
      for (const node of cell.nodes) node.crash({ power: true });
      await Promise.all([0, 1, 2].map((at) => cell.start(at)));
      expect(await read(cell, 1, file)).toBe("kept");
    });
  });

  test("rebuilds a node that lost its disk, by a state sent over", async () => {
    const logLimits = { snapshotEntries: 10, keptEntries: 3 };
    await withFile(
      async (cell, file) => {
        for (let at = 0; at < 40; at++) await write(cell, 0, file, at, "x");
        cell.nodes[2]?.crash({ power: true });
        void cell.nodes[2]?.restart({ freshDisk: true });
        await pass(cell, 2000);
        void cell
          .replica(0)
          .reconfigure(["n1", "n2", "n3"])
          .catch(() => {});
        await until(
          cell,
          () => cell.replica(2).status().log.applied === cell.replica(0).status().log.applied,
        );
        await expectSame(cell);
      },
      { replica: { logLimits } },
    );
  });

  test("takes the content of a large file away at all nodes alike", async () => {
    await withFile(async (cell, file, root) => {
      const data = new Uint8Array(60_000).fill(7);
      for (let at = 0; at < 50; at++) {
        await cell
          .nfs(0)
          .NFSPROC3_WRITE({ file, offset: BigInt(at * 60_000), count: 60_000, stable: FILE_SYNC, data });
      }
      const cut = await cell.nfs(1).NFSPROC3_SETATTR({
        object: file,
        new_attributes: { ...noChange, size: { set_it: true, size: 10n } },
        guard: { check: false },
      });
      expect(cut.status).toBe(0);
      await until(cell, () => cell.replicas.every((each) => each?.status().isReaping === false));
      const removed = await cell.nfs(2).NFSPROC3_REMOVE({ object: { dir: root, name: bytes("file") } });
      expect(removed.status).toBe(0);
      await until(cell, () => cell.replicas.every((each) => each?.status().isReaping === false));
      await until(cell, () => new Set(cell.replicas.map((each) => each?.status().log.applied)).size === 1);
      await expectSame(cell);
    });
  });

  test("serves version 2 too, and does its calls once", async () => {
    await withFile(async (cell, file, root) => {
      const v2 = [0, 1, 2].map((at) => new NFS_V2_Client(cell.rpc(at, { transport: "udp" })));
      const unset = 0xffff_ffff;
      const never = { seconds: unset, useconds: unset };
      const attributes = { mode: 0o644, uid: unset, gid: unset, size: unset, atime: never, mtime: never };
      const where = { dir: root, name: bytes("two") };
      const made = await v2[0]?.NFSPROC_CREATE({ where, attributes });
      if (made?.status !== 0) throw new Error(`create: ${made?.status}`);
      const data = bytes("version 2");
      const written = await v2[1]?.NFSPROC_WRITE({
        file: made.diropok.file,
        beginoffset: 0,
        offset: 0,
        totalcount: 0,
        data,
      });
      expect(written?.status).toBe(0);
      const found = await v2[2]?.NFSPROC_READ({
        file: made.diropok.file,
        offset: 0,
        count: 100,
        totalcount: 0,
      });
      expect(found?.status === 0 && text(found.reply.data)).toBe("version 2");
      expect(await v2[1]?.NFSPROC_REMOVE(where)).toBe(0);
      expect(await v2[2]?.NFSPROC_REMOVE(where)).toBe(2);
      expect((await v2[2]?.NFSPROC_GETATTR(file))?.status).toBe(0);
    });
  });

  test("answers from the others where a record is damaged, and stops where a command needs it", async () => {
    await withFile(async (cell, file) => {
      await write(cell, 0, file, 0, "good");
      await cell.replica(0).close();
      cell.nodes[0]?.crash();
      damage(cell, 0, 0x15);
      await cell.start(0);
      expect(await read(cell, 0, file)).toBe("good");
      const { closed } = cell.replica(0);
      await write(cell, 1, file, 4, " still");
      expect(await closed).toMatchObject({ code: "REPLICA_DAMAGED" });
      expect(await read(cell, 2, file)).toBe("good still");
    });
  });

  test("ends with an answer for everybody: what closes is asked elsewhere", async () => {
    await withFile(async (cell, file) => {
      const replica = cell.replica(0);
      await replica.close();
      expect(await replica.closed).toBeUndefined();
      const call = {
        version: 3,
        procedure: 1,
        args: file,
        credentials: { uid: 0, gid: 0, groups: [] },
        isReadOnly: false,
        transport: "tcp",
        identity: { high: 0, low: 0 },
      } as const;
      expect(await replica.submit(call)).toBe("elsewhere");
      expect(await write(cell, 1, file, 0, "more")).toHaveLength(16);
    });
  });
});

describe("unstable writes", () => {
  test("are committed by way of any node, under one verifier", async () => {
    await withFile(async (cell, file) => {
      // The first begins a session at each node; those after it are answered at once.
      const verifiers: string[] = [];
      for (let round = 0; round < 3; round++) {
        for (const at of [0, 1])
          verifiers.push(await write(cell, at, file, 2 * round + at, `${at}`, UNSTABLE));
      }
      expect(
        cell
          .replica(2)
          .status()
          .sessions.map(({ node }) => node)
          .sort(),
      ).toEqual(["n1", "n2"]);
      verifiers.push(await commit(cell, 2, file));
      expect(new Set(verifiers).size).toBe(1);
      expect(await read(cell, 2, file)).toBe("010101");
    });
  });

  test("of many callers over the same bytes are all answered, under one verifier, however little has room", async () => {
    await withFile(
      async (cell, file) => {
        const callers = Array.from({ length: 60 }, async (_, at) => {
          const verifiers = [];
          for (const words of ["abcd", "efgh", "ijkl"])
            verifiers.push(await write(cell, 1, file, at % 4, words, UNSTABLE));
          return verifiers;
        });
        const verifiers = (await Promise.all(callers)).flat();
        expect(new Set([...verifiers, await commit(cell, 0, file)]).size).toBe(1);
        expect(cell.replica(0).status().epoch).toBe(0);
        expect(await read(cell, 2, file)).toMatch(/^[a-l]{7}$/);
        await expectSame(cell);
      },
      { replica: { limits: { maxQueuedBytes: 64, maxGatheredBytes: 16 } } },
    );
  });

  test("are seen by reads of the node that answered them", async () => {
    await withFile(async (cell, file) => {
      await write(cell, 1, file, 0, "a", UNSTABLE);
      await write(cell, 1, file, 1, "b", UNSTABLE);
      expect(await read(cell, 1, file)).toBe("ab");
    });
  });

  test("of a node that died change the verifier at COMMIT, and only once", async () => {
    await withFile(async (cell, file) => {
      await write(cell, 1, file, 0, "a", UNSTABLE);
      const verifier = await write(cell, 1, file, 1, "b", UNSTABLE);
      cell.nodes[1]?.crash({ power: true });
      const committed = await commit(cell, 0, file);
      expect(committed).not.toBe(verifier);
      expect(await commit(cell, 2, file)).toBe(committed);
      expect(cell.replica(0).status().sessions).toEqual([]);
    });
  });

  test("of a node that was cut off do not come late over newer ones", async () => {
    await withFile(async (cell, file) => {
      await write(cell, 1, file, 0, "old", UNSTABLE);
      const [a, b, c] = cell.nodes as [SimNode, SimNode, SimNode];
      const cut = cell.sim.partition([b], [a, c]);
      const verifier = await write(cell, 1, file, 0, "OLD", UNSTABLE);
      expect(await commit(cell, 0, file)).not.toBe(verifier);
      await write(cell, 0, file, 0, "new");
      cut.heal();
      await pass(cell, 5000);
      expect(await read(cell, 1, file)).toBe("new");
    });
  });

  test("leave no session behind when nobody writes any more, nor when the node is closed", async () => {
    await withFile(async (cell, file) => {
      const verifier = await write(cell, 0, file, 0, "a", UNSTABLE);
      await write(cell, 1, file, 1, "b", UNSTABLE);
      await write(cell, 1, file, 1, "b", UNSTABLE);
      await cell.replica(1).close();
      expect(
        cell
          .replica(0)
          .status()
          .sessions.map(({ node }) => node),
      ).not.toContain("n2");
      await until(cell, () => cell.replica(0).status().sessions.length === 0);
      expect(await commit(cell, 2, file)).toBe(verifier);
      expect(await read(cell, 2, file)).toBe("ab");
    });
  });
});

test("a node without a replica brings calls to one that has it, and to another when that dies", async () => {
  await withFile(async (cell, file) => {
    const guest = cell.sim.node("guest");
    const parts = cell.nodes.map(({ name, ip }) => ({ name, address: { host: ip, port: 4000 } }));
    // The members serve such calls by a mesh of their own here.
    const members = await Promise.all(
      cell.nodes.map(async ({ world, ip, name }, at) => {
        const mesh = await openMesh(world, {
          name,
          bind: { host: ip, port: 5000 },
          carrier: { kind: "tcp", isTrustedNetwork: true },
        });
        return openCalls(world, mesh, { find: () => cell.replica(at) });
      }),
    );
    expect(members).toHaveLength(3);
    await guest.start(async (world) => {
      const mesh = await openMesh(world, {
        name: "guest",
        bind: { host: guest.ip, port: 5000 },
        carrier: { kind: "tcp", isTrustedNetwork: true },
      });
      for (const { name, address } of parts) mesh.add({ name, address: { ...address, port: 5000 } });
      const calls = openCalls(world, mesh, { find: () => undefined });
      const desk = calls.remote(VOLUME_ID, () => ["n1", "n2", "n3"]);
      const server = new RpcServer(world);
      const exports = [{ from: "*", access: "rw", squash: "none" }] as const;
      for (const service of createVolumeServices({ root: () => desk, find: () => desk, exports }))
        server.add(service);
      await server.listen({ host: guest.ip, port: 2049 });
    });
    await pass(cell, 500);
    (cell.nodes as SimNode[]).push(guest);
    await write(cell, 3, file, 0, "by a guest");
    cell.nodes[0]?.crash();
    expect(await read(cell, 3, file)).toBe("by a guest");
    expect(await rootOf(cell, 3)).toHaveLength(32);
  });
});

test("options that cannot be are refused", async () => {
  const cell = new VolumeCell();
  await cell.run(async () => {
    const { world, ip } = cell.client;
    const mesh = await openMesh(world, {
      name: "x",
      bind: { host: ip, port: 1 },
      carrier: { kind: "tcp", isTrustedNetwork: true },
    });
    await expect(openReplica(world, { id: new Uint8Array(15), mesh })).rejects.toBeInstanceOf(RangeError);
    await expect(openReplica(world, { id: VOLUME_ID, mesh, founders: ["y"] })).rejects.toBeInstanceOf(
      RangeError,
    );
    // Nothing is left behind: the names are free.
    const replica = await openReplica(world, { id: VOLUME_ID, mesh, founders: ["x"] });
    await expect(replica.format({ chunkBytes: 5000 })).rejects.toBeInstanceOf(RangeError);
    await replica.format();
    expect(replica.status().isMade).toBe(true);
    await replica.close();
  });
});
