/**
 * Makes sure of the disk's space before changes are logged or committed, so that lmdb's own writes cannot fail for
 * want of it, and what is durable in the log always finds its place in the database.
 *
 * When a write fails, lmdb-js composes its message in a buffer that is too small and damages the heap, so a full
 * disk could end the process. Therefore the file is made longer first, by writing zeros through a descriptor of
 * ours: a disk, quota or limit that has no more room refuses that with an ordinary error. lmdb then overwrites
 * what is there. What stays open: a file system that copies on write, and a full disk whose file's free pages
 * lie so scattered that a long value finds no place among them.
 *
 * The content file is made longer in the same way, for what is logged. A group that goes to the database at once needs
 * none of that: a write into this file that is refused is an ordinary error, and nobody was told that the group is durable.
 *
 * How much changes may lengthen the files is a generous estimate, kept for all that the database does not hold yet.
 * Where lmdb's last page really is changes only by commits, and is asked once after each. A commit copies no page of the
 * tree twice, and what it frees serves the second one after it: so two copies of the tree bound what many changes of few pages write.
 */
import { CoterieError, type StoreUsage } from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";
import { type Demand, NO_DEMAND, plus } from "./store-demand.ts";
import { PAGE_BYTES } from "./store-overlay.ts";

/** Pages that one new value may write: a leaf, a split, a branch; and a removal: a leaf. */
const PAGES_PER_PUT = 3;
/** Copies of the whole tree before freed pages are used again, as long as nobody reads an older state. */
const TREE_COPIES = 2;
/** What a commit writes beside: the root's path, the list of free pages, and the map of segments, which takes up to 4 KiB. */
const COMMIT_BYTES = 20 * PAGE_BYTES;
/** Changes that one commit brings from the log into the database: pages that it frees serve those after it. */
export const CHECKPOINT_CHANGES = 2048;
/** A full store must let itself be emptied: small groups that remove something may take this too. */
const REMOVAL_RESERVE_BYTES = 1024 * 1024;
const REMOVAL_GROUP_BYTES = 256 * 1024;
/** The file is made longer by an eighth, within these bounds. */
const LEAST_EXTENSION_BYTES = 1024 * 1024;
const MOST_EXTENSION_BYTES = 16 * 1024 * 1024;

export class SpaceGuard {
  readonly #database: StoreDatabase;
  readonly #maxBytes: number;
  /** Reserved for, and not yet in the database. */
  #pending = NO_DEMAND;
  /** How much further the file's end is than lmdb's last page; 0 when that is not known. */
  #creditBytes = 0;
  /** The same of the content file and its last block. */
  #contentCreditBytes = 0;
  readonly #views: { readonly count: number };
  /** How much more may be stored by the store's own limit. */
  #allowedBytes = 0;
  /** Of the tree as of the last commit, where that is known. */
  #treeBytes = Number.POSITIVE_INFINITY;

  /** `views`: how many keep pages and blocks from being used again. */
  constructor(database: StoreDatabase, maxBytes: number, views: { readonly count: number }) {
    this.#database = database;
    this.#views = views;
    this.#maxBytes = maxBytes;
  }

  /**
   * `isDirect`: it goes to the database next.
   * @throws CoterieError STORE_FULL when a group has no room; the system's error when the disk refuses.
   */
  reserve(group: Demand, isDirect: boolean): void {
    const pending = plus(this.#pending, group);
    const writtenBytes = this.#mostWritten(pending, group);
    const storedBytes = pending.grownBytes + COMMIT_BYTES;
    if (writtenBytes + REMOVAL_RESERVE_BYTES > this.#creditBytes || storedBytes > this.#allowedBytes) {
      this.#make(group, pending, storedBytes);
    }
    if (!isDirect && pending.contentBytes > this.#contentCreditBytes) this.#makeContent(pending.contentBytes);
    this.#pending = pending;
  }

  /** `demand` of what was reserved for is in the database, and no commit is under way. */
  settle(demand: Demand): void {
    this.release(demand);
    this.#database.cutContent(this.#pending.contentBytes);
  }

  /** `demand` of what was reserved for was given up. */
  release(demand: Demand): void {
    this.#pending = plus(this.#pending, demand, -1);
    this.#creditBytes = 0;
    this.#contentCreditBytes = 0;
  }

  /** `growthBytes`: of changes that nothing is reserved for yet. */
  usage(growthBytes: number): Omit<StoreUsage, "viewBytes"> {
    const { liveBytes, fileBytes, content, segments } = this.#database.space();
    const storedBytes = liveBytes + content.liveBytes + segments.usedBytes;
    const usedBytes = storedBytes + this.#pending.grownBytes + growthBytes;
    // Pages and blocks that were freed are used again, and so are segments.
    const filesBytes = fileBytes + content.fileBytes + segments.usedBytes + segments.freeBytes;
    const diskBytes = this.#database.diskBytes() + filesBytes - usedBytes;
    return { usedBytes, freeBytes: Math.max(0, Math.min(diskBytes, this.#maxBytes - usedBytes)) };
  }

  #make(group: Demand, pending: Demand, storedBytes: number): void {
    const space = this.#database.space();
    this.#treeBytes = space.treeBytes;
    const writtenBytes = this.#mostWritten(pending, group);
    const isRemoval = group.removals > 0 && group.bytes <= REMOVAL_GROUP_BYTES;
    this.#allowedBytes =
      this.#maxBytes - space.liveBytes - space.content.liveBytes - space.segments.usedBytes;
    if (storedBytes > this.#allowedBytes + (isRemoval ? REMOVAL_RESERVE_BYTES : 0)) throw this.#full();
    const endBytes = space.endBytes + writtenBytes + REMOVAL_RESERVE_BYTES;
    try {
      if (space.fileBytes < endBytes) this.#lengthen(space.fileBytes, endBytes, "pages");
      this.#creditBytes = this.#database.space().fileBytes - space.endBytes;
    } catch (error) {
      this.#creditBytes = 0;
      if (this.#leftInside() < writtenBytes + (isRemoval ? 0 : REMOVAL_RESERVE_BYTES)) throw error;
    }
  }

  #makeContent(neededBytes: number): void {
    const { fileBytes, endBytes, freeBytes } = this.#database.space().content;
    const wantedBytes = endBytes + neededBytes;
    try {
      if (fileBytes < wantedBytes) this.#lengthen(fileBytes, wantedBytes, "content");
      this.#contentCreditBytes = this.#database.space().content.fileBytes - endBytes;
    } catch (error) {
      this.#contentCreditBytes = 0;
      if (fileBytes - endBytes + freeBytes / 2 < neededBytes) throw error;
    }
  }

  /** To `endBytes` and some more, or just to there when the disk has no room for more. Spare files of the log give way. */
  #lengthen(fileBytes: number, endBytes: number, which: "pages" | "content"): void {
    try {
      this.#lengthenOnce(fileBytes, endBytes, which);
    } catch (error) {
      if (this.#database.segments.pool?.giveBack() !== true) throw error;
      this.#lengthenOnce(fileBytes, endBytes, which);
    }
  }

  #lengthenOnce(fileBytes: number, endBytes: number, which: "pages" | "content"): void {
    const more = Math.min(Math.max(fileBytes / 8, LEAST_EXTENSION_BYTES), MOST_EXTENSION_BYTES);
    const wishedBytes = Math.ceil((endBytes + more) / PAGE_BYTES) * PAGE_BYTES;
    try {
      if (which === "pages") this.#database.extend(fileBytes, wishedBytes);
      else this.#database.extendContent(fileBytes, wishedBytes);
    } catch (error) {
      const space = this.#database.space();
      if ((which === "pages" ? space : space.content).fileBytes < endBytes) throw error;
    }
  }

  /**
   * What lmdb finds inside a file that cannot grow: the pages after its last one, and about half of those that it
   * freed. The other half is for pages that a reader may still see, and for gaps too small for a long value. Views may see
   * all of them.
   */
  #leftInside(): number {
    const { liveBytes, endBytes, fileBytes } = this.#database.space();
    const freed = this.#views.count > 0 ? 0 : Math.max(0, endBytes - liveBytes) / 2;
    return fileBytes - endBytes + freed;
  }

  /** How far the file may grow until `pending`, of which `group` is the last commit, is in the database. */
  #mostWritten({ bytes, contentBytes, slackBytes, added, removals }: Demand, group: Demand): number {
    const together = Math.max(CHECKPOINT_CHANGES, group.added);
    const pages = Math.min(PAGES_PER_PUT * (added - removals) + removals, PAGES_PER_PUT * together);
    const newBytes = bytes - contentBytes + slackBytes + COMMIT_BYTES;
    const copies = this.#views.count > 0 ? Number.POSITIVE_INFINITY : TREE_COPIES;
    return newBytes + Math.min(pages * PAGE_BYTES, copies * (this.#treeBytes + newBytes));
  }

  #full(): CoterieError {
    const { path } = this.#database;
    return new CoterieError("STORE_FULL", `no space left for the store ${path}`, {
      details: { path, ...this.#database.space(), maxBytes: this.#maxBytes },
    });
  }
}
