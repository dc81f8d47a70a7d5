/** How far another replica is, as its leader knows. Source of the idea: the progress of etcd's raft. */

interface Flight {
  readonly to: number;
  readonly bytes: number;
}

export class Progress {
  readonly id: number;
  /** The slot that is sent next. */
  next: number;
  /** All up to here are durable there in this ballot, or chosen. */
  match = 0;
  /** The leader's clock when it sent what this one confirmed last. */
  contactMs = Number.NEGATIVE_INFINITY;
  /** The highest round that this one confirmed. */
  round = 0;
  /** Something is to be sent even if there is nothing new. */
  isDue = true;
  /** What was chosen when something was sent last. */
  toldCommitted = 0;
  /** Bytes of entries that were sent and are not durable there. */
  flightBytes = 0;
  #flights: Flight[] = [];
  #sentRound = 0;
  #probeRound = 0;
  #probeMs = 0;
  /** What is said to be missing in an older round was sent again since. */
  #rewindRound = 0;

  constructor(id: number, next: number) {
    this.id = id;
    this.next = next;
  }

  sent(count: number, bytes: number): void {
    this.next += count;
    this.flightBytes += bytes;
    this.#flights.push({ to: this.next - 1, bytes });
  }

  /** A message of this round leaves: a round that is new to the peer measures the contact. */
  probe(round: number, nowMs: number): void {
    if (round <= this.#sentRound) return;
    this.#sentRound = round;
    if (this.#probeRound !== 0) return;
    this.#probeRound = round;
    this.#probeMs = nowMs;
  }

  confirmed(durable: number, round: number): void {
    this.match = Math.max(this.match, durable);
    this.next = Math.max(this.next, durable + 1);
    this.round = Math.max(this.round, round);
    let count = 0;
    for (const { to, bytes } of this.#flights) {
      if (to > this.match) break;
      this.flightBytes -= bytes;
      count++;
    }
    if (count > 0) this.#flights.splice(0, count);
    if (this.#probeRound === 0 || round < this.#probeRound) return;
    this.contactMs = this.#probeMs;
    this.#probeRound = 0;
  }

  /** Slots from `wanted` on are missing there, as of a round. True: they are to be sent in a round above `lastRound`. */
  rewind(wanted: number, round: number, lastRound: number): boolean {
    if (wanted >= this.next || round < this.#rewindRound) return false;
    this.#rewindRound = lastRound + 1;
    this.next = wanted;
    this.#flights = [];
    this.flightBytes = 0;
    return true;
  }

  /** A link begins: what was on the way is lost as far as anybody knows, and the other side may have been started anew. */
  linked(): void {
    this.next = Math.max(1, this.match + 1);
    this.match = 0;
    this.#flights = [];
    this.flightBytes = 0;
    this.#probeRound = 0;
    this.#rewindRound = 0;
    this.toldCommitted = 0;
    this.isDue = true;
  }
}
