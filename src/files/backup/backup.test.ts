import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serveFiles, simulatedCell } from "../../../test/support/simulated-cell.ts";
import type { NfsClient, NfsClientOptions } from "../client/index.ts";
import { type BackupCounts, backUp, restore } from "./index.ts";

const text = new TextEncoder();
const somebody = { flavor: "sys", stamp: 0, machine: "client", uid: 1000, gid: 1000, gids: [] } as const;

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Everything that a backup keeps, by path. */
async function seen(client: NfsClient, path = "/", under = ""): Promise<unknown[]> {
  const { permissions, uid, gid, size, nlink, mtime, type, rdev } = await client.lstat(path);
  const isFile = type === "file";
  const own = { under, type, permissions, uid, gid, mtime, rdev };
  const content = isFile ? Buffer.from(await client.readFile(path)).toString("hex") : undefined;
  const target = type === "symlink" ? await client.readlink(path) : undefined;
  const all: unknown[] = [{ ...own, ...(isFile && { size, nlink, content }), target }];
  if (type !== "directory") return all;
  for (const name of (await client.readdir(path)).sort()) {
    all.push(...(await seen(client, `${path === "/" ? "" : path}/${name}`, `${under}/${name}`)));
  }
  return all;
}

/** A tree with everything that there is. */
async function fill(client: NfsClient): Promise<void> {
  await client.mkdir("/docs/deep", { recursive: true });
  await client.writeFile("/docs/empty", "");
  await client.writeFile(
    "/docs/deep/long",
    Uint8Array.from({ length: 1_300_000 }, (_, at) => at * 7 + (at >> 8)),
  );
  await client.link("/docs/deep/long", "/second name");
  await client.writeFile("/sparse", text.encode("begin"));
  await client.truncate("/sparse", 5_000_000);
  await client.symlink("../no/where", "/docs/pointer");
  await client.mknod("/fifo", "fifo", { mode: 0o600 });
  await client.mknod("/device", "character", { mode: 0o640, major: 4, minor: 7 });
  await client.setAttributes("/docs/empty", { mode: 0o4751, uid: 12, gid: 34 });
  await client.setAttributes("/docs", { mode: 0o1770, modified: { seconds: 1000, nanoseconds: 7 } });
}

interface Scene {
  readonly from: NfsClient;
  readonly to: (options?: Partial<NfsClientOptions>) => Promise<NfsClient>;
  readonly world: Parameters<typeof backUp>[0];
}

/** A server with the tree, and an empty one for each restored volume. */
async function withTree(body: (scene: Scene) => Promise<void>): Promise<void> {
  const cell = simulatedCell({ seed: 1 });
  await cell.sim.run(async () => {
    await cell.start();
    const from = await cell.connect();
    await fill(from);
    let made = 0;
    const to = async (options: Partial<NfsClientOptions> = {}) => {
      const node = cell.sim.node(`restored-${++made}`);
      await node.start(serveFiles);
      return cell.connect({ host: node.ip, ...options });
    };
    await body({ from, to, world: cell.client.world });
  });
}

const backedUp = ({ from, world }: Scene, counts?: BackupCounts) =>
  gathered(backUp(world, { client: from, path: "/", volume: "mail" }, counts));

async function countedPieces({ from, world }: Scene): Promise<number> {
  let count = 0;
  for await (const _ of backUp(world, { client: from, path: "/", volume: "mail" })) count++;
  return count;
}

describe("a volume", () => {
  test("is not restored by one who is no superuser, and that is told before anything is made", async () => {
    await withTree(async (scene) => {
      const bytes = await backedUp(scene);
      const to = await scene.to({ credential: somebody });
      await expect(restore(scene.world, to, inPieces(bytes, 65_536))).rejects.toMatchObject({
        code: "BACKUP_RIGHTS",
        cause: { code: "FILES_PERM" },
      });
      expect(await to.readdir("/")).toEqual([]);
    });
  });

  test("comes back as it was: content, owners, modes, times, links and what is no file", async () => {
    await withTree(async (scene) => {
      const counts = { files: 0, bytes: 0 };
      const bytes = await backedUp(scene, counts);
      expect(counts.files).toBe(7);
      // Zeros are not kept.
      expect(bytes.length).toBeLessThan(2_500_000);
      const client = await scene.to();
      const restored = await restore(scene.world, client, inPieces(bytes, 100_003));
      expect(restored).toMatchObject({ volume: "mail", ...counts });
      expect(await seen(client)).toEqual(await seen(scene.from));
    });
  });

  test("that cannot be kept still by a snapshot comes back as it was, or not at all", async () => {
    await withTree(async (scene) => {
      const { from, world } = scene;
      // After how many pieces something happens.
      const live = async (at: number, change: () => Promise<unknown>) => {
        const all: Uint8Array[] = [];
        for await (const piece of backUp(world, { client: from, path: "/", volume: "mail", isLive: true })) {
          all.push(piece);
          if (all.length === at) await change();
        }
        return Buffer.concat(all);
      };
      // What was not read yet is read as it is then.
      const bytes = await live(1, () => from.writeFile("/sparse", text.encode("other")));
      const client = await scene.to();
      await restore(world, client, inPieces(bytes, 100_003));
      expect(await seen(client)).toEqual(await seen(from));

      const whole = (await countedPieces(scene)) - 1;
      const changes: readonly (() => Promise<unknown>)[] = [
        () => from.writeFile("/docs/empty", "full"),
        () => from.setAttributes("/docs/empty", { mode: 0o600 }),
        () => from.writeFile("/docs/new", ""),
        () => from.unlink("/docs/new"),
        () => from.rename("/fifo", "/pipe"),
      ];
      for (const change of changes)
        await expect(live(whole, change)).rejects.toMatchObject({ code: "BACKUP_CHANGED" });
      // What goes before it is come to is gone.
      const removal = live(2, () => from.rm("/docs", { recursive: true }));
      await expect(removal).rejects.toMatchObject({ code: "BACKUP_CHANGED" });
      expect((await live(0, async () => {})).length).toBeGreaterThan(100);
    });
  });

  test("is refused with a code wherever its backup is cut, and wherever a byte is another", async () => {
    await withTree(async (scene) => {
      const bytes = await backedUp(scene);
      // One target is enough: what is refused is thrown away by who made it.
      const places = [0, 3, 9, 40, 5000, 1_048_700, bytes.length - 1, bytes.length >> 1];
      const codes = new Set<string>();
      for (const at of places) {
        const cut = restore(scene.world, await scene.to(), inPieces(bytes.subarray(0, at), 65_536));
        codes.add(
          await cut.then(
            () => "restored",
            ({ code }) => code,
          ),
        );
        const other = bytes.slice();
        other[at] = (other[at] as number) ^ 0x10;
        const altered = restore(scene.world, await scene.to(), inPieces(other, 65_536));
        codes.add(
          await altered.then(
            () => "restored",
            ({ code }) => code,
          ),
        );
      }
      expect([...codes].sort()).toEqual(["BACKUP_DAMAGED", "BACKUP_FORMAT"]);
    });
  });

  test("is refused with something after its end", async () => {
    await withTree(async (scene) => {
      const bytes = await backedUp(scene);
      const twice = inPieces(Buffer.concat([bytes, bytes.subarray(0, 100)]), 65_536);
      await expect(restore(scene.world, await scene.to(), twice)).rejects.toMatchObject({
        code: "BACKUP_DAMAGED",
      });
    });
  });
});

test("any bytes are refused with a code", async () => {
  const cell = simulatedCell({ seed: 2 });
  await cell.sim.run(async () => {
    await cell.start();
    const client = await cell.connect();
    const refused = async (bytes: Uint8Array) =>
      restore(cell.client.world, client, inPieces(bytes, 7)).then(
        () => "restored",
        ({ code }) => code,
      );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await refused(bytes)).toMatch(/^BACKUP_(FORMAT|DAMAGED)$/);
      }),
      { numRuns: 300 },
    );
    expect(await refused(readFileSync(new URL(import.meta.url)))).toBe("BACKUP_FORMAT");
  });
});
