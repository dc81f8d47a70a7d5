/** This machine's files as a side of a copy. */
import type { LocalFile, LocalFiles } from "../../node/index.ts";
import { DRAFT_MODE } from "./part-file.ts";
import type { Tree, TreeEntry, TreeFile, TreeStat } from "./tree.ts";

export class LocalTree implements Tree {
  readonly #local: LocalFiles;

  constructor(local: LocalFiles) {
    this.#local = local;
  }

  stat(path: Uint8Array, follow = false): Promise<TreeStat | undefined> {
    return this.#local.stat(path, { follow });
  }

  async *entries(path: Uint8Array): AsyncIterable<TreeEntry> {
    for await (const { name } of this.#local.entries(path)) {
      yield { name, stat: await this.#local.stat(this.#local.join(path, name)) };
    }
  }

  async openRead(path: Uint8Array): Promise<TreeFile> {
    return new LocalTreeFile(await this.#local.open(path, "read"));
  }

  async openWrite(path: Uint8Array, exists: boolean): Promise<TreeFile> {
    // A copy that was killed just before it gave the file its name had given it the source's mode.
    if (exists) await this.#reclaim(path);
    return new LocalTreeFile(await this.#local.open(path, "update", DRAFT_MODE));
  }

  async #reclaim(path: Uint8Array): Promise<void> {
    const stat = await this.#local.stat(path);
    if (stat?.type === "file" && stat.mode !== DRAFT_MODE) await this.#local.setMode(path, DRAFT_MODE);
  }

  mkdir(path: Uint8Array, mode: number): Promise<void> {
    return this.#local.mkdir(path, { mode });
  }

  rename(from: Uint8Array, to: Uint8Array): Promise<void> {
    return this.#local.rename(from, to);
  }

  remove(path: Uint8Array): Promise<void> {
    return this.#local.remove(path);
  }

  readlink(path: Uint8Array): Promise<Uint8Array> {
    return this.#local.readlink(path);
  }

  symlink(target: Uint8Array, path: Uint8Array): Promise<void> {
    return this.#local.symlink(target, path);
  }

  async setAttributes(path: Uint8Array, stat: TreeStat): Promise<void> {
    if (stat.type !== "symlink") await this.#local.setMode(path, stat.mode);
    await this.#local.setTimes(path, stat.accessed, stat.modified);
  }
}

class LocalTreeFile implements TreeFile {
  readonly #file: LocalFile;

  constructor(file: LocalFile) {
    this.#file = file;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const count = await this.#file.read(buffer.subarray(done), position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#file.write(data, position);
  }

  stat(): Promise<TreeStat> {
    return this.#file.stat();
  }

  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async setAttributes(stat: TreeStat): Promise<void> {
    await this.#file.setMode(stat.mode);
    await this.#file.setTimes(stat.accessed, stat.modified);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
