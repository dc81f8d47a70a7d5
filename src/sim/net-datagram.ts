/** Simulated UDP sockets: who is reached, and what the sender's and the receiver's buffers hold. */
import { type Address, type DatagramOptions, type DatagramSocket, formatAddress } from "../world/index.ts";
import { checkLocal, isMulticast, sourceFor } from "./addresses.ts";
import { type Sending, sendDatagram } from "./datagram.ts";
import type { Fabric, Host, Route } from "./fabric.ts";
import { crc32 } from "./host.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Bound } from "./ports.ts";
import type { TracePath } from "./trace.ts";

export const MAX_DATAGRAM_BYTES = 65_507;
/** What a socket sends within one instant before `send` drops. */
export const DATAGRAM_QUEUE_BYTES = 4 * 1024 * 1024;
/** What waits at a socket while its node is paused; as Linux has it (net.core.rmem_default), each with its overhead. */
export const RECEIVE_BUFFER_BYTES = 212_992;
const BUFFER_OVERHEAD_BYTES = 768;
/** What stands in datagrams that were given back. */
const SPOILT = 0xdb;
/** Destinations that a socket remembers the way to. */
const MAX_DESTINATIONS = 1024;

/** What is the same for everything that a socket sends to one address. */
interface Destination {
  readonly to: Address;
  readonly from: Address;
  readonly path: TracePath;
  readonly isGroup: boolean;
  /** Of the topology that it was found in. */
  readonly version: number;
  readonly target: Host | undefined;
  readonly route: Route | undefined;
}

export class SimDatagramSocket implements DatagramSocket, Bound {
  readonly local: Address;
  readonly reuse: boolean;
  onMessage: (data: Uint8Array, from: Address) => void = () => {};
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  readonly #groups = new Set<string>();
  readonly #loopback: boolean;
  readonly #multicastHops: number;
  #closed = false;
  #instantNs = -1;
  #instantBytes = 0;
  #bufferedBytes = 0;
  /** Which of its node's pauses they came in. */
  #bufferedIn = 0;
  /** By port and then host, whose text need not be put together for it. */
  readonly #destinations = new Map<number, Map<string, Destination>>();
  #destinationCount = 0;
  #last: Destination | undefined;

  constructor(fabric: Fabric, host: Host, incarnation: Incarnation, options: DatagramOptions) {
    const { bind } = options;
    this.reuse = options.reuse ?? false;
    if (!isMulticast(bind.host)) checkLocal(host, bind);
    this.#fabric = fabric;
    this.#host = host;
    this.#incarnation = incarnation;
    this.#loopback = options.multicastLoopback ?? true;
    this.#multicastHops = options.multicastHops ?? 1;
    this.local = { host: bind.host, port: host.udp.choose(bind, this.reuse) };
    for (const group of options.groups ?? []) this.join(group);
    host.udp.add(this);
  }

  send(data: Uint8Array, to: Address): boolean {
    if (data.length > MAX_DATAGRAM_BYTES) {
      throw new RangeError(`datagram of ${data.length} bytes: the most is ${MAX_DATAGRAM_BYTES}`);
    }
    if (this.#closed || to.port === 0 || !this.#incarnation.alive) return false;
    if (!this.#admit(data.length)) return false;
    const destination = this.#destination(to);
    const sending: Sending = {
      number: this.#fabric.trace.nextMessage(),
      path: destination.path,
      length: data.length,
      checksum: crc32(data),
      source: this.#host,
      from: destination.from,
      to: destination.to,
      data,
    };
    // Whoever receives it owns what it gets: each its own copy, made before this returns because the sender reuses its buffer.
    if (destination.isGroup) this.#multicast(sending);
    else this.#unicast(sending, destination);
    return true;
  }

  /** Whoever looks at it still sees that he should not. */
  release(data: Uint8Array): void {
    data.fill(SPOILT);
  }

  join(group: string): void {
    if (!isMulticast(group)) throw new RangeError(`${group} is not a multicast address`);
    this.#groups.add(group);
  }

  leave(group: string): void {
    this.#groups.delete(group);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#incarnation.alive) this.#host.udp.remove(this);
  }

  isMember(group: string): boolean {
    return !this.#closed && this.#groups.has(group);
  }

  /** Takes a datagram into the socket's buffer, in the given pause of its node; false when it is full. */
  buffer(bytes: number, pause: number): boolean {
    if (this.#bufferedIn !== pause) {
      this.#bufferedIn = pause;
      this.#bufferedBytes = 0;
    }
    // As Linux does: whatever fits in part is taken.
    if (this.#bufferedBytes > RECEIVE_BUFFER_BYTES) return false;
    this.#bufferedBytes += bytes + BUFFER_OVERHEAD_BYTES;
    return true;
  }

  #admit(bytes: number): boolean {
    const { nowNs } = this.#fabric.scheduler;
    if (nowNs !== this.#instantNs) {
      this.#instantNs = nowNs;
      this.#instantBytes = 0;
    }
    if (this.#instantBytes + bytes > DATAGRAM_QUEUE_BYTES) return false;
    this.#instantBytes += bytes;
    return true;
  }

  #unicast(sending: Sending, { target, route }: Destination): void {
    if (target === undefined || route === undefined) {
      this.#fabric.note(this.#host, target ?? this.#host, "drop", " no route, ", sending);
      return;
    }
    sendDatagram(this.#fabric, sending, target, route, undefined);
  }

  #multicast(sending: Sending): void {
    for (const target of this.#fabric.hosts.values()) {
      if (target === this.#host && !this.#loopback) continue;
      for (const member of target.udp.on(sending.to.port)) {
        if (!member.isMember(sending.to.host)) continue;
        const route = this.#fabric.route(this.#host, target, true);
        if (route === undefined || (target !== this.#host && route.routers >= this.#multicastHops)) continue;
        sendDatagram(this.#fabric, sending, target, route, member);
      }
    }
  }

  #destination(to: Address): Destination {
    const last = this.#last;
    const { version } = this.#fabric.topology;
    if (last?.to.port === to.port && last.to.host === to.host && last.version === version) return last;
    const known = this.#destinations.get(to.port)?.get(to.host);
    const found = known?.version === version ? known : this.#find(to);
    this.#last = found;
    return found;
  }

  /** Looks up what there is to know of an address, and remembers it. */
  #find({ host, port }: Address): Destination {
    if (++this.#destinationCount > MAX_DESTINATIONS) {
      this.#destinations.clear();
      this.#destinationCount = 1;
    }
    const isGroup = isMulticast(host);
    const from = sourceFor(this.#host, this.local, host);
    const target = isGroup ? undefined : this.#fabric.locate(this.#host, host);
    const found: Destination = {
      to: { host, port },
      from,
      path: this.#fabric.trace.newPath(`udp ${formatAddress(from)}>${formatAddress({ host, port })}`),
      isGroup,
      version: this.#fabric.topology.version,
      target,
      route: target === undefined ? undefined : this.#fabric.route(this.#host, target),
    };
    const onPort = this.#destinations.get(port);
    if (onPort === undefined) this.#destinations.set(port, new Map([[host, found]]));
    else onPort.set(host, found);
    return found;
  }
}
