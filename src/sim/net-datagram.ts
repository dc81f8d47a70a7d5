/** Simulated UDP: one event for each datagram and receiver, with everything that a link can do to it between. */
import { type Address, type DatagramOptions, type DatagramSocket, formatAddress } from "../world/index.ts";
import { type Bound, checkLocal, type Fabric, type Host, isMulticast, sourceFor } from "./fabric.ts";
import { crc32 } from "./host.ts";
import type { Incarnation } from "./incarnation.ts";
import type { TracedMessage } from "./trace.ts";

export const MAX_DATAGRAM_BYTES = 65_507;
/** What a socket sends within one instant before `send` drops. */
export const DATAGRAM_QUEUE_BYTES = 4 * 1024 * 1024;

export class SimDatagramSocket implements DatagramSocket, Bound {
  readonly local: Address;
  readonly reuse: boolean;
  readonly groups = new Set<string>();
  onMessage: (data: Uint8Array, from: Address) => void = () => {};
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  readonly #loopback: boolean;
  #closed = false;
  #instantNs = -1;
  #instantBytes = 0;

  constructor(fabric: Fabric, host: Host, incarnation: Incarnation, options: DatagramOptions) {
    const { bind } = options;
    this.reuse = options.reuse ?? false;
    if (!isMulticast(bind.host)) checkLocal(host, bind);
    this.#fabric = fabric;
    this.#host = host;
    this.#incarnation = incarnation;
    this.#loopback = options.multicastLoopback ?? true;
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
    const from = sourceFor(this.#host, this.local, to.host);
    // Whoever receives it owns what it gets: each its own copy, made here because the sender reuses its buffer.
    if (isMulticast(to.host)) this.#multicast(data, from, to);
    else this.#unicast(data, from, to);
    return true;
  }

  join(group: string): void {
    if (!isMulticast(group)) throw new RangeError(`${group} is not a multicast address`);
    this.groups.add(group);
  }

  leave(group: string): void {
    this.groups.delete(group);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#incarnation.alive) this.#host.udp.remove(this);
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

  #unicast(data: Uint8Array, from: Address, to: Address): void {
    const target = this.#fabric.locate(this.#host, to.host);
    const message = this.#message(data, `udp ${formatAddress(from)}>${formatAddress(to)}`);
    if (target === undefined) {
      this.#fabric.note(this.#host, this.#host, "drop", " no route, ", message);
      return;
    }
    this.#travel(target, data, message, () => target.udp.find(to), from);
  }

  #multicast(data: Uint8Array, from: Address, to: Address): void {
    const message = this.#message(data, `udp ${formatAddress(from)}>${formatAddress(to)}`);
    for (const target of this.#fabric.hosts.values()) {
      if (target === this.#host && !this.#loopback) continue;
      for (const member of target.udp.on(to.port)) {
        if (!member.groups.has(to.host)) continue;
        this.#travel(target, data, message, () => (member.#closed ? undefined : member), from);
      }
    }
  }

  #message(data: Uint8Array, path: string): TracedMessage {
    return { number: this.#fabric.trace.nextMessage(), path, length: data.length, checksum: crc32(data) };
  }

  /** Takes one datagram over the link to one receiver, which is looked up when it arrives. */
  #travel(
    target: Host,
    data: Uint8Array,
    message: TracedMessage,
    find: () => SimDatagramSocket | undefined,
    from: Address,
  ): void {
    const fabric = this.#fabric;
    const link = fabric.link(this.#host, target);
    const { options, random } = link;
    const fate = link.blocked ? " cut off, " : random.chance(options.loss) ? " lost, " : undefined;
    if (fate !== undefined) {
      fabric.note(this.#host, target, "drop", fate, message);
      return;
    }
    const copies = random.chance(options.duplicate) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const damaged = random.chance(options.corrupt);
      const copy = damaged ? link.corrupted(data) : data.slice();
      const note = `${damaged ? " corrupted" : ""}${i > 0 ? " again" : ""}, `;
      const shown = damaged ? { ...message, checksum: crc32(copy) } : message;
      fabric.note(this.#host, target, "send", ` sent${note}`, shown);
      fabric.scheduler.after(link.datagramDelayNs(), undefined, () => {
        const receiver = find();
        if (receiver === undefined) fabric.note(target, this.#host, "drop", ` nobody there${note}`, shown);
        else fabric.note(target, this.#host, "receive", ` received${note}`, shown);
        receiver?.onMessage(copy, from);
      });
    }
  }
}
