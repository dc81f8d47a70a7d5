/**
 * Frames over one pipe, for whoever has it now: a handshake first, then a link. What a turn sends leaves in one write at its
 * end. Whatever ends the pipe, the handler hears of it once, and of nothing afterwards.
 */
import { CoterieError, formatAddress, type Timers } from "../../world/index.ts";
import { CONTROL_PORT } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Pipe } from "./pipe.ts";
import { SendQueue, type SlabPool } from "./send-queue.ts";

export interface WireHandler {
  /** A frame: the message in `bytes` from `start` to `end`. What is wrong with it, if anything is. */
  frame(port: number, bytes: Uint8Array, start: number, end: number): string | undefined;
  /** The pipe is gone; `error` unless the other side ended it. */
  closed(error: CoterieError | undefined): void;
  /** Something has left, and what had waited may have room. */
  moved(): void;
}

/** The largest message of a handshake. */
export const MAX_HANDSHAKE_BYTES = 2048;

export class Wire {
  readonly pipe: Pipe;
  handler: WireHandler;
  readonly queue: SendQueue;
  readonly reader = new FrameReader(MAX_HANDSHAKE_BYTES);
  /** Chunks that came. */
  chunks = 0;
  readonly #timers: Timers;
  #isOpen = true;
  #isPlanned = false;

  constructor(timers: Timers, pipe: Pipe, pool: SlabPool, handler: WireHandler) {
    this.#timers = timers;
    this.pipe = pipe;
    this.handler = handler;
    this.queue = new SendQueue(pipe, pool);
    pipe.onData = (chunk) => this.#receive(chunk);
    pipe.onEnd = () => this.close(undefined);
    pipe.onDrain = () => this.#drained();
    pipe.onClose = (error) => this.close(error);
  }

  /** The pipe lives, and the handler has not heard of its end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(port: number, message: Uint8Array): void {
    this.queue.add(port, message);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#timers.soon(this.#flush);
  }

  control(message: Uint8Array): void {
    this.send(CONTROL_PORT, message);
  }

  /** Drops the pipe and tells the handler why. */
  close(error: CoterieError | undefined): void {
    if (!this.#isOpen) return;
    this.leave();
    this.handler.closed(error);
  }

  /** Drops the pipe; the handler hears of nothing. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.queue.drop();
    this.pipe.destroy();
  }

  /** Says all that waits, and then no more. The other side is to end it. */
  finish(): void {
    if (!this.#isOpen) return;
    this.queue.flushAll();
    this.pipe.end();
  }

  violation(what: string): CoterieError {
    const where = formatAddress(this.pipe.remote);
    return new CoterieError("MESH_VIOLATION", `${where} sent ${what}`, { details: { where, what } });
  }

  #receive(chunk: Uint8Array): void {
    if (!this.#isOpen) return;
    this.chunks++;
    this.reader.feed(chunk);
    let isWhole = false;
    try {
      this.#cut();
      isWhole = true;
    } finally {
      // A user's handler that throws leaves frames behind that nobody reads: with the link down, nothing is lost unheard.
      if (!isWhole) this.close(this.violation("what a handler here failed on"));
    }
  }

  #cut(): void {
    const { reader } = this;
    for (;;) {
      const state = reader.next();
      if (state === "more") {
        this.pipe.release(reader.spent);
        return;
      }
      const wrong =
        state === "frame" ? this.handler.frame(reader.port, reader.bytes, reader.start, reader.end) : state;
      if (!this.#isOpen) return;
      if (wrong !== undefined) {
        this.close(this.violation(wrong));
        return;
      }
    }
  }

  readonly #flush = (): void => {
    this.#isPlanned = false;
    if (!this.#isOpen) return;
    this.queue.flush();
    this.handler.moved();
  };

  #drained(): void {
    if (!this.#isOpen) return;
    this.queue.drained();
    this.handler.moved();
  }
}
