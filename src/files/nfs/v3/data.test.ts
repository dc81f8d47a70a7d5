/** READ, WRITE, COMMIT through real RPC messages in the simulated world. */
import { expect, test } from "vitest";
import { at, bytes, made, type Site, sattr, sys, text, withSite } from "../../../../test/support/nfs-site.ts";
import { nfsstat3, stable_how } from "../gen/nfs3.gen.ts";
import { MAX_TCP_TRANSFER_BYTES, MAX_UDP_TRANSFER_BYTES } from "../limits.ts";

const { NFS3_OK } = nfsstat3;

async function create(site: Site, mode = 0o666): Promise<Uint8Array> {
  const how = { mode: 1, obj_attributes: sattr({ mode }) } as const;
  return made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, `f${mode}`), how }));
}

async function write(
  site: Site,
  file: Uint8Array,
  offset: bigint,
  data: Uint8Array,
  stable: stable_how = stable_how.FILE_SYNC,
) {
  const reply = await site.nfs3().NFSPROC3_WRITE({ file, offset, count: data.length, stable, data });
  if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
  return reply.resok;
}

async function read(site: Site, file: Uint8Array, offset: bigint, count: number) {
  const reply = await site.nfs3().NFSPROC3_READ({ file, offset, count });
  if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
  expect(reply.resok.count).toBe(reply.resok.data.length);
  expect(reply.resok.file_attributes.attributes_follow).toBe(true);
  return { data: text(reply.resok.data), eof: reply.resok.eof };
}

test("what was written is read, with eof where it ends", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    await write(site, file, 0n, bytes("hello world"));
    expect(await read(site, file, 0n, 5)).toEqual({ data: "hello", eof: false });
    expect(await read(site, file, 6n, 5)).toEqual({ data: "world", eof: true });
    expect(await read(site, file, 6n, 100)).toEqual({ data: "world", eof: true });
    expect(await read(site, file, 11n, 10)).toEqual({ data: "", eof: true });
    expect(await read(site, file, 2n ** 63n, 10)).toEqual({ data: "", eof: true });
    expect(await read(site, file, 3n, 0)).toEqual({ data: "", eof: false });
  });
});

test("READ that waits for the disk answers with what it saw, not with what was written meanwhile", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    await write(site, file, 0n, bytes("first"), stable_how.UNSTABLE);
    // All of it arrives in one turn: the READ sees a file whose other end is not durable yet, and has to wait.
    const nfs = site.nfs3();
    const put = (offset: bigint, data: Uint8Array, stable: stable_how) =>
      nfs.NFSPROC3_WRITE({ file, offset, count: data.length, stable, data });
    const [, seen] = await Promise.all([
      put(100_000n, bytes("end"), stable_how.FILE_SYNC),
      nfs.NFSPROC3_READ({ file, offset: 0n, count: 5 }),
      put(0n, bytes("later"), stable_how.UNSTABLE),
    ]);
    expect(seen.status === NFS3_OK && text(seen.resok.data)).toBe("first");
    expect((await read(site, file, 0n, 5)).data).toBe("later");
  });
});

test("WRITE tells size before and after, and how stable it is", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    for (const stable of Object.values(stable_how)) {
      const { file_wcc, count, committed, verf } = await write(site, file, 0n, bytes("abc"), stable);
      expect(count).toBe(3);
      expect(committed).toBeGreaterThanOrEqual(stable);
      expect(verf).toEqual(site.openVolume.verifier);
      if (!file_wcc.before.attributes_follow || !file_wcc.after.attributes_follow)
        throw new Error("no attributes");
      expect(file_wcc.before.attributes.size).toBe(stable === stable_how.UNSTABLE ? 0n : 3n);
      expect(file_wcc.after.attributes.size).toBe(3n);
    }
  });
});

test("WRITE whose count is not its data's is INVAL and writes nothing", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    for (const count of [2, 4, 0xffff_ffff]) {
      const data = bytes("abc");
      const reply = await site.nfs3().NFSPROC3_WRITE({ file, offset: 0n, count, stable: 2, data });
      if (reply.status !== nfsstat3.NFS3ERR_INVAL) throw new Error(`status ${reply.status}`);
      const { after } = reply.resfail.file_wcc;
      expect(after.attributes_follow && after.attributes.size).toBe(0n);
    }
  });
});

test("transfers are bounded by what FSINFO says, for the transport", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    const data = new Uint8Array(MAX_TCP_TRANSFER_BYTES + 4096).fill(1);
    expect((await write(site, file, 0n, data)).count).toBe(MAX_TCP_TRANSFER_BYTES);
    await write(site, file, BigInt(MAX_TCP_TRANSFER_BYTES), data.subarray(0, 4096));
    for (const [transport, most] of [
      ["tcp", MAX_TCP_TRANSFER_BYTES],
      ["udp", MAX_UDP_TRANSFER_BYTES],
    ] as const) {
      const nfs = site.nfs3(sys(0), { transport });
      const info = await nfs.NFSPROC3_FSINFO({ fsroot: site.root });
      if (info.status !== NFS3_OK) throw new Error(`status ${info.status}`);
      expect(info.resok).toMatchObject({ rtmax: most, wtmax: most });
      const reply = await nfs.NFSPROC3_READ({ file, offset: 0n, count: 0xffff_ffff });
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      expect(reply.resok).toMatchObject({ count: most, eof: false });
    }
  });
});

test("READ and WRITE of what is no regular file", async () => {
  await withSite({}, async (site) => {
    const io = { file: site.root, offset: 0n, count: 1 };
    const nfs = site.nfs3();
    expect((await nfs.NFSPROC3_READ(io)).status).toBe(nfsstat3.NFS3ERR_INVAL);
    const data = new Uint8Array(1);
    expect((await nfs.NFSPROC3_WRITE({ ...io, stable: 2, data })).status).toBe(nfsstat3.NFS3ERR_INVAL);
    expect((await nfs.NFSPROC3_COMMIT(io)).status).toBe(nfsstat3.NFS3ERR_INVAL);
  });
});

test("READ and WRITE need the right to, but the owner has it whatever the mode", async () => {
  await withSite({}, async (site) => {
    const file = await create(site, 0o200);
    const io = { file, offset: 0n, count: 1 };
    expect((await site.nfs3(sys(7)).NFSPROC3_READ(io)).status).toBe(nfsstat3.NFS3ERR_ACCES);
    const data = new Uint8Array(1);
    const stranger = await site.nfs3(sys(7)).NFSPROC3_WRITE({ ...io, stable: 2, data });
    expect(stranger.status).toBe(nfsstat3.NFS3ERR_ACCES);
    const attributes = {
      object: file,
      new_attributes: sattr({ uid: 7, mode: 0 }),
      guard: { check: false },
    } as const;
    expect((await site.nfs3().NFSPROC3_SETATTR(attributes)).status).toBe(NFS3_OK);
    expect((await site.nfs3(sys(7)).NFSPROC3_READ(io)).status).toBe(NFS3_OK);
    expect((await site.nfs3(sys(7)).NFSPROC3_WRITE({ ...io, stable: 2, data })).status).toBe(NFS3_OK);
  });
});

test("a file over 8 TiB is FBIG, also by numbers that no double holds", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    for (const offset of [2n ** 43n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      const data = new Uint8Array(1);
      const reply = await site.nfs3().NFSPROC3_WRITE({ file, offset, count: 1, stable: 2, data });
      expect(reply.status).toBe(nfsstat3.NFS3ERR_FBIG);
    }
    await write(site, file, 2n ** 43n - 1n, bytes("z"));
    expect(await read(site, file, 2n ** 43n - 1n, 5)).toEqual({ data: "z", eof: true });
  });
});

test("unstable data is there after COMMIT and a crash, and FILE_SYNC data after a crash alone", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    await write(site, file, 0n, bytes("unstable"), stable_how.UNSTABLE);
    const committed = await site.nfs3().NFSPROC3_COMMIT({ file, offset: 0n, count: 0 });
    if (committed.status !== NFS3_OK) throw new Error(`status ${committed.status}`);
    await write(site, file, 8n, bytes(" sync"), stable_how.FILE_SYNC);
    await site.restart();
    expect(await read(site, file, 0n, 100)).toEqual({ data: "unstable sync", eof: true });
  });
});

test("the verifier is the same while the server lives, and another after a restart", async () => {
  await withSite({}, async (site) => {
    const file = await create(site);
    const first = (await write(site, file, 0n, bytes("a"), stable_how.UNSTABLE)).verf.slice();
    const again = (await write(site, file, 0n, bytes("a"), stable_how.UNSTABLE)).verf.slice();
    expect(again).toEqual(first);
    await site.restart();
    const committed = await site.nfs3().NFSPROC3_COMMIT({ file, offset: 0n, count: 0 });
    if (committed.status !== NFS3_OK) throw new Error(`status ${committed.status}`);
    expect(committed.resok.verf).not.toEqual(first);
  });
});
