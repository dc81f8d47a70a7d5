/**
 * What a leader takes of the entries that replicas forward to it: each once, and in the order of their numbers. The numbers begin
 * anew with every ballot, so nothing has to be remembered across leaders.
 */
import {
  hasEntryShape,
  kindOf,
  lifeOf,
  originOf,
  PAXOS_CHANGE,
  PAXOS_COMMAND,
  payloadOf,
  sequenceOf,
} from "./entry.ts";
import type { Forward } from "./message.ts";

interface Line {
  readonly life: number;
  next: number;
}

export class Intake {
  readonly #lines = new Map<number, Line>();
  readonly #maxEntryBytes: number;

  constructor(maxEntryBytes: number) {
    this.#maxEntryBytes = maxEntryBytes;
  }

  /** Gives the new ones of a message to `take`. Returns the number that is expected next if the sender should know, else 0. */
  add(from: number, { life, sequence, entries }: Forward, take: (entry: Uint8Array) => void): number {
    let line = this.#lines.get(from);
    if (line === undefined || life > line.life) {
      line = { life, next: 1 };
      this.#lines.set(from, line);
    }
    if (life < line.life) return 0;
    if (entries.length === 0 || sequence > line.next) return line.next;
    for (let at = line.next - sequence; at < entries.length; at++) {
      const entry = entries[at] as Uint8Array;
      if (!this.#isProper(entry, from, life, line.next)) break;
      line.next++;
      take(entry);
    }
    return 0;
  }

  #isProper(entry: Uint8Array, from: number, life: number, sequence: number): boolean {
    if (!hasEntryShape(entry) || payloadOf(entry).length > this.#maxEntryBytes) return false;
    const kind = kindOf(entry);
    if (kind !== PAXOS_COMMAND && kind !== PAXOS_CHANGE) return false;
    return originOf(entry) === from && lifeOf(entry) === life && sequenceOf(entry) === sequence;
  }
}
