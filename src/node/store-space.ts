/**
 * Refuses a commit that would outgrow the store's limit or the disk, before lmdb tries it: a clear error, and
 * no half-written file to grow. Asking lmdb and the disk costs some microseconds, so the answer is used up by
 * the commits that follow and asked for again when little of it is left.
 */
import { CoterieError } from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";

/** Pages written anew for one change on top of its bytes, in the worst case: a path of the tree. */
const COPIED_PAGES_BYTES = 4 * 4096;
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

  /** @throws CoterieError STORE_FULL when `bytes` more have no room. */
  reserve(bytes: number): void {
    const wanted = bytes + COPIED_PAGES_BYTES;
    if (wanted > this.#creditBytes) this.#ask(wanted);
    this.#creditBytes -= wanted;
  }

  forget(): void {
    this.#creditBytes = 0;
  }

  #ask(wanted: number): void {
    const { usedBytes, freeBytes } = this.#database.usage();
    if (wanted > freeBytes) {
      throw new CoterieError("STORE_FULL", `no space left for the store ${this.#database.path}`, {
        details: { path: this.#database.path, usedBytes, freeBytes, maxBytes: this.#maxBytes },
      });
    }
    // Half, so that a few commits' error in the estimate cannot run through the limit.
    this.#creditBytes = Math.max(wanted, Math.min(freeBytes / 2, MOST_BELIEVED_BYTES));
  }
}
