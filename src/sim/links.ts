/**
 * What the network does to what travels from one node to another: delay, bandwidth, loss, duplication, reordering,
 * corruption, and partitions. Each direction of each pair has its own options and its own random numbers, wherever
 * in the network the two are.
 */
import { Prng } from "./prng.ts";
import {
  checkTransmitter,
  DEFAULT_TRANSMITTER,
  type RateChange,
  Transmitter,
  type TransmitterOptions,
} from "./transmitter.ts";

/** One direction between two nodes. Probabilities are of 0 to 1. */
export interface LinkOptions extends TransmitterOptions {
  /** The propagation delay: the least time that anything takes. Default 0.2. */
  readonly latencyMs: number;
  /** Added to it, drawn for each message. Default 0.1. Datagrams overtake each other by it. */
  readonly jitterMs: number;
  /** `uniform`: of 0 to `jitterMs`. `exponential`: with the mean `jitterMs`, so that few are very late. Default `uniform`. */
  readonly jitterShape: "uniform" | "exponential";
  /** The largest IP packet; a datagram of more than 28 bytes less is dropped, as with DF set. 0: no bound. Default 0. */
  readonly mtuBytes: number;
  /** A datagram is lost; a stream's segment is sent again after `retransmitMs`. Default 0. */
  readonly loss: number;
  /** A datagram arrives twice. Default 0. */
  readonly duplicate: number;
  /** A datagram is held back by up to `reorderMs`. Default 0. */
  readonly reorder: number;
  /** 0: ten times latency and jitter. Default 0. */
  readonly reorderMs: number;
  /** A datagram arrives with one to eight of its bits flipped. Default 0. */
  readonly corrupt: number;
  /** A stream's segment breaks its connection. Default 0. */
  readonly reset: number;
  /** What a lost segment of a stream waits before it is sent again. Default 200. */
  readonly retransmitMs: number;
}

/** What a link between two nodes is like unless something else is said. Times are in milliseconds. */
export const DEFAULT_LINK: LinkOptions = {
  ...DEFAULT_TRANSMITTER,
  latencyMs: 0.2,
  jitterMs: 0.1,
  jitterShape: "uniform",
  mtuBytes: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 0,
  corrupt: 0,
  reset: 0,
  retransmitMs: 200,
};

/** Between programs of one node; faults do not touch it. */
const LOOPBACK: LinkOptions = { ...DEFAULT_LINK, latencyMs: 0.01, jitterMs: 0 };

const REORDER_FACTOR = 10;
const MAX_FLIPPED_BITS = 8;
/** A stream's segment is not lost more often than this in a row. */
const MAX_RETRANSMISSIONS = 8;

export class Link {
  options: LinkOptions;
  /** How many partitions cut it; while there is one, nothing passes. */
  cuts = 0;
  readonly random: Prng;
  readonly transmitter = new Transmitter();

  constructor(options: LinkOptions, random: Prng) {
    this.options = options;
    this.random = random;
  }

  /** @throws RangeError for options that mean nothing. */
  set(change: Partial<LinkOptions>): RateChange {
    const before = this.options;
    this.options = checked({ ...before, ...change });
    return { transmitter: this.transmitter, before, after: this.options };
  }

  get blocked(): boolean {
    return this.cuts > 0;
  }

  delayNs(): number {
    const { latencyMs, jitterMs, jitterShape } = this.options;
    if (jitterMs === 0) return latencyMs * 1e6;
    const draw = jitterShape === "uniform" ? this.random.unit() : this.random.exponential();
    return (latencyMs + jitterMs * draw) * 1e6;
  }

  datagramDelayNs(): number {
    const delayNs = this.delayNs();
    if (!this.random.chance(this.options.reorder)) return delayNs;
    const { latencyMs, jitterMs, reorderMs } = this.options;
    return delayNs + this.random.unit() * (reorderMs || REORDER_FACTOR * (latencyMs + jitterMs)) * 1e6;
  }

  /** Loss does not lose a stream's bytes: it delays them. */
  segmentDelayNs(): number {
    let delayNs = this.delayNs();
    for (let i = 0; i < MAX_RETRANSMISSIONS && this.random.chance(this.options.loss); i++) {
      delayNs += this.options.retransmitMs * 1e6 * 2 ** i;
    }
    return delayNs;
  }

  /** A damaged copy. */
  corrupted(data: Uint8Array): Uint8Array {
    const copy = data.slice();
    flipBits(copy, this.random);
    return copy;
  }
}

/** Flips one to eight bits of `data`. */
export function flipBits(data: Uint8Array, random: Prng): void {
  const flips = 1 + random.below(MAX_FLIPPED_BITS);
  for (let i = 0; i < flips && data.length > 0; i++) {
    const bit = random.below(data.length * 8);
    data[bit >> 3] = (data[bit >> 3] as number) ^ (1 << (bit & 7));
  }
}

/** All links, made as they are first used; keyed by the nodes' names. */
export class Links {
  readonly #seed: string;
  readonly #links = new Map<string, Link>();
  #default: LinkOptions;

  constructor(seed: string, options: Partial<LinkOptions>) {
    this.#seed = seed;
    this.#default = checked({ ...DEFAULT_LINK, ...options });
  }

  between(from: string, to: string): Link {
    const name = `${from}>${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link(from === to ? LOOPBACK : this.#default, new Prng(this.#seed, `link ${name}`));
      this.#links.set(name, link);
    }
    return link;
  }

  /** Changes every link between different nodes, also those made later. */
  setAll(change: Partial<LinkOptions>): RateChange[] {
    this.#default = checked({ ...this.#default, ...change });
    const all = [...this.#links.values()].filter((link) => link.options !== LOOPBACK);
    return all.map((link) => link.set(change));
  }

  set(from: string, to: string, change: Partial<LinkOptions>): RateChange {
    return this.between(from, to).set(change);
  }

  heal(): void {
    for (const link of this.#links.values()) link.cuts = 0;
  }
}

const PROBABILITIES = ["loss", "duplicate", "reorder", "corrupt", "reset"] as const;
const AMOUNTS = ["latencyMs", "jitterMs", "reorderMs", "retransmitMs", "mtuBytes"] as const;

function checked(options: LinkOptions): LinkOptions {
  checkTransmitter("link", options);
  for (const name of PROBABILITIES) {
    if (!(options[name] >= 0 && options[name] <= 1))
      throw new RangeError(`link: ${name} ${options[name]} is not of 0 to 1`);
  }
  for (const name of AMOUNTS) {
    if (!(options[name] >= 0)) throw new RangeError(`link: ${name} ${options[name]} is negative`);
  }
  if (options.jitterShape !== "uniform" && options.jitterShape !== "exponential") {
    throw new RangeError(`link: jitterShape ${options.jitterShape} is not uniform or exponential`);
  }
  return options;
}
