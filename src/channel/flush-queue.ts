/**
 * Who has something to send: each session once, at the end of the turn in which it first had. So that what a turn brings
 * is answered together, small messages share packets, and acknowledgments go along with them.
 */
import type { Clock, Timers } from "../world/index.ts";

export interface Flushable {
  /** In the queue: its own. */
  isQueued: boolean;
  /** Sends what there is; true when there may be more. */
  flush(nowMs: number): boolean;
}

/**
 * Packets of all together in a turn; then what came in has its turn. Of that, libuv reads 32 datagrams at a time: who sends many more
 * between them never comes to reading the answers, and when these are lost for it, sends everything again.
 */
export const TURN_PACKETS = 32;

export class FlushQueue {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #counts: { readonly packetsSent: number };
  #waiting: Flushable[] = [];
  #isPlanned = false;

  /** `counts.packetsSent` grows with every packet. */
  constructor(clock: Clock, timers: Timers, counts: { readonly packetsSent: number }) {
    this.#clock = clock;
    this.#timers = timers;
    this.#counts = counts;
  }

  add(session: Flushable): void {
    if (session.isQueued) return;
    session.isQueued = true;
    this.#waiting.push(session);
    this.#plan();
  }

  /** Flushes all now, until nobody has more. */
  drain(): void {
    while (this.#waiting.length > 0) this.#run();
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    this.#timers.soon(this.#run);
  }

  readonly #run = (): void => {
    this.#isPlanned = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    const nowMs = this.#clock.monotonicMs();
    const enough = this.#counts.packetsSent + TURN_PACKETS;
    let at = 0;
    try {
      while (at < waiting.length && this.#counts.packetsSent < enough) {
        const session = waiting[at++] as Flushable;
        session.isQueued = false;
        if (session.flush(nowMs)) this.add(session);
      }
    } finally {
      // Who had no turn comes first in the next one, also where a user's handler threw and ended this one.
      if (at < waiting.length) this.#waiting = waiting.slice(at).concat(this.#waiting);
      this.#plan();
    }
  };
}
