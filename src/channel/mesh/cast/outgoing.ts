/**
 * What one peer was cast and may still ask for, and whether it is worth to cast to it: it is when it has said to hear us, and
 * misses little.
 */

/** A message that was cast, as long as somebody may ask for it. */
export interface Kept {
  readonly number: number;
  readonly message: Uint8Array;
  /** Peers that have not said to have it. */
  waiting: number;
}

interface Entry {
  readonly kept: Kept;
  isAsked: boolean;
}

/** Of so many casts a peer may miss so many, or gets no more for a while. */
const WINDOW = 64;
const MAX_MISSED = 16;
export const SUSPENDED_MS = 10_000;

export class Outgoing {
  readonly #release: (kept: Kept) => void;
  /** By number, in that order. */
  readonly #entries = new Map<number, Entry>();
  #isHeard = false;
  #suspendedUntilMs = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #missed = 0;

  constructor(release: (kept: Kept) => void) {
    this.#release = release;
  }

  /** The peer hears what we cast. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  heard(nowMs: number): void {
    if (nowMs >= this.#suspendedUntilMs) this.#isHeard = true;
  }

  sent(kept: Kept): void {
    this.#entries.set(kept.number, { kept, isAsked: false });
    if (++this.#sent < WINDOW) return;
    this.#sent = 0;
    this.#missed = 0;
  }

  /** @returns bytes of the casts up to this number that the peer did not have to ask for. */
  taken(number: number): number {
    let bytes = 0;
    for (const [each, { kept, isAsked }] of this.#entries) {
      if (each > number) break;
      this.#entries.delete(each);
      if (!isAsked) bytes += kept.message.length;
      this.#release(kept);
    }
    return bytes;
  }

  /** The peer misses a cast. @returns it; undefined when it has no reason to ask. */
  lacks(number: number, nowMs: number): Kept | undefined {
    const entry = this.#entries.get(number);
    if (entry === undefined || entry.isAsked) return undefined;
    entry.isAsked = true;
    if (++this.#missed >= MAX_MISSED) {
      this.#isHeard = false;
      this.#suspendedUntilMs = nowMs + SUSPENDED_MS;
      this.#sent = 0;
      this.#missed = 0;
    }
    return entry.kept;
  }

  /** What the peer may miss and has not asked for. */
  *unasked(): Iterable<Kept> {
    for (const { kept, isAsked } of this.#entries.values()) if (!isAsked) yield kept;
  }

  /** The link is gone. */
  close(): void {
    for (const { kept } of this.#entries.values()) this.#release(kept);
    this.#entries.clear();
    this.#isHeard = false;
  }
}
