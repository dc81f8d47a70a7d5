/**
 * Who shares what with whom. Nodes sit in local networks, one each; routers join networks. Between any two nodes there is
 * a link (`links.ts`) with its delay and faults; a network adds what its nodes share:
 *
 * - a `mesh` nothing: every pair has its own wire. It is where nodes are unless told otherwise;
 * - a `bus` one medium: one sends at a time, and all hear it;
 * - a `switch` a port for each node, with a queue in each direction.
 *
 * What passes a router is sent again in the next network. A datagram to a group passes only routers that forward
 * multicast, and so many as its hops allow (RFC 1112).
 */
import {
  checkTransmitter,
  DEFAULT_TRANSMITTER,
  type RateChange,
  Transmitter,
  type TransmitterOptions,
} from "./transmitter.ts";

/**
 * How a segment carries: each pair for itself (`mesh`), all over one wire (`bus`), or through a switch with a
 * queue for each node.
 */
export type LanKind = "mesh" | "bus" | "switch";

/** What a segment is like. */
export interface LanOptions extends TransmitterOptions {
  /** Default `switch`. */
  readonly kind: LanKind;
  /** The largest IP packet that its nodes and routers send in it; 0: no bound. Default 0. Not of a mesh: its links have their own. */
  readonly mtuBytes: number;
}

export const DEFAULT_LAN: LanOptions = { ...DEFAULT_TRANSMITTER, kind: "switch", mtuBytes: 0 };

/** Routers that a datagram may pass: the usual time to live. */
export const MAX_HOPS = 64;

/** Something with a port: a node or a router. */
export interface Station {
  readonly name: string;
}

interface Port {
  /** From the station into the network. */
  readonly up: Hop;
  readonly down: Hop;
}

/** One sending on the way: through what, with the options of its network as they are at that time. */
export class Hop {
  readonly lan: Lan;
  readonly transmitter = new Transmitter();

  constructor(lan: Lan) {
    this.lan = lan;
  }

  pass(nowNs: number, bytes: number, message: number, droppable: boolean): number {
    return this.transmitter.pass(nowNs, bytes, message, droppable, this.lan.options);
  }
}

/** A network segment with nodes in it, which routers join to others. */
export class Lan {
  readonly name: string;
  /** The nodes in it are 10.`subnet`.0.1 and so on. */
  readonly subnet: number;
  #options: LanOptions;
  readonly #medium: Hop = new Hop(this);
  readonly #ports = new Map<Station, Port>();
  #nodes = 0;

  constructor(name: string, subnet: number, options: LanOptions) {
    this.name = name;
    this.subnet = subnet;
    this.#options = checkedLan(name, options);
  }

  get options(): LanOptions {
    return this.#options;
  }

  /** Changes bandwidth, queue or MTU from now on. @throws RangeError for another kind. */
  set(change: Partial<LanOptions>): RateChange[] {
    if (change.kind !== undefined && change.kind !== this.#options.kind) {
      throw new RangeError(`network ${this.name} is a ${this.#options.kind}: its kind cannot be changed`);
    }
    const before = this.#options;
    const after = checkedLan(this.name, { ...before, ...change });
    this.#options = after;
    const hops = [this.#medium, ...[...this.#ports.values()].flatMap(({ up, down }) => [up, down])];
    return hops.map(({ transmitter }) => ({ transmitter, before, after }));
  }

  /** The address of one more node. */
  nextAddress(): string {
    if (this.#nodes === MAX_LAN_NODES) {
      throw new RangeError(`network ${this.name} has ${MAX_LAN_NODES} nodes, which is the most`);
    }
    return `10.${this.subnet}.0.${++this.#nodes}`;
  }

  /** What a message is sent through from one station to another. */
  hops(from: Station, to: Station): readonly Hop[] {
    if (this.#options.kind === "mesh") return [];
    return this.#options.kind === "bus" ? [this.#medium] : [this.#port(from).up, this.#port(to).down];
  }

  #port(station: Station): Port {
    let port = this.#ports.get(station);
    if (port === undefined) {
      port = { up: new Hop(this), down: new Hop(this) };
      this.#ports.set(station, port);
    }
    return port;
  }
}

export const MAX_LAN_NODES = 250;
const MAX_LANS = 250;

/** Joins networks. */
export class Router implements Station {
  readonly name: string;
  readonly lans: readonly Lan[];
  readonly forwardsMulticast: boolean;
  readonly #changed: (what: string) => void;
  #isUp = true;

  constructor(
    name: string,
    lans: readonly Lan[],
    forwardsMulticast: boolean,
    changed: (what: string) => void,
  ) {
    this.name = name;
    this.lans = lans;
    this.forwardsMulticast = forwardsMulticast;
    this.#changed = changed;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Nothing passes it any more. */
  down(): void {
    this.#isUp = false;
    this.#changed(`router ${this.name} down`);
  }

  up(): void {
    this.#isUp = true;
    this.#changed(`router ${this.name} up`);
  }
}

/** A way between two nodes, besides their link. */
export interface Way {
  readonly hops: readonly Hop[];
  /** How many routers are on it. */
  readonly routers: number;
}

const DIRECT: Way = { hops: [], routers: 0 };

interface Located extends Station {
  readonly lan: Lan;
}

/** A network that a search has reached, and how. */
interface Reached {
  readonly lan: Lan;
  readonly station: Station;
  readonly hops: readonly Hop[];
  readonly routers: number;
}

export class Topology {
  /** Where nodes are unless told otherwise: a mesh. */
  readonly mesh: Lan;
  /** Grows whenever ways may have changed. */
  version = 0;
  readonly #lans = new Map<string, Lan>();
  readonly #routers = new Map<string, Router>();

  constructor() {
    this.mesh = this.lan("mesh", { kind: "mesh" });
  }

  lan(name: string, options: Partial<LanOptions>): Lan {
    if (this.#lans.has(name)) throw new RangeError(`there is a network ${name} already`);
    if (this.#lans.size === MAX_LANS) throw new RangeError(`a simulation has at most ${MAX_LANS} networks`);
    const lan = new Lan(name, this.#lans.size, { ...DEFAULT_LAN, ...options });
    this.#lans.set(name, lan);
    return lan;
  }

  router(
    name: string,
    lans: readonly Lan[],
    forwardsMulticast: boolean,
    log: (what: string) => void,
  ): Router {
    if (this.#routers.has(name)) throw new RangeError(`there is a router ${name} already`);
    for (const lan of lans) this.check(lan);
    const router = new Router(name, [...lans], forwardsMulticast, (what) => {
      this.version++;
      log(what);
    });
    this.#routers.set(name, router);
    this.version++;
    return router;
  }

  /** @throws RangeError for a network that was made elsewhere. */
  check(lan: Lan): void {
    if (this.#lans.get(lan.name) !== lan) {
      throw new RangeError(`network ${lan.name} is of another simulation`);
    }
  }

  /** A shortest way, by routers that are up and forward multicast if that is asked; undefined when there is none. */
  way(from: Located, to: Located, multicast: boolean): Way | undefined {
    if (from === to) return DIRECT;
    const queue: Reached[] = [{ lan: from.lan, station: from, hops: [], routers: 0 }];
    const seen = new Set<Lan>([from.lan]);
    for (const at of queue) {
      if (at.lan === to.lan) {
        return { hops: [...at.hops, ...at.lan.hops(at.station, to)], routers: at.routers };
      }
      if (at.routers < MAX_HOPS) queue.push(...this.#beyond(at, multicast, seen));
    }
    return undefined;
  }

  /** The networks on the other side of a network's routers that were not seen yet. */
  #beyond(at: Reached, multicast: boolean, seen: Set<Lan>): Reached[] {
    const found: Reached[] = [];
    for (const router of this.#routers.values()) {
      if (!router.isUp || !router.lans.includes(at.lan) || (multicast && !router.forwardsMulticast)) continue;
      for (const lan of router.lans) {
        if (seen.has(lan)) continue;
        seen.add(lan);
        const hops = [...at.hops, ...at.lan.hops(at.station, router)];
        found.push({ lan, station: router, hops, routers: at.routers + 1 });
      }
    }
    return found;
  }
}

function checkedLan(name: string, options: LanOptions): LanOptions {
  checkTransmitter(`network ${name}`, options);
  if (!(options.mtuBytes >= 0))
    throw new RangeError(`network ${name}: mtuBytes ${options.mtuBytes} is negative`);
  if (options.kind === "mesh" && (options.bandwidthBps !== 0 || options.mtuBytes !== 0)) {
    throw new RangeError(`network ${name} is a mesh: bandwidth and MTU are its links' own`);
  }
  if (!["mesh", "bus", "switch"].includes(options.kind)) {
    throw new RangeError(`network ${name}: kind ${options.kind} is not mesh, bus or switch`);
  }
  return options;
}
