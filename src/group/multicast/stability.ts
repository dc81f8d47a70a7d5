/**
 * How far everybody has our stream: the sender's half of the acknowledgments. Receivers' counts come in; what all have is confirmed to all,
 * with the next bundle, or alone after a short delay, or at once when somebody waits for it. Who does not acknowledge is sent
 * everything again, over the link that is up, and after a long time held for too slow.
 */
import type { Lane } from "./lane.ts";
import type { MulticastLimits } from "./limits.ts";
import type { Outgoing } from "./outgoing.ts";
import type { MulticastOutput } from "./output.ts";
import { Progress } from "./progress.ts";
import * as small from "./small.ts";

export class Stability {
  readonly #view: number;
  /** Our stream as we send it, and as we keep it. */
  readonly #outgoing: Outgoing;
  readonly #own: Lane;
  readonly #limits: MulticastLimits;
  readonly #out: MulticastOutput;
  readonly #progress: Progress;
  #confirmDueMs = Number.POSITIVE_INFINITY;
  #checkMs = Number.POSITIVE_INFINITY;

  constructor(
    view: number,
    members: number,
    outgoing: Outgoing,
    own: Lane,
    limits: MulticastLimits,
    out: MulticastOutput,
  ) {
    this.#view = view;
    this.#outgoing = outgoing;
    this.#own = own;
    this.#limits = limits;
    this.#out = out;
    this.#progress = new Progress(members, limits);
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    return Math.min(this.#confirmDueMs, this.#checkMs);
  }

  /** Ranks of the members that are sent what is new. */
  get inStep(): readonly number[] {
    return this.#progress.inStep;
  }

  isInStep(rank: number): boolean {
    return this.#progress.isInStep(rank);
  }

  /** A bundle goes out, which has the confirmation in it. */
  sent(nowMs: number): void {
    this.#progress.sent(nowMs);
    this.#checkMs = Math.min(this.#checkMs, nowMs + this.#limits.resendMs);
  }

  /** A bundle says all that could be confirmed. */
  confirmed(): void {
    this.#confirmDueMs = Number.POSITIVE_INFINITY;
  }

  /** A member has so many of our items. @returns whether more of our stream is stable now. */
  acknowledge(from: number, count: number, nowMs: number): boolean {
    const outgoing = this.#outgoing;
    const before = outgoing.acknowledgedBy(from);
    const isMore = outgoing.acknowledge(from, count);
    const after = outgoing.acknowledgedBy(from);
    if (after > before) this.#progress.acknowledged(from, after >= this.#own.received, nowMs);
    return isMore;
  }

  /** More is stable: it is to be confirmed before long. */
  confirmSoon(nowMs: number): void {
    this.#confirmDueMs = Math.min(this.#confirmDueMs, nowMs + this.#limits.confirmDelayMs);
  }

  /** The member is in the view, as it says over the link that is up. */
  join(rank: number): void {
    this.#progress.setInStep(rank, true);
  }

  /** The link to the member is gone. */
  part(rank: number): void {
    this.#progress.setInStep(rank, false);
  }

  /** Tells a member again what is stable: the confirmation may have gone down with a link, and nothing else might ever be sent. */
  confirmTo(rank: number): void {
    if (this.#outgoing.stable > 0)
      this.#out.send(rank, small.writeConfirm(this.#view, this.#outgoing.stable));
  }

  /** Sends what of our stream was sent before, after so many items. */
  resend(rank: number, received: number): void {
    if (!this.#progress.isInStep(rank)) return;
    for (const { bytes } of this.#own.keptAfter(received)) this.#out.send(rank, bytes);
  }

  /** Whether a member may be told, now, that we miss something of its stream. */
  mayComplain(rank: number, nowMs: number): boolean {
    return this.#progress.mayResend(rank, nowMs);
  }

  /** Confirms and sends again what is due. */
  flush(nowMs: number): void {
    this.#flushConfirm(nowMs);
    if (nowMs >= this.#checkMs) this.#check(nowMs);
  }

  #flushConfirm(nowMs: number): void {
    const outgoing = this.#outgoing;
    if (!outgoing.isTellingStable) this.#confirmDueMs = Number.POSITIVE_INFINITY;
    else if (outgoing.isTellingUrgent || this.#confirmDueMs <= nowMs) {
      this.#confirmDueMs = Number.POSITIVE_INFINITY;
      this.#out.broadcast(this.inStep, small.writeConfirm(this.#view, outgoing.tellStable()));
    }
  }

  #check(nowMs: number): void {
    const resend = (rank: number) => this.resend(rank, this.#outgoing.acknowledgedBy(rank));
    const slow = (rank: number) => this.#out.slow(rank);
    this.#checkMs = this.#progress.check(nowMs, this.#own.rank, resend, slow);
  }
}
