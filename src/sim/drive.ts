/**
 * The loop of a run: takes the next event, runs it, lets every microtask that follows from it run, and takes the
 * next. So ordinary async code runs unchanged and nothing of the machine's own timing can reach it. Every few hundred
 * events it goes once around the real event loop, so that rejections which nobody handles come up.
 */
import type { CoterieError } from "../world/index.ts";
import { afterMicrotasks, arm, captureRejections, disarm, nextTurn } from "./host.ts";
import { isCrash } from "./incarnation.ts";
import type { Scheduler } from "./scheduler.ts";

/** Events between two looks at the real event loop. */
const EVENTS_PER_TURN = 256;
/** Events in one instant after which time is said to stand still. */
const MAX_EVENTS_PER_INSTANT = 1_000_000;

export type MakeFailure = (code: string, why: string, cause?: unknown) => CoterieError;

/** A leak, a violated property: what the simulator and its checks say themselves. By shape: there may be another copy of this package. */
function tellsAll(error: unknown): boolean {
  const { code } = error instanceof Error ? (error as { code?: unknown }) : {};
  return typeof code === "string" && code.startsWith("SIM_");
}

/** One call of `run`: the loop over events, and what can end it. */
export class Drive<Result> {
  events = 0;
  readonly #scheduler: Scheduler;
  readonly #limitNs: number;
  readonly #failure: MakeFailure;
  #reject: (reason: unknown) => void = () => {};
  #release: () => void = () => {};
  /** Set once the run is over: how it tells so. */
  #outcome: (() => void) | undefined;
  #hasFailed = false;
  #untilTurn = EVENTS_PER_TURN;
  #instantNs = -1;
  #instantEvents = 0;
  /** The queue was empty at the last look; a second time running is a deadlock. */
  #starved = false;
  readonly #step = (): void => this.#next();

  constructor(scheduler: Scheduler, limitNs: number, failure: MakeFailure) {
    this.#scheduler = scheduler;
    this.#limitNs = limitNs;
    this.#failure = failure;
  }

  run(main: () => Result | Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#reject = reject;
      this.#release = captureRejections((reason) => {
        if (!isCrash(reason)) this.#fail(this.#failed(reason));
      });
      this.#scheduler.after(0, undefined, () => {
        const done = (async () => main())();
        done.then(
          (result) => this.#end(() => resolve(result)),
          (error) => this.#fail(error),
        );
      });
      this.#turn();
    });
  }

  #fail(error: unknown): void {
    if (!this.#hasFailed) this.#end(() => this.#reject(error));
    this.#hasFailed = true;
  }

  /** The first end counts, except that a failure after a success does. */
  #end(outcome: () => void): void {
    const first = this.#outcome === undefined;
    this.#outcome = outcome;
    if (!first) return;
    disarm();
    // Rejections of the last events come up once more around the loop, and still belong to this run.
    nextTurn(() => {
      this.#release();
      this.#outcome?.();
    });
  }

  #failed(cause: unknown): unknown {
    if (tellsAll(cause)) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return this.#failure("SIM_FAILED", `simulated code failed: ${message}`, cause);
  }

  #leak(what: string, instead: string): never {
    const error = this.#failure("SIM_LEAK", `simulated code used ${what}: use ${instead} instead`);
    this.#fail(error);
    throw error;
  }

  /** Around the real event loop once, with the traps off. */
  #turn(): void {
    disarm();
    nextTurn(() => {
      if (this.#outcome !== undefined) return;
      this.#untilTurn = EVENTS_PER_TURN;
      arm((what, instead) => this.#leak(what, instead));
      this.#next();
    });
  }

  #next(): void {
    if (this.#outcome !== undefined) return;
    if (this.#untilTurn-- === 0) {
      this.#turn();
      return;
    }
    const event = this.#scheduler.take();
    if (event === undefined) {
      this.#starve();
      return;
    }
    this.#starved = false;
    if (!this.#withinBounds(event.atNs)) return;
    this.events++;
    try {
      event.fire();
    } catch (error) {
      if (!isCrash(error)) {
        this.#fail(this.#failed(error));
        return;
      }
    }
    afterMicrotasks(this.#step);
  }

  #starve(): void {
    if (!this.#starved) {
      this.#starved = true;
      this.#turn();
      return;
    }
    this.#fail(this.#failure("SIM_DEADLOCK", "main waits and no event is left to wake it"));
  }

  #withinBounds(atNs: number): boolean {
    if (atNs > this.#limitNs) {
      const limit = `${(this.#limitNs / 1e6).toFixed(0)} ms`;
      this.#fail(this.#failure("SIM_TIME_LIMIT", `main had not finished at the limit of ${limit}`));
      return false;
    }
    if (atNs !== this.#instantNs) {
      this.#instantNs = atNs;
      this.#instantEvents = 0;
    } else if (++this.#instantEvents > MAX_EVENTS_PER_INSTANT) {
      this.#fail(this.#failure("SIM_LIVELOCK", "a million events ran and time stood still"));
      return false;
    }
    return true;
  }
}
