/**
 * A tree is copied by a client that nobody here wrote (libnfs's nfs-cp) through one node of a cell, while another node is killed and comes
 * back: no copy fails, and what comes out again, through each node, is the same byte for byte. Once here; ten times with COTERIE_SOAK=1
 * (`npm run soak -- cell-nemesis`), any number with COTERIE_ROUNDS.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { createNodeWorld } from "../../src/node/index.ts";
import { requirePeer } from "../peers/require-peer.ts";
import { CellProcesses } from "../support/cell-processes.ts";
import { PatientCaller } from "../support/patient-caller.ts";
import { RawNfs } from "../support/raw-nfs.ts";

const run = promisify(execFile);
const rounds = Number(process.env.COTERIE_ROUNDS ?? (process.env.COTERIE_SOAK === "1" ? 10 : 1));
const hasUtilities = requirePeer("libnfs's utilities", "libnfs-utils", "nfs-cp");
const folder = mkdtempSync(join(tmpdir(), "coterie-cell-copy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All regular files of one folder of the sources, which together are some hundred kilobytes. */
const source = resolve(import.meta.dirname, "../../src/files/volume");
const names = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
/** A copy of its own, which nobody edits meanwhile. */
const original = join(folder, "original");
cpSync(source, original, { recursive: true });
/** nfs-cp at once. */
const JOBS = 4;
/** One file waits for a node that was killed, and for the choice of the next leader; this machine may be busy. */
const COPY_TIMEOUT_MS = 90_000;

class Copies {
  readonly #cell: CellProcesses;
  readonly #from: string;

  constructor(cell: CellProcesses, from: string) {
    this.#cell = cell;
    this.#from = from;
  }

  async makeDirectory(name: string): Promise<void> {
    const world = createNodeWorld();
    const port = this.#cell.addresses[0]?.port as number;
    const nfs = new RawNfs(world, port, COPY_TIMEOUT_MS, {
      through: (rpc) => new PatientCaller(world, rpc),
      resendMs: 2000,
    });
    const made = await nfs.mkdir(await nfs.root(), name);
    // nfs-cp has another user than this test.
    const everything = { set_it: true, mode: 0o777 } as const;
    const absent = { uid: { set_it: false }, gid: { set_it: false }, size: { set_it: false } } as const;
    const new_attributes = {
      mode: everything,
      ...absent,
      atime: { set_it: 0 },
      mtime: { set_it: 0 },
    } as const;
    await nfs.nfs.NFSPROC3_SETATTR({ object: made, new_attributes, guard: { check: false } });
    await nfs.close();
    await world.close();
  }

  /** Through one node; `onCopied` is told how many are there. */
  async in(node: number, directory: string, onCopied: (count: number) => void): Promise<void> {
    let count = 0;
    await this.#each(async (name) => {
      await this.#copy(join(this.#from, name), this.#url(node, `${directory}/${name}`));
      onCopied(++count);
    });
  }

  /** What is different, or missing. */
  async differences(node: number, directory: string): Promise<string[]> {
    const found: string[] = [];
    const out = join(folder, `${directory}-${node}`);
    mkdirSync(out);
    await this.#each(async (name) => {
      await this.#copy(this.#url(node, `${directory}/${name}`), join(out, name));
      const isSame = readFileSync(join(out, name)).equals(readFileSync(join(original, name)));
      if (!isSame) found.push(`${directory}/${name} through node ${node}`);
    });
    return found;
  }

  async #each(what: (name: string) => Promise<void>): Promise<void> {
    const waiting = [...names];
    const work = async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await what(name);
    };
    await Promise.all(Array.from({ length: JOBS }, work));
  }

  async #copy(from: string, to: string): Promise<void> {
    await run("nfs-cp", [from, to], { timeout: COPY_TIMEOUT_MS });
  }

  /** The path begins with two slashes: libnfs takes what is between them and the name for the export, which is `/`. */
  #url(node: number, path: string): string {
    const { port } = this.#cell.addresses[node] as { port: number };
    return `nfs://127.0.0.1//${path}?version=3&nfsport=${port}&mountport=${port}`;
  }
}

test.runIf(hasUtilities)(
  `nfs-cp copies ${names.length} files through one node while another dies, ${rounds} times`,
  { timeout: 180_000 + rounds * 120_000 },
  async () => {
    const cell = await CellProcesses.prepare({ count: 3, folder });
    try {
      await cell.begin();
      const copies = new Copies(cell, original);
      for (let round = 0; round < rounds; round++) {
        const directory = `round-${round}`;
        await copies.makeDirectory(directory);
        const used = round % cell.count;
        const leader = await cell.leader();
        // The leader where that is another one, as it is missed most.
        const victim = leader === used ? (used + 1) % cell.count : leader;
        let killed: Promise<void> | undefined;
        const copied = copies.in(used, directory, (count) => {
          if (count === Math.floor(names.length / 3)) killed = cell.kill(victim);
          if (count === Math.floor((2 * names.length) / 3)) void killed?.then(() => cell.start(victim));
        });
        await Promise.race([copied, cell.failed]);
        expect(killed).toBeDefined();
        await cell.whole();
        for (const node of cell.addresses.keys())
          expect(await copies.differences(node, directory)).toEqual([]);
      }
    } finally {
      await cell.close();
    }
  },
);
