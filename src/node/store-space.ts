/**
 * Makes sure of the disk's space before a commit, so that lmdb's own writes cannot fail for want of it.
 *
 * When a write fails, lmdb-js composes its message in a buffer that is too small and damages the heap, so a full
 * disk could end the process. Therefore the file is made longer first, by writing zeros through a descriptor of
 * ours: a disk, quota or limit that has no more room refuses that with an ordinary error. lmdb then overwrites
 * what is there. What stays open: a file system that copies on write, and a full disk whose file's free pages
 * lie so scattered that a long value finds no place among them.
 *
 * How much a commit may lengthen the file is a generous estimate. Each commit uses up its estimate; when too
 * little is left, lmdb is asked where its last page really is, and only then is the file made longer.
 */
import { CoterieError } from "../world/index.ts";
import type { Space, StoreDatabase } from "./store-database.ts";

const PAGE_BYTES = 4096;
/** Pages that one new value may write: a leaf, a split, a branch; and a removal: a leaf. */
const PAGES_PER_PUT = 3;
const PAGES_PER_REMOVAL = 1;
/** What a commit writes beside: the root's path, and the list of free pages. */
const COMMIT_BYTES = 16 * PAGE_BYTES;
/** A full store must let itself be emptied: small groups that remove something may take this too. */
const REMOVAL_RESERVE_BYTES = 1024 * 1024;
const REMOVAL_GROUP_BYTES = 256 * 1024;
/** The file is made longer by an eighth, within these bounds. */
const LEAST_EXTENSION_BYTES = 1024 * 1024;
const MOST_EXTENSION_BYTES = 16 * 1024 * 1024;

export interface SpaceWanted {
  readonly bytes: number;
  /** How many of all changes removed something; of one key there may be several. */
  readonly removals: number;
  readonly changes: { readonly size: number };
}

export class SpaceGuard {
  readonly #database: StoreDatabase;
  readonly #maxBytes: number;
  /** How much further the file's end is than lmdb can have come. */
  #creditBytes = 0;
  /** How much more may be stored, at least. */
  #allowedBytes = 0;

  constructor(database: StoreDatabase, maxBytes: number) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  /** @throws CoterieError STORE_FULL when a group has no room; the system's error when the disk refuses. */
  reserve(group: SpaceWanted): void {
    const pages = PAGES_PER_REMOVAL * group.removals + PAGES_PER_PUT * (group.changes.size - group.removals);
    const writtenBytes = group.bytes + COMMIT_BYTES + Math.max(pages, group.changes.size) * PAGE_BYTES;
    const storedBytes = group.bytes + COMMIT_BYTES;
    if (writtenBytes + REMOVAL_RESERVE_BYTES > this.#creditBytes || storedBytes > this.#allowedBytes) {
      this.#make(group, writtenBytes, storedBytes);
    }
    this.#creditBytes -= writtenBytes;
    this.#allowedBytes -= storedBytes;
  }

  forget(): void {
    this.#creditBytes = 0;
  }

  #make(group: SpaceWanted, writtenBytes: number, storedBytes: number): void {
    const space = this.#database.space();
    const isRemoval = group.removals > 0 && group.bytes <= REMOVAL_GROUP_BYTES;
    this.#allowedBytes = this.#maxBytes - space.liveBytes;
    if (storedBytes > this.#allowedBytes + (isRemoval ? REMOVAL_RESERVE_BYTES : 0)) throw this.#full(space);
    const endBytes = space.endBytes + writtenBytes + REMOVAL_RESERVE_BYTES;
    if (space.fileBytes >= endBytes) {
      this.#creditBytes = space.fileBytes - space.endBytes;
      return;
    }
    try {
      this.#extend(space.fileBytes, endBytes);
      this.#creditBytes = this.#database.space().fileBytes - space.endBytes;
    } catch (error) {
      const left = this.#leftInside();
      if (left < writtenBytes + (isRemoval ? 0 : REMOVAL_RESERVE_BYTES)) throw error;
      this.#creditBytes = 0;
    }
  }

  /** To `endBytes` and some more, or just to there when the disk has no room for more. */
  #extend(fileBytes: number, endBytes: number): void {
    const more = Math.min(Math.max(fileBytes / 8, LEAST_EXTENSION_BYTES), MOST_EXTENSION_BYTES);
    const wishedBytes = Math.ceil((endBytes + more) / PAGE_BYTES) * PAGE_BYTES;
    try {
      this.#database.extend(fileBytes, wishedBytes);
    } catch (error) {
      if (this.#database.space().fileBytes < endBytes) throw error;
    }
  }

  /**
   * What lmdb finds inside a file that cannot grow: the pages after its last one, and about half of those that it
   * freed. The other half is for pages that a reader may still see, and for gaps too small for a long value.
   */
  #leftInside(): number {
    const { liveBytes, endBytes, fileBytes } = this.#database.space();
    return fileBytes - endBytes + Math.max(0, endBytes - liveBytes) / 2;
  }

  #full(space: Space): CoterieError {
    const { path } = this.#database;
    return new CoterieError("STORE_FULL", `no space left for the store ${path}`, {
      details: { path, ...space, maxBytes: this.#maxBytes },
    });
  }
}
