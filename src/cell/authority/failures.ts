/** How often somebody was wrong lately, by where he asks from: who is wrong too often is not heard for a while. Nobody guesses 256 bits, but may cost work. */

import { networkOf } from "../../channel/index.ts";

/** Wrong questions of one host within `WINDOW_MS` after which it is not heard until that is over. */
export const MAX_FAILURES = 10;
export const FAILURE_WINDOW_MS = 60_000;
/** Hosts that are remembered; beyond it the one that was wrong longest ago is forgotten. */
export const MAX_FAILED_HOSTS = 1024;

interface Record {
  failures: number;
  readonly sinceMs: number;
}

export class Failures {
  readonly #hosts = new Map<string, Record>();

  /** Whether this host is to be heard. `nowMs`: the monotonic clock. */
  isHeard(host: string, nowMs: number): boolean {
    const record = this.#current(host, nowMs);
    return record === undefined || record.failures < MAX_FAILURES;
  }

  count(host: string, nowMs: number): void {
    const record = this.#current(host, nowMs);
    if (record !== undefined) {
      record.failures++;
      return;
    }
    this.#hosts.set(networkOf(host), { failures: 1, sinceMs: nowMs });
    for (const oldest of this.#hosts.keys()) {
      if (this.#hosts.size <= MAX_FAILED_HOSTS) break;
      this.#hosts.delete(oldest);
    }
  }

  #current(host: string, nowMs: number): Record | undefined {
    const name = networkOf(host);
    const record = this.#hosts.get(name);
    if (record === undefined || nowMs - record.sinceMs < FAILURE_WINDOW_MS) return record;
    this.#hosts.delete(name);
    return undefined;
  }
}
