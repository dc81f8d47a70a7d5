/**
 * A simulated disk: the files of one node's stores, which outlive its incarnations, and what may go wrong with it. It may
 * be slow, full, refuse a sync, or damage what it holds and say nothing.
 */
import { CoterieError } from "../world/index.ts";
import { type DiskFile, damaged, type Wrote } from "./disk-file.ts";
import { latin1 } from "./host.ts";
import type { Prng } from "./prng.ts";

/** What a disk is like. Times are in milliseconds; failures and damage are probabilities. */
export interface DiskOptions {
  /** What a sync takes at least. Default 0.1. */
  readonly syncMs: number;
  /** Added to it, uniform from 0. Default 0.1. */
  readonly syncJitterMs: number;
  /** A sync fails with STORE_IO. Default 0. */
  readonly ioError: number;
  /** Bytes that all stores of the node may take together. Default 64 GiB. */
  readonly capacityBytes: number;
  /** What a sync writes in a second, beside `syncMs`; 0 for no bound. Default 0. */
  readonly bytesPerSecond: number;
  /** A value becomes durable with a damaged block, and nobody is told. Default 0. */
  readonly corruptWrite: number;
  /** A durable value is read with a damaged block, that once, and nobody is told. Default 0. */
  readonly corruptRead: number;
}

export const DEFAULT_DISK: DiskOptions = {
  syncMs: 0.1,
  syncJitterMs: 0.1,
  ioError: 0,
  capacityBytes: 64 * 1024 ** 3,
  bytesPerSecond: 0,
  corruptWrite: 0,
  corruptRead: 0,
};

/** A stored value, by its store and key. */
export interface StoredAt {
  readonly store: string;
  readonly key: Uint8Array;
}

/**
 * The disk of a simulated node. It outlives the node's crashes, and loses what was not synced as its options
 * say.
 */
export class SimDisk {
  readonly files = new Map<string, DiskFile>();
  readonly random: Prng;
  /** Syncs that will fail with the given code whatever the options say, for a test of one moment. */
  failNext: string[] = [];
  readonly #log: (what: string) => void;
  #options: DiskOptions;
  #corruptReads = 0;

  constructor(options: Partial<DiskOptions>, random: Prng, log: (what: string) => void) {
    this.#options = checked({ ...DEFAULT_DISK, ...options });
    this.random = random;
    this.#log = log;
  }

  get options(): DiskOptions {
    return this.#options;
  }

  set options(options: DiskOptions) {
    this.#options = checked(options);
  }

  /** Changes some of the options from now on. */
  set(change: Partial<DiskOptions>): void {
    this.options = { ...this.#options, ...change };
    this.#log(`disk ${JSON.stringify(change)}`);
  }

  /** The disk was lost: everything on it is gone. */
  lose(): void {
    this.files.clear();
    this.#log("disk lost");
  }

  /**
   * Damages a block of one durable value: of the key and store that are named, else of any. From now on it is read
   * so. Returns which; undefined when nothing is stored there.
   */
  corrupt(where: Partial<StoredAt> = {}): StoredAt | undefined {
    const found = this.#choose(where);
    if (found === undefined) return undefined;
    const { store, name } = found;
    (this.files.get(store) as DiskFile).damage(name, this.random);
    const key = Uint8Array.from(name, (character) => character.charCodeAt(0));
    this.#log(`disk damages store ${store}, key ${hex(key)}`);
    return { store, key };
  }

  /** Of the reads to come that find a durable value, the next one is damaged. */
  corruptNextRead(): void {
    this.#corruptReads++;
  }

  /** What reading a durable value gives. */
  read(value: Uint8Array, store: string): Uint8Array {
    const { corruptRead } = this.#options;
    if ((this.#corruptReads === 0 && corruptRead === 0) || value.length === 0) return value;
    if (this.#corruptReads > 0) this.#corruptReads--;
    else if (!this.random.chance(corruptRead)) return value;
    this.#log(`disk damages a read of store ${store}`);
    return damaged(value, this.random);
  }

  /** What is to be called of every value that becomes durable in a file, if anything. */
  wrote(store: string, file: DiskFile): Wrote | undefined {
    const { corruptWrite } = this.#options;
    if (corruptWrite === 0) return undefined;
    return (name) => {
      if (!this.random.chance(corruptWrite) || !file.damage(name, this.random)) return;
      this.#log(`disk damages a write of store ${store}`);
    };
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) bytes += file.durableBytes;
    return bytes;
  }

  /** True when it has no room for so much beside what views keep. */
  isShortOf(growthBytes: number): boolean {
    let keptBytes = 0;
    for (const { views } of this.files.values()) keptBytes += views.keptBytes;
    return this.usedBytes + keptBytes + growthBytes > this.#options.capacityBytes;
  }

  /** How long a sync of so many bytes takes. */
  syncNs(bytes: number): number {
    const { syncMs, syncJitterMs, bytesPerSecond } = this.#options;
    const writeNs = bytesPerSecond > 0 ? (bytes / bytesPerSecond) * 1e9 : 0;
    return (syncMs + (syncJitterMs > 0 ? syncJitterMs * this.random.unit() : 0)) * 1e6 + writeNs;
  }

  /** Why a sync that grows the disk's content by so much fails, or undefined. */
  refusal(growthBytes: number): string | undefined {
    const planned = this.failNext.shift();
    if (planned !== undefined) return planned;
    if (this.random.chance(this.#options.ioError)) return "STORE_IO";
    // Removals must work on a full disk, or nobody could ever empty it.
    return growthBytes > 0 && this.usedBytes + growthBytes > this.#options.capacityBytes
      ? "STORE_FULL"
      : undefined;
  }

  /** A durable value that is not empty: the one that is named, or any, each as likely as the others. */
  #choose({ store, key }: Partial<StoredAt>): { store: string; name: string } | undefined {
    const stored: { store: string; name: string }[] = [];
    for (const [name, { durable }] of this.files) {
      if (store !== undefined && store !== name) continue;
      for (let at = durable.after(undefined, true); at !== undefined; at = durable.after(at, false)) {
        if (key !== undefined && latin1(key) !== at) continue;
        if (durable.get(at)?.value.length) stored.push({ store: name, name: at });
      }
    }
    return stored.length === 0 ? undefined : stored[this.random.below(stored.length)];
  }

  crash(): { kept: number; lost: number } {
    const sum = { kept: 0, lost: 0 };
    for (const file of this.files.values()) {
      const { kept, lost } = file.crash(this.random);
      sum.kept += kept;
      sum.lost += lost;
    }
    return sum;
  }
}

/** An error of the disk, worded as the real one's. */
export function diskError(code: string, doing: string, name: string): CoterieError {
  const phrase =
    code === "STORE_FULL"
      ? "no space left"
      : code === "STORE_LOCKED"
        ? "it is open already"
        : code === "STORE_MISSING"
          ? "there is none"
          : "input/output error";
  return new CoterieError(code, `cannot ${doing} the store ${name}: ${phrase}`, { details: { path: name } });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const PROBABILITIES = ["ioError", "corruptWrite", "corruptRead"] as const;
const AMOUNTS = ["syncMs", "syncJitterMs", "capacityBytes", "bytesPerSecond"] as const;

function checked(options: DiskOptions): DiskOptions {
  for (const name of PROBABILITIES) {
    if (!(options[name] >= 0 && options[name] <= 1)) {
      throw new RangeError(`disk: ${name} ${options[name]} is not of 0 to 1`);
    }
  }
  for (const name of AMOUNTS) {
    if (!(options[name] >= 0)) throw new RangeError(`disk: ${name} ${options[name]} is negative`);
  }
  return options;
}
