/**
 * A node's clocks: one oscillator, which runs too fast or too slow by its drift, and two readings of it. The
 * monotonic one begins anywhere and never goes back; the wall clock adds an offset, and can be stepped. The
 * oscillator is the machine's, so it outlives incarnations. Timers count its nanoseconds, not those of virtual time.
 */
import type { Clock, WallTime } from "../world/index.ts";
import type { Prng } from "./prng.ts";
import { type Owner, type Scheduler, SimEvent } from "./scheduler.ts";

/** By how much a node's clocks are wrong. */
export interface ClockOptions {
  /** By how much the wall clock is ahead at the start. Default 0. */
  readonly offsetMs: number;
  /** Parts in a million by which both clocks, and timers, run too fast; of -500,000 to 500,000. Default 0. */
  readonly driftPpm: number;
  /** Readings are whole multiples of it, rounded down; 0 for nanoseconds. Default 0. */
  readonly granularityMs: number;
  /** Each reading is late by up to this, uniform from 0. Default 0. */
  readonly readJitterMs: number;
}

export const DEFAULT_CLOCK: ClockOptions = {
  offsetMs: 0,
  driftPpm: 0,
  granularityMs: 0,
  readJitterMs: 0,
};

const MAX_DRIFT_PPM = 500_000;

/** The clocks of a simulated node, which may be set and disturbed while it runs. */
export class SimClock {
  readonly #scheduler: Scheduler;
  readonly #random: Prng;
  readonly #startSeconds: number;
  readonly #log: (what: string) => void;
  #options: ClockOptions;
  /** The oscillator counted `#countNs` at `#sinceNs` of virtual time, and has had one rate since. */
  #sinceNs = 0;
  #countNs = 0;
  #rate = 1;
  #offsetNs: number;

  constructor(
    scheduler: Scheduler,
    random: Prng,
    startSeconds: number,
    options: Partial<ClockOptions>,
    log: (what: string) => void,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#startSeconds = startSeconds;
    this.#log = log;
    this.#options = checked({ ...DEFAULT_CLOCK, ...options });
    this.#offsetNs = this.#options.offsetMs * 1e6;
    this.#rate = rateOf(this.#options);
    this.#sinceNs = scheduler.nowNs;
    this.#countNs = scheduler.nowNs;
  }

  get options(): ClockOptions {
    return this.#options;
  }

  /** How far the wall clock is from virtual time. */
  get errorMs(): number {
    return (this.countNs() - this.#scheduler.nowNs + this.#offsetNs) / 1e6;
  }

  /** Changes drift, granularity or jitter from now on. A new `offsetMs` steps the wall clock by its difference to the last. */
  set(change: Partial<ClockOptions>): void {
    const options = checked({ ...this.#options, ...change });
    this.#countNs = this.countNs();
    this.#sinceNs = this.#scheduler.nowNs;
    this.#offsetNs += (options.offsetMs - this.#options.offsetMs) * 1e6;
    this.#options = options;
    this.#rate = rateOf(options);
    this.#log(`clock ${JSON.stringify(change)}`);
    this.#scheduler.retime((event) => (event instanceof ClockTimer ? event.dueNs(this) : undefined));
  }

  /** Moves the wall clock by so much, as an operator or a time service does; monotonic time and timers go on. */
  step(deltaMs: number): void {
    if (!Number.isFinite(deltaMs)) throw new RangeError(`clock: step of ${deltaMs} ms is not a number`);
    this.#offsetNs += deltaMs * 1e6;
    this.#log(`clock step ${deltaMs} ms`);
  }

  /** The clocks as one incarnation reads them; its monotonic one begins at `originMs`. */
  reader(originMs: number): Clock {
    const bootNs = this.countNs();
    let lastMs = originMs;
    return {
      monotonicMs: () => {
        lastMs = Math.max(lastMs, originMs + this.#read(this.countNs() - bootNs) / 1e6);
        return lastMs;
      },
      wall: () => this.#wall(),
    };
  }

  /** An event of `owner` that is due when the oscillator has counted `delayNs` more. */
  timer(delayNs: number, owner: Owner, run: () => void): SimEvent {
    const timer = new ClockTimer(this, Math.ceil(this.countNs()) + Math.round(delayNs), owner, run);
    this.#scheduler.add(timer, timer.dueNs(this) as number);
    return timer;
  }

  /** Nanoseconds that the oscillator has counted, with a fraction. */
  countNs(): number {
    return this.#countNs + (this.#scheduler.nowNs - this.#sinceNs) * this.#rate;
  }

  /** The first moment of virtual time at which the oscillator will have counted so much. */
  whenNs(countNs: number): number {
    return this.#sinceNs + Math.ceil((countNs - this.#countNs) / this.#rate);
  }

  #wall(): WallTime {
    const ns = this.#read(this.countNs() + this.#offsetNs);
    const seconds = Math.floor(ns / 1e9);
    return {
      seconds: this.#startSeconds + seconds,
      nanoseconds: Math.min(Math.floor(ns - seconds * 1e9), 999_999_999),
    };
  }

  /** What a reading at `ns` says. */
  #read(ns: number): number {
    const { granularityMs, readJitterMs } = this.#options;
    const late = readJitterMs > 0 ? ns - this.#random.unit() * readJitterMs * 1e6 : ns;
    return granularityMs > 0 ? Math.floor(late / (granularityMs * 1e6)) * granularityMs * 1e6 : late;
  }
}

class ClockTimer extends SimEvent {
  readonly #clock: SimClock;
  readonly #dueCountNs: number;
  #run: (() => void) | undefined;

  constructor(clock: SimClock, dueCountNs: number, owner: Owner, run: () => void) {
    super(owner);
    this.#clock = clock;
    this.#dueCountNs = dueCountNs;
    this.#run = run;
  }

  /** In virtual time; undefined for a timer of another clock. */
  dueNs(clock: SimClock): number | undefined {
    return clock === this.#clock ? clock.whenNs(this.#dueCountNs) : undefined;
  }

  fire(): void {
    this.#run?.();
  }

  override cancel(): void {
    super.cancel();
    this.#run = undefined;
  }
}

function rateOf(options: ClockOptions): number {
  return 1 + options.driftPpm / 1e6;
}

function checked(options: ClockOptions): ClockOptions {
  if (!Number.isFinite(options.offsetMs)) {
    throw new RangeError(`clock: offsetMs ${options.offsetMs} is not a number`);
  }
  if (!(Math.abs(options.driftPpm) <= MAX_DRIFT_PPM)) {
    throw new RangeError(
      `clock: driftPpm ${options.driftPpm} is not of -${MAX_DRIFT_PPM} to ${MAX_DRIFT_PPM}`,
    );
  }
  for (const name of ["granularityMs", "readJitterMs"] as const) {
    if (!(options[name] >= 0)) throw new RangeError(`clock: ${name} ${options[name]} is negative`);
  }
  return options;
}
