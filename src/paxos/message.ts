/** What replicas say to each other (x/paxos.x, where each message is explained), as the code works with it. */
import type { PrefixValue } from "./prefix.ts";

export interface Prevote {
  readonly kind: "prevote";
  readonly ballot: number;
  readonly committed: number;
  readonly last: number;
}

export interface Prevoted {
  readonly kind: "prevoted";
  readonly ballot: number;
  readonly promised: number;
  readonly isGranted: boolean;
}

export interface Prepare {
  readonly kind: "prepare";
  readonly ballot: number;
  readonly from: number;
  readonly last: number;
  readonly handover: number;
}

export interface PromiseMade {
  readonly kind: "promise";
  readonly ballot: number;
  readonly from: number;
  readonly committed: number;
  readonly next: number;
  readonly entries: readonly Uint8Array[];
}

export interface Reject {
  readonly kind: "reject";
  readonly ballot: number;
  readonly promised: number;
}

export interface Accept {
  readonly kind: "accept";
  readonly ballot: number;
  readonly from: number;
  readonly committed: number;
  readonly round: number;
  readonly entries: readonly Uint8Array[];
}

export interface Accepted {
  readonly kind: "accepted";
  readonly ballot: number;
  readonly durable: number;
  readonly wanted: number;
  readonly round: number;
}

export interface Forward {
  readonly kind: "forward";
  readonly ballot: number;
  readonly life: number;
  readonly sequence: number;
  readonly entries: readonly Uint8Array[];
}

export interface Forwarded {
  readonly kind: "forwarded";
  readonly ballot: number;
  readonly life: number;
  readonly next: number;
}

export interface Read {
  readonly kind: "read";
  readonly ballot: number;
  readonly life: number;
  readonly number: number;
}

export interface Readable {
  readonly kind: "readable";
  readonly ballot: number;
  readonly life: number;
  readonly number: number;
  readonly slot: number;
}

export interface Handover {
  readonly kind: "handover";
  readonly ballot: number;
}

/** Told to one who is no member any more. */
export interface Removed {
  readonly kind: "removed";
  readonly id: number;
}

/** A snapshot as it lies in a store. */
export interface SnapshotMark {
  readonly prefix: PrefixValue;
  readonly bytes: number;
  readonly chunks: number;
  readonly checksum: number;
}

export interface Offer {
  readonly kind: "offer";
  readonly ballot: number;
  readonly snapshot: SnapshotMark;
}

export interface Chunk {
  readonly kind: "chunk";
  readonly slot: number;
  readonly checksum: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface Want {
  readonly kind: "want";
  readonly slot: number;
  readonly checksum: number;
  readonly next: number;
  readonly until: number;
}

/** Of a state machine that keeps its state itself. */
export interface StateOffer {
  readonly kind: "state";
  readonly ballot: number;
  readonly stream: number;
  readonly prefix: PrefixValue;
}

export interface Part {
  readonly kind: "part";
  readonly stream: number;
  readonly number: number;
  readonly checksum: number;
  readonly isEnd: boolean;
  readonly bytes: Uint8Array;
}

export interface More {
  readonly kind: "more";
  readonly stream: number;
  readonly next: number;
  readonly until: number;
}

/** What agreement itself needs. */
export type PaxosMessage =
  | Prevote
  | Prevoted
  | Prepare
  | PromiseMade
  | Reject
  | Accept
  | Accepted
  | Forward
  | Forwarded
  | Read
  | Readable
  | Handover
  | Removed;

/** What brings a snapshot, or a state, to a replica that is too far behind. */
export type TransferMessage = Offer | Chunk | Want | StateOffer | Part | More;

export type Message = PaxosMessage | TransferMessage;
