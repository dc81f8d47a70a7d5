/**
 * How a leader gives the state of a machine that keeps it itself: an offer, which is repeated, then parts as the receiver
 * asks for them, read from the state as they leave. What the receiver has not confirmed is kept, a window of it, so that a
 * transfer goes on after a broken link where it was. One receiver at a time; it is served to its end, whoever leads
 * meanwhile, because what is chosen stays chosen.
 */

import { CHUNK_BYTES, type DurableStateMachine, type StateSource } from "./machine.ts";
import { guarded } from "./machine-guard.ts";
import type { More, Part } from "./message.ts";
import type { PrefixValue } from "./prefix.ts";
import { REPEAT_HEARTBEATS, STALLED_REPEATS, type StateHost, WINDOW_CHUNKS } from "./state-keeper.ts";

/** Streams of one life of a replica have numbers of their own. */
const LIFE_STREAMS = 2 ** 20;
/** An offer, and its repetition: who answers neither is passed over. */
const UNANSWERED_REPEATS = 3;
const NOTHING = new Uint8Array(0);

interface Donation {
  readonly to: number;
  readonly stream: number;
  readonly prefix: PrefixValue;
  /** Undefined once the receiver has all. */
  source: StateSource | undefined;
  /** Parts from `first` on that were read, and are not confirmed. */
  parts: Part[];
  first: number;
  /** The part that is sent next. */
  next: number;
  isRead: boolean;
  /** The receiver has asked for parts. */
  isAnswered: boolean;
  checksum: number;
  offeredMs: number;
  wantedMs: number;
  /** When a part left last. */
  sentMs: number;
}

export class StateDonor {
  readonly #host: StateHost;
  readonly #machine: DurableStateMachine<unknown>;
  readonly #repeatMs: number;
  #donation: Donation | undefined;
  /** Who was offered a state last: whoever does not take it has all others before it, for it may never come back. */
  #lastTo = 0;
  #count = 0;

  constructor(host: StateHost, machine: DurableStateMachine<unknown>) {
    this.#host = host;
    this.#machine = machine;
    this.#repeatMs = REPEAT_HEARTBEATS * host.heartbeatMs;
  }

  /** The slot of the state that is being given: entries after it will be needed. */
  get heldSlot(): number {
    return this.#donation?.prefix.slot ?? Number.POSITIVE_INFINITY;
  }

  offer(laggards: ReadonlySet<number>, ballot: number): void {
    this.tick();
    this.#passOver(laggards);
    // Who has all is waited for until it follows: what it needs then is held.
    if (this.#donation?.source === undefined && !laggards.has(this.#donation?.to ?? 0)) this.close();
    const next = this.#donation === undefined ? nextOf(laggards, this.#lastTo) : undefined;
    if (next !== undefined) this.#open(next);
    const donation = this.#donation;
    if (donation?.source === undefined || !laggards.has(donation.to)) return;
    const nowMs = this.#host.nowMs();
    if (nowMs < Math.max(donation.offeredMs, donation.wantedMs) + this.#repeatMs) return;
    donation.offeredMs = nowMs;
    // What was sent may be lost: an answer to the offer begins where the receiver is.
    donation.next = donation.first;
    const { to, stream, prefix } = donation;
    this.#host.send(to, { kind: "state", ballot, stream, prefix });
  }

  /** Who does not answer an offer, and its repetition, waits for its next turn if there are others. */
  #passOver(laggards: ReadonlySet<number>): void {
    const donation = this.#donation;
    if (donation === undefined || donation.isAnswered || laggards.size < 2) return;
    if (this.#host.nowMs() >= donation.wantedMs + UNANSWERED_REPEATS * this.#repeatMs) this.close();
  }

  #open(to: number): void {
    this.#lastTo = to;
    const { prefix } = this.#host.applied();
    const source = guarded("give a snapshot", () => this.#machine.snapshot());
    this.#donation = {
      to,
      stream: this.#host.life * LIFE_STREAMS + (this.#count++ % LIFE_STREAMS),
      prefix,
      source,
      parts: [],
      first: 0,
      next: 0,
      isRead: false,
      isAnswered: false,
      checksum: 0,
      offeredMs: Number.NEGATIVE_INFINITY,
      wantedMs: this.#host.nowMs() - this.#repeatMs,
      sentMs: Number.NEGATIVE_INFINITY,
    };
  }

  wanted(from: number, { stream, next, until }: More): void {
    const donation = this.#donation;
    if (donation === undefined || donation.to !== from || donation.stream !== stream) return;
    const read = donation.first + donation.parts.length;
    // A receiver that was started anew has lost what it confirmed: it is given another state.
    if (next < donation.first || next > read) {
      this.close();
      return;
    }
    donation.wantedMs = this.#host.nowMs();
    donation.isAnswered = true;
    donation.parts.splice(0, next - donation.first);
    donation.first = next;
    // What was sent a while ago and is asked for again, was lost.
    const isLost = donation.wantedMs >= donation.sentMs + this.#repeatMs;
    donation.next = isLost ? next : Math.max(donation.next, next);
    const end = Math.min(until, next + WINDOW_CHUNKS);
    while (donation.next < end) {
      const part = donation.parts[donation.next - donation.first] ?? this.#read(donation);
      if (part === undefined) break;
      donation.next++;
      donation.sentMs = donation.wantedMs;
      this.#host.send(from, part);
    }
    if (donation.isRead && donation.parts.length === 0) this.#closeSource(donation);
  }

  /** The next part; undefined after the last. */
  #read(donation: Donation): Part | undefined {
    const { source } = donation;
    if (donation.isRead || source === undefined) return undefined;
    const bytes = guarded("read a snapshot", () => checked(source.next()));
    if (bytes === undefined) donation.isRead = true;
    else donation.checksum = this.#host.crc32(bytes, donation.checksum);
    const part: Part = {
      kind: "part",
      stream: donation.stream,
      number: donation.first + donation.parts.length,
      checksum: donation.checksum,
      isEnd: bytes === undefined,
      bytes: bytes ?? NOTHING,
    };
    donation.parts.push(part);
    return part;
  }

  /** A transfer that stands still is over. */
  tick(): void {
    const { wantedMs } = this.#donation ?? {};
    if (wantedMs !== undefined && this.#host.nowMs() >= wantedMs + STALLED_REPEATS * this.#repeatMs)
      this.close();
  }

  close(): void {
    const donation = this.#donation;
    this.#donation = undefined;
    if (donation !== undefined) this.#closeSource(donation);
  }

  #closeSource(donation: Donation): void {
    const { source } = donation;
    donation.source = undefined;
    if (source !== undefined) guarded("close a snapshot", () => source.close());
  }
}

/** In turn: the lowest above `last`, or the lowest of all. */
function nextOf(laggards: ReadonlySet<number>, last: number): number | undefined {
  const inOrder = [...laggards].sort((a, b) => a - b);
  return inOrder.find((each) => each > last) ?? inOrder[0];
}

function checked(bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes !== undefined && bytes.length > CHUNK_BYTES) {
    throw new RangeError(`a chunk of ${bytes.length} bytes, and the most is ${CHUNK_BYTES}`);
  }
  return bytes;
}
