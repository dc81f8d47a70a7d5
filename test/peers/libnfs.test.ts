/**
 * libnfs, a client that nobody here wrote: its utilities copy a tree in, list it, and copy it out again while the
 * server is killed five times, and a C program holds a whole session of NFS v2. COTERIE_SOAK=1 copies the whole
 * project with its node_modules instead of a part of its sources.
 */
import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeWorld } from "../../src/node/index.ts";
import { NOENT, RawNfs } from "../support/raw-nfs.ts";
import { NfsProcess } from "./nfs/process.ts";
import { requirePeer } from "./require-peer.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const isSoak = process.env.COTERIE_SOAK === "1";
const KILLS = 5;
const LARGE_BYTES = 24 * 1024 * 1024;

const hasUtilities = requirePeer("libnfs's utilities", "libnfs-utils", "nfs-cp");
const hasLibrary =
  requirePeer("libnfs's headers", "libnfs-dev", "/usr/include/nfsc/libnfs.h") &&
  requirePeer("gcc", "gcc", "gcc");

const folder = mkdtempSync(join(tmpdir(), "coterie-libnfs-"));
/** libnfs calls as this test's user, our own calls as another: here all are one. */
const server = new NfsProcess(join(folder, "store"), "127.0.0.0/8(rw,all_squash,anonuid=1000,anongid=1000)");

beforeAll(() => server.start());
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The path begins with two slashes: libnfs takes what is between them and the name for the export, which is `/`. */
function url(path: string): string {
  return `nfs://127.0.0.1//${path}?version=3&nfsport=${server.port}&mountport=${server.port}`;
}

/** Regular files below a folder, by their path from it; the project's own sources unless the run is long. */
function filesOf(source: string): string[] {
  const files: string[] = [];
  const skipped = new Set([".git", "dist", ...(isSoak ? [] : ["node_modules"])]);
  const visit = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      const inner = join(path, entry.name);
      if (entry.isDirectory()) visit(inner);
      // A question mark ends a path of libnfs.
      else if (entry.isFile() && !entry.name.includes("?")) files.push(relative(source, inner));
    }
  };
  visit(source);
  return files;
}

/** Runs plain calls of our own beside libnfs's. */
async function withRawNfs<T>(body: (nfs: RawNfs) => Promise<T>): Promise<T> {
  const world = createNodeWorld();
  const nfs = new RawNfs(world, server.port, 30_000);
  try {
    return await body(nfs);
  } finally {
    await nfs.close();
    await world.close();
  }
}

/** nfs-cp makes no directories. */
async function makeDirectories(nfs: RawNfs, files: readonly string[]): Promise<void> {
  const known = new Map([[".", await nfs.root()]]);
  const make = async (path: string): Promise<Uint8Array> => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const made = await nfs.mkdir(await make(dirname(path)), path.slice(path.lastIndexOf("/") + 1));
    known.set(path, made);
    return made;
  };
  for (const file of files) await make(dirname(file));
}

async function removeIfThere(nfs: RawNfs, path: string): Promise<void> {
  let dir = await nfs.root();
  const parts = path.split("/");
  for (const part of parts.slice(0, -1)) {
    const reply = await nfs.nfs.NFSPROC3_LOOKUP({ what: { dir, name: new TextEncoder().encode(part) } });
    if (reply.status !== 0) throw new Error(`${path}: status ${reply.status}`);
    dir = reply.resok.object.slice();
  }
  const name = new TextEncoder().encode(parts.at(-1));
  const reply = await nfs.nfs.NFSPROC3_REMOVE({ object: { dir, name } });
  if (reply.status !== 0 && reply.status !== NOENT) throw new Error(`${path}: status ${reply.status}`);
}

/**
 * Copies one file in. libnfs writes unstable and commits, but does not look at the verifier by which a server says
 * that it has restarted between: so what a restart fell into is copied again, as is what failed because it fell into
 * the time between two lives. Any other failure is one.
 */
async function copyIn(from: string, to: string): Promise<void> {
  for (;;) {
    const life = server.lives;
    try {
      await run("nfs-cp", [from, url(to)]);
      if (server.lives === life) return;
    } catch (error) {
      if (server.lives === life && !isRestarting) throw error;
    }
    await restarted;
    // nfs-cp does not copy over a file that is there.
    await withRawNfs((nfs) => removeIfThere(nfs, to));
  }
}

let isRestarting = false;
let restarted = Promise.resolve();

/** Kills the server as soon as the file has grown: in the midst of its being copied. */
async function killDuring(nfs: RawNfs, name: string): Promise<void> {
  const dir = await nfs.root();
  for (let size = 0n; size === 0n; ) {
    const reply = await nfs.nfs.NFSPROC3_LOOKUP({ what: { dir, name: new TextEncoder().encode(name) } });
    if (reply.status === 0 && reply.resok.obj_attributes.attributes_follow) {
      size = reply.resok.obj_attributes.attributes.size;
    }
  }
  isRestarting = true;
  restarted = server
    .kill()
    .then(() => server.start())
    .then(() => {
      isRestarting = false;
    });
  await restarted;
}

describe.skipIf(!hasUtilities)("libnfs's utilities", () => {
  test(
    `a tree goes in and comes out again identical while the server is killed ${KILLS} times`,
    async () => {
      const source = join(folder, "source");
      const original = isSoak ? root : join(root, "src/files");
      const files = filesOf(original).filter((_, index) => isSoak || index % 2 === 0);
      expect(files.length).toBeGreaterThan(50);
      // A copy of its own, which nobody edits meanwhile.
      for (const file of files) cpSync(join(original, file), join(source, file));
      await withRawNfs((nfs) => makeDirectories(nfs, files));
      const large = join(folder, "large");
      const block = Uint8Array.from({ length: 65_537 }, (_, i) => (i * i) >> 3);
      writeFileSync(large, Buffer.concat(new Array(Math.ceil(LARGE_BYTES / block.length)).fill(block)));
      const before = server.lives;
      const share = Math.ceil(files.length / KILLS);
      for (let kill = 0; kill < KILLS; kill++) {
        const killed = withRawNfs((nfs) => killDuring(nfs, `large-${kill}`));
        await copyIn(large, `large-${kill}`);
        await killed;
        for (const file of files.slice(kill * share, (kill + 1) * share))
          await copyIn(join(source, file), file);
      }
      expect(server.lives - before).toBe(KILLS);

      const { stdout } = await run("nfs-ls", ["-R", url("")], { maxBuffer: 1 << 28 });
      const listed = stdout.split("\n").filter((line) => line.startsWith("-"));
      expect(listed).toHaveLength(files.length + KILLS);

      const out = join(folder, "out");
      for (const file of files) {
        const copy = join(out, file);
        mkdirSync(dirname(copy), { recursive: true });
        await run("nfs-cp", [url(file), copy]);
        expect(readFileSync(copy).equals(readFileSync(join(source, file))), file).toBe(true);
      }
      for (let kill = 0; kill < KILLS; kill++) {
        const copy = join(out, `large-${kill}`);
        await run("nfs-cp", [url(`large-${kill}`), copy]);
        expect(readFileSync(copy).equals(readFileSync(large)), `large-${kill}`).toBe(true);
      }
    },
    isSoak ? 3_600_000 : 120_000,
  );

  test("nfs-cat reads what nfs-cp wrote, and nfs-ls knows its size", async () => {
    const file = join(root, "LICENSE");
    await copyIn(file, "license");
    const { stdout } = await run("nfs-cat", [url("license")], { encoding: "buffer" });
    expect(stdout.equals(readFileSync(file))).toBe(true);
    const listed = await run("nfs-ls", [url("")]);
    const line = listed.stdout.split("\n").find((each) => each.endsWith(" license"));
    expect(line).toContain(` ${statSync(file).size} `);
  });
});

describe.skipIf(!hasLibrary)("libnfs's raw calls", () => {
  test("hold a whole session of MOUNT v1 and NFS v2", () => {
    const program = join(folder, "v2");
    const source = join(import.meta.dirname, "libnfs/v2.c");
    execFileSync("gcc", ["-Wall", "-Werror", "-o", program, source, "-lnfs"], { stdio: "inherit" });
    const lines = execFileSync(program, ["127.0.0.1", String(server.port)], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(lines).toEqual([
      "MNT 0",
      "EXPORT /",
      "DUMP /",
      "UMNT ok",
      "NULL ok",
      "CREATE 0 type 1",
      "MKDIR 0 type 2",
      "WRITE 0 type 1 mode 100644 size 5",
      "READ 0 ello",
      "GETATTR 0 type 1 mode 100644 size 5",
      "SETATTR 0 type 1 mode 100600 size 5",
      "SYMLINK 0",
      "LOOKUP 0 type 5",
      "READLINK 0 ../file",
      "RENAME 0",
      "LOOKUP 0 type 1",
      "LINK 0",
      "READDIR 0 . .. symlink renamed linked eof 1",
      "STATFS 0 tsize 8192 bsize 4096",
      "RMDIR 66",
      "REMOVE 0",
      "REMOVE 0",
      "REMOVE 0",
      "RMDIR 0",
      "GETATTR 70",
    ]);
  });
});
