/**
 * When a server that does not answer is left for another: pure. It is told of answers, of probes (NULL calls, over connections of their
 * own) and of the time, and says what to do.
 *
 * A process that died is no case for it: its connection breaks at once. One that was stopped, or whose machine is off the network, is
 * silent on probes too, and is left soon, if another answers one. One that answers probes but none of the calls may only be slow,
 * or cut off from the others: it gets more time. If nobody answers, all stays as it is.
 *
 * With each move from one that was only slow the times double, and they halve again with each while in which no answer comes late and nobody is left. A move takes along all that is
 * unanswered, which may be tens of megabytes: where all are slow, going from one to the other makes them slower. A single answer between two
 * moves is no sign that they are not. Whether one that was silent on probes was only slow is seen after the move: it is asked once more. If it answers
 * still nothing, it stood still indeed, and the next one that does is left as soon.
 */
import type { Address } from "../../world/index.ts";

/** Silence after which the servers are asked whether they are there. */
export const ASK_AFTER_MS = 400;
/** Silence after which a server that answers no probe is left. */
export const LEAVE_AFTER_MS = 700;
/** Silence after which one that answers probes alone is left. */
export const SLOW_AFTER_MS = 2500;
/** The times double up to so much. */
export const MAX_PATIENCE = 16;
/** And of one that answers no probe, where another does: that it stands still is likely. */
export const MAX_MUTE_PATIENCE = 4;
/** So long without a move and without an answer that came late halves them. */
export const CALM_MS = 5000;
/** After a move from a server that was silent on probes it is asked again, and has so long to answer. */
export const JUDGE_AFTER_MS = 600;
export const JUDGE_MS = 1000;
/** Between two rounds of probes. */
export const ASK_AGAIN_MS = 1000;

export type Advice =
  | { readonly kind: "wait" }
  /** Ask all servers, the present one among them. */
  | { readonly kind: "ask" }
  | { readonly kind: "leave"; readonly to: Address };

const WAIT: Advice = { kind: "wait" };
const ASK: Advice = { kind: "ask" };

export class Silence {
  #sinceMs: number;
  #patience = 1;
  /** Since when nobody was left, or the times were halved. */
  #calmMs = 0;
  #askedMs: number | undefined;
  /** Those that answered a probe since they were asked, in that order. */
  readonly #there: Address[] = [];
  /** The server that was left last, of which it is not known yet whether it was only slow; and when it is asked, or what it says is waited for no more. */
  #judged: { readonly server: Address; atMs: number; isAsked: boolean } | undefined;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** A call was answered. */
  heard(nowMs: number): void {
    if (nowMs - this.#sinceMs >= LEAVE_AFTER_MS) this.#calmMs = nowMs;
    for (; this.#patience > 1 && nowMs - this.#calmMs >= CALM_MS; this.#calmMs += CALM_MS)
      this.#patience /= 2;
    this.restart(nowMs);
  }

  /** The server was left as advised. */
  left(nowMs: number, server: Address): void {
    const isMute = !this.#there.includes(server);
    // A move so soon after another: all may be slow.
    if (!isMute || this.#judged !== undefined) this.#grow();
    this.#judged = isMute ? { server, atMs: nowMs + JUDGE_AFTER_MS, isAsked: false } : undefined;
    this.#calmMs = nowMs;
    this.restart(nowMs);
  }

  #grow(): void {
    this.#patience = Math.min(MAX_PATIENCE, this.#patience * 2);
  }

  /** Calls are made after a rest, or go to another server from now on. */
  restart(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#askedMs = undefined;
    this.#there.length = 0;
  }

  /** A server answered a probe. */
  isThere(server: Address): void {
    if (server === this.#judged?.server) {
      this.#judged = undefined;
      this.#grow();
    }
    if (this.#askedMs !== undefined && !this.#there.includes(server)) this.#there.push(server);
  }

  look(nowMs: number, present: Address): Advice {
    if (this.#judge(nowMs)) return ASK;
    const isMute = !this.#there.includes(present);
    const silenceMs =
      (nowMs - this.#sinceMs) / (isMute ? Math.min(this.#patience, MAX_MUTE_PATIENCE) : this.#patience);
    const to = this.#there.find((server) => server !== present);
    const patienceMs = isMute ? LEAVE_AFTER_MS : SLOW_AFTER_MS;
    if (to !== undefined && silenceMs >= patienceMs) return { kind: "leave", to };
    if (silenceMs < ASK_AFTER_MS) return WAIT;
    if (this.#askedMs !== undefined && nowMs < this.#askedMs + ASK_AGAIN_MS) return WAIT;
    this.#askedMs = nowMs;
    this.#there.length = 0;
    return ASK;
  }

  /** True: the server that was left last is to be asked. */
  #judge(nowMs: number): boolean {
    const judged = this.#judged;
    if (judged === undefined || nowMs < judged.atMs) return false;
    if (judged.isAsked) {
      this.#judged = undefined;
      return false;
    }
    judged.isAsked = true;
    judged.atMs = nowMs + JUDGE_MS;
    return true;
  }
}
