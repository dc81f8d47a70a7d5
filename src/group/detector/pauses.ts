/**
 * The longest pause of a process of late: how long it was held up beyond what is usual. Pauses on busy machines are not distributed as
 * intervals are (a normal distribution says that one of a second never happens, also after it happened), but they come in bad times, and
 * what happened will happen again, and somewhat worse. What is remembered fades, by half in five minutes.
 */

const HALF_LIFE_MS = 300_000;
/** A longer one teaches nothing: that was no busy machine, but one that stood. */
export const MAX_LEARNED_MS = 1500;

export class Pauses {
  #longestMs = 0;
  #atMs = 0;

  note(pauseMs: number, nowMs: number): void {
    if (pauseMs > MAX_LEARNED_MS || pauseMs < this.longestMs(nowMs)) return;
    this.#longestMs = pauseMs;
    this.#atMs = nowMs;
  }

  longestMs(nowMs: number): number {
    return this.#longestMs * 2 ** ((this.#atMs - nowMs) / HALF_LIFE_MS);
  }
}
