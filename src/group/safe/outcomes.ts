/** What became of a member's safe messages, for whoever asks: by sequence, since each ends by itself. */
import type { Ending } from "./sender.ts";

interface Outcome {
  /** Undefined while it is open. */
  ending: Ending | undefined;
  cause: unknown;
  waiting: ((outcome: Outcome) => void)[];
}

/** Outcomes that are kept for who asks late. */
export const KEPT_OUTCOMES = 65_536;

export class Outcomes {
  readonly #errorOf: (ending: Exclude<Ending, "settled">, cause: unknown) => Error;
  readonly #outcomes = new Map<number, Outcome>();

  constructor(errorOf: (ending: Exclude<Ending, "settled">, cause: unknown) => Error) {
    this.#errorOf = errorOf;
  }

  open(sequence: number): void {
    this.#outcomes.set(sequence, { ending: undefined, cause: undefined, waiting: [] });
    // The oldest is the first; one that is still open is among a bounded number.
    if (this.#outcomes.size <= KEPT_OUTCOMES) return;
    for (const [oldest, { ending }] of this.#outcomes) {
      if (ending !== undefined) this.#outcomes.delete(oldest);
      return;
    }
  }

  end(sequence: number, ending: Ending, cause: unknown): void {
    const outcome = this.#outcomes.get(sequence);
    if (outcome === undefined) return;
    outcome.ending = ending;
    outcome.cause = cause;
    for (const tell of outcome.waiting.splice(0)) tell(outcome);
  }

  /** Undefined for the sequence of no safe message. */
  of(sequence: number): Promise<void> | undefined {
    const outcome = this.#outcomes.get(sequence);
    if (outcome === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const tell = ({ ending, cause }: Outcome) => {
        if (ending === "settled") resolve();
        else reject(this.#errorOf(ending as Exclude<Ending, "settled">, cause));
      };
      if (outcome.ending === undefined) outcome.waiting.push(tell);
      else tell(outcome);
    });
  }

  /** Another life counts from 1 again. */
  clear(): void {
    this.#outcomes.clear();
  }
}
