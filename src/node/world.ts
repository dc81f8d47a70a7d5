/** The real world: this machine's clocks, network, disk and generator. */
import * as nodeCrypto from "node:crypto";
import { crc32 } from "node:zlib";
import { createCrypto, type Log, silentLog, type World } from "../world/index.ts";
import { createNodeClock } from "./clock.ts";
import { memoryBytes } from "./memory-bytes.ts";
import { createNodeNetwork } from "./net.ts";
import { createNodeRandom } from "./random.ts";
import { NodeStorage, type StoreTuning } from "./storage.ts";
import { NodeTimers } from "./timers.ts";

/**
 * What the stores and the log of a real world need; without any of it, the world has clock, timers, network
 * and cryptography.
 */
export interface NodeWorldOptions {
  /** Where stores live, one sub-directory each. Created when missing. Without it `storage.open` throws. */
  readonly directory?: string;
  /** Default: a log that keeps nothing. */
  readonly log?: Log;
  /** How stores commit; for measurements. */
  readonly storeTuning?: StoreTuning;
}

/** The real world of a process. Close it before the process ends. */
export interface NodeWorld extends World {
  /** Closes every store that is still open, durably. */
  close(): Promise<void>;
}

/**
 * The real world: Node.js's clock, timers, network and cryptography, and stores in `directory`, each a
 * write-ahead log, an lmdb database and a file for large values.
 */
export function createNodeWorld(options: NodeWorldOptions = {}): NodeWorld {
  const log = options.log ?? silentLog;
  const timers = new NodeTimers();
  const storage = new NodeStorage(options.directory, timers, log, options.storeTuning ?? {});
  const clock = createNodeClock();
  const crypto = createCrypto<nodeCrypto.KeyObject>(nodeCrypto);
  return {
    clock,
    timers,
    random: createNodeRandom(),
    net: createNodeNetwork(log, { crypto, clock }),
    storage,
    log,
    memoryBytes: memoryBytes(),
    crc32: (data, seed) => crc32(data, seed),
    crypto,
    close: () => storage.close(),
  };
}
