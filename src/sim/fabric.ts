/** The simulated network's hosts and wires: who has which address, which ports are bound, what runs between. */
import { type Address, CoterieError, formatAddress } from "../world/index.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Link, Links } from "./links.ts";
import type { SimDatagramSocket } from "./net-datagram.ts";
import type { SimListener, SimStream } from "./net-stream.ts";
import type { Prng } from "./prng.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Lan, Topology, type Way } from "./topology.ts";
import type { Trace, TracedMessage, TraceKind } from "./trace.ts";

const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;

export interface Bound {
  readonly local: Address;
  readonly reuse: boolean;
}

/** What is bound to the ports of one protocol on one host. */
export class PortTable<Socket extends Bound> {
  readonly #sockets = new Map<number, Socket[]>();
  #next: number;

  constructor(random: Prng) {
    this.#next = random.below(EPHEMERAL_PORTS);
  }

  /** A free port for `bind`, or its own when that is not 0. */
  choose(bind: Address, reuse: boolean): number {
    if (bind.port !== 0) {
      if (this.#taken(bind, reuse)) {
        throw new CoterieError(
          "NET_ADDRESS_IN_USE",
          `cannot listen on ${formatAddress(bind)}: address already in use`,
          {
            details: { ...bind },
          },
        );
      }
      return bind.port;
    }
    for (let tries = 0; tries < EPHEMERAL_PORTS; tries++) {
      const port = this.ephemeral();
      if (!this.#sockets.has(port)) return port;
    }
    throw new CoterieError("NET_ADDRESS_IN_USE", "no free port is left", { details: { ...bind } });
  }

  ephemeral(): number {
    this.#next = (this.#next + 1) % EPHEMERAL_PORTS;
    return FIRST_EPHEMERAL_PORT + this.#next;
  }

  add(socket: Socket): void {
    const { port } = socket.local;
    const there = this.#sockets.get(port);
    if (there === undefined) this.#sockets.set(port, [socket]);
    else there.push(socket);
  }

  remove(socket: Socket): void {
    const { port } = socket.local;
    const left = (this.#sockets.get(port) ?? []).filter((other) => other !== socket);
    if (left.length === 0) this.#sockets.delete(port);
    else this.#sockets.set(port, left);
  }

  /** All on a port, oldest first. */
  on(port: number): readonly Socket[] {
    return this.#sockets.get(port) ?? [];
  }

  /** Who gets what is sent to an address: the last bound to it, else to all addresses. */
  find(to: Address): Socket | undefined {
    const there = this.#sockets.get(to.port);
    if (there === undefined) return undefined;
    let found: Socket | undefined;
    for (const socket of there) {
      const { host } = socket.local;
      if (host === to.host || (isWildcard(host) && found?.local.host !== to.host)) found = socket;
    }
    return found;
  }

  #taken(bind: Address, reuse: boolean): boolean {
    return this.on(bind.port).some(
      (other) =>
        !(reuse && other.reuse) &&
        (other.local.host === bind.host || isWildcard(bind.host) || isWildcard(other.local.host)),
    );
  }
}

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

export function isLoopback(ip: string): boolean {
  return ip.startsWith("127.");
}

export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0";
}

export function isMulticast(ip: string): boolean {
  const first = Number.parseInt(ip, 10);
  return first >= 224 && first <= 239;
}

/** @throws CoterieError NET_ADDRESS_UNAVAILABLE when the host does not have the address. */
export function checkLocal(host: Host, bind: Address): void {
  if (!Number.isInteger(bind.port) || bind.port < 0 || bind.port > 65_535) {
    throw new RangeError(`port ${bind.port} is not of 0 to 65,535`);
  }
  if (isWildcard(bind.host) || isLoopback(bind.host) || bind.host === host.ip) return;
  throw new CoterieError(
    "NET_ADDRESS_UNAVAILABLE",
    `cannot listen on ${formatAddress(bind)}: no such address on this machine`,
    {
      details: { ...bind },
    },
  );
}

/** The address that a peer sees of a socket that is bound to `local`. */
export function sourceFor(host: Host, local: Address, to: string): Address {
  if (!isWildcard(local.host) && !isMulticast(local.host)) return local;
  return { host: isLoopback(to) ? "127.0.0.1" : host.ip, port: local.port };
}
