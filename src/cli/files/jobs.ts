/** Runs many jobs at once, but boundedly many: who adds one over the bound waits for another to end. */
export class Jobs {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when the job was begun. `job` handles its own failures: it must not reject. */
  async add(job: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#max) await Promise.race(this.#running);
    const running: Promise<void> = job().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when every job has ended. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }
}
