/**
 * What became of a member's safe messages, for whoever asks: by sequence, since each ends by itself. Nearly all settle, so of
 * those only the sequences are kept, as runs; what is still open, and what failed, is kept one by one.
 */
import { Fifo } from "../../world/index.ts";
import type { Ending } from "./sender.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Failure {
  readonly ending: Exclude<Ending, "settled">;
  readonly cause: unknown;
}

/** Runs of sequences, and failures, that are kept for who asks late. */
export const KEPT_OUTCOMES = 65_536;

export class Outcomes {
  readonly #errorOf: (ending: Exclude<Ending, "settled">, cause: unknown) => Error;
  readonly #open = new Map<number, Waiting[]>();
  readonly #failures = new Map<number, Failure>();
  readonly #failed = new Fifo<number>();
  /** Where runs of safe sequences begin, and where each ends, both ascending. */
  #begins: number[] = [];
  #ends: number[] = [];
  /** Of no sequence up to this is known whether it failed. */
  #forgotten = 0;

  constructor(errorOf: (ending: Exclude<Ending, "settled">, cause: unknown) => Error) {
    this.#errorOf = errorOf;
  }

  /** Sequences are opened ascending. */
  open(sequence: number): void {
    this.#open.set(sequence, NOBODY);
    const last = this.#ends.length - 1;
    if (this.#ends[last] === sequence - 1) {
      this.#ends[last] = sequence;
      return;
    }
    this.#begins.push(sequence);
    this.#ends.push(sequence);
    if (this.#ends.length < 2 * KEPT_OUTCOMES) return;
    this.#begins = this.#begins.slice(KEPT_OUTCOMES);
    this.#ends = this.#ends.slice(KEPT_OUTCOMES);
  }

  end(sequence: number, ending: Ending, cause: unknown): void {
    const waiting = this.#open.get(sequence);
    if (waiting === undefined) return;
    this.#open.delete(sequence);
    if (ending !== "settled") this.#fail(sequence, { ending, cause });
    for (const each of waiting) this.#tell(each, ending, cause);
  }

  #fail(sequence: number, failure: Failure): void {
    this.#failures.set(sequence, failure);
    this.#failed.push(sequence);
    if (this.#failed.length <= KEPT_OUTCOMES) return;
    const oldest = this.#failed.shift() as number;
    this.#failures.delete(oldest);
    this.#forgotten = Math.max(this.#forgotten, oldest);
  }

  #tell({ resolve, reject }: Waiting, ending: Ending, cause: unknown): void {
    if (ending === "settled") resolve();
    else reject(this.#errorOf(ending, cause));
  }

  /** Undefined for the sequence of no safe message. */
  of(sequence: number): Promise<void> | undefined {
    const waiting = this.#open.get(sequence);
    if (waiting !== undefined) return this.#wait(sequence, waiting);
    if (sequence <= this.#forgotten || !this.#wasOpened(sequence)) return undefined;
    const failure = this.#failures.get(sequence);
    return failure === undefined
      ? Promise.resolve()
      : Promise.reject(this.#errorOf(failure.ending, failure.cause));
  }

  #wait(sequence: number, waiting: Waiting[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (waiting === NOBODY) this.#open.set(sequence, [{ resolve, reject }]);
      else waiting.push({ resolve, reject });
    });
  }

  #wasOpened(sequence: number): boolean {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as number) < sequence) low = middle + 1;
      else high = middle;
    }
    return (this.#begins[low] ?? Number.POSITIVE_INFINITY) <= sequence;
  }

  /** Another life counts from 1 again. */
  clear(): void {
    this.#open.clear();
    this.#failures.clear();
    this.#failed.clear();
    this.#begins = [];
    this.#ends = [];
    this.#forgotten = 0;
  }
}

/** Of the many for which nobody has waited yet. */
const NOBODY: Waiting[] = [];
