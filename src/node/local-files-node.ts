/** `LocalFiles` on Node's file system calls. */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import * as fs from "node:fs/promises";
import { resolve } from "node:path";
import { CoterieError, isCoterieError, type WallTime } from "../world/index.ts";
import { attempt, failure, nativePath, showPath } from "./local-failure.ts";
import type {
  Digest,
  DiskSpace,
  LocalEntry,
  LocalFile,
  LocalFiles,
  LocalMode,
  LocalPath,
  LocalReader,
  LocalStat,
  LocalType,
} from "./local-files.ts";
import { LocalFileReader } from "./local-reader.ts";
import { makeDirectories } from "./make-directories.ts";
import { lockStore } from "./store-lock.ts";
import { UncachedFile } from "./uncached-file.ts";

/** Entries fetched from the system at a time. */
const DIRECTORY_BATCH = 256;

function wallTime(ns: bigint): WallTime {
  const nanoseconds = Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  return { seconds: Number((ns - BigInt(nanoseconds)) / 1_000_000_000n), nanoseconds };
}

/**
 * To the microsecond: older versions of Node cut off what is less, so where a double's error would make them drop a
 * whole one, half of one is added. Node takes a negative number for "now", but not a `Date` before 1970, which has
 * milliseconds only.
 */
function nativeTime({ seconds, nanoseconds }: WallTime): number | Date {
  if (seconds < 0) return new Date(seconds * 1000 + nanoseconds / 1e6);
  const microseconds = Math.floor(nanoseconds / 1000);
  const time = seconds + microseconds / 1e6;
  // Exact where a double is: whole seconds, halves, quarters.
  return (time - seconds) * 1e6 === microseconds ? time : time + 0.5e-6;
}

interface TypeTests {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function typeOf(entry: TypeTests): LocalType {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

function statOf(stats: BigIntStats): LocalStat {
  return {
    type: typeOf(stats),
    mode: Number(stats.mode) & 0o7777,
    size: Number(stats.size),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    accessed: wallTime(stats.atimeNs),
    modified: wallTime(stats.mtimeNs),
    device: stats.dev,
    inode: stats.ino,
    links: Number(stats.nlink),
  };
}

class NodeLocalFile implements LocalFile {
  #handle: fs.FileHandle;
  #path: LocalPath;

  constructor(handle: fs.FileHandle, path: LocalPath) {
    this.#handle = handle;
    this.#path = path;
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return attempt(
      this.#path,
      async () => (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead,
    );
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return attempt(this.#path, async () => {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await this.#handle.write(data, done, data.length - done, position + done);
        done += bytesWritten;
      }
    });
  }

  stat(): Promise<LocalStat> {
    return attempt(this.#path, async () => statOf(await this.#handle.stat({ bigint: true })));
  }

  truncate(size: number): Promise<void> {
    return attempt(this.#path, () => this.#handle.truncate(size));
  }

  setMode(mode: number): Promise<void> {
    return attempt(this.#path, () => this.#handle.chmod(mode));
  }

  setTimes(accessed: WallTime, modified: WallTime): Promise<void> {
    return attempt(this.#path, () => this.#handle.utimes(nativeTime(accessed), nativeTime(modified)));
  }

  sync(): Promise<void> {
    return attempt(this.#path, () => this.#handle.sync());
  }

  close(): Promise<void> {
    return attempt(this.#path, () => this.#handle.close());
  }
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC } = fs.constants;
const FLAGS: Readonly<Record<LocalMode, number>> = {
  read: O_RDONLY,
  write: O_RDWR | O_CREAT | O_TRUNC,
  // Taken up by a name that others can guess: a link that they laid there must not be followed.
  update: O_RDWR | O_CREAT | O_NOFOLLOW,
  new: O_RDWR | O_CREAT | O_EXCL,
};

/** @throws CoterieError what is wrong with the directory of a path, if it is; its name, and not that of what was to be made there. */
async function requireDirectoryOf(path: LocalPath): Promise<void> {
  const bytes = Buffer.from(nativePath(path));
  const slash = bytes.lastIndexOf(0x2f);
  const directory = slash < 0 ? "." : bytes.subarray(0, Math.max(1, slash));
  await attempt(directory, () => fs.stat(nativePath(directory)));
}

class NodeLocalFiles implements LocalFiles {
  async stat(path: LocalPath, options: { follow?: boolean } = {}): Promise<LocalStat | undefined> {
    const how = options.follow === true ? fs.stat : fs.lstat;
    try {
      return statOf(await how(nativePath(path), { bigint: true }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw failure(error, path);
    }
  }

  open(path: LocalPath, mode: LocalMode, permissions = 0o666): Promise<LocalFile> {
    return attempt(path, async () => {
      try {
        return new NodeLocalFile(await fs.open(nativePath(path), FLAGS[mode], permissions), path);
      } catch (error) {
        // What is made here can only lack the directory that it was to be in.
        if (mode !== "read") await requireDirectoryOf(path);
        throw error;
      }
    });
  }

  async openUncached(path: LocalPath): Promise<LocalReader> {
    const uncached = await attempt(path, () => UncachedFile.open(nativePath(path)));
    return new LocalFileReader(uncached ?? (await this.open(path, "read")), path);
  }

  async *entries(path: LocalPath): AsyncIterable<LocalEntry> {
    const options = { encoding: "buffer", bufferSize: DIRECTORY_BATCH } as const;
    // The typings of opendir know string names only; with this encoding the names are bytes.
    const directory = await attempt(path, () =>
      fs.opendir(nativePath(path) as string, options as unknown as { bufferSize: number }),
    );
    try {
      for await (const entry of directory) {
        yield { name: entry.name as unknown as Uint8Array, type: typeOf(entry) };
      }
    } catch (error) {
      throw error instanceof CoterieError ? error : failure(error, path);
    }
  }

  async mkdir(path: LocalPath, options: { mode?: number; parents?: boolean } = {}): Promise<void> {
    const { mode = 0o777, parents = false } = options;
    await attempt<unknown>(path, () =>
      parents ? makeDirectories(nativePath(path), mode) : fs.mkdir(nativePath(path), { mode }),
    );
  }

  rename(from: LocalPath, to: LocalPath): Promise<void> {
    return attempt(to, () => fs.rename(nativePath(from), nativePath(to)));
  }

  link(path: LocalPath, name: LocalPath): Promise<void> {
    return attempt(name, () => fs.link(nativePath(path), nativePath(name)));
  }

  remove(path: LocalPath): Promise<void> {
    return attempt(path, () => fs.unlink(nativePath(path)));
  }

  rmdir(path: LocalPath): Promise<void> {
    return attempt(path, () => fs.rmdir(nativePath(path)));
  }

  symlink(target: LocalPath, path: LocalPath): Promise<void> {
    return attempt(path, () => fs.symlink(nativePath(target), nativePath(path)));
  }

  readlink(path: LocalPath): Promise<Uint8Array> {
    return attempt(path, () => fs.readlink(nativePath(path), { encoding: "buffer" }));
  }

  setMode(path: LocalPath, mode: number): Promise<void> {
    return attempt(path, () => fs.chmod(nativePath(path), mode));
  }

  setTimes(path: LocalPath, accessed: WallTime, modified: WallTime): Promise<void> {
    return attempt(path, () => fs.lutimes(nativePath(path), nativeTime(accessed), nativeTime(modified)));
  }

  async claimDirectory(path: string): Promise<{ release(): void } | undefined> {
    try {
      return await lockStore(path);
    } catch (error) {
      if (isCoterieError(error, "STORE_LOCKED")) return undefined;
      throw failure(error, path);
    }
  }

  syncDirectory(path: LocalPath): Promise<void> {
    return attempt(path, async () => {
      const handle = await fs.open(nativePath(path), O_RDONLY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async readAll(path: LocalPath, maxBytes: number): Promise<Uint8Array> {
    const file = await this.open(path, "read");
    try {
      const { size } = await file.stat();
      if (size > maxBytes) {
        const details = { path: showPath(path), size, maxBytes };
        const message = `${showPath(path)} has ${size} bytes, and ${maxBytes} are the most that are read of it`;
        throw new CoterieError("LOCAL_TOO_LARGE", message, { details });
      }
      const buffer = new Uint8Array(size);
      let done = 0;
      while (done < size) {
        const count = await file.read(buffer.subarray(done), done);
        if (count === 0) break;
        done += count;
      }
      return buffer.subarray(0, done);
    } finally {
      await file.close();
    }
  }

  async replace(path: LocalPath, data: Uint8Array, permissions = 0o644): Promise<void> {
    const whole = resolve(showPath(path));
    const draft = `${whole}.${process.pid}.new`;
    const file = await this.open(draft, "write", permissions);
    try {
      await file.write(data, 0);
      await file.sync();
      await file.close();
      await this.rename(draft, whole);
    } catch (error) {
      await file.close().catch(() => {});
      await this.remove(draft).catch(() => {});
      throw error;
    }
    await this.syncDirectory(resolve(whole, ".."));
  }

  space(path: LocalPath): Promise<DiskSpace> {
    return attempt(path, async () => {
      const { bsize, blocks, bavail } = await fs.statfs(nativePath(path));
      return { totalBytes: bsize * blocks, freeBytes: bsize * bavail };
    });
  }

  join(directory: LocalPath, name: LocalPath): Uint8Array {
    const front = Buffer.from(nativePath(directory) as Buffer);
    const between = front.length === 0 || front[front.length - 1] === 0x2f ? "" : "/";
    return Buffer.concat([front, Buffer.from(between), Buffer.from(nativePath(name) as Buffer)]);
  }

  absolute(path: string): string {
    try {
      return resolve(path);
    } catch (error) {
      // Only a relative path asks where it begins.
      const says = `${path} begins in the current directory, which was removed`;
      throw new CoterieError("LOCAL_NOT_FOUND", says, { cause: error, details: { path } });
    }
  }

  digest(): Digest {
    const hash = createHash("sha256");
    return { update: (data) => void hash.update(data), hex: () => hash.digest("hex") };
  }
}

/** This machine's files, by `node:fs`. */
export function createLocalFiles(): LocalFiles {
  return new NodeLocalFiles();
}
