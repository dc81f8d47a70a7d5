/**
 * How the other members get on with what we send them: whom to send to at all, what to send again, and who is too slow. A member
 * is in step when it has said, over the link that is up, that it is in the view, and how much it has.
 */
import type { MulticastLimits } from "./limits.ts";

interface Pace {
  isInStep: boolean;
  /** When it last acknowledged something new, or began to owe. */
  movedMs: number;
  resentMs: number;
  isOwing: boolean;
  isSlow: boolean;
}

export class Progress {
  readonly #limits: MulticastLimits;
  readonly #paces: readonly Pace[];
  readonly #inStep: number[] = [];

  constructor(members: number, limits: MulticastLimits) {
    this.#limits = limits;
    this.#paces = Array.from({ length: members }, () => ({
      isInStep: false,
      movedMs: 0,
      resentMs: 0,
      isOwing: false,
      isSlow: false,
    }));
  }

  /** Ranks, in the order in which they came in step. */
  get inStep(): readonly number[] {
    return this.#inStep;
  }

  isInStep(rank: number): boolean {
    return (this.#paces[rank] as Pace).isInStep;
  }

  setInStep(rank: number, isInStep: boolean): void {
    const pace = this.#paces[rank] as Pace;
    if (pace.isInStep === isInStep) return;
    pace.isInStep = isInStep;
    if (isInStep) this.#inStep.push(rank);
    else this.#inStep.splice(this.#inStep.indexOf(rank), 1);
  }

  /** Something was sent that everybody has to acknowledge. */
  sent(nowMs: number): void {
    for (const pace of this.#paces) {
      if (pace.isOwing) continue;
      pace.isOwing = true;
      pace.movedMs = nowMs;
    }
  }

  acknowledged(rank: number, isAll: boolean, nowMs: number): void {
    const pace = this.#paces[rank] as Pace;
    pace.movedMs = nowMs;
    pace.isOwing = !isAll;
  }

  /** Whether to send a member again, now, what it did not acknowledge. */
  mayResend(rank: number, nowMs: number): boolean {
    const pace = this.#paces[rank] as Pace;
    if (nowMs - pace.resentMs < this.#limits.resendMs) return false;
    pace.resentMs = nowMs;
    return true;
  }

  /** Looks for those who do not move. @returns when to look again. */
  check(nowMs: number, self: number, resend: (rank: number) => void, slow: (rank: number) => void): number {
    let nextMs = Number.POSITIVE_INFINITY;
    this.#paces.forEach((pace, rank) => {
      if (rank === self || !pace.isOwing) return;
      const stillMs = nowMs - pace.movedMs;
      if (stillMs >= this.#limits.slowAfterMs && !pace.isSlow) {
        pace.isSlow = true;
        slow(rank);
      }
      if (stillMs >= this.#limits.resendMs && pace.isInStep && this.mayResend(rank, nowMs)) resend(rank);
      nextMs = Math.min(nextMs, nowMs + this.#limits.resendMs);
    });
    return nextMs;
  }
}
