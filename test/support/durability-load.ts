/**
 * A load of changes, each acknowledged as durable, beside a model of what the volume must hold. Several actors work
 * at once, each in a directory of its own, so that each knows exactly what its directory must be after every
 * acknowledgement, whatever crashes lie between a call and its reply.
 */
import { type Random, randomBelow } from "../../src/world/index.ts";
import { type Handle, type RawNfs, STALE } from "./raw-nfs.ts";

/** Small, so that names are made, renamed over and removed again all the time. */
const NAMES = 24;
const MAX_FILE_BYTES = 96 * 1024;
const MAX_WRITE_BYTES = 24 * 1024;
/** Handles of removed objects that are asked for again after every crash. */
const REMEMBERED_GONE = 20;

/** A file has one content under all its names. */
interface FileEntry {
  readonly kind: "file";
  readonly handle: Handle;
  content: Uint8Array;
  names: number;
}
interface OtherEntry {
  readonly kind: "directory" | "symlink";
  readonly handle: Handle;
  readonly target: string;
}
type Entry = FileEntry | OtherEntry;

export class Actor {
  readonly name: string;
  acknowledged = 0;
  readonly #random: Random;
  readonly #entries = new Map<string, Entry>();
  #gone: Handle[] = [];
  #directory: Handle = new Uint8Array();

  constructor(name: string, random: Random) {
    this.name = name;
    this.#random = random;
  }

  get files(): number {
    return this.#entries.size;
  }

  async begin(nfs: RawNfs): Promise<void> {
    this.#directory = await nfs.mkdir(await nfs.root(), this.name);
  }

  /** One change and its acknowledgement; the model follows only then. */
  async step(nfs: RawNfs): Promise<void> {
    const name = `n${this.#below(NAMES)}`;
    const entry = this.#entries.get(name);
    if (entry === undefined) await this.#make(nfs, name);
    else await this.#change(nfs, name, entry);
    this.acknowledged++;
  }

  async #make(nfs: RawNfs, name: string): Promise<void> {
    const choice = this.#below(10);
    const existing = this.#anyFile();
    if (choice < 7) {
      const handle = await nfs.create(this.#directory, name);
      this.#entries.set(name, { kind: "file", handle, content: new Uint8Array(), names: 1 });
    } else if (choice === 7) {
      const handle = await nfs.mkdir(this.#directory, name);
      this.#entries.set(name, { kind: "directory", handle, target: "" });
    } else if (choice === 8 || existing === undefined) {
      const target = `to/${this.#below(1_000_000)}`;
      const handle = await nfs.symlink(this.#directory, name, target);
      this.#entries.set(name, { kind: "symlink", handle, target });
    } else {
      await nfs.link(existing.handle, this.#directory, name);
      existing.names++;
      this.#entries.set(name, existing);
    }
  }

  async #change(nfs: RawNfs, name: string, entry: Entry): Promise<void> {
    const choice = this.#below(12);
    if (choice < 2) await this.#remove(nfs, name, entry);
    else if (choice < 4) await this.#rename(nfs, name, entry);
    else if (entry.kind !== "file") await this.#remove(nfs, name, entry);
    else if (choice === 4) await this.#truncate(nfs, entry);
    else await this.#write(nfs, entry, choice > 9);
  }

  async #remove(nfs: RawNfs, name: string, entry: Entry): Promise<void> {
    if (entry.kind === "directory") await nfs.rmdir(this.#directory, name);
    else await nfs.remove(this.#directory, name);
    this.#entries.delete(name);
    this.#forget(entry);
  }

  async #rename(nfs: RawNfs, from: string, entry: Entry): Promise<void> {
    const to = `n${this.#below(NAMES)}`;
    const victim = this.#entries.get(to);
    // Two names of one file: the rename does nothing. A directory and another kind: it is refused.
    if (
      victim !== undefined &&
      (victim === entry || (victim.kind === "directory") !== (entry.kind === "directory"))
    ) {
      return;
    }
    await nfs.rename(this.#directory, from, to);
    this.#entries.delete(from);
    this.#entries.set(to, entry);
    if (victim !== undefined) this.#forget(victim);
  }

  async #truncate(nfs: RawNfs, file: FileEntry): Promise<void> {
    const size = this.#below(MAX_FILE_BYTES);
    await nfs.truncate(file.handle, size);
    const content = new Uint8Array(size);
    content.set(file.content.subarray(0, size));
    file.content = content;
  }

  async #write(nfs: RawNfs, file: FileEntry, viaCommit: boolean): Promise<void> {
    const data = this.#random.bytes(1 + this.#below(MAX_WRITE_BYTES));
    const offset = this.#below(MAX_FILE_BYTES - data.length);
    if (viaCommit) await nfs.writeAndCommit(file.handle, offset, data);
    else await nfs.writeDurably(file.handle, offset, data);
    const content = new Uint8Array(Math.max(file.content.length, offset + data.length));
    content.set(file.content);
    content.set(data, offset);
    file.content = content;
  }

  #forget(entry: Entry): void {
    if (entry.kind === "file" && --entry.names > 0) return;
    this.#gone = [entry.handle, ...this.#gone].slice(0, REMEMBERED_GONE);
  }

  /** Everything that the volume holds otherwise than acknowledged, in sentences; none is right. */
  async differences(nfs: RawNfs): Promise<string[]> {
    const found: string[] = [];
    const directory = await nfs.lookup(await nfs.root(), this.name);
    if (!same(directory, this.#directory)) found.push(`${this.name} has another handle`);
    const names = await nfs.names(directory);
    const expected = [...this.#entries.keys()].sort();
    if (names.join() !== expected.join())
      found.push(`${this.name} holds [${names}] and should hold [${expected}]`);
    for (const [name, entry] of this.#entries) {
      if (names.includes(name)) found.push(...(await this.#differencesOf(nfs, name, entry)));
    }
    for (const handle of this.#gone) {
      const status = await nfs.statusOf(handle);
      if (status !== STALE) found.push(`${this.name}: a removed object's handle is answered with ${status}`);
    }
    return found;
  }

  async #differencesOf(nfs: RawNfs, name: string, entry: Entry): Promise<string[]> {
    const where = `${this.name}/${name}`;
    const handle = await nfs.lookup(this.#directory, name);
    if (!same(handle, entry.handle)) return [`${where} has another handle`];
    if (entry.kind === "symlink") {
      const target = await nfs.readlink(handle);
      return target === entry.target
        ? []
        : [`${where} leads to ${target} and should lead to ${entry.target}`];
    }
    if (entry.kind !== "file") return [];
    const { size, nlink } = await nfs.attributes(handle);
    const content = await nfs.read(handle);
    const found: string[] = [];
    if (Number(size) !== entry.content.length)
      found.push(`${where} has size ${size}, not ${entry.content.length}`);
    if (nlink !== entry.names) found.push(`${where} has ${nlink} links, not ${entry.names}`);
    const at = content.findIndex((byte, i) => byte !== entry.content[i]);
    if (at >= 0) found.push(`${where} differs from byte ${at} on`);
    return found;
  }

  #anyFile(): FileEntry | undefined {
    const files = [...this.#entries.values()].filter((entry) => entry.kind === "file");
    return files.length === 0 ? undefined : files[this.#below(files.length)];
  }

  #below(bound: number): number {
    return randomBelow(this.#random, bound);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
