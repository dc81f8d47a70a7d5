/**
 * Reads at the replica that they were made at. All that wait share one question to the leader; its answer is a slot, and once that
 * is applied here they may look. A question may be asked again: of whoever leads.
 */

import type { Ticket } from "./appends.ts";
import type { Core } from "./core.ts";
import type { Readable } from "./message.ts";

interface Waiting {
  readonly ticket: Ticket;
  readonly dueMs: number;
}

interface Ready {
  readonly slot: number;
  readonly waiting: readonly Waiting[];
}

export class Reads {
  /** Those whose time is over. */
  readonly failures: Ticket[] = [];
  readonly #core: Core;
  readonly #timeoutMs: number;
  #waiting: Waiting[] = [];
  /** Those that the question under way is for. */
  #asked: Waiting[] = [];
  #ready: Ready[] = [];
  #readyCount = 0;
  #number = 0;
  #askedBallot = 0;
  #askedMs = 0;

  constructor(core: Core, timeoutMs: number) {
    this.#core = core;
    this.#timeoutMs = timeoutMs;
  }

  get count(): number {
    return this.#waiting.length + this.#asked.length + this.#readyCount;
  }

  add(ticket: Ticket): void {
    this.#waiting.push({ ticket, dueMs: this.#core.nowMs + this.#timeoutMs });
  }

  /** Asks the leader, if there is one. */
  flush(leader: number, ballot: number): void {
    if (ballot === 0) return;
    if (this.#asked.length > 0) {
      if (ballot !== this.#askedBallot) this.#ask(leader, ballot);
      return;
    }
    if (this.#waiting.length === 0) return;
    this.#asked = this.#waiting;
    this.#waiting = [];
    this.#number++;
    this.#ask(leader, ballot);
  }

  #ask(leader: number, ballot: number): void {
    this.#askedBallot = ballot;
    this.#askedMs = this.#core.nowMs;
    this.#core.send(leader, { kind: "read", ballot, life: this.#core.life, number: this.#number });
  }

  linked(leader: number, ballot: number): void {
    if (this.#asked.length > 0 && ballot !== 0) this.#ask(leader, ballot);
  }

  answered({ life, number, slot }: Readable): void {
    if (life !== this.#core.life || number !== this.#number || this.#asked.length === 0) return;
    this.#ready.push({ slot, waiting: this.#asked });
    this.#readyCount += this.#asked.length;
    this.#asked = [];
  }

  /** Those that may look now that all up to a slot was applied. */
  takeReady(applied: number): Ticket[] {
    if (this.#readyCount === 0 || this.#ready.every(({ slot }) => slot > applied)) return [];
    const done = this.#ready.filter(({ slot }) => slot <= applied).flatMap(({ waiting }) => waiting);
    this.#ready = this.#ready.filter(({ slot }) => slot > applied);
    this.#readyCount -= done.length;
    return done.map(({ ticket }) => ticket);
  }

  tick(leader: number, ballot: number): void {
    const { nowMs, timing } = this.#core;
    this.#waiting = this.#stillIn(this.#waiting);
    this.#asked = this.#stillIn(this.#asked);
    this.#ready = this.#ready
      .map(({ slot, waiting }) => ({ slot, waiting: this.#stillIn(waiting) }))
      .filter(({ waiting }) => waiting.length > 0);
    this.#readyCount = this.#ready.reduce((sum, { waiting }) => sum + waiting.length, 0);
    if (this.#asked.length > 0 && ballot !== 0 && nowMs >= this.#askedMs + 2 * timing.heartbeatMs) {
      this.#ask(leader, ballot);
    }
  }

  #stillIn(waiting: readonly Waiting[]): Waiting[] {
    const { nowMs } = this.#core;
    if ((waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY) > nowMs) return waiting as Waiting[];
    return waiting.filter(({ ticket, dueMs }) => {
      if (dueMs <= nowMs) this.failures.push(ticket);
      return dueMs > nowMs;
    });
  }

  end(): void {
    const all = [...this.#asked, ...this.#waiting, ...this.#ready.flatMap(({ waiting }) => waiting)];
    for (const { ticket } of all) this.failures.push(ticket);
    this.#asked = [];
    this.#waiting = [];
    this.#ready = [];
    this.#readyCount = 0;
  }
}
