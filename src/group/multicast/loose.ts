/**
 * Unreliable messages: outside the streams, kept by nobody, delivered when they come or never. Each names the item of its sender's stream
 * that it was sent after, so that it is delivered on the right side of every barrier, or else dropped; those that are fifo
 * are dropped, too, when a later one has overtaken them.
 */
import { Fifo } from "../../world/index.ts";
import type { Lane } from "./lane.ts";
import { isLooseMode, isUnordered } from "./mode.ts";
import type { MulticastOutput } from "./output.ts";
import * as small from "./small.ts";

export class LooseMessages {
  readonly #view: number;
  readonly #lanes: readonly Lane[];
  readonly #out: MulticastOutput;
  readonly #outgoing = new Fifo<Uint8Array>();
  /** By rank: the sequence of the last fifo one that was delivered. */
  readonly #last: Float64Array;

  constructor(view: number, lanes: readonly Lane[], out: MulticastOutput) {
    this.#view = view;
    this.#lanes = lanes;
    this.#out = out;
    this.#last = new Float64Array(lanes.length);
  }

  /** A message of ours, for the end of the turn. @param after items that are in our stream. */
  put(mode: number, sequence: number, after: number, payload: Uint8Array): void {
    this.#outgoing.push(small.writeLoose(this.#view, mode, sequence, after, payload));
    this.#out.sent(sequence, mode);
    this.#out.ready();
  }

  /** The next of ours that was not sent. */
  take(): Uint8Array | undefined {
    return this.#outgoing.shift();
  }

  /** One that came. @param isStopped nothing is delivered now. @returns false for bytes that are none. */
  receive(from: number, bytes: Uint8Array, isStopped: boolean): boolean {
    if (!small.isLoose(bytes) || !isLooseMode(small.modeOfLoose(bytes))) return false;
    const mode = small.modeOfLoose(bytes);
    const sequence = small.sequenceOfLoose(bytes);
    if (isStopped || !this.#isOnTime(from, mode, sequence, small.afterOfLoose(bytes))) {
      this.#out.discarded(from, sequence);
      return true;
    }
    if (!isUnordered(mode)) this.#last[from] = sequence;
    this.#out.deliver(from, sequence, mode, small.payloadOfLoose(bytes));
    return true;
  }

  #isOnTime(from: number, mode: number, sequence: number, after: number): boolean {
    const { taken, passed, barriers } = this.#lanes[from] as Lane;
    if (after > taken || after < passed || after >= (barriers.peek() ?? Number.POSITIVE_INFINITY))
      return false;
    return isUnordered(mode) || sequence > (this.#last[from] as number);
  }
}
