/** The one door to the outside: protocol code is given a `World` and touches nothing else. */
import type { Crypto } from "./crypto.ts";
import type { Log } from "./log.ts";
import type { Network } from "./net.ts";
import type { Random } from "./random.ts";
import type { Storage } from "./store.ts";
import type { Clock, Timers } from "./time.ts";

/**
 * Everything outside the program. A real one is made by `createNodeWorld` of `coterie/node`, a simulated one
 * by `Simulation` of `coterie/sim`.
 */
export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly net: Network;
  readonly storage: Storage;
  readonly log: Log;
  /** The memory that this process may count on: the machine's, or less where it is held to less. For the size of caches. */
  readonly memoryBytes: number;
  /**
   * CRC-32 of ISO 3309 (the polynomial of Ethernet and zlib) of `data`, continuing from `seed` (default 0). A
   * pure function: it is here because the platform's is many times faster than one written in JavaScript.
   */
  crc32(data: Uint8Array, seed?: number): number;
  /** Digests, key agreement, encryption: pure functions of their arguments. */
  readonly crypto: Crypto;
}
