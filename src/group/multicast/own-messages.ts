/**
 * A member's own messages on their way into its stream, and until everybody has them: each says of its past what its order needs, a
 * long one goes in parts, as there is room for them, and its sender hears when it is in the stream and when it is stable.
 */
import { Fifo } from "../../world/index.ts";
import type { Lane } from "./lane.ts";
import { isAtomic, isSync, isUnordered } from "./mode.ts";
import { type Outgoing, PART_BYTES } from "./outgoing.ts";
import type { MulticastOutput } from "./output.ts";
import type { Past } from "./vector.ts";

/** A message of ours on its way into the stream: long ones in parts, as there is room. */
export interface Message {
  readonly sequence: number;
  readonly mode: number;
  readonly payload: Uint8Array;
  /** Bytes that are in the stream. */
  sentBytes: number;
}

/** A message that is in the stream and not stable; `number` is its last item's. */
interface Awaited {
  readonly number: number;
  readonly sequence: number;
  readonly mode: number;
}

/** Says whether another part may enter the stream. */
export interface Window {
  readonly hasRoom: boolean;
}

export class OwnMessages {
  readonly #rank: number;
  readonly #outgoing: Outgoing;
  readonly #lanes: readonly Lane[];
  readonly #window: Window;
  readonly #out: MulticastOutput;
  readonly #past: Past;
  readonly #awaited = new Fifo<Awaited>();
  /** Our ordered messages. */
  #ordered = 0;

  constructor(
    rank: number,
    outgoing: Outgoing,
    lanes: readonly Lane[],
    window: Window,
    out: MulticastOutput,
  ) {
    this.#rank = rank;
    this.#outgoing = outgoing;
    this.#lanes = lanes;
    this.#window = window;
    this.#out = out;
    this.#past = { ordered: new Float64Array(lanes.length), items: new Float64Array(lanes.length) };
  }

  /** Puts a message into the stream, or of a long one what there is room for. @returns whether all of it is in. */
  put(message: Message): boolean {
    const { mode, sequence, payload } = message;
    if (payload.length > PART_BYTES) return this.#putParts(message);
    const past = this.#noted(mode);
    this.#added(mode, sequence, this.#outgoing.message(mode, sequence, past, payload, isPressing(mode)));
    return true;
  }

  #putParts(message: Message): boolean {
    const { payload, mode, sequence } = message;
    while (this.#window.hasRoom) {
      const from = message.sentBytes;
      const piece = payload.subarray(from, from + PART_BYTES);
      message.sentBytes += piece.length;
      if (from === 0) this.#outgoing.firstPart(mode, payload.length, piece);
      else if (message.sentBytes < payload.length) this.#outgoing.nextPart(piece);
      else {
        const number = this.#outgoing.lastPart(mode, sequence, this.#noted(mode), piece, isPressing(mode));
        this.#added(mode, sequence, number);
        return true;
      }
      this.#out.ready();
    }
    return false;
  }

  /** What a message says of its past. It counts itself, if it is ordered. */
  #noted(mode: number): Past {
    const { ordered, items } = this.#past;
    if (!isUnordered(mode)) this.#ordered++;
    for (const lane of this.#lanes) {
      ordered[lane.rank] = lane.ordered;
      items[lane.rank] = lane.received;
    }
    ordered[this.#rank] = this.#ordered;
    items[this.#rank] = this.#outgoing.count;
    return this.#past;
  }

  #added(mode: number, sequence: number, number: number): void {
    this.#awaited.push({ number, sequence, mode });
    this.#out.sent(sequence, mode);
    this.#out.ready();
  }

  /** Everybody has our items up to this one. */
  tellStable(stable: number): void {
    const awaited = this.#awaited;
    for (let next = awaited.peek(); next !== undefined && next.number <= stable; next = awaited.peek()) {
      awaited.shift();
      this.#out.stable(next.sequence, next.mode);
    }
  }
}

/** Somebody waits until it is stable: it is acknowledged and confirmed without delay. */
function isPressing(mode: number): boolean {
  return isAtomic(mode) || isSync(mode);
}
