/** Messages from the records of their ends: who sent one when, and what became of each copy of it. */
import type { TraceRecord } from "../trace.ts";

/** Messages under way that are remembered; the oldest is forgotten, and its receipt stands alone. */
export const MAX_UNDER_WAY = 65_536;

export interface Message {
  readonly from: string;
  readonly to: string;
  /** Undefined when its sending was not seen. */
  readonly sentNs: number | undefined;
  /** When it was received or lost; undefined while it is under way. */
  endNs: number | undefined;
  /** `lost`: on its way. `refused`: it arrived, and nobody took it. */
  fate: "under way" | "received" | "lost" | "refused";
  readonly isDamaged: boolean;
  /** A second copy of one sending. */
  readonly isCopy: boolean;
  /** The lines of its records. */
  text: string;
}

export class Messages {
  /** Those that ended since `forget`. */
  readonly ended: Message[] = [];
  readonly #underWay = new Map<string, Message>();

  underWay(): Message[] {
    return [...this.#underWay.values()];
  }

  forget(): void {
    this.ended.length = 0;
  }

  apply(record: TraceRecord): void {
    const { node, peer, message, kind } = record;
    if (message === undefined || peer === undefined) return;
    if (kind === "send") this.#send(record, node, peer);
    else if (kind === "receive") this.#end(record, peer, node, "received");
    else if (kind !== "drop") return;
    else if (this.#underWay.has(keyOf(record, peer, node))) this.#end(record, peer, node, "refused");
    else this.#end(record, node, peer, "lost");
  }

  #send(record: TraceRecord, from: string, to: string): void {
    const key = keyOf(record, from, to);
    this.#underWay.set(key, { ...message(record, from, to), sentNs: record.atNs });
    if (this.#underWay.size <= MAX_UNDER_WAY) return;
    for (const oldest of this.#underWay.keys()) {
      this.#underWay.delete(oldest);
      return;
    }
  }

  #end(record: TraceRecord, from: string, to: string, fate: Message["fate"]): void {
    const key = keyOf(record, from, to);
    const sent = this.#underWay.get(key);
    this.#underWay.delete(key);
    const ended = sent ?? { ...message(record, from, to), sentNs: fate === "lost" ? record.atNs : undefined };
    ended.endNs = record.atNs;
    ended.fate = fate;
    if (sent !== undefined) ended.text += `\n${lineOf(record)}`;
    this.ended.push(ended);
  }
}

function message(record: TraceRecord, from: string, to: string): Message {
  const isDamaged = record.what.includes(" corrupted");
  const text = lineOf(record);
  return {
    from,
    to,
    sentNs: undefined,
    endNs: undefined,
    fate: "under way",
    isDamaged,
    isCopy: isCopy(record),
    text,
  };
}

function keyOf(record: TraceRecord, from: string, to: string): string {
  return JSON.stringify([record.message, from, to, isCopy(record)]);
}

function isCopy({ what }: TraceRecord): boolean {
  return what.includes(" again");
}

function lineOf({ atNs, node, what }: TraceRecord): string {
  return `${(atNs / 1e6).toFixed(6)} ms ${node}: ${what}`;
}
