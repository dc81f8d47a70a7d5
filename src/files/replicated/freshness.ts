/**
 * Reads that may be behind by so much. The log tells a replica that it has all that was acknowledged to anybody before a read was asked for; from then on
 * the state here only grows, so at any later moment it is behind by no more than the time since. As long as that is within what
 * a caller allows, the replica answers without asking anybody: one question in each such time is enough for all reads.
 *
 * A clock is only measured against itself, over that time. One that goes slow makes the answer older by as much as it loses.
 */
import type { ReplicatedLog } from "../../paxos/index.ts";
import type { Clock } from "../../world/index.ts";

export class Freshness {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** The state has all that was acknowledged before. */
  #asOfMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** What `look` sees, in a state that is behind by `staleMs` at most. Rejects as the log's `read`, and throws what `look` throws. */
  look<Seen>(
    staleMs: number,
    log: Pick<ReplicatedLog<unknown>, "read">,
    look: () => Seen,
  ): Promise<Seen> | Seen {
    const askedMs = this.#clock.monotonicMs();
    if (staleMs > 0 && askedMs - this.#asOfMs <= staleMs) return look();
    return log.read(() => {
      this.#asOfMs = Math.max(this.#asOfMs, askedMs);
      return look();
    });
  }
}
