/**
 * What a member does from time to time though nothing happened: it shows itself that it was not paused, asks again what was not
 * answered, and asks members that are linked and not in step which view they are in.
 */
import type { CoreLimits } from "./core-types.ts";
import type { Introductions } from "./introductions.ts";
import type { Membership } from "./membership/membership.ts";
import type { Neighbours } from "./neighbours.ts";
import type { PauseWatch } from "./pause.ts";
import type { SendQueue } from "./send-queue.ts";
import type { Stay } from "./stay.ts";

/** Whoever is not in step is asked why, each time so many retries have passed. */
const GREET_RETRIES = 5;

export interface UpkeepHost {
  readonly membership: Membership;
  readonly stay: Stay;
  readonly introductions: Introductions;
  readonly pause: PauseWatch;
  readonly neighbours: Neighbours;
  readonly queue: SendQueue;
}

export class Upkeep {
  readonly #limits: CoreLimits;
  readonly #host: UpkeepHost;
  #dueMs = 0;
  #greetMs = 0;

  constructor(limits: CoreLimits, host: UpkeepHost) {
    this.#limits = limits;
    this.#host = host;
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  /** Something has changed: not to wait any longer. */
  hasten(nowMs: number): void {
    this.#dueMs = nowMs;
  }

  flush(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    const { retryMs, pauseMs } = this.#limits;
    // Often enough that an idle member is not taken for a paused one.
    this.#dueMs = nowMs + Math.min(retryMs, pauseMs / 2);
    const { membership, stay, introductions, pause, queue } = this.#host;
    const { installed } = stay;
    if (installed === undefined) return;
    if (membership.isLeaving && queue.length === 0) introductions.askToLeave(installed);
    if (pause.isAsking) pause.askAgain();
    if (nowMs - this.#greetMs < GREET_RETRIES * retryMs) return;
    this.#greetMs = nowMs;
    installed.view.members.forEach(({ node }, rank) => {
      if (this.#host.neighbours.isUp(node) && !installed.multicast.isInStep(rank))
        introductions.greet(node, true);
    });
  }
}
