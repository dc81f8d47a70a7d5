/**
 * Which acknowledgments a member owes in a view, and when they are due: at once when a sender's message waits for them, or when much
 * has come; else together, a short time after the first.
 */
import type { Lane } from "./lane.ts";
import type { MulticastLimits } from "./limits.ts";

interface Owed {
  acknowledged: number;
  bytes: number;
  isUrgent: boolean;
}

export class Acks {
  readonly #limits: MulticastLimits;
  readonly #owed: readonly Owed[];
  /** No acknowledgment goes out: we promised to end the view, or have no room for more. */
  isHeld = false;
  #dueMs = Number.POSITIVE_INFINITY;
  #isUrgent = false;

  constructor(members: number, limits: MulticastLimits) {
    this.#limits = limits;
    this.#owed = Array.from({ length: members }, () => ({ acknowledged: 0, bytes: 0, isUrgent: false }));
  }

  get dueMs(): number {
    if (this.isHeld) return Number.POSITIVE_INFINITY;
    return this.#isUrgent ? Number.NEGATIVE_INFINITY : this.#dueMs;
  }

  /** A bundle of so many bytes came. */
  owe({ rank, received }: Lane, bytes: number, isUrgent: boolean, nowMs: number): void {
    const owed = this.#owed[rank] as Owed;
    owed.bytes += bytes;
    if (
      isUrgent ||
      owed.bytes >= this.#limits.ackBytes ||
      received - owed.acknowledged >= this.#limits.ackItems
    )
      owed.isUrgent = true;
    if (owed.isUrgent) this.#isUrgent = true;
    this.#dueMs = Math.min(this.#dueMs, nowMs + this.#limits.ackDelayMs);
  }

  /** Calls `send` for each acknowledgment that is due. @param countOf by rank: how many items may be acknowledged. */
  flush(
    lanes: readonly Lane[],
    countOf: (rank: number) => number,
    nowMs: number,
    send: (rank: number, count: number) => void,
  ): void {
    if (this.isHeld || this.dueMs > nowMs) return;
    const isAll = this.#dueMs <= nowMs;
    let isRest = false;
    for (let rank = 0; rank < lanes.length; rank++) {
      const owed = this.#owed[rank] as Owed;
      const { received } = lanes[rank] as Lane;
      if (received === owed.acknowledged || !(isAll || owed.isUrgent)) continue;
      owed.bytes = 0;
      owed.isUrgent = false;
      const count = countOf(rank);
      if (count < received) isRest = true;
      if (count <= owed.acknowledged) continue;
      owed.acknowledged = count;
      send(rank, count);
    }
    this.#isUrgent = false;
    if (isAll) this.#dueMs = Number.POSITIVE_INFINITY;
    if (isRest) this.#dueMs = Math.min(this.#dueMs, nowMs + this.#limits.ackDelayMs);
  }

  /** A count was told otherwise, or has to be told again. */
  told(rank: number, count: number): void {
    (this.#owed[rank] as Owed).acknowledged = count;
  }
}
