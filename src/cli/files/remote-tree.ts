/** The cell's files as a side of a copy. */
import { type FileHandle, hasErrno, holdableTime, type NfsClient, type Stats } from "../../files/index.ts";
import { CoterieError, isCoterieError } from "../../world/index.ts";
import { showBytes } from "../style.ts";
import { DRAFT_MODE, parentOf } from "./part-file.ts";
import type { Tree, TreeEntry, TreeFile, TreeStat } from "./tree.ts";

export class RemoteTree implements Tree {
  readonly #client: NfsClient;

  constructor(client: NfsClient) {
    this.#client = client;
  }

  async stat(path: Uint8Array, follow = false): Promise<TreeStat | undefined> {
    try {
      return treeStat(await (follow ? this.#client.stat(path) : this.#client.lstat(path)));
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async *entries(path: Uint8Array): AsyncIterable<TreeEntry> {
    for await (const { rawName, stats } of this.#client.opendir(path)) {
      yield { name: rawName, stat: stats && treeStat(stats) };
    }
  }

  async openRead(path: Uint8Array): Promise<TreeFile> {
    return new RemoteTreeFile(await this.#client.open(path, "r"));
  }

  async openWrite(path: Uint8Array, exists: boolean): Promise<TreeFile> {
    try {
      return new RemoteTreeFile(await this.#client.open(path, exists ? "r+" : "w+", DRAFT_MODE));
    } catch (error) {
      if (exists || !isCoterieError(error, "FILES_NOENT")) throw error;
      // The name of what is not finished yet says nothing to whoever reads this.
      const directory = showBytes(parentOf(path));
      const details = { ...error.details, path: directory };
      throw new CoterieError(error.code, `${directory} does not exist`, { cause: error, details });
    }
  }

  mkdir(path: Uint8Array, mode: number): Promise<void> {
    return this.#client.mkdir(path, { mode });
  }

  rename(from: Uint8Array, to: Uint8Array): Promise<void> {
    return this.#client.rename(from, to);
  }

  remove(path: Uint8Array): Promise<void> {
    return this.#client.unlink(path);
  }

  readlink(path: Uint8Array): Promise<Uint8Array> {
    return this.#client.readlink(path, { encoding: "buffer" });
  }

  symlink(target: Uint8Array, path: Uint8Array): Promise<void> {
    return this.#client.symlink(target, path);
  }

  setAttributes(path: Uint8Array, stat: TreeStat): Promise<void> {
    return this.#client.setAttributes(path, changesOf(stat), false);
  }
}

class RemoteTreeFile implements TreeFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return this.#file.pread(buffer, position);
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#file.pwrite(data, position);
  }

  async stat(): Promise<TreeStat> {
    return treeStat(await this.#file.stat());
  }

  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  setAttributes(stat: TreeStat): Promise<void> {
    return this.#file.setAttributes(changesOf(stat));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function treeStat(stats: Stats): TreeStat {
  const plain = stats.type === "file" || stats.type === "directory" || stats.type === "symlink";
  return {
    type: plain ? (stats.type as "file" | "directory" | "symlink") : "other",
    mode: stats.permissions,
    size: stats.size,
    accessed: stats.atime,
    modified: stats.mtime,
  };
}

/** NFS v3 holds times of 1970 to 2106; others become the nearest. */
function changesOf(stat: TreeStat) {
  return {
    ...(stat.type !== "symlink" && { mode: stat.mode }),
    accessed: holdableTime(stat.accessed),
    modified: holdableTime(stat.modified),
  };
}
