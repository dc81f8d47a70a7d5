/** READDIR and READDIRPLUS: bounds kept exactly, cookies good, nothing listed twice or left out. */
import { describe, expect, test } from "vitest";
import { at, bytes, made, type Site, sattr, sys, text, withSite } from "../../../../test/support/nfs-site.ts";
import { XdrWriter } from "../../../marshal/index.ts";
import {
  encode_READDIR3resok,
  encode_READDIRPLUS3resok,
  type entry3,
  type entryplus3,
  nfsstat3,
  type READDIR3res,
  type READDIRPLUS3res,
} from "../gen/nfs3.gen.ts";

const { NFS3_OK, NFS3ERR_TOOSMALL } = nfsstat3;
const noVerifier = new Uint8Array(8);

async function directory(site: Site, names: readonly string[]): Promise<Uint8Array> {
  const dir = made(
    await site.nfs3().NFSPROC3_MKDIR({ where: at(site.root, "d"), attributes: sattr({ mode: 0o755 }) }),
  );
  const how = { mode: 1, obj_attributes: sattr({ mode: 0o600 }) } as const;
  await Promise.all(names.map((name) => site.nfs3().NFSPROC3_CREATE({ where: at(dir, name), how })));
  return dir;
}

function readdir(site: Site, dir: Uint8Array, cookie: bigint, count: number): Promise<READDIR3res> {
  return site.nfs3().NFSPROC3_READDIR({ dir, cookie, cookieverf: noVerifier, count });
}

function readdirplus(
  site: Site,
  dir: Uint8Array,
  cookie: bigint,
  dircount: number,
  maxcount: number,
  uid = 0,
) {
  return site
    .nfs3(sys(uid))
    .NFSPROC3_READDIRPLUS({ dir, cookie, cookieverf: noVerifier, dircount, maxcount });
}

function entriesOf<T extends entry3 | entryplus3>(first: T | null): T[] {
  const entries: T[] = [];
  for (let entry: T | null = first; entry !== null; entry = entry.nextentry as T | null) entries.push(entry);
  return entries;
}

/** Reads page after page until the end; every page must bring something and keep its bound. */
async function readAll(site: Site, dir: Uint8Array, count: number): Promise<string[]> {
  const found: string[] = [];
  let cookie = 0n;
  for (;;) {
    const reply = await readdir(site, dir, cookie, count);
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    const w = new XdrWriter();
    encode_READDIR3resok(w, reply.resok);
    expect(w.position).toBeLessThanOrEqual(count);
    const entries = entriesOf(reply.resok.reply.entries);
    if (!reply.resok.reply.eof) expect(entries.length).toBeGreaterThan(0);
    found.push(...entries.map((entry) => text(entry.name)));
    if (reply.resok.reply.eof) return found;
    cookie = entries.at(-1)?.cookie ?? cookie;
  }
}

const many = Array.from({ length: 300 }, (_, i) => `name-${"x".repeat(i % 17)}-${i}`);

describe("READDIR", () => {
  test.each([200, 512, 4096, 65_536])("lists everything once in pages of %i bytes", async (count) => {
    await withSite({}, async (site) => {
      const dir = await directory(site, many);
      const found = await readAll(site, dir, count);
      expect(found.slice(0, 2)).toEqual([".", ".."]);
      expect(found.slice(2).sort()).toEqual(many.toSorted());
    });
  });

  test("fills a page to the last byte: one less, and the last entry is left for the next", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, ["abcd", "efghi"]);
      const whole = await readdir(site, dir, 0n, 65_536);
      if (whole.status !== NFS3_OK) throw new Error(`status ${whole.status}`);
      const w = new XdrWriter();
      encode_READDIR3resok(w, whole.resok);
      const exact = await readdir(site, dir, 0n, w.position);
      const short = await readdir(site, dir, 0n, w.position - 1);
      if (exact.status !== NFS3_OK || short.status !== NFS3_OK) throw new Error("no list");
      expect(exact.resok).toEqual(whole.resok);
      expect(entriesOf(exact.resok.reply.entries)).toHaveLength(4);
      expect(entriesOf(short.resok.reply.entries)).toHaveLength(3);
      expect(short.resok.reply.eof).toBe(false);
    });
  });

  test("an empty directory holds itself and the one above", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, []);
      const reply = await readdir(site, dir, 0n, 4096);
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      const [dot, dotdot, ...rest] = entriesOf(reply.resok.reply.entries);
      expect(rest).toEqual([]);
      expect(text(dot?.name ?? bytes(""))).toBe(".");
      expect(text(dotdot?.name ?? bytes(""))).toBe("..");
      expect(reply.resok.reply.eof).toBe(true);
      const own = await site.nfs3().NFSPROC3_GETATTR({ object: dir });
      expect(own.status === NFS3_OK && own.resok.obj_attributes.fileid).toBe(dot?.fileid);
    });
  });

  test("where not even one entry fits it is TOOSMALL, and past the end it is no failure", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, ["abcd"]);
      for (const count of [0, 100, 131]) {
        const reply = await readdir(site, dir, 0n, count);
        if (reply.status !== NFS3ERR_TOOSMALL) throw new Error(`${count}: status ${reply.status}`);
        expect(reply.resfail.dir_attributes.attributes_follow).toBe(true);
      }
      const least = await readdir(site, dir, 0n, 132);
      expect(least.status === NFS3_OK && entriesOf(least.resok.reply.entries)).toHaveLength(1);
      const whole = await readdir(site, dir, 0n, 4096);
      if (whole.status !== NFS3_OK) throw new Error(`status ${whole.status}`);
      const last = entriesOf(whole.resok.reply.entries).at(-1)?.cookie ?? 0n;
      const after = await readdir(site, dir, last, 104);
      expect(after.status === NFS3_OK && after.resok.reply).toEqual({ entries: null, eof: true });
    });
  });

  test("names made and removed between pages neither hide nor repeat those that stay", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const names = Array.from({ length: 60 }, (_, i) => `f${i}`);
      const dir = await directory(site, names);
      const found: string[] = [];
      let cookie = 0n;
      for (let page = 0; ; page++) {
        const reply = await readdir(site, dir, cookie, 400);
        if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
        const entries = entriesOf(reply.resok.reply.entries);
        found.push(...entries.map((entry) => text(entry.name)));
        if (reply.resok.reply.eof) break;
        const last = entries.at(-1);
        if (last === undefined) throw new Error("an empty page");
        cookie = last.cookie;
        // The entry on which the next page is to begin goes away, and another comes.
        if (page > 0) await nfs.NFSPROC3_REMOVE({ object: { dir, name: last.name } });
        const how = { mode: 1, obj_attributes: sattr() } as const;
        await nfs.NFSPROC3_CREATE({ where: at(dir, `new-${page}`), how });
      }
      const old = found.filter((name) => name.startsWith("f"));
      expect(old.toSorted()).toEqual(names.toSorted());
      expect(new Set(found).size).toBe(found.length);
    });
  });

  test("refused: no directory, no right to read, a cookie that no double holds", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const how = { mode: 1, obj_attributes: sattr() } as const;
      const file = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how }));
      expect((await readdir(site, file, 0n, 4096)).status).toBe(nfsstat3.NFS3ERR_NOTDIR);
      const attributes = sattr({ mode: 0o311 });
      const dir = made(await nfs.NFSPROC3_MKDIR({ where: at(site.root, "closed"), attributes }));
      const list = { dir, cookie: 0n, cookieverf: noVerifier, count: 4096 };
      expect((await site.nfs3(sys(9)).NFSPROC3_READDIR(list)).status).toBe(nfsstat3.NFS3ERR_ACCES);
      expect((await readdir(site, site.root, 2n ** 64n - 1n, 4096)).status).toBe(nfsstat3.NFS3ERR_BAD_COOKIE);
    });
  });
});

describe("READDIRPLUS", () => {
  test("tells attributes and handles that are those of LOOKUP", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, ["a", "b"]);
      const reply = await readdirplus(site, dir, 0n, 4096, 65_536);
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      expect(reply.resok.reply.eof).toBe(true);
      const entries = entriesOf(reply.resok.reply.entries);
      expect(entries.map((entry) => text(entry.name))).toEqual([".", "..", "a", "b"]);
      for (const { name, fileid, name_attributes, name_handle } of entries) {
        const found = await site.nfs3().NFSPROC3_LOOKUP({ what: { dir, name } });
        if (found.status !== NFS3_OK) throw new Error(`status ${found.status}`);
        expect(name_handle).toEqual({ handle_follows: true, handle: found.resok.object });
        expect(name_attributes).toEqual(found.resok.obj_attributes);
        expect(name_attributes.attributes_follow && name_attributes.attributes.fileid).toBe(fileid);
      }
    });
  });

  test.each([
    [8192, 400],
    [8192, 8192],
    [200, 8192],
    [40, 65_536],
  ])("lists everything once with dircount %i and maxcount %i, and keeps both", async (dircount, maxcount) => {
    await withSite({}, async (site) => {
      const names = many.slice(0, 100).map((name) => name.slice(0, 15));
      const dir = await directory(site, names);
      const found: string[] = [];
      let cookie = 0n;
      for (;;) {
        const reply: READDIRPLUS3res = await readdirplus(site, dir, cookie, dircount, maxcount);
        if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
        const w = new XdrWriter();
        encode_READDIRPLUS3resok(w, reply.resok);
        expect(w.position).toBeLessThanOrEqual(maxcount);
        const entries = entriesOf(reply.resok.reply.entries);
        const nameBytes = entries.reduce((sum, entry) => sum + 24 + ((entry.name.length + 3) & ~3), 0);
        expect(nameBytes).toBeLessThanOrEqual(dircount);
        found.push(...entries.map((entry) => text(entry.name)));
        if (reply.resok.reply.eof) break;
        cookie = entries.at(-1)?.cookie ?? 2n ** 60n;
      }
      expect(found.slice(2).sort()).toEqual([...new Set(names)].sort());
    });
  });

  test("TOOSMALL by either bound", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, ["a"]);
      expect((await readdirplus(site, dir, 0n, 27, 65_536)).status).toBe(NFS3ERR_TOOSMALL);
      expect((await readdirplus(site, dir, 0n, 4096, 200)).status).toBe(NFS3ERR_TOOSMALL);
    });
  });

  test("who may read a directory but not search it sees names only", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, ["secret"]);
      const new_attributes = sattr({ mode: 0o744 });
      await site.nfs3().NFSPROC3_SETATTR({ object: dir, new_attributes, guard: { check: false } });
      const reply = await readdirplus(site, dir, 0n, 4096, 4096, 9);
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      const secret = entriesOf(reply.resok.reply.entries).at(-1);
      expect(text(secret?.name ?? bytes(""))).toBe("secret");
      expect(secret?.name_attributes).toEqual({ attributes_follow: false });
      expect(secret?.name_handle).toEqual({ handle_follows: false });
    });
  });

  test("over UDP a page fits a datagram", async () => {
    await withSite({}, async (site) => {
      const dir = await directory(site, many);
      const nfs = site.nfs3(sys(0), { transport: "udp" });
      const list = { dir, cookie: 0n, cookieverf: noVerifier, dircount: 2 ** 32 - 1, maxcount: 2 ** 32 - 1 };
      const reply = await nfs.NFSPROC3_READDIRPLUS(list);
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      const w = new XdrWriter();
      encode_READDIRPLUS3resok(w, reply.resok);
      expect(w.position).toBeLessThanOrEqual(32_768);
      expect(reply.resok.reply.eof).toBe(false);
    });
  });
});
