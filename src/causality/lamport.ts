/**
 * Logical clocks (Lamport, "Time, clocks, and the ordering of events in a distributed system", 1978): numbers for events,
 * such that what happened before something else has the smaller one. The reverse cannot be read off them.
 */

/** A Lamport timestamp, made unique by its process. */
export interface LamportTimestamp {
  readonly time: number;
  readonly process: string;
}

/**
 * The logical clock of one process: `tick` for its own events and messages that it sends, `receive` for those
 * that come. Times are integers that only grow. Lamport (1978).
 */
export class LamportClock {
  #time: number;

  /** Continues after `time`: a process that restarts must not fall behind what it said. Default 0. */
  constructor(time = 0) {
    check(time);
    this.#time = time;
  }

  /** The timestamp of the last event. */
  get time(): number {
    return this.#time;
  }

  /** The timestamp of an event here, such as the sending of a message. */
  tick(): number {
    this.#time += 1;
    return this.#time;
  }

  /** The timestamp of the receipt of a message that carries `time`: after both. */
  receive(time: number): number {
    check(time);
    this.#time = Math.max(this.#time, time) + 1;
    return this.#time;
  }
}

/** The total order of timestamps: by time, equal times by process. Negative when `a` comes first. */
export function compareTimestamps(a: LamportTimestamp, b: LamportTimestamp): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.process === b.process) return 0;
  return a.process < b.process ? -1 : 1;
}

function check(time: number): void {
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError(`${time} is no timestamp`);
}
