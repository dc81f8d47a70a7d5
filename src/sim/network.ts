/** What a scenario may build of the network, and do to it. */
import { type Address, formatAddress } from "../world/index.ts";
import { type Sending, sendDatagram } from "./datagram.ts";
import type { Fabric, Host } from "./fabric.ts";
import { crc32 } from "./host.ts";
import type { LinkOptions } from "./links.ts";
import { MAX_DATAGRAM_BYTES } from "./net-datagram.ts";
import type { SimNode } from "./node.ts";
import type { Lan, LanOptions, Router } from "./topology.ts";
import { retime } from "./transit.ts";

/** What cut some links; they are whole again when everything that cut them has healed. */
export interface Partition {
  /** Ends this cut, and no other. Harmless when it has ended. */
  heal(): void;
}

/** What a router between two segments does. */
export interface RouterOptions {
  /** Whether it forwards what is sent to groups. Default false. */
  readonly multicast?: boolean;
}

/** The network of a simulation: segments, routers, links, and what is done to them while a run goes on. */
export class SimulatedNetwork {
  readonly #fabric: Fabric;
  /** Cuts that `heal` has not ended belong to this generation. */
  #generation = 0;

  constructor(fabric: Fabric) {
    this.#fabric = fabric;
  }

  /** The network that nodes are in unless told otherwise, where each pair has its own wire: 10.0.0.0/24. */
  get mesh(): Lan {
    return this.#fabric.topology.mesh;
  }

  /** A new network, the n-th of the simulation 10.n.0.0/24. Nothing leads out of it but routers. */
  lan(name: string, options: Partial<LanOptions> = {}): Lan {
    return this.#fabric.topology.lan(name, options);
  }

  /** Joins networks. */
  router(name: string, lans: readonly Lan[], options: RouterOptions = {}): Router {
    return this.#fabric.topology.router(name, lans, options.multicast ?? false, (what) =>
      this.#fabric.fault(what),
    );
  }

  /** Changes bandwidth, queue or MTU of a network. */
  setLan(lan: Lan, change: Partial<Omit<LanOptions, "kind">>): void {
    retime(this.#fabric, lan.set(change));
    this.#fabric.fault(`network ${lan.name} ${JSON.stringify(change)}`);
  }

  /** Changes every link between two nodes. */
  setAll(change: Partial<LinkOptions>): void {
    retime(this.#fabric, this.#fabric.links.setAll(change));
    this.#fabric.fault(`links ${JSON.stringify(change)}`);
  }

  /** Changes the link from one node to another, and back unless told otherwise. */
  setLink(
    from: SimNode,
    to: SimNode,
    change: Partial<LinkOptions>,
    options: { oneWay?: boolean } = {},
  ): void {
    const { links } = this.#fabric;
    const changes = [links.set(from.name, to.name, change)];
    if (options.oneWay !== true) changes.push(links.set(to.name, from.name, change));
    retime(this.#fabric, changes);
    this.#fabric.fault(`link ${from.name} ${to.name} ${JSON.stringify(change)}`);
  }

  /** What the link from one node to another is like now. */
  linkOptions(from: SimNode, to: SimNode): LinkOptions {
    return this.#fabric.links.between(from.name, to.name).options;
  }

  /** Nothing more goes from these to those. */
  cut(from: readonly SimNode[], to: readonly SimNode[]): Partition {
    const links = from.flatMap((one) =>
      to.filter((other) => other !== one).map((other) => this.#fabric.links.between(one.name, other.name)),
    );
    for (const link of links) link.cuts++;
    this.#fabric.fault(`cut ${names(from)} > ${names(to)}`);
    const generation = this.#generation;
    let isOver = false;
    return {
      heal: () => {
        if (isOver || generation !== this.#generation) return;
        isOver = true;
        for (const link of links) link.cuts--;
        this.#fabric.fault(`heal ${names(from)} > ${names(to)}`);
      },
    };
  }

  /** Ends all cuts. */
  heal(): void {
    this.#generation++;
    this.#fabric.links.heal();
    this.#fabric.fault("heal");
  }

  /** Breaks every stream between two nodes; how many there were. */
  breakStreams(a: SimNode, b: SimNode): number {
    const host = this.#fabric.hosts.get(a.ip);
    const broken = [...(host?.streams ?? [])].filter((stream) => stream.remote.host === b.ip);
    for (const stream of broken) stream.break();
    return broken.length;
  }

  /**
   * Forges a datagram: whoever listens at `to` gets it as if `from` had sent it. It travels over the link from `by` to the
   * receiver. @throws RangeError when nobody has the address, or no datagram holds so much.
   */
  forge(by: SimNode, from: Address, to: Address, data: Uint8Array): void {
    const source = this.#fabric.hosts.get(by.ip) as Host;
    const target = this.#fabric.hosts.get(to.host);
    if (target === undefined) throw new RangeError(`no node has the address ${to.host}`);
    if (data.length > MAX_DATAGRAM_BYTES) {
      throw new RangeError(`datagram of ${data.length} bytes: the most is ${MAX_DATAGRAM_BYTES}`);
    }
    const sending: Sending = {
      number: this.#fabric.trace.nextMessage(),
      path: this.#fabric.trace.newPath(`udp ${formatAddress(from)}>${formatAddress(to)} forged`),
      length: data.length,
      checksum: crc32(data),
      source,
      from: { ...from },
      to: { ...to },
      data,
    };
    const route = this.#fabric.route(source, target);
    if (route === undefined) this.#fabric.note(source, target, "drop", " no route, ", sending);
    else sendDatagram(this.#fabric, sending, target, route, undefined);
  }
}

function names(nodes: readonly SimNode[]): string {
  return nodes.map((node) => node.name).join(",");
}
