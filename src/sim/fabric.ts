/** The simulated network's hosts and what joins them: who has which address, and what a message passes on its way. */
import { isLoopback } from "./addresses.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Link, Links } from "./links.ts";
import type { SimDatagramSocket } from "./net-datagram.ts";
import type { SimListener } from "./net-listener.ts";
import type { SimStream } from "./net-stream.ts";
import type { PortTable } from "./ports.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Lan, Topology, type Way } from "./topology.ts";
import type { Trace, TracedMessage, TraceKind } from "./trace.ts";

/** A node's place in the network; it outlives its incarnations. */
export interface Host {
  readonly name: string;
  readonly ip: string;
  /** The network that it is in. */
  readonly lan: Lan;
  /** Undefined while the node is down. */
  incarnation: Incarnation | undefined;
  /** Down without the system below closing its sockets: nothing answers, as after a power failure. */
  silent: boolean;
  udp: PortTable<SimDatagramSocket>;
  tcp: PortTable<SimListener>;
  streams: Set<SimStream>;
}

/** What a message passes from one host to another: what networks add, and the link between the two. */
export interface Route extends Way {
  readonly link: Link;
}

/** Copies up to this size share their memory with others, as allocating is what they would cost most. */
const POOLED_BYTES = 2048;
const POOL_BYTES = 16 * 1024;

export class Fabric {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly links: Links;
  readonly topology = new Topology();
  /** By address, in the order in which the nodes were made. */
  readonly hosts = new Map<string, Host>();
  /** How long a stream tries to reach a peer that does not answer. */
  readonly streamTimeoutMs: number;
  #pool = new ArrayBuffer(0);
  #pooledBytes = 0;
  /** Found in the topology's version `#routesVersion`: of unicast, and of multicast. */
  readonly #routes = [
    new Map<Host, Map<Host, Route | undefined>>(),
    new Map<Host, Map<Host, Route | undefined>>(),
  ] as const;
  #routesVersion = 0;

  constructor(scheduler: Scheduler, trace: Trace, links: Links, streamTimeoutMs: number) {
    this.scheduler = scheduler;
    this.trace = trace;
    this.links = links;
    this.streamTimeoutMs = streamTimeoutMs;
  }

  addHost(host: Host): void {
    this.hosts.set(host.ip, host);
    this.topology.version++;
  }

  /** The host that `from` reaches at an address. */
  locate(from: Host, ip: string): Host | undefined {
    return isLoopback(ip) ? from : this.hosts.get(ip);
  }

  link(from: Host, to: Host): Link {
    return this.links.between(from.name, to.name);
  }

  /** How a message gets from one host to another, as long as `topology.version` stays; undefined for no way. */
  route(from: Host, to: Host, multicast = false): Route | undefined {
    if (this.#routesVersion !== this.topology.version) {
      for (const routes of this.#routes) routes.clear();
      this.#routesVersion = this.topology.version;
    }
    const routes = this.#routes[multicast ? 1 : 0];
    let known = routes.get(from);
    if (known === undefined) {
      known = new Map();
      routes.set(from, known);
    }
    if (known.has(to)) return known.get(to);
    const way = this.topology.way(from, to, multicast);
    const route = way === undefined ? undefined : { ...way, link: this.link(from, to) };
    known.set(to, route);
    return route;
  }

  /** A copy, for a receiver to own. */
  copy(data: Uint8Array): Uint8Array {
    const { length } = data;
    if (length > POOLED_BYTES) return data.slice();
    if (this.#pooledBytes + length > this.#pool.byteLength) {
      this.#pool = new ArrayBuffer(POOL_BYTES);
      this.#pooledBytes = 0;
    }
    const copy = new Uint8Array(this.#pool, this.#pooledBytes, length);
    copy.set(data);
    // The next one begins at a multiple of eight, as a buffer of its own would.
    this.#pooledBytes += (length + 7) & ~7;
    return copy;
  }

  log(host: Host, what: string, kind: TraceKind): void {
    this.trace.add(this.scheduler.nowNs, host.name, what, kind);
  }

  /** Something that the scenario does to the world, not at a node. */
  fault(what: string): void {
    this.trace.add(this.scheduler.nowNs, "-", what, "fault");
  }

  /** Records what becomes of a message at one end of its way to or from `peer`. */
  note(
    host: Host,
    peer: Host,
    kind: "send" | "receive" | "drop",
    verb: string,
    message: TracedMessage,
  ): void {
    this.trace.message(this.scheduler.nowNs, host.name, peer.name, kind, verb, message);
  }
}
