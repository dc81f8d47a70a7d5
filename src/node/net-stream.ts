/**
 * A byte stream over a TCP socket of Node.
 *
 * Writing: libuv tries to write at once, so after `socket.write` the socket's queue is usually empty and the
 * caller may reuse its buffer: that is the `true` of `write`. Only when the system's buffer is full does the
 * socket keep the bytes; then every further write carries a callback, and the last one to return is the drain.
 *
 * A TLS socket that has nothing left to write seals what it is given within the call, into memory of its own, and says one turn later that it is
 * done. Until then it would keep what comes as it is: so the little that may come meanwhile is copied, and more holds the writer back.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Address, CoterieError, ProvenPeer, Stream } from "../world/index.ts";
import { netError } from "./errors.ts";
import { freeMemory } from "./free-memory.ts";

const EMPTY = new Uint8Array(0);

/**
 * After so long without a byte the system asks the peer whether it is there still, ten times, once a second. A peer
 * that lost its power closes no connection: without this, who waits for it would wait for ever.
 */
export const KEEP_ALIVE_MS = 10_000;

/** What a TLS socket may have of unfinished writes before the writer is held back. */
const MAX_COPIED_BYTES = 64 * 1024;

const ignore = (): void => {};

/**
 * The bytes without the methods of Node.js's own arrays, whose `slice` is no copy: one that was kept would be empty when its chunk is
 * released. A chunk has memory of its own, of its own size, which the system's bytes were read into: never a part of Node.js's pool,
 * so that whoever keeps a view of it keeps the chunk and nothing else, and nobody writes to it again.
 */
function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

export class NodeStream implements Stream {
  readonly local: Address;
  readonly remote: Address;
  readonly peer: ProvenPeer | undefined;
  onData: (chunk: Uint8Array) => void = ignore;
  onEnd: () => void = ignore;
  onClose: (error: CoterieError | undefined) => void = ignore;
  onDrain: () => void = ignore;

  readonly #socket: Socket;
  readonly #isSealing: boolean;
  #ended = false;
  #destroyed = false;
  #error: CoterieError | undefined;
  /** Writes whose bytes the socket still keeps; 0 means that all have left. */
  #kept = 0;
  readonly #onWritten = (): void => this.#written();

  constructor(socket: Socket, peer?: ProvenPeer) {
    this.#socket = socket;
    this.#isSealing = socket instanceof TLSSocket;
    this.peer = peer;
    this.local = { host: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    this.remote = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("data", (chunk) => this.onData(plain(chunk)));
    socket.on("end", () => this.#destroyed || this.onEnd());
    socket.on("error", (error) => {
      if (!this.#destroyed) this.#error ??= netError(error, "go on with the connection to", this.remote);
    });
    socket.on("close", () => this.#closed());
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(data: Uint8Array): boolean {
    if (this.#ended || this.#destroyed || data.length === 0) return true;
    const socket = this.#socket;
    if (this.#kept > 0) return this.#keep(data);
    if (this.#isSealing) return this.#seal(data);
    socket.write(data);
    if (socket.writableLength === 0 || socket.destroyed) return true;
    // The system took only a part. An empty write queued behind the rest tells when that has left.
    this.#kept = 1;
    socket.write(EMPTY, this.#onWritten);
    return false;
  }

  #seal(data: Uint8Array): boolean {
    const unfinished = this.#socket.writableLength;
    if (unfinished > 0 && unfinished + data.length > MAX_COPIED_BYTES) return this.#keep(data);
    this.#socket.write(unfinished === 0 ? data : data.slice());
    return true;
  }

  #keep(data: Uint8Array): false {
    this.#kept++;
    this.#socket.write(data, this.#onWritten);
    return false;
  }

  release(chunk: Uint8Array): void {
    freeMemory(chunk);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ended || this.#destroyed) return;
    this.#ended = true;
    this.#socket.end();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#error = undefined;
    this.#socket.destroy();
  }

  #written(): void {
    if (--this.#kept === 0 && !this.#destroyed && !this.#socket.destroyed) this.onDrain();
  }

  #closed(): void {
    this.#destroyed = true;
    this.#kept = 0;
    this.onClose(this.#error);
  }
}
