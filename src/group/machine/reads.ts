/**
 * Reads of the state as it is now, and not only as it is here: a mark is multicast in the total order, and when it comes back, the
 * member's copy has seen all that anybody was told before the read began. Reads that come while a mark is under way share the next.
 */

import type { CoterieError } from "../../world/index.ts";
import { encodeFrame } from "../api/frames.ts";
import type { Outbox } from "../api/outbox.ts";
import { groupError } from "../errors.ts";
import { blockedError, type WhenBlocked } from "./client.ts";

/** Reads that wait. */
export const MAX_READS_WAITING = 65_536;

interface Reading {
  readonly whenBlocked: WhenBlocked;
  readonly look: () => void;
  readonly reject: (error: unknown) => void;
}

export class Reads {
  readonly #outbox: Outbox;
  #isMember = false;
  #mark = 0;
  /** Reads of the mark that is under way; undefined: none is. */
  #marked: Set<Reading> | undefined;
  #waiting = new Set<Reading>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /**
   * Resolves with what `look` sees. Rejects with GROUP_BUSY, GROUP_BLOCKED and GROUP_OUT, and with what `look` throws; its fate is never unknown,
   * as it changes nothing.
   */
  read<Seen>(look: () => Seen, whenBlocked: WhenBlocked, signal?: AbortSignal): Promise<Seen> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#waiting.size >= MAX_READS_WAITING)
        return reject(groupError("GROUP_BUSY", `over ${MAX_READS_WAITING} reads wait`, "never"));
      const onAbort = () => {
        this.#waiting.delete(reading);
        this.#marked?.delete(reading);
        reject(signal?.reason);
      };
      const reading: Reading = {
        whenBlocked,
        look: () => {
          signal?.removeEventListener("abort", onAbort);
          try {
            resolve(look());
          } catch (error) {
            reject(error);
          }
        },
        reject: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(reading);
      this.#next();
    });
  }

  /** The process is a member again, or for the first time. */
  installed(): void {
    if (this.#isMember) return;
    this.#isMember = true;
    this.#next();
  }

  #next(): void {
    if (!this.#isMember || this.#marked !== undefined || this.#waiting.size === 0) return;
    this.#marked = this.#waiting;
    this.#waiting = new Set();
    this.#outbox.put("total", "atomic", encodeFrame({ kind: "mark", mark: ++this.#mark }), "taken");
  }

  /** A mark of ours has come back. */
  marked(mark: number): void {
    if (mark !== this.#mark || this.#marked === undefined) return;
    const reads = this.#marked;
    this.#marked = undefined;
    for (const { look } of reads) look();
    this.#next();
  }

  /** A life is over, and another will begin: all is asked again in that. */
  out(): void {
    this.#isMember = false;
    this.#waiting = new Set([...(this.#marked ?? []), ...this.#waiting]);
    this.#marked = undefined;
  }

  blocked(): void {
    this.#fail(({ whenBlocked }) => whenBlocked === "fail", blockedError);
  }

  end(why: () => CoterieError): void {
    this.out();
    this.#fail(() => true, why);
  }

  #fail(isMeant: (reading: Reading) => boolean, why: () => CoterieError): void {
    for (const reads of [this.#marked, this.#waiting]) {
      for (const reading of reads ?? []) {
        if (!isMeant(reading)) continue;
        reads?.delete(reading);
        reading.reject(why());
      }
    }
  }
}
