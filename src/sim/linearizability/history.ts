/**
 * The recorder: who called what, and what was answered, in the order in which it happened.
 *
 * The order is a count, not a clock: two events of one virtual instant are still one after the other, as the code that
 * records them ran. It is the same in every run of a seed.
 */
import type { RecordedOperation } from "./model.ts";

/** Operations that one history holds. */
export const DEFAULT_MAX_OPERATIONS = 1_000_000;

/** An operation that was called. Exactly one of the three ends it; left open, it counts as `unknown`. */
export interface OpenOperation<Output> {
  /** It was answered. */
  returned(output: Output): void;
  /** Nobody will ever see its answer: it may have happened, may still happen, or never will. */
  unknown(): void;
  /** It certainly did not happen and never will: it is taken out of the history. */
  refused(): void;
}

/** How a history is stamped, and how long it may become. */
export interface HistoryOptions {
  /** Virtual time for people: `() => sim.nowMs`. The verdict does not depend on it. */
  readonly nowMs?: () => number;
  /** Default 1,000,000. */
  readonly maxOperations?: number;
}

type Recorded<Input, Output> = {
  -readonly [Name in keyof RecordedOperation<Input, Output>]: RecordedOperation<Input, Output>[Name];
};

/** Records what clients asked of an object and were answered, for `checkLinearizability`. */
export class History<Input, Output> {
  readonly #nowMs: (() => number) | undefined;
  readonly #maxOperations: number;
  readonly #recorded = new Set<Recorded<Input, Output>>();
  #count = 0;

  constructor(options: HistoryOptions = {}) {
    this.#nowMs = options.nowMs;
    this.#maxOperations = options.maxOperations ?? DEFAULT_MAX_OPERATIONS;
  }

  /** How many operations it holds. */
  get length(): number {
    return this.#recorded.size;
  }

  /**
   * Call it before the operation can have any effect.
   * @throws RangeError when the history is full.
   */
  call(client: string, input: Input): OpenOperation<Output> {
    if (this.#recorded.size >= this.#maxOperations) {
      throw new RangeError(`a history holds at most ${this.#maxOperations} operations`);
    }
    const operation: Recorded<Input, Output> = { client, input, call: this.#count++, answer: undefined };
    if (this.#nowMs !== undefined) operation.callMs = this.#nowMs();
    this.#recorded.add(operation);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) throw new TypeError("an operation ends once");
      isOpen = false;
    };
    return {
      returned: (output) => {
        close();
        operation.answer = { at: this.#count++, output };
        if (this.#nowMs !== undefined) operation.answerMs = this.#nowMs();
      },
      unknown: close,
      refused: () => {
        close();
        this.#recorded.delete(operation);
      },
    };
  }

  /** What was recorded so far, in the order of the calls; what is still open has no answer. */
  operations(): RecordedOperation<Input, Output>[] {
    return Array.from(this.#recorded, (operation) => ({ ...operation }));
  }
}
