/**
 * Datagram sockets over dgram.
 *
 * dgram resolves every destination through a lookup; ours answers in the same call, so that `send` reaches the
 * system call before it returns. The system may still refuse a full socket, and libuv then keeps a pointer to
 * the bytes: therefore `send` copies into a slab of ours, whose space is taken again as soon as nothing is queued.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Address, DatagramOptions, DatagramSocket, Log } from "../world/index.ts";
import { netError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";

/** The largest payload of UDP over IPv4. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** What the sockets ask the system to buffer in each direction; it may grant less (net.core.rmem_max). */
export const DATAGRAM_SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** Bytes that wait in this process for a full socket; `send` drops beyond it and returns false. */
export const DATAGRAM_QUEUE_BYTES = 4 * 1024 * 1024;

const SLAB_BYTES = 256 * 1024;
/** A datagram from this port wants no answer (RFC 768), and none can be sent to it. */
const NO_REPLY_PORT = 0;

const lookupNow = (
  host: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void => callback(null, host, host.includes(":") ? 6 : 4);

class NodeDatagramSocket implements DatagramSocket {
  readonly local: Address;
  onMessage: (data: Uint8Array, from: Address) => void = () => {};
  readonly #socket: Socket;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;
  #closed = false;

  constructor(socket: Socket, log: Log) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { host: address, port };
    socket.on("message", (data, from) => {
      this.onMessage(plain(data), { host: from.address, port: from.port });
    });
    socket.on("error", (error) =>
      log.warn("datagram socket error", { error: error.message, local: this.local }),
    );
  }

  send(data: Uint8Array, to: Address): boolean {
    const length = data.length;
    if (length > MAX_DATAGRAM_BYTES) {
      throw new RangeError(`datagram of ${length} bytes: the most is ${MAX_DATAGRAM_BYTES}`);
    }
    // Whoever forges a sender's address can give it port 0, and an answer to that would be an error of dgram's.
    if (this.#closed || to.port === NO_REPLY_PORT) return false;
    const at = this.#room(length);
    if (at < 0) return false;
    this.#slab.set(data, at);
    this.#socket.send(this.#slab, at, length, to.port, to.host);
    if (this.#socket.getSendQueueCount() === 0) this.#used = 0;
    return true;
  }

  release(data: Uint8Array): void {
    freeMemory(data);
  }

  join(group: string): void {
    this.#membership("join", group, (by) => this.#socket.addMembership(group, by));
  }

  leave(group: string): void {
    this.#membership("leave", group, (by) => this.#socket.dropMembership(group, by));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  /** Where in the slab `length` bytes may be written, or -1 when too much is queued. */
  #room(length: number): number {
    if (this.#used > 0 && this.#socket.getSendQueueCount() === 0) this.#used = 0;
    if (this.#used > 0 && this.#socket.getSendQueueSize() + length > DATAGRAM_QUEUE_BYTES) return -1;
    if (this.#used + length > SLAB_BYTES) {
      // The old slab lives on for what libuv still has queued in it.
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }

  /** A membership belongs to an interface. One success is enough: some interfaces carry no multicast. */
  #membership(doing: string, group: string, change: (by: string | undefined) => void): void {
    if (this.#closed) return;
    let failed: unknown;
    let done = false;
    for (const by of multicastInterfaces(this.local, group)) {
      try {
        change(by);
        done = true;
      } catch (error) {
        failed = error;
      }
    }
    if (!done) throw netError(failed, `${doing} the multicast group`, group);
  }
}

/** The bytes without the methods of Node.js's own arrays, whose `slice` is no copy. */
function plain(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** The interface that a socket is bound to, by its address; undefined when it is bound to all. */
function boundInterface(local: Address): string | undefined {
  return local.host === "0.0.0.0" || local.host === "::" || isMulticast(local.host) ? undefined : local.host;
}

/** Where a socket joins a group: on its interface, or on all of them when it is bound to all. */
function multicastInterfaces(local: Address, group: string): readonly (string | undefined)[] {
  const bound = boundInterface(local);
  if (bound !== undefined) return [bound];
  if (isIPv6(group)) return [undefined];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.filter((entry) => entry.family === "IPv4").map((entry) => entry.address);
  return own.length === 0 ? [undefined] : own;
}

function isMulticast(host: string): boolean {
  const first = Number.parseInt(host, 10);
  return (first >= 224 && first <= 239) || /^ff/i.test(host);
}

/** Options that a socket takes only when it is bound, and buffers as large as the system grants. */
function configure(socket: Socket, options: DatagramOptions): void {
  for (const size of [DATAGRAM_SOCKET_BUFFER_BYTES, DATAGRAM_SOCKET_BUFFER_BYTES >> 2]) {
    try {
      socket.setRecvBufferSize(size);
      socket.setSendBufferSize(size);
      break;
    } catch {
      // Some systems refuse more than their limit instead of granting less; then a smaller wish may pass.
    }
  }
  if (options.multicastHops !== undefined) socket.setMulticastTTL(options.multicastHops);
  if (options.multicastLoopback !== undefined) socket.setMulticastLoopback(options.multicastLoopback);
  const by = boundInterface(options.bind);
  if (by !== undefined && !isIPv6(by)) socket.setMulticastInterface(by);
}

export async function openDatagramSocket(options: DatagramOptions, log: Log): Promise<DatagramSocket> {
  const { bind } = options;
  const socket = createSocket({
    type: isIPv6(bind.host) ? "udp6" : "udp4",
    reuseAddr: options.reuse ?? false,
    lookup: lookupNow as never,
  });
  try {
    const listening = once(socket, "listening");
    socket.bind({ address: bind.host, port: bind.port, exclusive: true });
    await listening;
    configure(socket, options);
  } catch (error) {
    socket.close();
    throw netError(error, "open UDP on", bind);
  }
  const result = new NodeDatagramSocket(socket, log);
  try {
    for (const group of options.groups ?? []) result.join(group);
  } catch (error) {
    result.close();
    throw error;
  }
  return result;
}
