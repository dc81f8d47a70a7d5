/** The stores of one directory: each a sub-directory with an lmdb environment, open in one process at a time. */
import { mkdirSync, statfsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CoterieError, type Log, type Storage, type Store, type StoreOptions } from "../world/index.ts";
import { storeError } from "./errors.ts";
import { NodeStore } from "./store.ts";
import { type CommitChoice, CommitMode } from "./store-commit-mode.ts";
import { StoreDatabase } from "./store-database.ts";
import { lockStore } from "./store-lock.ts";
import type { NodeTimers } from "./timers.ts";

/** How stores commit; for measurements. */
export interface StoreTuning {
  readonly commit?: CommitChoice;
}

const DEFAULT_MAX_BYTES = 2 ** 40;
const DEFAULT_MAX_UNSYNCED_BYTES = 256 * 1024 * 1024;
/**
 * Free space that making a store's files needs. lmdb maps its lock file into memory, and where the disk has no page
 * for a mapped file the system ends the process with SIGBUS, which nothing here could turn into an error.
 */
const LEAST_FREE_BYTES = 256 * 1024;
const NAME = /^[a-z0-9-]{1,64}$/;

export class NodeStorage implements Storage {
  readonly #directory: string | undefined;
  readonly #timers: NodeTimers;
  readonly #log: Log;
  readonly #tuning: StoreTuning;
  readonly #open = new Set<NodeStore>();

  constructor(directory: string | undefined, timers: NodeTimers, log: Log, tuning: StoreTuning) {
    this.#directory = directory === undefined ? undefined : resolve(directory);
    this.#timers = timers;
    this.#log = log;
    this.#tuning = tuning;
  }

  async open(name: string, options: StoreOptions = {}): Promise<Store> {
    if (!NAME.test(name))
      throw new RangeError(`store name ${JSON.stringify(name)} is not of [a-z0-9-]{1,64}`);
    if (this.#directory === undefined)
      throw new TypeError("this world was made without a directory for stores");
    const path = join(this.#directory, name);
    const readOnly = options.readOnly ?? false;
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    try {
      const firstMade = makeDirectory(path, readOnly);
      const lock = readOnly ? undefined : await lockStore(path);
      try {
        const database = await StoreDatabase.open(path, { maxBytes, readOnly, firstMade });
        const store: NodeStore = new NodeStore({
          database,
          lock,
          timers: this.#timers,
          log: this.#log,
          mode: new CommitMode(this.#tuning.commit ?? "adaptive"),
          maxBytes,
          maxUnsyncedBytes: options.maxUnsyncedBytes ?? DEFAULT_MAX_UNSYNCED_BYTES,
          readOnly,
          onClose: () => this.#open.delete(store),
        });
        this.#open.add(store);
        return store;
      } catch (error) {
        lock?.release();
        throw error;
      }
    } catch (error) {
      throw storeError(error, "open", path);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((store) => store.close()));
  }
}

/** The uppermost directory that had to be made, if any. */
function makeDirectory(path: string, readOnly: boolean): string | undefined {
  if (!readOnly) {
    const firstMade = mkdirSync(path, { recursive: true });
    requireRoom(path);
    return firstMade;
  }
  if (statSync(join(path, "data.mdb"), { throwIfNoEntry: false }) === undefined) {
    throw new CoterieError("STORE_MISSING", `there is no store ${path}`, { details: { path } });
  }
  return undefined;
}

/** Only where the lock file is missing: once it is there it has its pages. */
function requireRoom(path: string): void {
  if (statSync(join(path, "lock.mdb"), { throwIfNoEntry: false }) !== undefined) return;
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  throw new CoterieError("STORE_FULL", `cannot make the store ${path}: the disk is full`, {
    details: { path },
  });
}
