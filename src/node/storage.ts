/** The stores of one directory: each a sub-directory with an lmdb environment, open in one process at a time. */
import { join, resolve } from "node:path";
import { type Log, type Storage, type Store, type StoreOptions, viewLimitBytes } from "../world/index.ts";
import { storeError } from "./errors.ts";
import { makeDirectories } from "./make-directories.ts";
import type { NodeStore } from "./store.ts";
import { type CommitChoice, CommitMode } from "./store-commit-mode.ts";
import { openStore, openStoreReadOnly } from "./store-open.ts";
import { LEAST_PLACED_BYTES } from "./store-segments.ts";
import type { NodeTimers } from "./timers.ts";

/** How stores write; for measurements and tests. */
export interface StoreTuning {
  readonly commit?: CommitChoice;
  /** What one file of the write-ahead log holds at most, in bytes. Default 4 MiB. */
  readonly logBytes?: number;
  /** Values of this size and more stay in the files of a log that keeps them, in bytes. Default 512. */
  readonly leastPlacedBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 40;
/** Blocks of the content file have numbers of 32 bits. */
const MOST_BYTES = 2 ** 44;
const DEFAULT_MAX_UNSYNCED_BYTES = 256 * 1024 * 1024;
/** What one file of a store's write-ahead log holds at most: what a crash leaves to be read again, at most twice. */
const DEFAULT_LOG_BYTES = 4 * 1024 * 1024;
const NAME = /^[a-z0-9-]{1,64}$/;
/** What a store holds is for other users to see through a server only. */
const DIRECTORY_MODE = 0o700;

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
    const { maxBytes = DEFAULT_MAX_BYTES } = options;
    if (!(maxBytes > 0 && maxBytes <= MOST_BYTES))
      throw new RangeError(`a store of ${maxBytes} bytes: the most is ${MOST_BYTES}`);
    const path = join(this.#directory, name);
    const opening = {
      timers: this.#timers,
      log: this.#log,
      mode: new CommitMode(this.#tuning.commit ?? "adaptive"),
      maxBytes,
      maxUnsyncedBytes: options.maxUnsyncedBytes ?? DEFAULT_MAX_UNSYNCED_BYTES,
      maxViewBytes: viewLimitBytes(options, maxBytes),
      logBytes: this.#tuning.logBytes ?? DEFAULT_LOG_BYTES,
      isLog: options.isLog ?? false,
      leastPlacedBytes: this.#tuning.leastPlacedBytes ?? LEAST_PLACED_BYTES,
      onClose: () => this.#open.delete(store),
    };
    let store: NodeStore;
    try {
      if (options.readOnly) store = await openStoreReadOnly(path, opening);
      else store = await openStore(path, await makeDirectories(path, DIRECTORY_MODE), opening);
    } catch (error) {
      throw storeError(error, "open", path);
    }
    this.#open.add(store);
    return store;
  }

  async close(): Promise<void> {
    const closings = [...this.#open].map((store) => store.close());
    await Promise.allSettled(closings);
    await Promise.all(closings);
  }
}
