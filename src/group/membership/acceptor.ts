/**
 * A node as an acceptor of the decision that ends a view: single-decree Paxos (Lamport, "Paxos made simple", 2001), one
 * instance for each view, numbered by it. What it promises and accepts is one small record, on the disk before anybody is told.
 * An instance that is decided is forgotten with the next: whoever asks for it is told of the view that came of it.
 */

import { decodeRecord, encodeRecord, type GroupRecord } from "../wire/record.ts";
import type { Accepted, Decision, GroupView } from "./seat.ts";

export class Acceptor {
  incarnation: number;
  /** The last view that is known to be decided: what is voted on is its successor. */
  view: GroupView;
  promised: number;
  accepted: Accepted | undefined;
  /** How the view came about, for those who have to install it and were not told; undefined when only the view itself is known. */
  decision: Decision | undefined;

  constructor(record: GroupRecord) {
    this.incarnation = record.incarnation;
    this.view = record.view;
    this.promised = record.promised;
    this.accepted = record.accepted;
    this.decision = record.decision;
  }

  /** The record as bytes. */
  encode(): Uint8Array {
    return encodeRecord(this);
  }

  /** Promises to take no lower ballot. False if a higher one was promised. */
  promise(ballot: number): boolean {
    if (ballot < this.promised) return false;
    this.promised = ballot;
    return true;
  }

  /** False if a higher ballot was promised. */
  accept({ ballot, isFresh, value }: Accepted): boolean {
    if (ballot < this.promised) return false;
    this.promised = ballot;
    this.accepted = { ballot, isFresh, value };
    return true;
  }

  /** A later view was decided. False for one that is not later. */
  advance(view: GroupView, decision: Decision | undefined): boolean {
    if (view.id <= this.view.id) return false;
    this.view = view;
    this.decision = decision;
    this.promised = 0;
    this.accepted = undefined;
    return true;
  }
}

/** A node's record; without bytes, the first one. Undefined for bytes that are no record. */
export function readRecord(bytes: Uint8Array | undefined, founding: GroupView): GroupRecord | undefined {
  if (bytes !== undefined) return decodeRecord(bytes);
  return { incarnation: 0, view: founding, promised: 0, accepted: undefined, decision: undefined };
}
