/**
 * Reads at the leader. All that wait share one round: the slot up to which entries are chosen is noted, and once a majority
 * has confirmed a later round, nobody else led when it was noted. Who has applied that slot may answer.
 *
 * Source: Ongaro's thesis, section 6.4 (read-index).
 */

/** A replica that asked, each once: a later request takes the place of its earlier one. */
export interface ReadRequest {
  readonly life: number;
  readonly number: number;
}

interface OpenRound {
  readonly round: number;
  readonly slot: number;
  readonly requests: ReadonlyMap<number, ReadRequest>;
}

export class ReadRounds {
  #waiting = new Map<number, ReadRequest>();
  #open: OpenRound | undefined;

  ask(from: number, request: ReadRequest): void {
    const other = this.#waiting.get(from);
    const isNewer =
      other === undefined ||
      request.life > other.life ||
      (request.life === other.life && request.number > other.number);
    if (isNewer) this.#waiting.set(from, request);
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Begins a round with all that wait. */
  begin(round: number, slot: number): void {
    this.#open = { round, slot, requests: this.takeWaiting() };
  }

  takeWaiting(): ReadonlyMap<number, ReadRequest> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    return waiting;
  }

  /** The open round, if a majority has confirmed it. */
  take(confirmed: number): OpenRound | undefined {
    const open = this.#open;
    if (open === undefined || confirmed < open.round) return undefined;
    this.#open = undefined;
    return open;
  }
}
