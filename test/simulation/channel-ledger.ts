/**
 * What went into channels and what came out, as seen from outside of all nodes, held against the numbered reliable
 * channel (src/channel/spec-numbered.ts): a link for each sender and receiver, a session for each channel between them.
 */

import type { Channel } from "../../src/channel/index.ts";
import { type LinkAction, NumberedLink } from "../../src/channel/spec-numbered.ts";
import type { Stage } from "../../src/sim/index.ts";
import { Prng } from "../../src/sim/index.ts";

/** The beginning of every message: link, session, number in the session, flags; its content follows from these. */
const HEAD_BYTES = 20;
const ANSWER = 1;
const IS_ANSWERED = 2;
const IS_LAST = 4;

/** A session of a link. A channel is one for its opener's messages, and one of another link for the answers. */
export interface Side {
  readonly from: number;
  readonly to: number;
  /** Whether it leads back to who opened the channel. */
  readonly isAnswer: boolean;
  readonly session: number;
}

/** What a message says of itself. */
export interface Label extends Side {
  readonly number: number;
  /** The receiver is to answer it. */
  readonly isAnswered: boolean;
  /** The sender ends its direction with this one or one of the next, and the receiver may end its own. */
  readonly isLast: boolean;
}

export class Ledger {
  puts = 0;
  gets = 0;
  readonly #stage: Pick<Stage<object>, "fail">;
  readonly #links = new Map<string, NumberedLink>();

  constructor(stage: Pick<Stage<object>, "fail">) {
    this.#stage = stage;
  }

  put(label: Label): void {
    this.puts++;
    this.#observe(label, { kind: "put", session: label.session, message: String(label.number) });
  }

  /** A message came out; it must be one that was put, to the last byte. */
  get(message: Uint8Array, { from, to, isAnswer }: Omit<Side, "session">): Label {
    this.gets++;
    const label = labelOf(message);
    const isOurs = label?.from === from && label.to === to && label.isAnswer === isAnswer;
    if (label === undefined || !isOurs || !isWhole(message, label)) {
      return this.#stage.fail(
        "nothing is forged",
        `${from} to ${to}: ${message.length} bytes nobody sent so`,
      );
    }
    this.#observe(label, { kind: "get", session: label.session, message: String(label.number) });
    return label;
  }

  acknowledged(side: Side, channel: Channel): void {
    this.#observe(side, { kind: "acknowledged", session: side.session, count: channel.acknowledged });
  }

  closed(side: Side, by: "sender" | "receiver"): void {
    this.#observe(side, { kind: "closed", session: side.session, side: by });
  }

  #observe({ from, to, isAnswer }: Side, action: LinkAction): void {
    const name = `${from} to ${to}${isAnswer ? ", answers" : ""}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new NumberedLink();
      this.#links.set(name, link);
    }
    const verdict = link.observe(action);
    if (verdict.verdict === "forbidden") this.#stage.fail("reliable channel", `${name}: ${verdict.reason}`);
    if (verdict.verdict === "unknown") this.#stage.fail("checker's bound", `${name}: ${verdict.reason}`);
  }
}

/** A message of `length` bytes or a few more. */
export function messageOf(label: Label, length: number): Uint8Array {
  const message = new Uint8Array(Math.max(HEAD_BYTES, length));
  const view = new DataView(message.buffer);
  const flags =
    (label.isAnswer ? ANSWER : 0) | (label.isAnswered ? IS_ANSWERED : 0) | (label.isLast ? IS_LAST : 0);
  const words = [label.from, label.to, label.session, label.number, flags];
  for (const [at, word] of words.entries()) view.setUint32(4 * at, word);
  fill(message, label);
  return message;
}

/** What a message says of itself, as far as one can tell. */
export function labelOf(message: Uint8Array): Label | undefined {
  if (message.length < HEAD_BYTES) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, HEAD_BYTES);
  const word = (at: number) => view.getUint32(4 * at);
  return {
    from: word(0),
    to: word(1),
    session: word(2),
    number: word(3),
    isAnswer: (word(4) & ANSWER) !== 0,
    isAnswered: (word(4) & IS_ANSWERED) !== 0,
    isLast: (word(4) & IS_LAST) !== 0,
  };
}

/** Whether a message is what its label says, to the last byte. */
export function isWhole(message: Uint8Array, label: Label): boolean {
  const expected = message.slice();
  fill(expected, label);
  return Buffer.compare(expected, message) === 0;
}

/** The content depends on the label and the length, so that a message which was put together wrongly shows. */
function fill(message: Uint8Array, { from, to, session, number }: Label): void {
  const word = new Prng(`${from} ${to} ${session} ${number}`, String(message.length)).uint32();
  for (let at = HEAD_BYTES; at < message.length; at++) {
    message[at] = Math.imul(word ^ (at >>> 8), 0x9e3779b1 + 2 * at) >>> 24;
  }
}
