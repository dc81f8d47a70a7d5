/**
 * A bound on the memory that all open files of a client share. Who would go over it waits, first come first served,
 * and the owner is told, so that it can free some.
 */
export class Budget {
  readonly #totalBytes: number;
  readonly #onPressure: () => void;
  #usedBytes = 0;
  #waiting: { bytes: number; go: () => void }[] = [];

  /** `onPressure` is called when somebody begins to wait, and at every change while somebody waits. */
  constructor(totalBytes: number, onPressure: () => void) {
    this.#totalBytes = totalBytes;
    this.#onPressure = onPressure;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes `bytes` now (undefined), or when there is room (a promise). One taker may go over the total, by its bytes. */
  take(bytes: number): Promise<void> | undefined {
    if (this.tryTake(bytes)) return undefined;
    const turn = new Promise<void>((go) => this.#waiting.push({ bytes, go }));
    this.#onPressure();
    return turn;
  }

  /** Takes `bytes` if there is room and nobody waits. */
  tryTake(bytes: number): boolean {
    if (this.#usedBytes >= this.#totalBytes || this.#waiting.length > 0) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Corrects what was taken: fewer bytes when negative. */
  adjust(bytes: number): void {
    this.#usedBytes += bytes;
    if (this.#waiting.length === 0) return;
    while (this.#usedBytes < this.#totalBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#usedBytes += next.bytes;
      next.go();
    }
    this.#onPressure();
  }
}
