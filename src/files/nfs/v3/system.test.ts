/** FSSTAT, FSINFO, PATHCONF through real RPC messages in the simulated world. */
import { expect, test } from "vitest";
import { at, made, sattr, withSite } from "../../../../test/support/nfs-site.ts";
import { nfsstat3 } from "../gen/nfs3.gen.ts";

const { NFS3_OK } = nfsstat3;

test("FSSTAT counts what there is and what is free", async () => {
  await withSite({}, async (site) => {
    const reply = await site.nfs3().NFSPROC3_FSSTAT({ fsroot: site.root });
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    const { tbytes, fbytes, abytes, tfiles, ffiles, afiles, invarsec } = reply.resok;
    expect(tbytes).toBeGreaterThan(fbytes);
    expect(fbytes).toBeGreaterThan(0n);
    expect(abytes).toBe(fbytes);
    expect(tfiles).toBeGreaterThan(ffiles);
    expect(afiles).toBe(ffiles);
    expect(invarsec).toBe(0);
  });
});

test("FSINFO's largest file can be made and no larger one, and its time can be set and read", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const info = await nfs.NFSPROC3_FSINFO({ fsroot: site.root });
    if (info.status !== NFS3_OK) throw new Error(`status ${info.status}`);
    const { maxfilesize, time_delta, properties } = info.resok;
    expect(properties).toBe(0x1b);
    const how = { mode: 1, obj_attributes: sattr() } as const;
    const object = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how }));
    const resize = async (size: bigint) => {
      const new_attributes = { ...sattr(), size: { set_it: true as const, size } };
      return (await nfs.NFSPROC3_SETATTR({ object, new_attributes, guard: { check: false } })).status;
    };
    expect(await resize(maxfilesize)).toBe(NFS3_OK);
    // Also what no double holds exactly, and what every double this large is rounded to.
    for (const size of [maxfilesize + 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(await resize(size), String(size)).toBe(nfsstat3.NFS3ERR_FBIG);
    }
    const mtime = { set_it: 2, mtime: { seconds: 5, nseconds: time_delta.nseconds } } as const;
    const guard = { check: false } as const;
    await nfs.NFSPROC3_SETATTR({ object, new_attributes: sattr({ mtime }), guard });
    const seen = await nfs.NFSPROC3_GETATTR({ object });
    if (seen.status !== NFS3_OK) throw new Error(`status ${seen.status}`);
    expect(seen.resok.obj_attributes.mtime).toEqual({ seconds: 5, nseconds: 1 });
  });
});

test("PATHCONF's longest name can be made and no longer one, and names differ by case", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const reply = await nfs.NFSPROC3_PATHCONF({ object: site.root });
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    const { name_max, no_trunc, case_insensitive, case_preserving, chown_restricted, linkmax } = reply.resok;
    expect({ no_trunc, case_insensitive, case_preserving, chown_restricted }).toEqual({
      no_trunc: true,
      case_insensitive: false,
      case_preserving: true,
      chown_restricted: true,
    });
    expect(linkmax).toBe(65_000);
    const create = async (name: Uint8Array) => {
      const how = { mode: 1, obj_attributes: sattr() } as const;
      return (await nfs.NFSPROC3_CREATE({ where: at(site.root, name), how })).status;
    };
    expect(await create(new Uint8Array(name_max).fill(97))).toBe(NFS3_OK);
    expect(await create(new Uint8Array(name_max).fill(65))).toBe(NFS3_OK);
    expect(await create(new Uint8Array(name_max + 1).fill(97))).toBe(nfsstat3.NFS3ERR_NAMETOOLONG);
  });
});
