/**
 * Copies files and trees between two sides. Many files are in flight at once; a directory's own mode and time are set
 * when everything in it is done. A file is written under a name of its own, checked against its source, given its mode
 * and time, and only then renamed: so the final name with the source's size and time is a finished copy, and a second
 * run passes over it.
 */
import { joinPath } from "../../files/index.ts";
import type { Digest } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { showBytes } from "../style.ts";
import { commonPrefix, copyContent, digestRange } from "./copy-file.ts";
import { Jobs } from "./jobs.ts";
import { isPartName, nameOf, PART_PREFIX, parentOf, partName } from "./part-file.ts";
import { isServerGone } from "./several.ts";
import { newSummary } from "./summary.ts";
import { sameTime, type Tree, type TreeEntry, type TreeFile, type TreeStat } from "./tree.ts";

/** Directories within directories. */
export const MAX_DEPTH = 1024;
/** Failures that are told one by one; more are counted. */
export const MAX_FAILURES = 100;
/** Directories of more entries than this are not held in memory to be compared with: each file is asked about. */
export const MAX_HELD_ENTRIES = 200_000;

export interface CopierOptions {
  readonly source: Tree;
  readonly target: Tree;
  readonly newDigest: () => Digest;
  /** Files in flight. */
  readonly jobs: number;
  readonly recursive: boolean;
  /** Compare contents even where size and time agree. */
  readonly checksum: boolean;
  readonly verify: boolean;
  /** Called with the bytes of file content as they are copied, compared or passed over. */
  readonly onBytes: (count: number) => void;
  /** Called when a file is begun. */
  readonly onFile: (path: Uint8Array) => void;
}

/** A directory of which not everything is done. */
class OpenDirectory {
  readonly parent: OpenDirectory | undefined;
  readonly finish: () => Promise<void>;
  /** What is under way in it, and its own listing. */
  pending = 1;

  constructor(parent: OpenDirectory | undefined, finish: () => Promise<void>) {
    this.parent = parent;
    this.finish = finish;
    if (parent !== undefined) parent.pending++;
  }
}

export class Copier {
  readonly summary = newSummary();
  readonly #options: CopierOptions;
  readonly #jobs: Jobs;
  /** A failure that ends the whole copy: the server is gone, or the disk is full. */
  #fatal: { readonly error: unknown } | undefined;

  constructor(options: CopierOptions) {
    this.#options = options;
    this.#jobs = new Jobs(options.jobs);
  }

  /**
   * Copies what `from` names to the name `to`. A directory's content goes into `to` if that is a directory already.
   * Failures of single files are counted, and the rest goes on.
   * @throws CoterieError for what ends the whole copy.
   */
  async copy(from: Uint8Array, to: Uint8Array): Promise<void> {
    const { source, target } = this.#options;
    const stat = await source.stat(from);
    if (stat === undefined) throw new CoterieError("COPY_NO_SOURCE", `${showBytes(from)} does not exist`);
    if (stat.type === "directory" && !this.#options.recursive) {
      throw new CoterieError("COPY_DIRECTORY", `${showBytes(from)} is a directory`);
    }
    // The name that somebody typed may be a link to the directory that is meant; names below it are taken as they are.
    const present = await target.stat(to, stat.type === "directory");
    await this.#copyEntry(from, stat, to, present, undefined, undefined, 0);
    await this.#jobs.drain();
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }

  /** The same for several: one that cannot be begun is counted too, and the rest goes on. */
  async copyEach(pairs: readonly { readonly from: Uint8Array; readonly to: Uint8Array }[]): Promise<void> {
    for (const { from, to } of pairs) {
      await this.#attempt(from, () => this.copy(from, to));
      if (this.#fatal !== undefined) throw this.#fatal.error;
    }
  }

  /** `parts`: the names of unfinished files beside the target, if they are known. */
  async #copyEntry(
    from: Uint8Array,
    stat: TreeStat,
    to: Uint8Array,
    present: TreeStat | undefined,
    parts: ReadonlySet<string> | undefined,
    parent: OpenDirectory | undefined,
    depth: number,
  ): Promise<void> {
    if (stat.type === "directory") {
      await this.#attempt(from, () => this.#copyDirectory(from, stat, to, present, parent, depth));
      return;
    }
    if (parent !== undefined) parent.pending++;
    await this.#jobs.add(async () => {
      await this.#attempt(from, async () => {
        if (stat.type === "file") await this.#copyFile(from, stat, to, present, parts);
        else if (stat.type === "symlink") await this.#copySymlink(from, stat, to, present);
        else this.summary.skipped++;
      });
      await this.#done(parent);
    });
  }

  async #copyDirectory(
    from: Uint8Array,
    stat: TreeStat,
    to: Uint8Array,
    present: TreeStat | undefined,
    parent: OpenDirectory | undefined,
    depth: number,
  ): Promise<void> {
    if (depth > MAX_DEPTH) throw new CoterieError("COPY_DEEP", `${showBytes(from)} is nested too deep`);
    const { source, target } = this.#options;
    if (present === undefined) await target.mkdir(to, stat.mode | 0o700);
    else if (present.type !== "directory") throw inTheWay(to);
    const held = present === undefined ? new Map<string, TreeStat>() : await this.#hold(to);
    const parts = held && new Set([...held.keys()].filter((key) => key.startsWith(PART_PREFIX)));
    const directory = new OpenDirectory(parent, async () => {
      await target.setAttributes(to, stat);
      this.summary.directories++;
    });
    try {
      for await (const entry of source.entries(from)) {
        if (this.#fatal !== undefined) break;
        if (!isPartName(entry.name)) await this.#copyChild(from, to, entry, held, parts, directory, depth);
      }
    } finally {
      await this.#done(directory);
    }
  }

  async #copyChild(
    from: Uint8Array,
    to: Uint8Array,
    { name, stat }: TreeEntry,
    held: ReadonlyMap<string, TreeStat> | undefined,
    parts: ReadonlySet<string> | undefined,
    directory: OpenDirectory,
    depth: number,
  ): Promise<void> {
    if (stat === undefined) return;
    const path = joinPath(to, name);
    const present = held === undefined ? await this.#options.target.stat(path) : held.get(keyOf(name));
    await this.#copyEntry(joinPath(from, name), stat, path, present, parts, directory, depth + 1);
  }

  /** What the target directory holds, by name; undefined when that is too much to hold. */
  async #hold(to: Uint8Array): Promise<Map<string, TreeStat> | undefined> {
    const held = new Map<string, TreeStat>();
    for await (const { name, stat } of this.#options.target.entries(to)) {
      if (stat !== undefined) held.set(keyOf(name), stat);
      if (held.size > MAX_HELD_ENTRIES) return undefined;
    }
    return held;
  }

  /** One thing in a directory is done; if it was the last, so is the directory, and perhaps those above it. */
  async #done(directory: OpenDirectory | undefined): Promise<void> {
    for (let at = directory; at !== undefined && --at.pending === 0; at = at.parent) {
      const { finish } = at;
      if (this.#fatal === undefined) await this.#attempt(new Uint8Array(0), finish);
    }
  }

  async #copyFile(
    from: Uint8Array,
    stat: TreeStat,
    to: Uint8Array,
    present: TreeStat | undefined,
    parts: ReadonlySet<string> | undefined,
  ): Promise<void> {
    const { source, target, onFile, onBytes } = this.#options;
    if (present?.type === "directory") throw inTheWay(to);
    onFile(from);
    if (present !== undefined && (await this.#sameFile(from, stat, to, present))) {
      this.summary.unchanged++;
      onBytes(stat.size);
      return;
    }
    const part = joinPath(parentOf(to), partName(nameOf(to), this.#options.newDigest));
    const partExists =
      parts === undefined ? (await target.stat(part)) !== undefined : parts.has(keyOf(nameOf(part)));
    const reading = await source.openRead(from);
    try {
      const writing = await target.openWrite(part, partExists);
      try {
        await this.#copyOpened(reading, stat, writing, partExists, from);
      } finally {
        await writing.close();
      }
    } finally {
      await reading.close();
    }
    await target.rename(part, to);
    this.summary.files++;
  }

  async #copyOpened(
    reading: TreeFile,
    stat: TreeStat,
    writing: TreeFile,
    partExists: boolean,
    name: Uint8Array,
  ): Promise<void> {
    const { newDigest, verify, onBytes } = this.#options;
    const from = partExists ? await commonPrefix(reading, writing, stat.size, newDigest, onBytes) : 0;
    if (partExists) await writing.truncate(from);
    const { size } = await copyContent(reading, writing, { newDigest, verify, from, name, onBytes });
    this.summary.bytes += size - from;
    const after = await reading.stat();
    if (after.size !== size || !sameTime(after.modified, stat.modified)) {
      throw new CoterieError("COPY_CHANGED", `${showBytes(name)} changed while it was copied`);
    }
    await writing.setAttributes(stat);
  }

  /** True if the target has this file already; its mode and time are then made the source's. */
  async #sameFile(from: Uint8Array, stat: TreeStat, to: Uint8Array, present: TreeStat): Promise<boolean> {
    if (present.type !== "file" || present.size !== stat.size) return false;
    const sameAttributes = sameTime(present.modified, stat.modified) && present.mode === stat.mode;
    const trusted = sameTime(present.modified, stat.modified) && !this.#options.checksum;
    if (!trusted && !(await this.#sameContent(from, to, stat.size))) return false;
    if (!sameAttributes) await this.#options.target.setAttributes(to, stat);
    return true;
  }

  async #sameContent(from: Uint8Array, to: Uint8Array, size: number): Promise<boolean> {
    const { source, target, newDigest } = this.#options;
    const digestOf = async (tree: Tree, path: Uint8Array) => {
      const file = await tree.openRead(path);
      try {
        return await digestRange(file, 0, size, new Uint8Array(1024 * 1024), newDigest);
      } finally {
        await file.close();
      }
    };
    const [left, right] = await Promise.all([digestOf(source, from), digestOf(target, to)]);
    return left === right;
  }

  async #copySymlink(
    from: Uint8Array,
    stat: TreeStat,
    to: Uint8Array,
    present: TreeStat | undefined,
  ): Promise<void> {
    const { source, target } = this.#options;
    if (present?.type === "directory") throw inTheWay(to);
    const says = await source.readlink(from);
    if (present?.type === "symlink" && keyOf(await target.readlink(to)) === keyOf(says)) {
      this.summary.unchanged++;
      return;
    }
    if (present !== undefined) await target.remove(to);
    await target.symlink(says, to);
    await target.setAttributes(to, stat);
    this.summary.symlinks++;
  }

  /** A failure of one file is kept and the rest goes on, unless it is one that all the rest would meet. */
  async #attempt(path: Uint8Array, run: () => Promise<void>): Promise<void> {
    if (this.#fatal !== undefined) return;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CoterieError) || isFatal(error.code)) {
        this.#fatal ??= { error };
        return;
      }
      this.summary.failed++;
      if (this.summary.failures.length >= MAX_FAILURES) return;
      this.summary.failures.push({ path: showBytes(path), code: error.code, message: error.message });
    }
  }
}

const FATAL = new Set(["FILES_NOSPC", "FILES_ROFS", "FILES_DQUOT", "LOCAL_FULL"]);

function isFatal(code: string): boolean {
  return isServerGone(code) || FATAL.has(code);
}

function inTheWay(path: Uint8Array): CoterieError {
  return new CoterieError("COPY_IN_THE_WAY", `${showBytes(path)} is of another type than its source`);
}

/** Bytes as text, one character each: a key. */
function keyOf(bytes: Uint8Array): string {
  let key = "";
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}
