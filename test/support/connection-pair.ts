/**
 * Two connections joined by a network of their own in virtual time: loss, duplication, jitter (which reorders), bandwidth with
 * a drop-tail queue. Every draw comes from one seed. Each side does what an endpoint does: it drops packets that it
 * has seen, asks for packets until there are none, and wakes the connection when it wants.
 */
import { Connection } from "../../src/channel/connection/connection.ts";
import type { ConnectionEvents, ConnectionLimits } from "../../src/channel/connection/types.ts";
import { Prng } from "../../src/sim/prng.ts";
import type { CoterieError } from "../../src/world/index.ts";

export interface LinkOptions {
  readonly latencyMs: number;
  /** Up to so much more for each packet, drawn evenly. */
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplicate: number;
  /** Larger payloads vanish. */
  readonly maxPayloadBytes: number;
  /** `Infinity` for no bottleneck. */
  readonly bytesPerMs: number;
  /** What may wait before the bottleneck. */
  readonly queueBytes: number;
}

export const perfectLink: LinkOptions = {
  latencyMs: 5,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  maxPayloadBytes: 65_535,
  bytesPerMs: Number.POSITIVE_INFINITY,
  queueBytes: Number.POSITIVE_INFINITY,
};

export const defaultLimits: ConnectionLimits = {
  maxPendingBytes: 4 * 1024 * 1024,
  receiveWindowBytes: 1024 * 1024,
  minPayloadBytes: 1160,
  maxPayloadBytes: 1160,
  timeoutMs: 30_000,
  keepaliveMs: 0,
};

/** What a packet costs on the wire beside its payload. */
const OVERHEAD_BYTES = 60;

/** One direction's bottleneck; several pairs may share it. */
export class Link {
  options: LinkOptions;
  carriedBytes = 0;
  dropped = 0;
  private freeAtMs = 0;
  private readonly random: Prng;

  constructor(options: Partial<LinkOptions>, seed: string) {
    this.options = { ...perfectLink, ...options };
    this.random = new Prng(seed, "link");
  }

  /** When a packet sent now arrives: none, once or twice. */
  pass(bytes: number, nowMs: number): number[] {
    const { options, random } = this;
    if (bytes > options.maxPayloadBytes || random.chance(options.loss)) return [];
    const waitMs = Math.max(0, this.freeAtMs - nowMs);
    if (options.bytesPerMs !== Number.POSITIVE_INFINITY) {
      if (waitMs * options.bytesPerMs > options.queueBytes) {
        this.dropped++;
        return [];
      }
      this.freeAtMs = nowMs + waitMs + (bytes + OVERHEAD_BYTES) / options.bytesPerMs;
    }
    this.carriedBytes += bytes + OVERHEAD_BYTES;
    const base = Math.max(nowMs, this.freeAtMs) + options.latencyMs;
    const arrivals = [base + random.unit() * options.jitterMs];
    if (random.chance(options.duplicate))
      arrivals.push(base + random.unit() * (options.jitterMs + options.latencyMs));
    return arrivals;
  }
}

export class Side implements ConnectionEvents {
  readonly connection: Connection;
  readonly received: Uint8Array[] = [];
  readonly closings: (CoterieError | undefined)[] = [];
  readonly seen = new Set<number>();
  packets = 0;
  bytes = 0;
  ends = 0;
  acknowledgments = 0;
  drains = 0;
  largestPayload = 0;
  onMessage: (message: Uint8Array) => void = (message) => this.received.push(message);
  onDrain: () => void = () => {};
  onReady: () => void = () => {};

  constructor(limits: ConnectionLimits, nowMs: number) {
    this.connection = new Connection(limits, this, nowMs);
  }

  message(message: Uint8Array): void {
    this.onMessage(message);
  }

  acknowledged(): void {
    this.acknowledgments++;
  }

  drain(): void {
    this.drains++;
    this.onDrain();
  }

  ended(): void {
    this.ends++;
  }

  closed(error: CoterieError | undefined): void {
    this.closings.push(error);
  }

  ready(): void {
    this.onReady();
  }
}

interface Flight {
  readonly atMs: number;
  readonly order: number;
  readonly to: Side;
  readonly number: number;
  readonly frames: Uint8Array;
}

/** Everything that shares one virtual clock. */
export class PairNetwork {
  nowMs = 0;
  private readonly flights: Flight[] = [];
  private readonly sides: Side[] = [];
  private readonly routes = new Map<Side, { readonly peer: Side; readonly link: Link }>();
  private readonly out = new Uint8Array(70_000);
  private order = 0;
  /** Called with every packet that is sent. */
  onPacket: (from: Side, number: number, frames: Uint8Array) => void = () => {};

  join(a: Side, b: Side, there: Link, back: Link): void {
    this.sides.push(a, b);
    this.routes.set(a, { peer: b, link: there });
    this.routes.set(b, { peer: a, link: back });
  }

  /** Lets every side send what it may. */
  pump(): void {
    for (const side of this.sides) this.pumpSide(side);
  }

  private pumpSide(side: Side): void {
    const { connection } = side;
    for (;;) {
      const number = connection.nextPacketNumber;
      const most = connection.payloadBytes;
      const bytes = connection.produce(this.out, 8, this.nowMs);
      if (bytes === 0) return;
      if (bytes > most) throw new Error(`${bytes} bytes where ${most} were the most`);
      if (connection.nextPacketNumber !== number + 1) throw new Error("the packet's number did not grow");
      this.carry(side, number, this.out.slice(8, 8 + bytes));
    }
  }

  private carry(from: Side, number: number, frames: Uint8Array): void {
    const route = this.routes.get(from);
    if (route === undefined) throw new Error("the side has no route");
    from.packets++;
    from.bytes += frames.length;
    from.largestPayload = Math.max(from.largestPayload, frames.length);
    this.onPacket(from, number, frames);
    for (const atMs of route.link.pass(frames.length, this.nowMs)) {
      this.insert({ atMs, order: this.order++, to: route.peer, number, frames });
    }
  }

  /** A binary heap would do as well; most arrive behind all others. */
  private insert(flight: Flight): void {
    const { flights } = this;
    let at = flights.length;
    while (at > 0 && isBefore(flight, flights[at - 1] as Flight)) at--;
    flights.splice(at, 0, flight);
  }

  /** Runs until nothing is left to happen, or `untilMs`, or `isDone`. Returns whether it stopped before `untilMs`. */
  run(untilMs: number, isDone: () => boolean = () => false): boolean {
    this.pump();
    while (!isDone()) {
      const wakeMs = Math.min(...this.sides.map(({ connection }) => connection.wakeAtMs));
      const nextMs = Math.max(
        this.nowMs,
        Math.min(this.flights[0]?.atMs ?? Number.POSITIVE_INFINITY, wakeMs),
      );
      if (nextMs === Number.POSITIVE_INFINITY) return true;
      if (nextMs > untilMs) {
        this.nowMs = untilMs;
        return false;
      }
      this.nowMs = nextMs;
      this.step();
    }
    return true;
  }

  private step(): void {
    for (const side of this.sides)
      if (side.connection.wakeAtMs <= this.nowMs) side.connection.wake(this.nowMs);
    while (this.flights.length > 0 && (this.flights[0] as Flight).atMs <= this.nowMs) {
      const { to, number, frames } = this.flights.shift() as Flight;
      if (to.seen.has(number)) continue;
      to.seen.add(number);
      to.connection.receive(number, frames, this.nowMs);
      this.pumpSide(to);
    }
    this.pump();
  }
}

function isBefore(a: Flight, b: Flight): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Whether two lists hold the same bytes; `toEqual` looks at every byte as a property. */
export function sameMessages(got: readonly Uint8Array[], expected: readonly Uint8Array[]): boolean {
  return (
    got.length === expected.length && got.every((message, at) => Buffer.compare(message, expected[at]!) === 0)
  );
}

export interface Pair {
  readonly network: PairNetwork;
  readonly a: Side;
  readonly b: Side;
  readonly there: Link;
  readonly back: Link;
}

export function connectionPair(
  seed: string,
  link: Partial<LinkOptions> = {},
  limits: Partial<ConnectionLimits> = {},
): Pair {
  const network = new PairNetwork();
  const a = new Side({ ...defaultLimits, ...limits }, 0);
  const b = new Side({ ...defaultLimits, ...limits }, 0);
  const there = new Link(link, `${seed}>`);
  const back = new Link(link, `${seed}<`);
  network.join(a, b, there, back);
  return { network, a, b, there, back };
}

/** Sends messages of the given sizes from `from` as room allows; returns them. */
export function sendAll(from: Side, seed: string, sizes: readonly number[]): Uint8Array[] {
  const random = new Prng(seed, "messages");
  const messages = sizes.map((size) => random.bytes(size));
  let next = 0;
  const push = () => {
    while (next < messages.length && from.connection.send(messages[next]!) > 0) next++;
  };
  from.onDrain = push;
  push();
  return messages;
}

export function bothClosed({ a, b }: Pair): () => boolean {
  return () => a.connection.isClosed && b.connection.isClosed;
}
