/**
 * What is multicast, in its order: what the port has no room for waits, and whoever wants to know learns what became of a message. A
 * message is sent when it is in the stream of a view, and settled when it is what its guarantee says. When a life in the group ends, what
 * was sent and not settled has an unknown fate; what was not sent never happened.
 */
import type { Guarantee, Order } from "../types.ts";
import type { GroupPort } from "./port.ts";

/** Told once, of one of these. */
export interface Sending {
  /** Sent, or settled: whichever was asked for. */
  arrived(): void;
  lost(fate: "never" | "unknown"): void;
  failed(error: Error): void;
}

export type Until = "taken" | "sent" | "settled";

interface Unsettled {
  readonly sending: Sending;
  /** Safe messages go to the log, and not into a stream. */
  readonly isSafe: boolean;
}

interface Waiting {
  readonly order: Order;
  readonly guarantee: Guarantee;
  readonly payload: Uint8Array;
  readonly until: Until;
  readonly sending: Sending | undefined;
}

export class Outbox {
  readonly #port: GroupPort;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** By sequence, ascending: whoever waits until it is sent, and until it is settled. */
  readonly #unsent = new Map<number, Sending>();
  readonly #unsettled = new Map<number, Unsettled>();
  #sentTo = 0;

  constructor(port: GroupPort) {
    this.#port = port;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether the port has taken it; nothing waits. The payload is copied. */
  post(order: Order, guarantee: Guarantee, payload: Uint8Array): boolean {
    return this.#waiting.length === 0 && this.#port.multicast(order, guarantee, payload) > 0;
  }

  /** The payload is copied. @returns what drops it if it still waits. */
  put(
    order: Order,
    guarantee: Guarantee,
    payload: Uint8Array,
    until: Until,
    sending?: Sending,
  ): () => boolean {
    if (this.#waiting.length === 0) {
      const sequence = this.#port.multicast(order, guarantee, payload);
      if (sequence > 0) {
        this.#track(sequence, guarantee, until, sending);
        return () => false;
      }
    }
    const waiting = { order, guarantee, payload: payload.slice(), until, sending };
    this.#waiting.push(waiting);
    this.#waitingBytes += payload.length;
    return () => this.#drop(waiting);
  }

  /** Whether it was waiting. */
  #drop(waiting: Waiting): boolean {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    this.#waitingBytes -= waiting.payload.length;
    return true;
  }

  #track(sequence: number, guarantee: Guarantee, until: Until, sending: Sending | undefined): void {
    if (sending === undefined) return;
    if (until === "taken" || (until === "sent" && sequence <= this.#sentTo)) sending.arrived();
    else if (until === "sent") this.#unsent.set(sequence, sending);
    else {
      this.#unsettled.set(sequence, { sending, isSafe: guarantee === "safe" });
      this.#port.watchSettled(sequence);
    }
  }

  /** The port may have room. */
  pump(): void {
    let taken = 0;
    for (const { order, guarantee, payload, until, sending } of this.#waiting) {
      const sequence = this.#port.multicast(order, guarantee, payload);
      if (sequence === 0) break;
      taken++;
      this.#waitingBytes -= payload.length;
      this.#track(sequence, guarantee, until, sending);
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
  }

  sent(sequence: number): void {
    this.#sentTo = Math.max(this.#sentTo, sequence);
    for (const [unsent, sending] of this.#unsent) {
      if (unsent > sequence) return;
      this.#unsent.delete(unsent);
      sending.arrived();
    }
  }

  settled(sequence: number): void {
    const unsettled = this.#unsettled.get(sequence);
    this.#unsettled.delete(sequence);
    unsettled?.sending.arrived();
  }

  failed(sequence: number, error: Error): void {
    const unsettled = this.#unsettled.get(sequence);
    this.#unsettled.delete(sequence);
    unsettled?.sending.failed(error);
  }

  /** This life is over. */
  out(): void {
    const unsettled = [...this.#unsettled];
    const never = [...this.#unsent.values(), ...this.#waiting.map(({ sending }) => sending)];
    const sentTo = this.#sentTo;
    this.#unsent.clear();
    this.#unsettled.clear();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#sentTo = 0;
    for (const [sequence, { sending, isSafe }] of unsettled)
      sending.lost(isSafe || sequence <= sentTo ? "unknown" : "never");
    for (const sending of never) sending?.lost("never");
  }
}
