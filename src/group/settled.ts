/** Who waits until a message is stable. Messages become stable in the order of their sequences. */

interface Waiting {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Settled {
  #last = 0;
  #waiting: Waiting[] = [];
  #failure: Error | undefined;

  when(sequence: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (sequence <= this.#last) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sequence, resolve, reject });
    });
  }

  settle(sequence: number): void {
    this.#last = sequence;
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((each) => each.sequence <= sequence);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => each.sequence > sequence);
    for (const { resolve } of due) resolve();
  }

  /** Nothing more becomes stable. */
  fail(error: Error): void {
    this.#failure = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  /** Another life, which counts from 1 again. */
  reset(): void {
    this.#failure = undefined;
    this.#last = 0;
  }
}
