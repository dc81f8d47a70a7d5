/**
 * What sends one bit after another: a link's end, a switch's port, a shared medium. Its queue is not simulated by
 * events but computed: all it needs to know is when the last bit of what it has taken will have left (the backlog in
 * nanoseconds, Lindley's recursion). What finds the queue too full is dropped at its tail.
 */

export interface TransmitterOptions {
  /** Bits a second; 0 for no bound, which takes no time and has no queue. Default 0. */
  readonly bandwidthBps: number;
  /** Bytes that may wait, with what is being sent, before datagrams are dropped. Default 256 KiB. */
  readonly queueBytes: number;
}

export const DEFAULT_TRANSMITTER: TransmitterOptions = { bandwidthBps: 0, queueBytes: 256 * 1024 };

/** Drops of a queue that is full. */
export const FULL = -1;

export class Transmitter {
  #freeAtNs = 0;
  #lastMessage = 0;
  #lastDepartureNs = 0;

  /**
   * When the last bit of a message will have left, or `FULL` when a droppable one finds no room. A message that
   * goes to many receivers is sent once: whoever asks again for the same `message` gets the same answer.
   */
  pass(
    nowNs: number,
    bytes: number,
    message: number,
    droppable: boolean,
    options: TransmitterOptions,
  ): number {
    if (!isBounded(options)) return nowNs;
    if (message === this.#lastMessage) return this.#lastDepartureNs;
    this.#lastMessage = message;
    const waitingNs = Math.max(0, this.#freeAtNs - nowNs);
    if (droppable && (waitingNs * options.bandwidthBps) / 8e9 + bytes > options.queueBytes) {
      this.#lastDepartureNs = FULL;
    } else {
      this.#freeAtNs = nowNs + waitingNs + (bytes * 8e9) / options.bandwidthBps;
      this.#lastDepartureNs = this.#freeAtNs;
    }
    return this.#lastDepartureNs;
  }

  /** What waits leaves in `scale` times the time from now on, because the rate has changed. */
  rescale(nowNs: number, scale: number): void {
    this.#freeAtNs = rescaled(this.#freeAtNs, nowNs, scale);
    this.#lastDepartureNs = rescaled(this.#lastDepartureNs, nowNs, scale);
  }

  /** Bytes that wait or are being sent. */
  queuedBytes(nowNs: number, options: TransmitterOptions): number {
    if (!isBounded(options)) return 0;
    return (Math.max(0, this.#freeAtNs - nowNs) * options.bandwidthBps) / 8e9;
  }
}

function isBounded({ bandwidthBps }: TransmitterOptions): boolean {
  return bandwidthBps > 0 && bandwidthBps !== Number.POSITIVE_INFINITY;
}

/** A departure after `nowNs`, when what is before it takes `scale` times as long. */
export function rescaled(departureNs: number, nowNs: number, scale: number): number {
  return departureNs <= nowNs ? departureNs : nowNs + (departureNs - nowNs) * scale;
}

/** A transmitter whose options have changed. */
export interface RateChange {
  readonly transmitter: Transmitter;
  readonly before: TransmitterOptions;
  readonly after: TransmitterOptions;
}

/** How many times as long as before what waits takes; 1 where nothing waited. */
export function scaleOf({ before, after }: RateChange): number {
  if (!isBounded(before)) return 1;
  return isBounded(after) ? before.bandwidthBps / after.bandwidthBps : 0;
}

/** @throws RangeError naming `what` and the option that is wrong. */
export function checkTransmitter(what: string, options: TransmitterOptions): void {
  for (const name of ["bandwidthBps", "queueBytes"] as const) {
    if (!(options[name] >= 0)) throw new RangeError(`${what}: ${name} ${options[name]} is not of 0 or more`);
  }
}
