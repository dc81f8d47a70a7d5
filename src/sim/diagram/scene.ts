/**
 * What a diagram shows: the records of a window of time, and what held when it began.
 *
 * A trace may have a million records and a diagram a few hundred, so that this is a single pass: what is before the window
 * is folded into what stands, and no more records are kept than the window may hold.
 */
import type { TraceRecord } from "../trace.ts";
import { type Message, Messages } from "./messages.ts";
import { type Span, Standing } from "./standing.ts";

export interface WindowOptions {
  /** The window's first moment. With it the first records from there on are shown, without it the last ones. */
  readonly fromMs?: number;
  /** The window's last moment. */
  readonly toMs?: number;
  /** Records in the window. */
  readonly maxEvents: number;
}

export interface Scene {
  /** In the order in which they were heard of. */
  readonly nodes: readonly string[];
  readonly spans: readonly Span[];
  readonly messages: readonly Message[];
  /** The window's records, those of messages too. */
  readonly records: readonly TraceRecord[];
  /** Records before and after the window. */
  readonly before: number;
  readonly after: number;
}

export function makeScene(trace: Iterable<TraceRecord>, options: WindowOptions): Scene {
  const standing = new Standing();
  const messages = new Messages();
  const window = new Window(options);
  const fold = (record: TraceRecord): void => {
    standing.apply(record);
    messages.apply(record);
  };
  for (const record of trace) {
    const left = window.offer(record);
    if (left !== undefined) fold(left);
  }
  standing.forget();
  messages.forget();
  const records = window.records();
  for (const record of records) fold(record);
  return {
    nodes: standing.nodes,
    spans: [...standing.ended, ...standing.open()],
    messages: [...messages.ended, ...messages.underWay()],
    records,
    before: window.before,
    after: window.after,
  };
}

/** The first records of those offered that fit, or the last: a ring. */
class Window {
  before = 0;
  after = 0;
  readonly #fromNs: number;
  readonly #toNs: number;
  readonly #keepsFirst: boolean;
  readonly #max: number;
  readonly #ring: TraceRecord[] = [];
  #oldest = 0;

  constructor({ fromMs, toMs, maxEvents }: WindowOptions) {
    this.#fromNs = (fromMs ?? Number.NEGATIVE_INFINITY) * 1e6;
    this.#toNs = (toMs ?? Number.POSITIVE_INFINITY) * 1e6;
    this.#keepsFirst = fromMs !== undefined;
    this.#max = maxEvents;
  }

  /** The record that is before the window for good now, if there is one. */
  offer(record: TraceRecord): TraceRecord | undefined {
    if (record.atNs < this.#fromNs) {
      this.before++;
      return record;
    }
    const isFull = this.#ring.length === this.#max;
    if (record.atNs > this.#toNs || (isFull && this.#keepsFirst)) {
      this.after++;
      return undefined;
    }
    if (!isFull) {
      this.#ring.push(record);
      return undefined;
    }
    const left = this.#ring[this.#oldest];
    this.#ring[this.#oldest] = record;
    this.#oldest = (this.#oldest + 1) % this.#max;
    this.before++;
    return left;
  }

  records(): TraceRecord[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
  }
}
