/**
 * The joiner's side of a state transfer: it asks for a few chunks at a time, gives them to the application one after the other, and
 * asks for more when that has taken them. Order, length and checksum are held against what the donor said; what does not fit is dropped,
 * and asked for again.
 */
import { Fifo } from "../../world/index.ts";
import type { Chunk, Crc32, Pull } from "./giver.ts";

/** Chunks asked for at once. */
export const CREDIT = 16;

/** Who takes a state: the pieces in order, then the end. */
export interface StateSink {
  write(piece: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
  /** The rest does not come: another state will be begun. */
  abort?(): void;
}

export interface TakerEvents {
  send(pull: Pull): void;
  /** The application has the whole state. */
  done(): void;
  /** The application does not take it. */
  failed(error: unknown): void;
}

export class Taker {
  readonly view: number;
  readonly donor: string;
  readonly #sink: StateSink;
  readonly #crc32: Crc32;
  readonly #events: TakerEvents;
  readonly #waiting = new Fifo<Chunk>();
  /** Chunks that came, and that were asked for. */
  #received = 0;
  #granted = 0;
  #offset = 0;
  #crc = 0;
  #isBusy = false;
  #isOver = false;
  #hasMoved = false;

  constructor(view: number, donor: string, sink: StateSink, crc32: Crc32, events: TakerEvents) {
    this.view = view;
    this.donor = donor;
    this.#sink = sink;
    this.#crc32 = crc32;
    this.#events = events;
  }

  start(): void {
    this.#pull(CREDIT);
  }

  /** A time has passed: asks again if nothing came in it. */
  pullAgain(): void {
    if (!this.#isOver && !this.#isBusy && !this.#hasMoved) this.#pull(CREDIT);
    this.#hasMoved = false;
  }

  take(chunk: Chunk): void {
    if (this.#isOver || chunk.view !== this.view || chunk.index !== this.#received) return;
    const crc = this.#crc32(chunk.bytes, this.#crc);
    if (chunk.index >= this.#granted || chunk.offset !== this.#offset || crc !== chunk.crc) return;
    this.#received++;
    this.#offset += chunk.bytes.length;
    this.#crc = crc;
    this.#hasMoved = true;
    this.#waiting.push(chunk);
    if (!this.#isBusy) void this.#work();
  }

  /** The transfer is void. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.abort?.();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
        if (chunk.bytes.length > 0) await this.#sink.write(chunk.bytes);
        if (this.#isOver) return;
        if (chunk.isLast) await this.#end();
      }
    } catch (error) {
      this.stop();
      this.#events.failed(error);
    } finally {
      this.#isBusy = false;
    }
    if (!this.#isOver && this.#received >= this.#granted) this.#pull(CREDIT);
  }

  async #end(): Promise<void> {
    await this.#sink.end();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pull(0);
    this.#events.done();
  }

  #pull(credit: number): void {
    this.#granted = this.#received + credit;
    this.#events.send({ kind: "pull", view: this.view, next: this.#received, credit });
  }
}
