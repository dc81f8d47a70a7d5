/**
 * Whether the peer at the other end of a link is there, by looking now and then: something came from it, or it takes what waits for it.
 * Behind much that leaves slowly a ping waits, and its answer; but somebody takes it.
 */

/** What a link shows at one look. */
export interface PulseReading {
  /** Grows with each sign of life. */
  readonly heard: number;
  /** Bytes that have left, and those that wait to. */
  readonly leftBytes: number;
  readonly pendingBytes: number;
}

export class Pulse {
  #heard = 0;
  #leftBytes = 0;
  #wasPending = false;
  #lostPings = 0;

  /** What there is to do: nothing, to ask, or to give up a peer that has answered none of `maxLostPings` questions. */
  look({ heard, leftBytes, pendingBytes }: PulseReading, maxLostPings: number): "alive" | "ask" | "silent" {
    const isHeard = heard !== this.#heard;
    const isTaken = this.#wasPending && leftBytes > this.#leftBytes;
    this.#heard = heard;
    this.#leftBytes = leftBytes;
    this.#wasPending = pendingBytes > 0;
    if (isHeard || isTaken) this.#lostPings = 0;
    else if (this.#lostPings++ >= maxLostPings) return "silent";
    return isHeard ? "alive" : "ask";
  }
}
