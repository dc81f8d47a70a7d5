/**
 * A process that was paused may be out of its group and not know it. So one that did nothing for long holds everything, and
 * asks those who decide what follows the view whether they have promised to end it. When a quorum has not, no later view was
 * decided by then, and it goes on; else it will hear of what was decided.
 */
import type { Electorate } from "./membership/quorum.ts";

export interface PauseHost {
  readonly node: string;
  readonly electorate: Electorate;
  /** Asks a node about the view that we are in. */
  probe(node: string, token: number): void;
  /** Holds everything, and goes on. */
  hold(): void;
  goOn(): void;
  /** It cannot be told at once. */
  blocked(): void;
}

export class PauseWatch {
  readonly #host: PauseHost;
  readonly #pauseMs: number;
  readonly #alive = new Set<string>();
  #lastMs: number;
  #token = 0;
  isAsking = false;

  constructor(host: PauseHost, pauseMs: number, nowMs: number) {
    this.#host = host;
    this.#pauseMs = pauseMs;
    this.#lastMs = nowMs;
  }

  /** Something happens now. @returns whether nothing did for too long. */
  wasPaused(nowMs: number): boolean {
    const gapMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    return gapMs > this.#pauseMs;
  }

  /** Holds, and asks. */
  ask(): void {
    const { node } = this.#host;
    this.#token++;
    this.#alive.clear();
    this.isAsking = true;
    this.#host.hold();
    this.answered(node, this.#token);
    if (!this.isAsking) return;
    this.#host.blocked();
    this.askAgain();
  }

  askAgain(): void {
    const { electorate, node } = this.#host;
    for (const each of electorate.nodes) if (each !== node) this.#host.probe(each, this.#token);
  }

  /** A node had not promised anything when it was asked with this token. */
  answered(node: string, token: number): void {
    if (!this.isAsking || token !== this.#token) return;
    this.#alive.add(node);
    if (!this.#host.electorate.isQuorum((each) => this.#alive.has(each))) return;
    this.isAsking = false;
    this.#host.goOn();
  }

  /** The view ends: the question is void. */
  stop(): void {
    this.isAsking = false;
  }
}
