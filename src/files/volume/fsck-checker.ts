/** What the parts of fsck share: paged reading, decoded records, the findings. */
import { type Entry, type Range, type Store, sleep, type World } from "../../world/index.ts";
import { ChunkFormat } from "./chunk-format.ts";
import { isUnreadable } from "./damage.ts";
import type { Superblock } from "./format.ts";
import type { Inode } from "./inode.ts";
import { Kind, listingKey, numberKey } from "./keys.ts";
import { hex } from "./names.ts";
import { decodeInode, decodeListing, isIntact } from "./records.ts";
import { Tally } from "./tally.ts";

/** What is wrong. */
export type FindingKind =
  /** A record does not match its checksum, or is none. */
  | "damaged"
  /** A name whose inode is missing or another. */
  | "dangling"
  /** The record by name and the record by cookie do not agree. */
  | "listing"
  /** A directory's count of entries, or its next cookie, is wrong. */
  | "entries"
  /** A link count is wrong. */
  | "links"
  /** A directory's `..` is not the directory that names it. */
  | "parent"
  /** No path leads from the root to it. */
  | "unreachable"
  /** Content is missing, beyond the end, or other than the inode says. */
  | "content"
  /** The queue of content to be reaped is wrong. */
  | "orphan"
  /** A symbolic link's target is missing or other than the inode says. */
  | "target"
  /** The volume's counters are wrong. */
  | "counters"
  /** Records that belong to nothing. */
  | "stray";

/** One thing that `fsck` found wrong. */
export interface Finding {
  readonly kind: FindingKind;
  /** The inode that it is about; 0: the volume. */
  readonly inode: number;
  /** Where the inode is, as text, when that is known. */
  readonly path?: string;
  /** The chunk that it is about. */
  readonly chunk?: number;
  readonly detail: string;
}

/** What `fsck` has looked at. */
export interface CheckCounts {
  inodes: number;
  directories: number;
  files: number;
  entries: number;
  chunks: number;
  contentBytes: number;
}

/** How much `fsck` looks at, and tells. */
export interface CheckOptions {
  /** Findings kept; more are counted. Default 10,000. */
  readonly maxFindings?: number;
  /** Whether to read and verify all content. Default true. */
  readonly content?: boolean;
  /** Whether to check snapshots and clones as well, each as a volume: what they share is read as often. Default true. */
  readonly layers?: boolean;
  /** Called now and then. */
  readonly onProgress?: (counts: CheckCounts) => void;
  readonly signal?: AbortSignal;
}

const DEFAULT_MAX_FINDINGS = 10_000;
const PAGE_RECORDS = 2_048;
/** Chunks are large: fewer at once. */
const PAGE_CHUNKS = 64;
/** Finding a directory's name takes a scan of its parent: not for more findings than people read. */
const MAX_PATHS = 100;
const MAX_PATH_DEPTH = 256;
const text = new TextDecoder();

export class Checker {
  readonly world: World;
  readonly store: Store;
  readonly superblock: Superblock;
  readonly format: ChunkFormat;
  readonly options: CheckOptions;
  readonly counts: CheckCounts = {
    inodes: 0,
    directories: 0,
    files: 0,
    entries: 0,
    chunks: 0,
    contentBytes: 0,
  };
  /** How many names each inode has. */
  readonly names = new Tally();
  private readonly findings: Finding[] = [];
  private omitted = 0;
  private paths = 0;

  constructor(world: World, store: Store, superblock: Superblock, options: CheckOptions) {
    this.world = world;
    this.store = store;
    this.superblock = superblock;
    this.format = new ChunkFormat(world.crc32, superblock.chunkBytes);
    this.options = options;
  }

  report() {
    return {
      volume: hex(this.superblock.id),
      findings: this.findings,
      omitted: this.omitted,
      counts: this.counts,
    };
  }

  /** Takes over what was found in a part of the volume, which `name` tells. */
  include(name: string, part: ReturnType<Checker["report"]>): void {
    for (const { detail, ...finding } of part.findings)
      this.keep({ ...finding, detail: `${name}: ${detail}` });
    this.omitted += part.omitted;
  }

  /** Notes a finding; `where` is its path, or the directory and name that lead to it, or nothing. */
  find(kind: FindingKind, inode: number, detail: string, more: { path?: string; chunk?: number } = {}): void {
    const path = this.isFull ? undefined : (more.path ?? this.pathOf(inode));
    const chunk = more.chunk;
    this.keep({
      kind,
      inode,
      ...(path === undefined ? {} : { path }),
      ...(chunk === undefined ? {} : { chunk }),
      detail,
    });
  }

  private get isFull(): boolean {
    return this.findings.length >= (this.options.maxFindings ?? DEFAULT_MAX_FINDINGS);
  }

  private keep(finding: Finding): void {
    if (this.isFull) this.omitted++;
    else this.findings.push(finding);
  }

  isIntact(key: Uint8Array, value: Uint8Array): boolean {
    return isIntact(this.world.crc32, key, value);
  }

  /** The inode of a number; undefined when there is none or it is damaged. */
  inode(number: number): Inode | undefined {
    const key = numberKey(Kind.inode, number);
    const value = this.store.get(key);
    return value !== undefined && this.isIntact(key, value) ? decodeInode(number, value) : undefined;
  }

  /** Calls `visit` for every record of a range of keys, a page in a turn. */
  scan(from: Uint8Array, to: Uint8Array, visit: (entry: Entry) => void): Promise<void> {
    return this.scanPages({ from, to, limit: PAGE_RECORDS }, visit);
  }

  /** The same for every chunk; its value is undefined where the disk does not give it. */
  scanChunks(visit: (key: Uint8Array, value: Uint8Array | undefined) => void): Promise<void> {
    const from = Uint8Array.of(Kind.chunk);
    const to = Uint8Array.of(Kind.chunk + 1);
    return this.scanPages({ from, to, limit: PAGE_CHUNKS, keysOnly: true }, ({ key }) => {
      visit(key, this.readable(key));
    });
  }

  private readable(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.store.get(key);
    } catch (error) {
      if (isUnreadable(error)) return undefined;
      throw error;
    }
  }

  private async scanPages(
    range: Range & { readonly limit: number },
    visit: (entry: Entry) => void,
  ): Promise<void> {
    const { limit } = range;
    let at: Uint8Array | undefined = range.from;
    while (at !== undefined) {
      const page: Entry[] = [...this.store.range({ ...range, from: at })];
      for (const entry of page) visit(entry);
      const last: Entry | undefined = page[page.length - 1];
      at = page.length < limit || last === undefined ? undefined : after(last.key);
      if (at !== undefined) await this.pause();
    }
  }

  /** Lets others run, and the caller's signal end the check. */
  async pause(): Promise<void> {
    this.options.signal?.throwIfAborted();
    this.options.onProgress?.(this.counts);
    await sleep(this.world.timers, 0);
  }

  /** All inodes in the order of their numbers; the damaged ones only when `onDamage` is given. */
  async eachInode(visit: (inode: Inode) => void, onDamage?: (number: number, key: Uint8Array) => void) {
    const { numberOf } = this;
    await this.scan(Uint8Array.of(Kind.inode), Uint8Array.of(Kind.inode + 1), ({ key, value }) => {
      const number = numberOf(key);
      const inode =
        number !== undefined && this.isIntact(key, value) ? decodeInode(number, value) : undefined;
      if (inode !== undefined) visit(inode);
      else onDamage?.(number ?? 0, key);
    });
  }

  /** The number in a key that has nothing else; undefined for a key of another length. */
  readonly numberOf = (key: Uint8Array): number | undefined =>
    key.length === 7 ? key.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0) : undefined;

  /** The path of an inode that is a directory, when its parents are whole. */
  pathOf(inode: number): string | undefined {
    if (inode === 0 || this.paths >= MAX_PATHS) return undefined;
    this.paths++;
    return this.climb(inode);
  }

  private climb(number: number): string | undefined {
    let path = "";
    let at = this.inode(number);
    for (let depth = 0; depth < MAX_PATH_DEPTH && at !== undefined; depth++) {
      const here = at.handle.inode;
      if (here === this.superblock.root.inode) return path === "" ? "/" : path;
      if (at.type !== "directory") return undefined;
      const name = this.nameIn(at.parent, here);
      if (name === undefined) return undefined;
      path = `/${text.decode(name)}${path}`;
      at = this.inode(at.parent);
    }
    return undefined;
  }

  private nameIn(directory: number, inode: number): Uint8Array | undefined {
    const range = { from: listingKey(directory, 0), to: listingKey(directory + 1, 0) };
    for (const { key, value } of this.store.range(range)) {
      const listing = this.isIntact(key, value) ? decodeListing(value) : undefined;
      if (listing?.handle.inode === inode) return listing.name;
    }
    return undefined;
  }

  /** The path of a name in a directory. */
  pathIn(directory: number, name: Uint8Array): string | undefined {
    const parent = this.pathOf(directory);
    if (parent === undefined) return undefined;
    return `${parent === "/" ? "" : parent}/${text.decode(name)}`;
  }
}

/** The first key after `key`. */
export function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
