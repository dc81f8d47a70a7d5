/**
 * A disk that fills while a node serves from it: writes are refused as what they are, everything else goes on, and
 * when there is room again so do the writes. The disk is a small tmpfs, which only root can mount.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { createNodeWorld } from "../../src/node/index.ts";
import { type RunningNode, startNode } from "../support/node-process.ts";
import { NfsFailure, RawNfs } from "../support/raw-nfs.ts";

const NOSPC = 28;
const MIB = 2 ** 20;
const world = createNodeWorld();
const mount = mkdtempSync(join(tmpdir(), "coterie-full-"));
let node: RunningNode | undefined;

afterEach(async () => {
  await node?.process.kill();
});
afterAll(async () => {
  await world.close();
  spawnQuietly("umount", mount);
  rmSync(mount, { recursive: true, force: true });
});

function spawnQuietly(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { stdio: "ignore" });
  } catch {
    // What was not mounted need not be unmounted.
  }
}

/** Leaves not a byte free. */
function fillUp(file: string): void {
  const done = spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=4096"], { encoding: "utf8" });
  expect(done.stderr).toContain("No space left on device");
}

/** Writes 64 KiB pieces durably, from this one on, until one is refused; returns which. */
async function fill(nfs: RawNfs, file: Uint8Array, from = 0): Promise<number> {
  const piece = new Uint8Array(65_536).fill(7);
  for (let i = from; i < 1000; i++) {
    try {
      await nfs.writeDurably(file, i * piece.length, piece);
    } catch (error) {
      expect(error).toBeInstanceOf(NfsFailure);
      expect((error as NfsFailure).status).toBe(NOSPC);
      return i;
    }
  }
  throw new Error("the disk never filled");
}

/** Asks again as long as the answer is that there is no room; the test's deadline bounds it. */
async function onceThereIsRoom<T>(change: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof NfsFailure) || error.status !== NOSPC) throw error;
    }
  }
}

test.runIf(process.getuid?.() === 0)(
  "writes are refused, reads and removals go on, and room helps",
  async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", mount]);
    // Somebody else's file takes room too, and gives it back later.
    writeFileSync(join(mount, "ballast"), new Uint8Array(8 * MIB));
    const directory = join(mount, "node");
    mkdirSync(directory);
    node = await startNode(directory);
    const nfs = new RawNfs(world, node.ready.port, 30_000);
    const root = await nfs.root();
    const small = await nfs.create(root, "small");
    await nfs.writeDurably(small, 0, new TextEncoder().encode("kept"));
    const large = await nfs.create(root, "large");

    const taken = await fill(nfs, large);
    expect(taken).toBeGreaterThan(16);
    expect(new TextDecoder().decode(await nfs.read(small))).toBe("kept");
    expect((await nfs.read(large)).length).toBe(taken * 65_536);

    rmSync(join(mount, "ballast"));
    await nfs.writeDurably(large, taken * 65_536, new Uint8Array(65_536).fill(8));
    expect(await fill(nfs, large, taken + 1)).toBeGreaterThan(taken + 16);

    // A node can be started where somebody else has taken the last byte; it reads and removes, and frees what it
    // removed as soon as there is room to write down that it did.
    expect(await node.process.stop()).toMatchObject({ code: 0, err: "" });
    fillUp(join(mount, "ballast"));
    node = await startNode(directory, ["--port", String(node.ready.port)]);
    expect(new TextDecoder().decode(await nfs.read(small))).toBe("kept");
    await nfs.remove(root, "large");
    expect(await nfs.names(root)).toEqual(["small"]);
    rmSync(join(mount, "ballast"));
    const again = await onceThereIsRoom(() => nfs.create(root, "again"));
    for (let i = 0; i < 16; i++) {
      await onceThereIsRoom(() => nfs.writeDurably(again, i * 65_536, new Uint8Array(65_536).fill(9)));
    }

    await nfs.close();
    expect(await node.process.stop()).toMatchObject({ code: 0 });
    node = await startNode(directory);
    const after = new RawNfs(world, node.ready.port, 30_000);
    expect(await after.names(await after.root())).toEqual(["again", "small"]);
    expect((await after.read(again)).length).toBe(16 * 65_536);
    await after.close();
  },
);
