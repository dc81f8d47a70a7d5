/**
 * What an offer becomes in a directory of this machine. A file is written under a name of its own beside the final one, synced,
 * read back past the system's cache where that can be, and only then given its name, by a link that never replaces
 * what is there. One that has the name already is compared, and never written to.
 */
import type { TransferOffer, TransferReader, TransferTarget } from "../../channel/index.ts";
import type { LocalFile, LocalFiles, LocalStat } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { DRAFT_MODE } from "../files/part-file.ts";
import { showBytes } from "../style.ts";

/** Systems' words for a file system that has no second names. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

export function anotherFile(name: Uint8Array): CoterieError {
  return new CoterieError("TRANSFER_EXISTS", `${showBytes(name)} is there, and it is another file`);
}

interface TargetFiles {
  readonly local: LocalFiles;
  readonly directory: string;
  readonly path: Uint8Array;
  readonly part: Uint8Array;
}

type ReadBack = (path: Uint8Array) => Promise<TransferReader>;

/** A file that has the name already. */
export class PresentTarget implements TransferTarget {
  readonly basis = "present";
  readonly presentBytes: number;
  readonly #files: TargetFiles;
  readonly #stat: LocalStat;
  readonly #readBack: ReadBack;
  readonly #release: () => void;

  constructor(files: TargetFiles, stat: LocalStat, readBack: ReadBack, release: () => void) {
    this.#files = files;
    this.#stat = stat;
    this.presentBytes = stat.size;
    this.#readBack = readBack;
    this.#release = release;
  }

  write(): Promise<void> {
    throw new TypeError("a file that is there is not written to");
  }

  settle(): Promise<void> {
    throw new TypeError("a file that is there is not written to");
  }

  readBack(): Promise<TransferReader> {
    return this.#readBack(this.#files.path);
  }

  async size(): Promise<number> {
    return (await this.#files.local.stat(this.#files.path))?.size ?? 0;
  }

  /** It may be this very transfer's, from a life that ended before all was durable. */
  async commit(): Promise<void> {
    const { local, directory, path, part } = this.#files;
    const file = await local.open(path, "read");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const left = await local.stat(part);
    if (left?.inode === this.#stat.inode && left.device === this.#stat.device) await local.remove(part);
    await local.syncDirectory(directory);
  }

  async close(): Promise<void> {
    this.#release();
  }
}

/** An unfinished file. */
export class PartTarget implements TransferTarget {
  readonly basis = "part";
  readonly presentBytes: number;
  readonly #files: TargetFiles;
  readonly #file: LocalFile;
  readonly #replaces: boolean;
  readonly #readBack: ReadBack;
  readonly #release: () => void;
  #hasName = false;

  private constructor(
    files: TargetFiles,
    file: LocalFile,
    presentBytes: number,
    replaces: boolean,
    readBack: ReadBack,
    release: () => void,
  ) {
    this.#files = files;
    this.#file = file;
    this.presentBytes = presentBytes;
    this.#replaces = replaces;
    this.#readBack = readBack;
    this.#release = release;
  }

  static async open(
    files: TargetFiles,
    replaces: boolean,
    readBack: ReadBack,
    release: () => void,
  ): Promise<PartTarget> {
    const { local, part } = files;
    const before = await local.stat(part);
    // A part with a second name is that file itself, and not to be written to.
    const isOurs = before?.type === "file" && before.links === 1;
    if (before !== undefined && !isOurs) await local.remove(part);
    // One that was about to get its name has its source's mode, with which its owner may not write, or others may read.
    else if (isOurs && before.mode !== DRAFT_MODE) await local.setMode(part, DRAFT_MODE);
    const file = await local.open(part, "update", DRAFT_MODE);
    try {
      return new PartTarget(files, file, (await file.stat()).size, replaces, readBack, release);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#file.write(data, position);
  }

  async settle(size: number): Promise<void> {
    await this.#file.truncate(size);
    await this.#file.sync();
  }

  readBack(): Promise<TransferReader> {
    return this.#readBack(this.#files.part);
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async commit({ name, mode, modified }: TransferOffer): Promise<void> {
    const { local, directory, path, part } = this.#files;
    await this.#file.setMode(mode);
    await this.#file.setTimes(modified, modified);
    await this.#file.sync();
    if (this.#replaces) await local.rename(part, path);
    else await this.#nameAsNew(name);
    this.#hasName = true;
    await local.syncDirectory(directory);
  }

  async #nameAsNew(name: Uint8Array): Promise<void> {
    const { local, path, part } = this.#files;
    try {
      await local.link(part, path);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      if (error.code === "LOCAL_EXISTS") throw anotherFile(name);
      if (!NO_LINKS.has(String(error.details.system))) throw error;
      // There is a moment in between here in which a file of that name would be replaced.
      if ((await local.stat(path)) !== undefined) throw anotherFile(name);
      await local.rename(part, path);
      return;
    }
    await local.remove(part);
  }

  /** Of a file of which nothing has come, nothing is left. */
  async close(): Promise<void> {
    try {
      const size = await this.#sizeAtClose();
      if (size === 0 && !this.#hasName) await this.#files.local.remove(this.#files.part);
    } finally {
      this.#release();
    }
  }

  async #sizeAtClose(): Promise<number> {
    try {
      return await this.size();
    } finally {
      await this.#file.close();
    }
  }
}
