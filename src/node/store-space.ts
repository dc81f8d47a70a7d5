/**
 * Refuses a commit that would outgrow the store's limit or the disk, before lmdb tries it: a clear error, and
 * no half-written file to grow. Asking lmdb and the disk costs some microseconds, so the answer is used up by
 * the commits that follow and asked for again when little of it is left.
 */
import { CoterieError } from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";

/** Pages written anew for one change on top of its bytes, in the worst case: a path of the tree. */
const COPIED_PAGES_BYTES = 4 * 4096;
/** A full store must let itself be emptied: small groups that remove something may go this far over the limit. */
const REMOVAL_RESERVE_BYTES = 1024 * 1024;
const REMOVAL_GROUP_BYTES = 256 * 1024;
/** How much is believed at most before asking again, so that other writers of the disk are noticed. */
const MOST_BELIEVED_BYTES = 64 * 1024 * 1024;

export class SpaceGuard {
  readonly #database: StoreDatabase;
  readonly #maxBytes: number;
  /** Bytes that may be written before asking again. */
  #creditBytes = 0;

  constructor(database: StoreDatabase, maxBytes: number) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  /** @throws CoterieError STORE_FULL when a group has no room. */
  reserve(group: { readonly bytes: number; readonly removals: number }): void {
    const wanted = group.bytes + COPIED_PAGES_BYTES;
    if (wanted > this.#creditBytes) {
      const frees = group.removals > 0 && group.bytes <= REMOVAL_GROUP_BYTES;
      this.#ask(wanted, frees ? REMOVAL_RESERVE_BYTES : 0);
    }
    this.#creditBytes -= wanted;
  }

  forget(): void {
    this.#creditBytes = 0;
  }

  #ask(wanted: number, reserve: number): void {
    const { usedBytes, freeBytes } = this.#database.usage();
    if (wanted > freeBytes + reserve) {
      throw new CoterieError("STORE_FULL", `no space left for the store ${this.#database.path}`, {
        details: { path: this.#database.path, usedBytes, freeBytes, maxBytes: this.#maxBytes },
      });
    }
    // Half, so that a few commits' error in the estimate cannot run through the limit.
    this.#creditBytes = Math.max(wanted, Math.min(freeBytes / 2, MOST_BELIEVED_BYTES));
  }
}
