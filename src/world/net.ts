/**
 * The network as protocol code sees it: datagrams and byte streams, with handlers instead of promises on the
 * paths that every message takes.
 */
import type { CoterieError } from "./error.ts";
import type { ProvenPeer, SecureConnectOptions, SecureListenOptions } from "./secure.ts";

/** An IP address in its text form and a port. Host names are resolved by `Network.resolve`, nowhere else. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:2049`, `[::1]:2049`. */
export function formatAddress(address: Address): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** What a datagram socket binds, and which multicast groups it joins. */
export interface DatagramOptions {
  /** The local address; port 0 lets the system choose. */
  readonly bind: Address;
  /** Several sockets may bind the same multicast port. Default false. */
  readonly reuse?: boolean;
  /** Multicast groups to join. */
  readonly groups?: readonly string[];
  /** Hops that multicast may take; default 1. */
  readonly multicastHops?: number;
  /** Whether this host's own members of a group get what it sends to it; default true. */
  readonly multicastLoopback?: boolean;
}

/**
 * An unreliable datagram socket: messages may be lost, duplicated, reordered; `send` never fails for the
 * network's reasons.
 */
export interface DatagramSocket {
  readonly local: Address;
  /** Called for each datagram; `data` belongs to the callee. Set it before yielding, or messages are dropped. */
  onMessage: (data: Uint8Array, from: Address) => void;
  /**
   * Sends one datagram. The bytes are copied or gone when it returns, so the buffer may be reused. Returns
   * false when the datagram was dropped here: the outgoing queue is full, the socket is closed, or `to` is port 0,
   * which senders have who want no answer (RFC 768).
   * @throws RangeError over 65,507 bytes.
   */
  send(data: Uint8Array, to: Address): boolean;
  /**
   * Gives back a datagram that `onMessage` brought and nobody looks at any more, which nobody has to: the memory of a large one is free at
   * once, and not only when the garbage collector comes to it.
   */
  release(data: Uint8Array): void;
  join(group: string): void;
  leave(group: string): void;
  close(): void;
}

/**
 * A connected byte stream. Handlers are called in the order of the events: `onData` any number of times, then
 * `onEnd` at most once (the peer sends no more), then `onClose` exactly once. Set them before yielding.
 */
export interface Stream {
  readonly local: Address;
  readonly remote: Address;
  /** Of a secure stream: who is at the other end, by its certificate. Undefined of others, and of a stranger. */
  readonly peer?: ProvenPeer | undefined;
  /** Bytes that arrived, at least one. `chunk` belongs to the callee: nobody writes to it again. */
  onData: (chunk: Uint8Array) => void;
  onEnd: () => void;
  /** The stream is gone in both directions; `error` says why if it was not `end` on both sides or `destroy`. */
  onClose: (error: CoterieError | undefined) => void;
  /** Everything written so far has left, after a `write` that returned false. */
  onDrain: () => void;
  /**
   * Writes all of `data`. True: the bytes have left and the buffer may be reused at once. False: the stream
   * keeps `data`, which must not be changed until `onDrain`, and the caller should hold back until then.
   * After `end` or close it does nothing and returns true.
   */
  write(data: Uint8Array): boolean;
  /**
   * Gives back a chunk that `onData` brought and nobody looks at any more, which nobody has to: its memory is free at
   * once, and not only when the garbage collector comes to it. A stream of gigabytes is much quicker for it.
   */
  release(chunk: Uint8Array): void;
  /** Bytes written and not yet taken by the network. */
  readonly pendingBytes: number;
  /** Stops `onData` (the peer is slowed by its window) until `resume`. A chunk under way may still come. */
  pause(): void;
  resume(): void;
  /** No more writes: the peer sees an end after the last byte. */
  end(): void;
  /** Drops the stream at once; `onClose` follows without an error. */
  destroy(): void;
}

/** Accepts streams until it is closed. */
export interface Listener {
  readonly local: Address;
  /** Stops accepting. Streams that were accepted live on. */
  close(): Promise<void>;
}

/** Where a listener accepts streams, and who gets them. */
export interface ListenOptions {
  readonly bind: Address;
  /** Called for each accepted stream; sets its handlers before it returns. */
  readonly onStream: (stream: Stream) => void;
  /** Streams are secure, and of members of one cell alone; `onStream` is called when a handshake is done. */
  readonly secure?: SecureListenOptions;
}

/** What to connect to, and for how long to try. */
export interface ConnectOptions {
  readonly to: Address;
  /** The local address to connect from. A port below 1024 shows a server that the system trusts the caller. */
  readonly from?: Partial<Address>;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The stream is secure, and `connect` resolves when both sides believe each other. */
  readonly secure?: SecureConnectOptions;
}

/** Errors: the `NET_…` codes of `worldErrors`; of secure streams also the `TLS_…` codes of `secureErrors`. */
export interface Network {
  datagram(options: DatagramOptions): Promise<DatagramSocket>;
  listen(options: ListenOptions): Promise<Listener>;
  /** The caller sets the stream's handlers in the same turn in which the promise resolves. */
  connect(options: ConnectOptions): Promise<Stream>;
  /** IP addresses of a host name, IPv4 first; an IP address resolves to itself, in the one text form that senders of datagrams are told in. */
  resolve(hostname: string): Promise<readonly string[]>;
}
