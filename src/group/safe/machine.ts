/**
 * The state machine that a group's log of safe messages drives: who sent what, and behind it the program, which is given each message
 * once. The program's state is the log's snapshot.
 */

import { readUint32, writeUint32 } from "../../marshal/index.ts";
import type { StateMachine } from "../../paxos/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { Member } from "../types.ts";
import { decodeEntry, decodeHead, encodeHead, type SafeEntry, type SafeItem } from "./entry.ts";
import { Senders, type Verdict } from "./senders.ts";

/** What the safe messages made of the program. It lives in memory: at each start it begins with nothing. */
export interface SafeState {
  /**
   * The state as of this call, in pieces of any size. They are taken one after the other while further messages are
   * delivered, which must not show in them; the first is taken at once.
   */
  capture(): Iterable<Uint8Array>;
  /** Drops what there is, and takes the state of a snapshot, in pieces of other sizes. Deliveries go on after it. */
  restore(pieces: Iterable<Uint8Array>): void;
}

export interface SafeMachineOptions {
  readonly state: SafeState;
  /** The program has the effect of so many messages, the first of all. */
  readonly from: number;
  /** The payload is the callee's; it shares its memory with others of its entry. */
  readonly deliver: (sender: Member, item: SafeItem) => void;
  /** The program's state was replaced by that of a snapshot. */
  readonly restored: () => void;
  /** An entry that is none of ours. All skip it alike. */
  readonly trouble: (index: number) => void;
}

const LENGTH_BYTES = 4;

export class SafeMachine implements StateMachine<Verdict> {
  /** The log's index of what was applied last. */
  position = 0;
  /** Messages that were delivered, or are just being, since the log began: the same at all, whatever a program is given again. */
  count = 0;
  /** While a delivery is under way: the log must not be asked for anything. */
  isApplying = false;
  /** Called with every entry after it was applied; the bytes live no longer than the call. */
  onApplied: (index: number, entry: Uint8Array) => void = () => {};
  /** Called when a snapshot took the place of what was applied. */
  onRestored: () => void = () => {};
  readonly #options: SafeMachineOptions;
  readonly #senders = new Senders();
  /** The program has the effect of so many of them. */
  #delivered: number;

  constructor(options: SafeMachineOptions) {
    this.#options = options;
    this.#delivered = options.from;
  }

  apply(index: number, entry: Uint8Array): Verdict {
    // The log's bytes are nobody's to change, and the payloads are the program's.
    const decoded = decodeEntry(entry.slice());
    const verdict = decoded === undefined ? "stale" : this.#senders.judge(decoded);
    if (decoded === undefined) this.#options.trouble(index);
    this.position = index;
    if (decoded !== undefined && verdict === "delivered") this.#deliver(decoded);
    this.onApplied(index, entry);
    return verdict;
  }

  #deliver({ sender, items }: SafeEntry): void {
    this.isApplying = true;
    try {
      for (const item of items) {
        this.count++;
        if (this.count <= this.#delivered) continue;
        this.#options.deliver(sender, item);
        this.#delivered = this.count;
      }
    } finally {
      this.isApplying = false;
    }
  }

  snapshot(): Iterable<Uint8Array> {
    const { position, count } = this;
    const head = encodeHead({ position, count, delivered: this.#delivered, senders: this.#senders.states() });
    const first = new Uint8Array(LENGTH_BYTES + head.length);
    writeUint32(first, 0, head.length);
    first.set(head, LENGTH_BYTES);
    return chain(first, this.#options.state.capture());
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const reader = new PieceReader(pieces);
    const { position, count, delivered, senders } = readHead(reader);
    this.position = position;
    this.count = count;
    this.#senders.restore(senders);
    // A program that keeps its own position, and is further, needs none of it.
    if (delivered > this.#delivered) {
      this.#options.state.restore(reader.rest());
      this.#delivered = delivered;
      this.#options.restored();
    }
    this.onRestored();
  }
}

/** The state's first piece is taken at once: it is the state of now. */
function chain(first: Uint8Array, state: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const rest = state[Symbol.iterator]();
  const second = rest.next();
  return (function* () {
    yield first;
    for (let next = second; next.done !== true; next = rest.next()) yield next.value;
  })();
}

/** @throws CoterieError GROUP_SAFE_SNAPSHOT. */
function readHead(reader: PieceReader) {
  const length = reader.take(LENGTH_BYTES);
  const bytes = length === undefined ? undefined : reader.take(readUint32(length, 0));
  const head = bytes === undefined ? undefined : decodeHead(bytes);
  if (head !== undefined) return head;
  throw new CoterieError(
    "GROUP_SAFE_SNAPSHOT",
    "the log's snapshot does not begin as one of safe messages does",
  );
}

/** Takes bytes from the front of pieces, wherever these are cut. */
class PieceReader {
  readonly #pieces: Iterator<Uint8Array>;
  #piece = new Uint8Array(0);

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** Undefined when there are fewer. */
  take(count: number): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#piece.length === 0 && !this.#next()) return undefined;
      const part = this.#piece.subarray(0, missing);
      parts.push(part);
      this.#piece = this.#piece.subarray(part.length) as Uint8Array<ArrayBuffer>;
      missing -= part.length;
    }
    return concat(parts, count);
  }

  *rest(): Generator<Uint8Array> {
    if (this.#piece.length > 0) yield this.#piece;
    while (this.#next()) yield this.#piece;
  }

  #next(): boolean {
    const next = this.#pieces.next();
    if (next.done === true) return false;
    this.#piece = next.value as Uint8Array<ArrayBuffer>;
    return true;
  }
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
