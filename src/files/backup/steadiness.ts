/**
 * Whether a tree that was read stayed as it was until the reading was over: where there is no snapshot to read. Each object's number and time of change
 * are noted when it is read, and the tree is walked again at the end. If all are the same, then everything was at the end of the reading what it was when it was
 * read: the backup is of that moment.
 */
import type { Crypto } from "../../world/index.ts";
import { encodeName, joinPath, type NfsClient, type Stats } from "../client/index.ts";
import { backupError } from "./errors.ts";

export class Steadiness {
  readonly #crypto: Crypto;
  /** A digest of all that was noted, in its order. */
  #seen: Uint8Array = new Uint8Array(0);

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  note({ ino, ctime: { seconds, nanoseconds } }: Stats): void {
    this.#seen = this.#crypto.sha256(this.#seen, encodeName(`${ino} ${seconds} ${nanoseconds}`));
  }

  /** Errors: BACKUP_CHANGED, those of the client. */
  async confirm(client: NfsClient, path: string): Promise<void> {
    const again = new Steadiness(this.#crypto);
    await again.#walk(client, encodeName(path), (await client.lstat(path)).dev);
    if (!this.#crypto.equal(this.#seen, again.#seen)) throw changed();
  }

  async #walk(client: NfsClient, path: Uint8Array, dev: Stats["dev"]): Promise<void> {
    const stats = await client.lstat(path);
    this.note(stats);
    if (!stats.isDirectory() || stats.dev !== dev) return;
    for await (const { rawName } of client.opendir(path))
      await this.#walk(client, joinPath(path, rawName), dev);
  }
}

export function changed(cause?: unknown): Error {
  return backupError("BACKUP_CHANGED", "something was changed while it was read", cause);
}
