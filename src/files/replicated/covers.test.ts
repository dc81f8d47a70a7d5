import { expect, test } from "vitest";
import { noChange } from "../../../test/support/volume-entries.ts";
import { ShelvedVolume } from "../../../test/support/volume-shelf.ts";
import { Simulation } from "../../sim/index.ts";
import type { World } from "../../world/index.ts";
import type { diropres, readdirres } from "../nfs/gen/nfs2.gen.ts";
import {
  type CREATE3res,
  type entryplus3,
  type LINK3res,
  type LOOKUP3res,
  nfsstat3,
  type READDIRPLUS3res,
  type RENAME3res,
  type RMDIR3res,
} from "../nfs/gen/nfs3.gen.ts";
import { markedVolume, rootMark } from "../nfs/mount-points.ts";
import { cover_procedure } from "./gen/volume-covers.gen.ts";

const { COVER_PLACE, COVER_REMOVE } = cover_procedure;
const { NFS3_OK, NFS3ERR_ACCES } = nfsstat3;
const OTHER = new Uint8Array(16).fill(200);
const bytes = (name: string) => new TextEncoder().encode(name);
const at = (dir: Uint8Array, name: string) => ({ dir, name: bytes(name) });
const UNCHECKED = { mode: 0, obj_attributes: noChange } as const;

function onShelf(body: (volume: ShelvedVolume, world: World) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("n");
  return sim.run(async () => body(await ShelvedVolume.open(world, 1), world));
}

async function mkdir(volume: ShelvedVolume, name: string, dir = volume.root): Promise<Uint8Array> {
  const made = await volume.call<CREATE3res>(3, 9, { where: at(dir, name), attributes: noChange });
  if (made.status !== NFS3_OK || !made.resok.obj.handle_follows) throw new Error(`mkdir: ${made.status}`);
  return made.resok.obj.handle;
}

function placeOf(directory: Uint8Array): { inode: number; generation: number } {
  const view = new DataView(directory.buffer, directory.byteOffset);
  return { inode: view.getUint32(20), generation: view.getUint32(24) };
}

function place(volume: ShelvedVolume, directory: Uint8Array, revision = 5): Promise<string> {
  return volume.cover(COVER_PLACE, { ...placeOf(directory), volume: OTHER, revision });
}

function unplace(volume: ShelvedVolume, directory: Uint8Array, revision = 5): Promise<string> {
  return volume.cover(COVER_REMOVE, { ...placeOf(directory), volume: OTHER, revision });
}

const lookup = (volume: ShelvedVolume, name: string) =>
  volume.call<LOOKUP3res>(3, 3, { what: at(volume.root, name) });

async function marked(volume: ShelvedVolume, name: string): Promise<Uint8Array | undefined> {
  const found = await lookup(volume, name);
  return found.status === NFS3_OK ? markedVolume(found.resok.object) : undefined;
}

test("a directory that is covered shows the mark of the other volume, and no attributes that are not of it", async () => {
  await onShelf(async (volume) => {
    const covered = await mkdir(volume, "covered");
    await mkdir(volume, "other");
    expect(await marked(volume, "covered")).toBeUndefined();
    expect(await place(volume, covered)).toBe("");
    const found = await lookup(volume, "covered");
    expect(found).toMatchObject({
      status: NFS3_OK,
      resok: { object: rootMark(OTHER), obj_attributes: { attributes_follow: false } },
    });
    expect(await marked(volume, "other")).toBeUndefined();
    const second = await volume.call<diropres>(2, 4, at(volume.root, "covered"));
    expect(second).toMatchObject({ status: 0, diropok: { file: rootMark(OTHER) } });

    const args = {
      dir: volume.root,
      cookie: 0n,
      cookieverf: new Uint8Array(8),
      dircount: 4096,
      maxcount: 8192,
    };
    const listed = await volume.call<READDIRPLUS3res>(3, 17, args);
    if (listed.status !== NFS3_OK) throw new Error(`readdirplus: ${listed.status}`);
    const shown = new Map<string, [boolean, boolean]>();
    for (let entry: entryplus3 | null = listed.resok.reply.entries; entry !== null; entry = entry.nextentry) {
      const { name_attributes, name_handle } = entry;
      const name = new TextDecoder().decode(entry.name as unknown as Uint8Array);
      shown.set(name, [name_attributes.attributes_follow, name_handle.handle_follows]);
    }
    expect(shown.get("covered")).toEqual([false, false]);
    expect(shown.get("other")).toEqual([true, true]);
    // Version 2 tells no more than the number of the directory beneath.
    const names = await volume.call<readdirres>(2, 16, {
      dir: volume.root,
      cookie: new Uint8Array(4),
      count: 4096,
    });
    expect(names.status).toBe(0);
  });
});

test("it stays where it is, and empty, whoever asks and by whichever handle", async () => {
  await onShelf(async (volume) => {
    const covered = await mkdir(volume, "covered");
    const free = await mkdir(volume, "free");
    await volume.call(3, 8, { where: at(volume.root, "file"), how: UNCHECKED });
    const file = await lookup(volume, "file");
    if (file.status !== NFS3_OK) throw new Error("no file");
    await place(volume, covered);
    const refused: (CREATE3res | RMDIR3res | RENAME3res | LINK3res)[] = [
      await volume.call<RMDIR3res>(3, 13, { object: at(volume.root, "covered") }),
      await volume.call<RENAME3res>(3, 14, { from: at(volume.root, "covered"), to: at(volume.root, "away") }),
      await volume.call<RENAME3res>(3, 14, { from: at(volume.root, "free"), to: at(volume.root, "covered") }),
      await volume.call<RENAME3res>(3, 14, { from: at(volume.root, "file"), to: at(covered, "file") }),
      await volume.call<CREATE3res>(3, 8, { where: at(covered, "file"), how: UNCHECKED }),
      await volume.call<CREATE3res>(3, 9, { where: at(covered, "dir"), attributes: noChange }),
      await volume.call<LINK3res>(3, 15, { file: file.resok.object, link: at(covered, "file") }),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => NFS3ERR_ACCES));
    expect(await volume.call(2, 15, at(volume.root, "covered"))).toBe(13);
    // What is not covered is as ever.
    expect(await volume.call(3, 8, { where: at(free, "file"), how: UNCHECKED })).toMatchObject({
      status: NFS3_OK,
    });
    expect(
      await volume.call(3, 14, { from: at(volume.root, "free"), to: at(volume.root, "moved") }),
    ).toMatchObject({ status: NFS3_OK });
  });
});

test("what is no empty directory is not covered: nothing becomes invisible", async () => {
  await onShelf(async (volume) => {
    const full = await mkdir(volume, "full");
    await mkdir(volume, "inside", full);
    expect(await place(volume, full)).toBe("NOTEMPTY");
    expect(await place(volume, volume.root)).toBe("INVAL");
    const made = await volume.call<CREATE3res>(3, 8, { where: at(volume.root, "file"), how: UNCHECKED });
    if (made.status !== NFS3_OK || !made.resok.obj.handle_follows) throw new Error("no file");
    expect(await place(volume, made.resok.obj.handle)).toBe("NOTDIR");
    for (const inode of [99, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      expect(await volume.cover(COVER_PLACE, { inode, generation: 1, volume: OTHER, revision: 1 })).toBe(
        "STALE",
      );
    }
    expect(volume.state.made.covers.all).toEqual([]);
  });
});

test("once it is not covered any more it is a directory as before", async () => {
  await onShelf(async (volume) => {
    const covered = await mkdir(volume, "covered");
    await place(volume, covered);
    expect(await unplace(volume, covered)).toBe("");
    expect(await unplace(volume, covered)).toBe("");
    expect(await marked(volume, "covered")).toBeUndefined();
    expect(await volume.call(3, 8, { where: at(covered, "file"), how: UNCHECKED })).toMatchObject({
      status: NFS3_OK,
    });
  });
});

test("what comes late does not undo the mount that has taken its place", async () => {
  await onShelf(async (volume) => {
    const covered = await mkdir(volume, "covered");
    await place(volume, covered, 5);
    await place(volume, covered, 8);
    expect(await unplace(volume, covered, 5)).toBe("EXIST");
    expect(await place(volume, covered, 5)).toBe("EXIST");
    expect(volume.state.made.covers.all).toMatchObject([{ revision: 8 }]);
    expect(await unplace(volume, covered, 8)).toBe("");
    expect(volume.state.made.covers.all).toEqual([]);
  });
});

test("it is part of the state: a restart finds it, and damage to it is told", async () => {
  await onShelf(async (volume, world) => {
    const covered = await mkdir(volume, "covered");
    await place(volume, covered);
    volume.reload();
    expect(await marked(volume, "covered")).toEqual(OTHER);
    expect(await volume.call(3, 13, { object: at(volume.root, "covered") })).toMatchObject({
      status: NFS3ERR_ACCES,
    });
    await unplace(volume, covered);
    volume.reload();
    expect(await marked(volume, "covered")).toBeUndefined();

    const never = await ShelvedVolume.open(world, 2);
    await place(never, await mkdir(never, "covered"));
    const damaged = [...never.store.range({})].find(({ key }) => key[0] === 0xf0 && key[1] === 16);
    if (damaged === undefined) throw new Error("no record");
    never.store.apply([
      { key: damaged.key, value: damaged.value.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) },
    ]);
    expect(() => never.reload()).toThrow(/damaged/);
  });
});
