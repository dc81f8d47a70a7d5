/**
 * What the disks of a volume's replicas can still take, as far as their nodes told. A replica whose disk is full cannot go on, so
 * files do not grow when fewer than a majority have room: what is in the log must never depend on it.
 */
import type { Clock } from "../../world/index.ts";

/** A replica with less than this has no room. */
export const RESERVED_BYTES = 64 * 1024 * 1024;
/** What a node told is believed for so long; one that tells nothing is not counted out. */
const BELIEVED_MS = 15_000;

export class Room {
  readonly #clock: Clock;
  readonly #self: string;
  readonly #reservedBytes: number;
  #voters: readonly string[] = [];
  readonly #told = new Map<string, { readonly freeBytes: number; readonly atMs: number }>();

  constructor(clock: Clock, self: string, reservedBytes: number) {
    this.#clock = clock;
    this.#self = self;
    this.#reservedBytes = reservedBytes;
  }

  told(node: string, freeBytes: number): void {
    this.#told.set(node, { freeBytes, atMs: this.#clock.monotonicMs() });
  }

  /** These are the replicas that count; others are forgotten. */
  keep(voters: readonly string[]): void {
    this.#voters = voters;
    for (const node of this.#told.keys()) {
      if (node !== this.#self && !voters.includes(node)) this.#told.delete(node);
    }
  }

  /** Whether a majority of the voters would have room after `bytes` more. */
  isEnough(bytes: number): boolean {
    return this.#majorityBytes() >= this.#reservedBytes + bytes;
  }

  /**
   * By how much files can still grow: what the tightest disk of the roomiest majority can take beside its reserve. Undefined where too few
   * have told.
   */
  get writableBytes(): number | undefined {
    const bytes = this.#majorityBytes();
    return bytes === Number.POSITIVE_INFINITY ? undefined : Math.max(0, bytes - this.#reservedBytes);
  }

  /** So much is free at a majority, at least. */
  #majorityBytes(): number {
    if (this.#voters.length === 0) return Number.POSITIVE_INFINITY;
    const sinceMs = this.#clock.monotonicMs() - BELIEVED_MS;
    const free = this.#voters.map((voter) => {
      const told = this.#told.get(voter);
      return told === undefined || told.atMs < sinceMs ? Number.POSITIVE_INFINITY : told.freeBytes;
    });
    free.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
    return free[Math.floor(free.length / 2)] as number;
  }
}
