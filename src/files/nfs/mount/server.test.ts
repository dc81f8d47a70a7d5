/** MOUNT v1, v2 and v3 through real RPC messages in the simulated world. */
import { expect, test } from "vitest";
import { at, bytes, made, type Site, sattr, sys, text, withSite } from "../../../../test/support/nfs-site.ts";
import { type exportnode, type groupnode, type mountbody, mountstat3 } from "../gen/mount.gen.ts";
import { createMountServices, MAX_EXPORT_NODES } from "./server.ts";
import { MAX_KNOWN_MOUNTS, MountTable } from "./table.ts";

async function tree(site: Site): Promise<{ a: Uint8Array; b: Uint8Array }> {
  const nfs = site.nfs3();
  const a = made(await nfs.NFSPROC3_MKDIR({ where: at(site.root, "a"), attributes: sattr({ mode: 0o700 }) }));
  const b = made(await nfs.NFSPROC3_MKDIR({ where: at(a, "b"), attributes: sattr() }));
  await nfs.NFSPROC3_CREATE({ where: at(a, "file"), how: { mode: 1, obj_attributes: sattr() } });
  return { a, b };
}

test("any directory can be mounted by its path, in every version", async () => {
  await withSite({}, async (site) => {
    const { a, b } = await tree(site);
    const { v1, v2, v3 } = site.mount(sys(1000));
    const paths: [string, Uint8Array][] = [
      ["/", site.root],
      ["", site.root],
      ["/a", a],
      ["/a/", a],
      ["//a//b", b],
      ["/a/b/..", a],
      ["/..", site.root],
    ];
    for (const [path, handle] of paths) {
      const third = await v3.MOUNTPROC3_MNT(bytes(path));
      if (third.fhs_status !== mountstat3.MNT3_OK) throw new Error(`${path}: ${third.fhs_status}`);
      expect(third.mountinfo.fhandle).toEqual(handle);
      expect(third.mountinfo.auth_flavors).toEqual([1, 0]);
      expect(await v1.MOUNTPROC_MNT(bytes(path))).toEqual({ fhs_status: 0, fhs_fhandle: handle });
      expect(await v2.MOUNTPROC2_MNT(bytes(path))).toEqual({ fhs_status: 0, fhs_fhandle: handle });
    }
  });
});

test("a path that is no directory is refused by what is wrong with it", async () => {
  await withSite({}, async (site) => {
    await tree(site);
    const { v1, v3 } = site.mount();
    const cases: [string, number, number][] = [
      ["/x", mountstat3.MNT3ERR_NOENT, 2],
      ["relative", mountstat3.MNT3ERR_NOENT, 2],
      ["/a/file", mountstat3.MNT3ERR_NOTDIR, 20],
      ["/a/file/x", mountstat3.MNT3ERR_NOTDIR, 20],
      [`/${"x".repeat(256)}`, mountstat3.MNT3ERR_NAMETOOLONG, 63],
    ];
    for (const [path, third, first] of cases) {
      expect(await v3.MOUNTPROC3_MNT(bytes(path))).toEqual({ fhs_status: third });
      expect(await v1.MOUNTPROC_MNT(bytes(path))).toEqual({ fhs_status: first });
    }
  });
});

test("an address without a rule gets no handle, and no service with one", async () => {
  await withSite({ nfs: { exports: [{ from: "10.0.0.77", access: "rw" }] } }, async (site) => {
    const { v1, v3 } = site.mount();
    expect(await v3.MOUNTPROC3_MNT(bytes("/"))).toEqual({ fhs_status: mountstat3.MNT3ERR_ACCES });
    expect(await v1.MOUNTPROC_MNT(bytes("/"))).toEqual({ fhs_status: 13 });
    const refused = expect.objectContaining({ code: "RPC_AUTH_ERROR", details: { authStat: 5 } });
    const nfs = site.nfs3();
    await expect(nfs.NFSPROC3_GETATTR({ object: site.root })).rejects.toEqual(refused);
    await expect(nfs.NFSPROC3_LOOKUP({ what: at(site.root, "x") })).rejects.toEqual(refused);
    await expect(nfs.NFSPROC3_FSINFO({ fsroot: site.root })).rejects.toEqual(refused);
    await expect(site.nfs2().NFSPROC_GETATTR(site.root)).rejects.toEqual(refused);
    await expect(nfs.NFSPROC3_NULL()).resolves.toBeUndefined();
  });
});

test("DUMP tells who has mounted what until they say that they have not", async () => {
  await withSite({}, async (site) => {
    await tree(site);
    const { v1, v2, v3 } = site.mount();
    const listed = async () => {
      const found: string[] = [];
      for (let each: mountbody | null = await v3.MOUNTPROC3_DUMP(); each !== null; each = each.ml_next) {
        found.push(`${text(each.ml_hostname)}:${text(each.ml_directory)}`);
      }
      return found.toSorted();
    };
    await v3.MOUNTPROC3_MNT(bytes("/"));
    await v3.MOUNTPROC3_MNT(bytes("/a"));
    await v1.MOUNTPROC_MNT(bytes("/a"));
    await v3.MOUNTPROC3_MNT(bytes("/missing"));
    const host = site.client.ip;
    expect(await listed()).toEqual([`${host}:/`, `${host}:/a`]);
    expect(await v1.MOUNTPROC_DUMP()).toEqual(await v2.MOUNTPROC2_DUMP());
    await v3.MOUNTPROC3_UMNT(bytes("/a"));
    expect(await listed()).toEqual([`${host}:/`]);
    await v2.MOUNTPROC2_MNT(bytes("/a"));
    await v1.MOUNTPROC_UMNTALL();
    expect(await listed()).toEqual([]);
  });
});

test("EXPORT tells the root and for whom, nobody named meaning everyone", async () => {
  const groups = (exported: exportnode | null) => {
    const found: string[] = [];
    for (let each: groupnode | null = exported?.ex_groups ?? null; each !== null; each = each.gr_next) {
      found.push(text(each.gr_name));
    }
    return found;
  };
  const some = [
    { from: "10.0.0.0/8", access: "rw" },
    { from: "fe80::/10", access: "ro" },
  ] as const;
  await withSite({ nfs: { exports: some } }, async (site) => {
    const { v1, v2, v3 } = site.mount();
    const exported = await v3.MOUNTPROC3_EXPORT();
    expect(text(exported?.ex_dir ?? bytes("?"))).toBe("/");
    expect(exported?.ex_next).toBeNull();
    expect(groups(exported)).toEqual(["10.0.0.0/8", "fe80::/10"]);
    expect(await v1.MOUNTPROC_EXPORT()).toEqual(exported);
    expect(await v1.MOUNTPROC_EXPORTALL()).toEqual(exported);
    expect(await v2.MOUNTPROC2_EXPORT()).toEqual(exported);
  });
  await withSite({ nfs: { exports: [...some, { from: "*", access: "ro" }] } }, async (site) => {
    expect(groups(await site.mount().v3.MOUNTPROC3_EXPORT())).toEqual([]);
  });
});

test("PATHCONF of version 2 tells what the volume holds", async () => {
  await withSite({}, async (site) => {
    const { v2 } = site.mount();
    const limits = await v2.MOUNTPROC2_PATHCONF(bytes("/"));
    expect(limits).toMatchObject({ pc_link_max: 65_000, pc_name_max: 255, pc_path_max: 1024 });
    expect(limits.pc_mask).toEqual([0b11_1100_1100, 0]);
    expect((await v2.MOUNTPROC2_PATHCONF(bytes("/x"))).pc_mask).toEqual([1, 0]);
  });
});

test("the list of mounts is bounded: the oldest goes", () => {
  const table = new MountTable();
  for (let i = 0; i < MAX_KNOWN_MOUNTS + 5; i++) table.add(`host-${i}`, bytes("/"));
  expect(table.list()).toHaveLength(MAX_KNOWN_MOUNTS);
  expect(table.list()[0]?.host).toBe("host-5");
  table.add("host-5", bytes("/"));
  expect(table.list().at(-1)?.host).toBe("host-5");
  expect(table.list()).toHaveLength(MAX_KNOWN_MOUNTS);
});

test("EXPORT tells as many paths as one message takes, each to the same hosts", () => {
  const rules = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((from) => ({
    from,
    readOnly: false,
    squash: "root" as const,
    anonymousUid: 0,
    anonymousGid: 0,
    staleMs: 0,
  }));
  const names = Array.from({ length: 2000 }, (_, at) => `/@v${at}`);
  const find = () => bytes("");
  const [, , third] = createMountServices(find, rules, () => names);
  const list = third?.handlers[5] as () => exportnode;
  let count = 0;
  for (let each: exportnode | null = list(); each !== null; each = each.ex_next) count++;
  expect(count).toBe(1 + MAX_EXPORT_NODES / 4);
  expect(text(list().ex_next?.ex_dir ?? bytes("?"))).toBe("/@v0");
});
