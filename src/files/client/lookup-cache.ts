/**
 * Remembers which directory a name in a directory led to, for a short time, so that a path of many parts does not
 * cost a LOOKUP for each of them each time. Only directories in the middle of paths are taken from it: the last
 * name of a path is always asked of the server. Another client's rename of a directory is seen when the entry's
 * time is up; this client's own at once.
 */
import type { Clock } from "../../world/index.ts";

interface Entry {
  readonly handle: Uint8Array;
  readonly expiresMs: number;
}

export class LookupCache {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #lifeMs: number;
  /** In the order of insertion: the first is the oldest. */
  readonly #entries = new Map<string, Entry>();
  /** Grows with everything that may make an answer on its way out of date. */
  #changes = 0;

  constructor(clock: Clock, options: { maxEntries: number; lifeMs: number }) {
    this.#clock = clock;
    this.#maxEntries = options.maxEntries;
    this.#lifeMs = options.lifeMs;
  }

  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(directory: string, name: string): Uint8Array | undefined {
    const key = `${directory}/${name}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.monotonicMs() < entry.expiresMs) return entry.handle;
    this.#entries.delete(key);
    return undefined;
  }

  /** `changes`: what it was when the answer was asked for. */
  put(directory: string, name: string, handle: Uint8Array, changes: number): void {
    if (changes !== this.#changes || this.#lifeMs <= 0) return;
    const key = `${directory}/${name}`;
    this.#entries.delete(key);
    this.#entries.set(key, { handle, expiresMs: this.#clock.monotonicMs() + this.#lifeMs });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  forget(directory: string, name: string): void {
    this.#changes++;
    this.#entries.delete(`${directory}/${name}`);
  }

  /** Forgets everything; true if there was something. */
  clear(): boolean {
    this.#changes++;
    const had = this.#entries.size > 0;
    this.#entries.clear();
    return had;
  }
}
