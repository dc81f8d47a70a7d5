/**
 * Appends at the replica that they were made at: a queue, of which a first part is with the leader. What was sent in a ballot
 * is numbered from 1, and the leader takes each number once, so it may be sent again. When another leader's opening was
 * applied here, all that older ballots brought is known: what is still in the queue did not happen, and goes to the new one.
 *
 * So an append is applied once or not at all, and its fate is unknown only where its caller no longer waits, this
 * replica ends, or a snapshot took the place of the entries among which it may be.
 */
import { Fifo } from "../world/index.ts";
import type { Core } from "./core.ts";
import { bornOf, type EntryKind, lifeOf, makeEntry, numberEntry, originOf, sequenceOf } from "./entry.ts";

/** What stands for an append between the queue and whoever waits for it. */
export type Ticket = object;

export interface Failure {
  readonly ticket: Ticket;
  /** It was with a leader, and may yet happen or have happened; else it never will. */
  readonly isUnknown: boolean;
}

interface Pending {
  entry: Uint8Array;
  /** Nobody waits any more when undefined. */
  ticket: Ticket | undefined;
  readonly dueMs: number;
  /** The bytes are others' too. */
  isShared: boolean;
  /** A snapshot may hold what it did. */
  isSkipped: boolean;
}

export class Appends {
  readonly failures: Failure[] = [];
  readonly #core: Core;
  readonly #timeoutMs: number;
  /** The first `#sent` are with the leader of `#ballot`, numbered from `#firstSequence`. */
  #queue = new Fifo<Pending>();
  #sent = 0;
  #sentBytes = 0;
  #bytes = 0;
  #ballot = 0;
  #firstSequence = 1;
  #askMs = 0;

  constructor(core: Core, timeoutMs: number) {
    this.#core = core;
    this.#timeoutMs = timeoutMs;
  }

  get count(): number {
    return this.#queue.length;
  }

  /** Whether one of so many bytes has room. */
  hasRoom(bytes: number): boolean {
    const { maxAppends, maxAppendBytes } = this.#core.limits;
    return this.#queue.length < maxAppends && this.#bytes + bytes <= maxAppendBytes;
  }

  add(ticket: Ticket, kind: EntryKind, payload: Uint8Array): void {
    const { id, life, nowMs } = this.#core;
    const entry = makeEntry(kind, id, life, payload);
    const dueMs = nowMs + this.#timeoutMs;
    this.#queue.push({ entry, ticket, dueMs, isShared: false, isSkipped: false });
    this.#bytes += entry.length;
  }

  /** An entry was applied. Returns who waits for it, if it came from here. */
  applied(entry: Uint8Array): Ticket | undefined {
    const { id, life } = this.#core;
    if (originOf(entry) !== id || lifeOf(entry) !== life || bornOf(entry) !== this.#ballot) return undefined;
    const sequence = sequenceOf(entry);
    let ticket: Ticket | undefined;
    while (this.#sent > 0 && this.#firstSequence <= sequence) {
      ticket = this.#shift().ticket;
      this.#askMs = this.#core.nowMs;
    }
    return ticket;
  }

  #shift(): Pending {
    const pending = this.#queue.at(0);
    this.#queue.shift();
    this.#sent--;
    this.#firstSequence++;
    this.#sentBytes -= pending.entry.length;
    this.#bytes -= pending.entry.length;
    return pending;
  }

  /** An opening was applied: what was born in older ballots and was not applied never will be. */
  opened(ballot: number): void {
    if (ballot <= this.#ballot) return;
    const queue = new Fifo<Pending>();
    let at = 0;
    for (const pending of this.#queue) {
      if (at++ < this.#sent) pending.isShared = true;
      if (pending.ticket !== undefined) queue.push(pending);
      else this.#bytes -= pending.entry.length;
    }
    this.#queue = queue;
    this.#ballot = ballot;
    this.#sent = 0;
    this.#sentBytes = 0;
    this.#firstSequence = 1;
  }

  /** A snapshot took the place of entries that were not seen here: those that were sent may be among them. */
  skipped(fence: number): void {
    for (let at = 0; at < this.#sent; at++) {
      const pending = this.#queue.at(at);
      this.#fail(pending, true);
      pending.isSkipped = true;
    }
    this.opened(fence);
  }

  #fail(pending: Pending, isUnknown: boolean): void {
    if (pending.ticket !== undefined) this.failures.push({ ticket: pending.ticket, isUnknown });
    pending.ticket = undefined;
  }

  /** Those whose time is over. */
  tick(leader: number, ballot: number): void {
    const { nowMs, timing } = this.#core;
    let count = 0;
    for (const pending of this.#queue) {
      if (pending.dueMs > nowMs) break;
      this.#fail(pending, count++ < this.#sent);
    }
    const late = this.#queue.splice(this.#sent, Math.max(0, count - this.#sent));
    for (const { entry } of late) this.#bytes -= entry.length;
    if (this.#sent > 0 && ballot === this.#ballot && nowMs >= this.#askMs + 2 * timing.heartbeatMs) {
      this.#ask(leader);
    }
  }

  /** Nothing more is expected of anybody. */
  end(): void {
    let at = 0;
    for (const pending of this.#queue) this.#fail(pending, at++ < this.#sent);
    const unsent = this.#queue.splice(this.#sent, this.#queue.length - this.#sent);
    for (const { entry } of unsent) this.#bytes -= entry.length;
  }

  /** The link to the leader began: what was on the way may be lost. */
  linked(leader: number, ballot: number): void {
    if (this.#sent > 0 && ballot === this.#ballot) this.#ask(leader);
  }

  /** Asks how many came. */
  #ask(leader: number): void {
    this.#askMs = this.#core.nowMs;
    this.#forward(leader, this.#sent, 0);
  }

  /** The leader expects this number next. */
  expected(leader: number, next: number): void {
    while (this.#sent > 0 && this.#firstSequence < next && this.#queue.at(0).isSkipped) this.#shift();
    const from = next - this.#firstSequence;
    if (from < 0 || from >= this.#sent) return;
    let at = from;
    while (at < this.#sent) at += this.#forward(leader, at, this.#sent - at);
  }

  /** Sends what the leader may have, if its opening was applied here. */
  flush(leader: number, ballot: number): void {
    if (ballot === 0 || ballot !== this.#ballot) return;
    const { appendBytes } = this.#core.limits;
    const from = this.#sent;
    while (this.#sent < this.#queue.length && this.#sentBytes < appendBytes) {
      const pending = this.#queue.at(this.#sent);
      if (pending.isShared) pending.entry = pending.entry.slice();
      pending.isShared = false;
      numberEntry(pending.entry, this.#firstSequence + this.#sent);
      this.#sentBytes += pending.entry.length;
      this.#sent++;
    }
    if (from === 0) this.#askMs = this.#core.nowMs;
    let at = from;
    while (at < this.#sent) at += this.#forward(leader, at, this.#sent - at);
  }

  /** Sends one message with entries of the queue from a place on, as many as it holds; returns how many. */
  #forward(leader: number, at: number, most: number): number {
    const { life, limits } = this.#core;
    const entries: Uint8Array[] = [];
    let bytes = 0;
    for (let next = at; next < at + most; next++) {
      const { entry } = this.#queue.at(next);
      if (entries.length > 0 && bytes + entry.length > limits.messageBytes) break;
      bytes += entry.length;
      entries.push(entry);
    }
    const sequence = this.#firstSequence + at;
    this.#core.send(leader, { kind: "forward", ballot: this.#ballot, life, sequence, entries });
    return entries.length;
  }
}
