// Generated from paxos.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError } from "../../marshal/index.ts";

export const PAXOS_FORMAT = 1;

/** replicas of a log, joining ones included */
export const PAXOS_MAX_MEMBERS = 64;

/** bytes of a replica's name, UTF-8 */
export const PAXOS_MAX_NAME = 255;

/** bytes of the largest entry: 16 MiB less 4 KiB */
export const PAXOS_MAX_PAYLOAD = 16773120;

/** an entry with its head */
export const PAXOS_MAX_ENTRY = 16777216;

/** entries in one message */
export const PAXOS_MAX_RUN = 65536;

/** bytes of a snapshot in one message */
export const PAXOS_MAX_CHUNK = 1048576;

/** bytes of an entry before its payload */
export const PAXOS_HEAD = 48;

/** drawn when a replica's store is made: it names the store, not the machine */
export type paxos_token = Uint8Array;

export function encode_paxos_token(w: XdrWriter, v: paxos_token): void {
  w.opaqueFixed(v, 16);
}

export function decode_paxos_token(r: XdrReader): paxos_token {
  return r.opaqueFixed(16);
}

export const xdr_paxos_token: Xdr<paxos_token> = { encode: encode_paxos_token, decode: decode_paxos_token };

export type paxos_name = Uint8Array;

export function encode_paxos_name(w: XdrWriter, v: paxos_name): void {
  w.opaque(v, 255);
}

export function decode_paxos_name(r: XdrReader): paxos_name {
  return r.opaque(255);
}

export const xdr_paxos_name: Xdr<paxos_name> = { encode: encode_paxos_name, decode: decode_paxos_name };

export type paxos_bytes = Uint8Array;

export function encode_paxos_bytes(w: XdrWriter, v: paxos_bytes): void {
  w.opaque(v, 16777216);
}

export function decode_paxos_bytes(r: XdrReader): paxos_bytes {
  return r.opaque(16777216);
}

export const xdr_paxos_bytes: Xdr<paxos_bytes> = { encode: encode_paxos_bytes, decode: decode_paxos_bytes };

export const paxos_kind = {
  /** fills a slot */
  PAXOS_NOOP: 0,
  /** the first of a leader's own: from here on, entries born in older ballots are void */
  PAXOS_OPENING: 1,
  /** for the state machine */
  PAXOS_COMMAND: 2,
  /** paxos_change: who the voters shall be */
  PAXOS_CHANGE: 3,
  /** paxos_switch: from the next slot on they are */
  PAXOS_SWITCH: 4,
} as const;
export type paxos_kind = (typeof paxos_kind)[keyof typeof paxos_kind];

function check_paxos_kind(value: number): paxos_kind {
  if (value >= 0 && value <= 4) return value as paxos_kind;
  throw new XdrError("XDR_RANGE", `paxos_kind: ${value} is none of its values`);
}

export function encode_paxos_kind(w: XdrWriter, v: paxos_kind): void {
  w.int(check_paxos_kind(v));
}

export function decode_paxos_kind(r: XdrReader): paxos_kind {
  return check_paxos_kind(r.int());
}

export const xdr_paxos_kind: Xdr<paxos_kind> = { encode: encode_paxos_kind, decode: decode_paxos_kind };

/**
 * What is in a slot, on the wire as on the disk. The checksum is the CRC-32 of all that follows it, with the low 32 bits of
 * the slot as its seed. All but the checksum and `ballot` is the value that is agreed on.
 */
export interface paxos_entry {
  checksum: number;
  /** in which it was accepted */
  ballot: bigint;
  /** in which it was proposed first */
  born: bigint;
  /** of the replica that it came from: how often that was started */
  life: bigint;
  /** its number among those that came from there in this ballot, from 1; 0: from the leader itself */
  sequence: bigint;
  /** that replica */
  origin: number;
  kind: paxos_kind;
  payload: Uint8Array;
}

export function encode_paxos_entry(w: XdrWriter, v: paxos_entry): void {
  w.uint(v.checksum);
  w.uhyper(v.ballot);
  w.uhyper(v.born);
  w.uhyper(v.life);
  w.uhyper(v.sequence);
  w.uint(v.origin);
  encode_paxos_kind(w, v.kind);
  w.opaque(v.payload, 16773120);
}

export function decode_paxos_entry(r: XdrReader): paxos_entry {
  return {
    checksum: r.uint(),
    ballot: r.uhyper(),
    born: r.uhyper(),
    life: r.uhyper(),
    sequence: r.uhyper(),
    origin: r.uint(),
    kind: decode_paxos_kind(r),
    payload: r.opaque(16773120),
  };
}

export const xdr_paxos_entry: Xdr<paxos_entry> = { encode: encode_paxos_entry, decode: decode_paxos_entry };

export interface paxos_newcomer {
  name: paxos_name;
  token: paxos_token;
}

export function encode_paxos_newcomer(w: XdrWriter, v: paxos_newcomer): void {
  encode_paxos_name(w, v.name);
  encode_paxos_token(w, v.token);
}

export function decode_paxos_newcomer(r: XdrReader): paxos_newcomer {
  return {
    name: decode_paxos_name(r),
    token: decode_paxos_token(r),
  };
}

export const xdr_paxos_newcomer: Xdr<paxos_newcomer> = { encode: encode_paxos_newcomer, decode: decode_paxos_newcomer };

/** The payload of a CHANGE: all voters as they shall be. */
export interface paxos_change {
  voters: paxos_newcomer[];
}

export function encode_paxos_change(w: XdrWriter, v: paxos_change): void {
  w.count(v.voters.length, 64);
  for (const item of v.voters) {
    encode_paxos_newcomer(w, item);
  }
}

export function decode_paxos_change(r: XdrReader): paxos_change {
  const f0: paxos_newcomer[] = [];
  for (let left = r.count(64, 20); left > 0; left--) f0.push(decode_paxos_newcomer(r));
  return {
    voters: f0,
  };
}

export const xdr_paxos_change: Xdr<paxos_change> = { encode: encode_paxos_change, decode: decode_paxos_change };

/** The payload of a SWITCH: the slot of the change that it carries out. */
export interface paxos_switch {
  change: bigint;
}

export function encode_paxos_switch(w: XdrWriter, v: paxos_switch): void {
  w.uhyper(v.change);
}

export function decode_paxos_switch(r: XdrReader): paxos_switch {
  return {
    change: r.uhyper(),
  };
}

export const xdr_paxos_switch: Xdr<paxos_switch> = { encode: encode_paxos_switch, decode: decode_paxos_switch };

export interface paxos_member {
  /** 1 to 65535, never given twice */
  id: number;
  name: paxos_name;
  token: paxos_token;
  is_voter: boolean;
  /** a voter after the change that is under way; the same as is_voter when none is */
  is_wanted: boolean;
}

export function encode_paxos_member(w: XdrWriter, v: paxos_member): void {
  w.uint(v.id);
  encode_paxos_name(w, v.name);
  encode_paxos_token(w, v.token);
  w.bool(v.is_voter);
  w.bool(v.is_wanted);
}

export function decode_paxos_member(r: XdrReader): paxos_member {
  return {
    id: r.uint(),
    name: decode_paxos_name(r),
    token: decode_paxos_token(r),
    is_voter: r.bool(),
    is_wanted: r.bool(),
  };
}

export const xdr_paxos_member: Xdr<paxos_member> = { encode: encode_paxos_member, decode: decode_paxos_member };

export interface paxos_configuration {
  next_id: number;
  /** slot of the change that is under way, 0 for none */
  change: bigint;
  members: paxos_member[];
}

export function encode_paxos_configuration(w: XdrWriter, v: paxos_configuration): void {
  w.uint(v.next_id);
  w.uhyper(v.change);
  w.count(v.members.length, 64);
  for (const item of v.members) {
    encode_paxos_member(w, item);
  }
}

export function decode_paxos_configuration(r: XdrReader): paxos_configuration {
  const f0 = r.uint();
  const f1 = r.uhyper();
  const f2: paxos_member[] = [];
  for (let left = r.count(64, 32); left > 0; left--) f2.push(decode_paxos_member(r));
  return {
    next_id: f0,
    change: f1,
    members: f2,
  };
}

export const xdr_paxos_configuration: Xdr<paxos_configuration> = { encode: encode_paxos_configuration, decode: decode_paxos_configuration };

/** What the prefix of the log up to a slot says, beside the state of the state machine. */
export interface paxos_prefix {
  slot: bigint;
  /** the highest ballot that was opened */
  fence: bigint;
  /** something is chosen after the last switch, so its voters know of it */
  is_sealed: boolean;
  configuration: paxos_configuration;
}

export function encode_paxos_prefix(w: XdrWriter, v: paxos_prefix): void {
  w.uhyper(v.slot);
  w.uhyper(v.fence);
  w.bool(v.is_sealed);
  encode_paxos_configuration(w, v.configuration);
}

export function decode_paxos_prefix(r: XdrReader): paxos_prefix {
  return {
    slot: r.uhyper(),
    fence: r.uhyper(),
    is_sealed: r.bool(),
    configuration: decode_paxos_configuration(r),
  };
}

export const xdr_paxos_prefix: Xdr<paxos_prefix> = { encode: encode_paxos_prefix, decode: decode_paxos_prefix };

/** Which replica this is. Written when the store is made, when it learns its number, and at every start. */
export interface paxos_identity {
  format: number;
  token: paxos_token;
  life: bigint;
  /** 0: not known yet */
  id: number;
  /** the first configuration of the log, once it is known */
  founding: paxos_configuration[];
}

export function encode_paxos_identity(w: XdrWriter, v: paxos_identity): void {
  w.uint(v.format);
  encode_paxos_token(w, v.token);
  w.uhyper(v.life);
  w.uint(v.id);
  w.count(v.founding.length, 1);
  for (const item of v.founding) {
    encode_paxos_configuration(w, item);
  }
}

export function decode_paxos_identity(r: XdrReader): paxos_identity {
  const f0 = r.uint();
  const f1 = decode_paxos_token(r);
  const f2 = r.uhyper();
  const f3 = r.uint();
  const f4: paxos_configuration[] = [];
  for (let left = r.count(1, 16); left > 0; left--) f4.push(decode_paxos_configuration(r));
  return {
    format: f0,
    token: f1,
    life: f2,
    id: f3,
    founding: f4,
  };
}

export const xdr_paxos_identity: Xdr<paxos_identity> = { encode: encode_paxos_identity, decode: decode_paxos_identity };

export interface paxos_hard_state {
  promised: bigint;
  /** at least so far the entries are chosen */
  committed: bigint;
  /** the first slot that is kept */
  first: bigint;
}

export function encode_paxos_hard_state(w: XdrWriter, v: paxos_hard_state): void {
  w.uhyper(v.promised);
  w.uhyper(v.committed);
  w.uhyper(v.first);
}

export function decode_paxos_hard_state(r: XdrReader): paxos_hard_state {
  return {
    promised: r.uhyper(),
    committed: r.uhyper(),
    first: r.uhyper(),
  };
}

export const xdr_paxos_hard_state: Xdr<paxos_hard_state> = { encode: encode_paxos_hard_state, decode: decode_paxos_hard_state };

export interface paxos_snapshot {
  prefix: paxos_prefix;
  bytes: bigint;
  chunks: number;
  /** CRC-32 of all its bytes */
  checksum: number;
}

export function encode_paxos_snapshot(w: XdrWriter, v: paxos_snapshot): void {
  encode_paxos_prefix(w, v.prefix);
  w.uhyper(v.bytes);
  w.uint(v.chunks);
  w.uint(v.checksum);
}

export function decode_paxos_snapshot(r: XdrReader): paxos_snapshot {
  return {
    prefix: decode_paxos_prefix(r),
    bytes: r.uhyper(),
    chunks: r.uint(),
    checksum: r.uint(),
  };
}

export const xdr_paxos_snapshot: Xdr<paxos_snapshot> = { encode: encode_paxos_snapshot, decode: decode_paxos_snapshot };

/**
 * What a replica begins with: a snapshot, and where its chunks are; or the state that a state machine keeps itself, and then
 * the last entry that it was given, and no chunks. A mark of the second kind is also what a state that is about to be taken over stands
 * under, until it is.
 */
export interface paxos_mark {
  snapshot: paxos_snapshot;
  generation: bigint;
  given: bigint[];
}

export function encode_paxos_mark(w: XdrWriter, v: paxos_mark): void {
  encode_paxos_snapshot(w, v.snapshot);
  w.uhyper(v.generation);
  w.count(v.given.length, 1);
  for (const item of v.given) {
    w.uhyper(item);
  }
}

export function decode_paxos_mark(r: XdrReader): paxos_mark {
  const f0 = decode_paxos_snapshot(r);
  const f1 = r.uhyper();
  const f2: bigint[] = [];
  for (let left = r.count(1, 8); left > 0; left--) f2.push(r.uhyper());
  return {
    snapshot: f0,
    generation: f1,
    given: f2,
  };
}

export const xdr_paxos_mark: Xdr<paxos_mark> = { encode: encode_paxos_mark, decode: decode_paxos_mark };

export const paxos_message_type = {
  PAXOS_HELLO: 0,
  PAXOS_PREVOTE: 1,
  PAXOS_PREVOTED: 2,
  PAXOS_PREPARE: 3,
  PAXOS_PROMISE: 4,
  PAXOS_REJECT: 5,
  PAXOS_ACCEPT: 6,
  PAXOS_ACCEPTED: 7,
  PAXOS_FORWARD: 8,
  PAXOS_FORWARDED: 9,
  PAXOS_READ: 10,
  PAXOS_READABLE: 11,
  PAXOS_HANDOVER: 12,
  PAXOS_REMOVED: 13,
  PAXOS_OFFER: 14,
  PAXOS_CHUNK: 15,
  PAXOS_WANT: 16,
  PAXOS_STATE: 17,
  PAXOS_PART: 18,
  PAXOS_MORE: 19,
} as const;
export type paxos_message_type = (typeof paxos_message_type)[keyof typeof paxos_message_type];

function check_paxos_message_type(value: number): paxos_message_type {
  if (value >= 0 && value <= 19) return value as paxos_message_type;
  throw new XdrError("XDR_RANGE", `paxos_message_type: ${value} is none of its values`);
}

export function encode_paxos_message_type(w: XdrWriter, v: paxos_message_type): void {
  w.int(check_paxos_message_type(v));
}

export function decode_paxos_message_type(r: XdrReader): paxos_message_type {
  return check_paxos_message_type(r.int());
}

export const xdr_paxos_message_type: Xdr<paxos_message_type> = { encode: encode_paxos_message_type, decode: decode_paxos_message_type };

/** The first message of a link, and again when what it says has changed. */
export interface paxos_hello {
  format: number;
  token: paxos_token;
  /** the sender's number, 0 if it has none yet */
  id: number;
  /** the receiver's, as far as the sender knows it; else 0 */
  your_id: number;
  /** of a log that is still to be founded */
  founders: paxos_name[];
  founding: paxos_configuration[];
}

export function encode_paxos_hello(w: XdrWriter, v: paxos_hello): void {
  w.uint(v.format);
  encode_paxos_token(w, v.token);
  w.uint(v.id);
  w.uint(v.your_id);
  w.count(v.founders.length, 64);
  for (const item of v.founders) {
    encode_paxos_name(w, item);
  }
  w.count(v.founding.length, 1);
  for (const item of v.founding) {
    encode_paxos_configuration(w, item);
  }
}

export function decode_paxos_hello(r: XdrReader): paxos_hello {
  const f0 = r.uint();
  const f1 = decode_paxos_token(r);
  const f2 = r.uint();
  const f3 = r.uint();
  const f4: paxos_name[] = [];
  for (let left = r.count(64); left > 0; left--) f4.push(decode_paxos_name(r));
  const f5: paxos_configuration[] = [];
  for (let left = r.count(1, 16); left > 0; left--) f5.push(decode_paxos_configuration(r));
  return {
    format: f0,
    token: f1,
    id: f2,
    your_id: f3,
    founders: f4,
    founding: f5,
  };
}

export const xdr_paxos_hello: Xdr<paxos_hello> = { encode: encode_paxos_hello, decode: decode_paxos_hello };

/** Would you promise? Asked before a ballot begins, so that who was cut off does not disturb a leader that works. */
export interface paxos_prevote {
  ballot: bigint;
  committed: bigint;
  /** the last slot in which the sender has something */
  last: bigint;
}

export function encode_paxos_prevote(w: XdrWriter, v: paxos_prevote): void {
  w.uhyper(v.ballot);
  w.uhyper(v.committed);
  w.uhyper(v.last);
}

export function decode_paxos_prevote(r: XdrReader): paxos_prevote {
  return {
    ballot: r.uhyper(),
    committed: r.uhyper(),
    last: r.uhyper(),
  };
}

export const xdr_paxos_prevote: Xdr<paxos_prevote> = { encode: encode_paxos_prevote, decode: decode_paxos_prevote };

export interface paxos_prevoted {
  ballot: bigint;
  promised: bigint;
  is_granted: boolean;
}

export function encode_paxos_prevoted(w: XdrWriter, v: paxos_prevoted): void {
  w.uhyper(v.ballot);
  w.uhyper(v.promised);
  w.bool(v.is_granted);
}

export function decode_paxos_prevoted(r: XdrReader): paxos_prevoted {
  return {
    ballot: r.uhyper(),
    promised: r.uhyper(),
    is_granted: r.bool(),
  };
}

export const xdr_paxos_prevoted: Xdr<paxos_prevoted> = { encode: encode_paxos_prevoted, decode: decode_paxos_prevoted };

/** Phase 1a, for all slots from `from` on. The promise comes in pages: asked again with a later slot, it goes on there. */
export interface paxos_prepare {
  ballot: bigint;
  from: bigint;
  last: bigint;
  /** the ballot of the leader that asked the sender to follow it, or 0 */
  handover: bigint;
}

export function encode_paxos_prepare(w: XdrWriter, v: paxos_prepare): void {
  w.uhyper(v.ballot);
  w.uhyper(v.from);
  w.uhyper(v.last);
  w.uhyper(v.handover);
}

export function decode_paxos_prepare(r: XdrReader): paxos_prepare {
  return {
    ballot: r.uhyper(),
    from: r.uhyper(),
    last: r.uhyper(),
    handover: r.uhyper(),
  };
}

export const xdr_paxos_prepare: Xdr<paxos_prepare> = { encode: encode_paxos_prepare, decode: decode_paxos_prepare };

/** Phase 1b. */
export interface paxos_promise {
  ballot: bigint;
  from: bigint;
  committed: bigint;
  /** where the next page begins; 0: this is the last one */
  next: bigint;
  entries: paxos_bytes[];
}

export function encode_paxos_promise(w: XdrWriter, v: paxos_promise): void {
  w.uhyper(v.ballot);
  w.uhyper(v.from);
  w.uhyper(v.committed);
  w.uhyper(v.next);
  w.count(v.entries.length, 65536);
  for (const item of v.entries) {
    encode_paxos_bytes(w, item);
  }
}

export function decode_paxos_promise(r: XdrReader): paxos_promise {
  const f0 = r.uhyper();
  const f1 = r.uhyper();
  const f2 = r.uhyper();
  const f3 = r.uhyper();
  const f4: paxos_bytes[] = [];
  for (let left = r.count(65536); left > 0; left--) f4.push(decode_paxos_bytes(r));
  return {
    ballot: f0,
    from: f1,
    committed: f2,
    next: f3,
    entries: f4,
  };
}

export const xdr_paxos_promise: Xdr<paxos_promise> = { encode: encode_paxos_promise, decode: decode_paxos_promise };

export interface paxos_reject {
  ballot: bigint;
  promised: bigint;
}

export function encode_paxos_reject(w: XdrWriter, v: paxos_reject): void {
  w.uhyper(v.ballot);
  w.uhyper(v.promised);
}

export function decode_paxos_reject(r: XdrReader): paxos_reject {
  return {
    ballot: r.uhyper(),
    promised: r.uhyper(),
  };
}

export const xdr_paxos_reject: Xdr<paxos_reject> = { encode: encode_paxos_reject, decode: decode_paxos_reject };

/** Phase 2a for the slots from `from` on, a heartbeat, and word of what is chosen. */
export interface paxos_accept {
  ballot: bigint;
  from: bigint;
  committed: bigint;
  round: bigint;
  entries: paxos_bytes[];
}

export function encode_paxos_accept(w: XdrWriter, v: paxos_accept): void {
  w.uhyper(v.ballot);
  w.uhyper(v.from);
  w.uhyper(v.committed);
  w.uhyper(v.round);
  w.count(v.entries.length, 65536);
  for (const item of v.entries) {
    encode_paxos_bytes(w, item);
  }
}

export function decode_paxos_accept(r: XdrReader): paxos_accept {
  const f0 = r.uhyper();
  const f1 = r.uhyper();
  const f2 = r.uhyper();
  const f3 = r.uhyper();
  const f4: paxos_bytes[] = [];
  for (let left = r.count(65536); left > 0; left--) f4.push(decode_paxos_bytes(r));
  return {
    ballot: f0,
    from: f1,
    committed: f2,
    round: f3,
    entries: f4,
  };
}

export const xdr_paxos_accept: Xdr<paxos_accept> = { encode: encode_paxos_accept, decode: decode_paxos_accept };

/** Phase 2b for all slots up to `durable`. */
export interface paxos_accepted {
  ballot: bigint;
  durable: bigint;
  /** the first slot that is missing, if some after it came; else 0 */
  wanted: bigint;
  /** the highest that came */
  round: bigint;
}

export function encode_paxos_accepted(w: XdrWriter, v: paxos_accepted): void {
  w.uhyper(v.ballot);
  w.uhyper(v.durable);
  w.uhyper(v.wanted);
  w.uhyper(v.round);
}

export function decode_paxos_accepted(r: XdrReader): paxos_accepted {
  return {
    ballot: r.uhyper(),
    durable: r.uhyper(),
    wanted: r.uhyper(),
    round: r.uhyper(),
  };
}

export const xdr_paxos_accepted: Xdr<paxos_accepted> = { encode: encode_paxos_accepted, decode: decode_paxos_accepted };

/** Entries for the leader to propose: numbers `sequence` and up. Without any it asks how many came. */
export interface paxos_forward {
  ballot: bigint;
  life: bigint;
  sequence: bigint;
  entries: paxos_bytes[];
}

export function encode_paxos_forward(w: XdrWriter, v: paxos_forward): void {
  w.uhyper(v.ballot);
  w.uhyper(v.life);
  w.uhyper(v.sequence);
  w.count(v.entries.length, 65536);
  for (const item of v.entries) {
    encode_paxos_bytes(w, item);
  }
}

export function decode_paxos_forward(r: XdrReader): paxos_forward {
  const f0 = r.uhyper();
  const f1 = r.uhyper();
  const f2 = r.uhyper();
  const f3: paxos_bytes[] = [];
  for (let left = r.count(65536); left > 0; left--) f3.push(decode_paxos_bytes(r));
  return {
    ballot: f0,
    life: f1,
    sequence: f2,
    entries: f3,
  };
}

export const xdr_paxos_forward: Xdr<paxos_forward> = { encode: encode_paxos_forward, decode: decode_paxos_forward };

export interface paxos_forwarded {
  ballot: bigint;
  life: bigint;
  next: bigint;
}

export function encode_paxos_forwarded(w: XdrWriter, v: paxos_forwarded): void {
  w.uhyper(v.ballot);
  w.uhyper(v.life);
  w.uhyper(v.next);
}

export function decode_paxos_forwarded(r: XdrReader): paxos_forwarded {
  return {
    ballot: r.uhyper(),
    life: r.uhyper(),
    next: r.uhyper(),
  };
}

export const xdr_paxos_forwarded: Xdr<paxos_forwarded> = { encode: encode_paxos_forwarded, decode: decode_paxos_forwarded };

export interface paxos_read {
  ballot: bigint;
  life: bigint;
  number: bigint;
}

export function encode_paxos_read(w: XdrWriter, v: paxos_read): void {
  w.uhyper(v.ballot);
  w.uhyper(v.life);
  w.uhyper(v.number);
}

export function decode_paxos_read(r: XdrReader): paxos_read {
  return {
    ballot: r.uhyper(),
    life: r.uhyper(),
    number: r.uhyper(),
  };
}

export const xdr_paxos_read: Xdr<paxos_read> = { encode: encode_paxos_read, decode: decode_paxos_read };

export interface paxos_readable {
  ballot: bigint;
  life: bigint;
  number: bigint;
  /** who has applied so far may answer */
  slot: bigint;
}

export function encode_paxos_readable(w: XdrWriter, v: paxos_readable): void {
  w.uhyper(v.ballot);
  w.uhyper(v.life);
  w.uhyper(v.number);
  w.uhyper(v.slot);
}

export function decode_paxos_readable(r: XdrReader): paxos_readable {
  return {
    ballot: r.uhyper(),
    life: r.uhyper(),
    number: r.uhyper(),
    slot: r.uhyper(),
  };
}

export const xdr_paxos_readable: Xdr<paxos_readable> = { encode: encode_paxos_readable, decode: decode_paxos_readable };

export interface paxos_handover {
  ballot: bigint;
}

export function encode_paxos_handover(w: XdrWriter, v: paxos_handover): void {
  w.uhyper(v.ballot);
}

export function decode_paxos_handover(r: XdrReader): paxos_handover {
  return {
    ballot: r.uhyper(),
  };
}

export const xdr_paxos_handover: Xdr<paxos_handover> = { encode: encode_paxos_handover, decode: decode_paxos_handover };

/** The replica of this number, to which it goes, is no member any more. */
export interface paxos_removed {
  id: number;
}

export function encode_paxos_removed(w: XdrWriter, v: paxos_removed): void {
  w.uint(v.id);
}

export function decode_paxos_removed(r: XdrReader): paxos_removed {
  return {
    id: r.uint(),
  };
}

export const xdr_paxos_removed: Xdr<paxos_removed> = { encode: encode_paxos_removed, decode: decode_paxos_removed };

/** A snapshot for one that is too far behind; then its chunks, as many as are wanted. */
export interface paxos_offer {
  ballot: bigint;
  snapshot: paxos_snapshot;
}

export function encode_paxos_offer(w: XdrWriter, v: paxos_offer): void {
  w.uhyper(v.ballot);
  encode_paxos_snapshot(w, v.snapshot);
}

export function decode_paxos_offer(r: XdrReader): paxos_offer {
  return {
    ballot: r.uhyper(),
    snapshot: decode_paxos_snapshot(r),
  };
}

export const xdr_paxos_offer: Xdr<paxos_offer> = { encode: encode_paxos_offer, decode: decode_paxos_offer };

export interface paxos_chunk {
  slot: bigint;
  /** of the snapshot */
  checksum: number;
  number: number;
  bytes: Uint8Array;
}

export function encode_paxos_chunk(w: XdrWriter, v: paxos_chunk): void {
  w.uhyper(v.slot);
  w.uint(v.checksum);
  w.uint(v.number);
  w.opaque(v.bytes, 1048576);
}

export function decode_paxos_chunk(r: XdrReader): paxos_chunk {
  return {
    slot: r.uhyper(),
    checksum: r.uint(),
    number: r.uint(),
    bytes: r.opaque(1048576),
  };
}

export const xdr_paxos_chunk: Xdr<paxos_chunk> = { encode: encode_paxos_chunk, decode: decode_paxos_chunk };

export interface paxos_want {
  slot: bigint;
  checksum: number;
  /** all before are here */
  next: number;
  /** chunks before this one may be sent */
  until: number;
}

export function encode_paxos_want(w: XdrWriter, v: paxos_want): void {
  w.uhyper(v.slot);
  w.uint(v.checksum);
  w.uint(v.next);
  w.uint(v.until);
}

export function decode_paxos_want(r: XdrReader): paxos_want {
  return {
    slot: r.uhyper(),
    checksum: r.uint(),
    next: r.uint(),
    until: r.uint(),
  };
}

export const xdr_paxos_want: Xdr<paxos_want> = { encode: encode_paxos_want, decode: decode_paxos_want };

/** The same for state machines that keep their state themselves: it is read as it is sent, and its length is known at its end. */
export interface paxos_state {
  ballot: bigint;
  /** never given twice by one sender */
  stream: bigint;
  prefix: paxos_prefix;
}

export function encode_paxos_state(w: XdrWriter, v: paxos_state): void {
  w.uhyper(v.ballot);
  w.uhyper(v.stream);
  encode_paxos_prefix(w, v.prefix);
}

export function decode_paxos_state(r: XdrReader): paxos_state {
  return {
    ballot: r.uhyper(),
    stream: r.uhyper(),
    prefix: decode_paxos_prefix(r),
  };
}

export const xdr_paxos_state: Xdr<paxos_state> = { encode: encode_paxos_state, decode: decode_paxos_state };

export interface paxos_part {
  stream: bigint;
  number: number;
  /** CRC-32 of the bytes of all parts so far */
  checksum: number;
  /** there are no more, and no bytes */
  is_end: boolean;
  bytes: Uint8Array;
}

export function encode_paxos_part(w: XdrWriter, v: paxos_part): void {
  w.uhyper(v.stream);
  w.uint(v.number);
  w.uint(v.checksum);
  w.bool(v.is_end);
  w.opaque(v.bytes, 1048576);
}

export function decode_paxos_part(r: XdrReader): paxos_part {
  return {
    stream: r.uhyper(),
    number: r.uint(),
    checksum: r.uint(),
    is_end: r.bool(),
    bytes: r.opaque(1048576),
  };
}

export const xdr_paxos_part: Xdr<paxos_part> = { encode: encode_paxos_part, decode: decode_paxos_part };

export interface paxos_more {
  stream: bigint;
  next: number;
  until: number;
}

export function encode_paxos_more(w: XdrWriter, v: paxos_more): void {
  w.uhyper(v.stream);
  w.uint(v.next);
  w.uint(v.until);
}

export function decode_paxos_more(r: XdrReader): paxos_more {
  return {
    stream: r.uhyper(),
    next: r.uint(),
    until: r.uint(),
  };
}

export const xdr_paxos_more: Xdr<paxos_more> = { encode: encode_paxos_more, decode: decode_paxos_more };

export type paxos_message =
  | { type: 0; hello: paxos_hello }
  | { type: 1; prevote: paxos_prevote }
  | { type: 2; prevoted: paxos_prevoted }
  | { type: 3; prepare: paxos_prepare }
  | { type: 4; promise: paxos_promise }
  | { type: 5; reject: paxos_reject }
  | { type: 6; accept: paxos_accept }
  | { type: 7; accepted: paxos_accepted }
  | { type: 8; forward: paxos_forward }
  | { type: 9; forwarded: paxos_forwarded }
  | { type: 10; read: paxos_read }
  | { type: 11; readable: paxos_readable }
  | { type: 12; handover: paxos_handover }
  | { type: 13; removed: paxos_removed }
  | { type: 14; offer: paxos_offer }
  | { type: 15; chunk: paxos_chunk }
  | { type: 16; want: paxos_want }
  | { type: 17; state: paxos_state }
  | { type: 18; part: paxos_part }
  | { type: 19; more: paxos_more };

export function encode_paxos_message(w: XdrWriter, v: paxos_message): void {
  encode_paxos_message_type(w, v.type);
  switch (v.type) {
    case 0:
      encode_paxos_hello(w, v.hello);
      return;
    case 1:
      encode_paxos_prevote(w, v.prevote);
      return;
    case 2:
      encode_paxos_prevoted(w, v.prevoted);
      return;
    case 3:
      encode_paxos_prepare(w, v.prepare);
      return;
    case 4:
      encode_paxos_promise(w, v.promise);
      return;
    case 5:
      encode_paxos_reject(w, v.reject);
      return;
    case 6:
      encode_paxos_accept(w, v.accept);
      return;
    case 7:
      encode_paxos_accepted(w, v.accepted);
      return;
    case 8:
      encode_paxos_forward(w, v.forward);
      return;
    case 9:
      encode_paxos_forwarded(w, v.forwarded);
      return;
    case 10:
      encode_paxos_read(w, v.read);
      return;
    case 11:
      encode_paxos_readable(w, v.readable);
      return;
    case 12:
      encode_paxos_handover(w, v.handover);
      return;
    case 13:
      encode_paxos_removed(w, v.removed);
      return;
    case 14:
      encode_paxos_offer(w, v.offer);
      return;
    case 15:
      encode_paxos_chunk(w, v.chunk);
      return;
    case 16:
      encode_paxos_want(w, v.want);
      return;
    case 17:
      encode_paxos_state(w, v.state);
      return;
    case 18:
      encode_paxos_part(w, v.part);
      return;
    case 19:
      encode_paxos_more(w, v.more);
      return;
  }
}

export function decode_paxos_message(r: XdrReader): paxos_message {
  const d = decode_paxos_message_type(r);
  switch (d) {
    case 0:
      return { type: d, hello: decode_paxos_hello(r) };
    case 1:
      return { type: d, prevote: decode_paxos_prevote(r) };
    case 2:
      return { type: d, prevoted: decode_paxos_prevoted(r) };
    case 3:
      return { type: d, prepare: decode_paxos_prepare(r) };
    case 4:
      return { type: d, promise: decode_paxos_promise(r) };
    case 5:
      return { type: d, reject: decode_paxos_reject(r) };
    case 6:
      return { type: d, accept: decode_paxos_accept(r) };
    case 7:
      return { type: d, accepted: decode_paxos_accepted(r) };
    case 8:
      return { type: d, forward: decode_paxos_forward(r) };
    case 9:
      return { type: d, forwarded: decode_paxos_forwarded(r) };
    case 10:
      return { type: d, read: decode_paxos_read(r) };
    case 11:
      return { type: d, readable: decode_paxos_readable(r) };
    case 12:
      return { type: d, handover: decode_paxos_handover(r) };
    case 13:
      return { type: d, removed: decode_paxos_removed(r) };
    case 14:
      return { type: d, offer: decode_paxos_offer(r) };
    case 15:
      return { type: d, chunk: decode_paxos_chunk(r) };
    case 16:
      return { type: d, want: decode_paxos_want(r) };
    case 17:
      return { type: d, state: decode_paxos_state(r) };
    case 18:
      return { type: d, part: decode_paxos_part(r) };
    case 19:
      return { type: d, more: decode_paxos_more(r) };
  }
}

export const xdr_paxos_message: Xdr<paxos_message> = { encode: encode_paxos_message, decode: decode_paxos_message };

/** What each piece of a message begins with. */
export const paxos_fragment = {
  PAXOS_MIDDLE: 0,
  PAXOS_LAST: 1,
  PAXOS_FIRST: 2,
  /** the first and the last */
  PAXOS_WHOLE: 3,
} as const;
export type paxos_fragment = (typeof paxos_fragment)[keyof typeof paxos_fragment];

function check_paxos_fragment(value: number): paxos_fragment {
  if (value >= 0 && value <= 3) return value as paxos_fragment;
  throw new XdrError("XDR_RANGE", `paxos_fragment: ${value} is none of its values`);
}

export function encode_paxos_fragment(w: XdrWriter, v: paxos_fragment): void {
  w.int(check_paxos_fragment(v));
}

export function decode_paxos_fragment(r: XdrReader): paxos_fragment {
  return check_paxos_fragment(r.int());
}

export const xdr_paxos_fragment: Xdr<paxos_fragment> = { encode: encode_paxos_fragment, decode: decode_paxos_fragment };
