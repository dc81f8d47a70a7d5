/**
 * What was sent to mailboxes and what came of it, as seen from outside of all nodes, held against the spec of mail
 * (src/channel/mailbox/spec.ts). A mail says of itself which one it is: sender, life, mailbox and number; its content follows.
 */
import { type MailOutcome, MailSpec } from "../../src/channel/mailbox/spec.ts";
import type { Stage } from "../../src/sim/index.ts";
import { isWhole, type Label, labelOf, messageOf } from "./channel-ledger.ts";

/** Mailboxes of a node, by their place: a small one and a larger one. */
export const BOXES = [
  { maxMessages: 4, maxBytes: 3000 },
  { maxMessages: 40, maxBytes: 40_000 },
] as const;

export interface Place {
  /** The node, and which of its mailboxes. */
  readonly node: number;
  readonly box: number;
}

export const nameOf = ({ node, box }: Place): string => `box ${node}.${box}`;
const numberOf = ({ node, box }: Place): number => node * BOXES.length + box;
const lifeName = (node: number, life: number): string => `${node}#${life}`;
const idOf = ({ from, session, to, number }: Label): string => `${lifeName(from, session)}.${to}.${number}`;

export class MailLedger {
  readonly #stage: Pick<Stage<object>, "fail" | "nodes">;
  readonly #spec = new MailSpec();
  /** Mails sent from a life to a mailbox. */
  readonly #counts = new Map<string, number>();
  /** The life of each node whose end is still to be told. */
  readonly #lives: (number | undefined)[] = [];

  constructor(stage: Pick<Stage<object>, "fail" | "nodes">) {
    this.#stage = stage;
  }

  /** How many mails ended each way. */
  summary(): ReadonlyMap<string, number> {
    return this.#spec.summary();
  }

  begins(node: number, life: number): void {
    this.#noteCrashes();
    this.#lives[node] = life;
  }

  /** A new mail of `bytes` bytes, or a few more, and what it says of itself. */
  sent(from: number, life: number, to: Place, bytes: number): { label: Label; message: Uint8Array } {
    this.#noteCrashes();
    const stream = `${lifeName(from, life)} ${nameOf(to)}`;
    const number = (this.#counts.get(stream) ?? 0) + 1;
    this.#counts.set(stream, number);
    const flags = { isAnswer: false, isAnswered: false, isLast: false };
    const label: Label = { from, to: numberOf(to), session: life, number, ...flags };
    this.#spec.sent(lifeName(from, life), nameOf(to), idOf(label));
    return { label, message: messageOf(label, bytes) };
  }

  /** A program took a mail out: it must be one that was sent, to the last byte. Returns what answers it. */
  received(at: Place, message: Uint8Array): Uint8Array {
    this.#noteCrashes();
    const label = labelOf(message);
    if (label === undefined || label.isAnswer || !isWhole(message, label)) return this.#forged(at, message);
    this.#spec.received(nameOf(at), idOf(label));
    this.#check();
    return answerTo(label, message.length);
  }

  /** An answer came back: it must be the one to this very mail. */
  answered(label: Label, question: Uint8Array, answer: Uint8Array): void {
    if (Buffer.compare(answer, answerTo(label, question.length)) === 0) return;
    const said = labelOf(answer);
    const what = said === undefined ? `${answer.length} bytes` : `the answer to ${idOf(said)}`;
    this.#stage.fail("answers are to what was asked", `${idOf(label)} was answered with ${what}`);
  }

  outcome(label: Label, outcome: MailOutcome): void {
    this.#noteCrashes();
    this.#spec.outcome(idOf(label), outcome);
    this.#check();
  }

  closed(at: Place): void {
    this.#spec.lost(nameOf(at));
  }

  settled(): void {
    this.#noteCrashes();
    this.#spec.settled();
    this.#check();
  }

  #forged(at: Place, message: Uint8Array): never {
    return this.#stage.fail(
      "nothing is forged",
      `${nameOf(at)} brought ${message.length} bytes nobody sent so`,
    );
  }

  #check(): void {
    const { broken } = this.#spec;
    if (broken !== undefined) this.#stage.fail("mail keeps its promises", broken);
  }

  /** Faults happen by themselves: lives that have ended since are told to the spec before what follows. */
  #noteCrashes(): void {
    for (const [index, node] of this.#stage.nodes.entries()) {
      const life = this.#lives[index];
      if (life === undefined || (node.isUp && node.incarnation === life)) continue;
      this.#lives[index] = undefined;
      this.#spec.senderCrashed(lifeName(index, life));
      for (const box of BOXES.keys()) this.#spec.lost(nameOf({ node: index, box }));
    }
  }
}

function answerTo(label: Label, bytes: number): Uint8Array {
  return messageOf({ ...label, isAnswer: true }, bytes);
}
