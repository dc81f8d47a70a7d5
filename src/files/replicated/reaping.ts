/** Content of removed files, and what dropped snapshots held, is taken away by commands of the log, one at a time, which its leader appends. */
import { isCoterieError, type Timers } from "../../world/index.ts";
import type { LayerStep } from "./volume-layers.ts";

const RETRY_MS = 1000;

export interface ReapingHost {
  readonly timers: Timers;
  due(): LayerStep | undefined;
  isLeader(): boolean;
  append(step: LayerStep): Promise<unknown>;
}

export class Reaping {
  readonly #host: ReapingHost;
  #isUnderWay = false;
  #isPlanned = false;
  #isStopped = false;

  constructor(host: ReapingHost) {
    this.#host = host;
  }

  /** To be called when there may be something to do: in the middle of an entry too. */
  check(): void {
    if (this.#isUnderWay || this.#isPlanned || this.#isStopped) return;
    this.#isPlanned = true;
    this.#host.timers.soon(() => {
      this.#isPlanned = false;
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#isUnderWay || this.#isStopped || !this.#host.isLeader()) return;
    const step = this.#due();
    if (step === undefined) return;
    this.#isUnderWay = true;
    this.#host.append(step).then(
      () => this.#ended(0),
      () => this.#ended(RETRY_MS),
    );
  }

  /** What a damaged record hides is looked for again when the next entry has been applied, or a second later. */
  #due(): LayerStep | undefined {
    try {
      return this.#host.due();
    } catch (error) {
      if (isCoterieError(error)) return undefined;
      throw error;
    }
  }

  #ended(afterMs: number): void {
    this.#host.timers.after(afterMs, () => {
      this.#isUnderWay = false;
      this.check();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }
}
