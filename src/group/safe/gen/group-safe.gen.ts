// Generated from group-safe.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes of a node's name */
export const SAFE_MAX_NODE = 255;

export const SAFE_MAX_SENDERS = 1024;

/** in a message */
export const SAFE_MAX_ENTRIES = 4096;

/** safe messages in an entry */
export const SAFE_MAX_BATCH = 1024;

export interface safe_item {
  /** of all that the member sent */
  sequence: bigint;
  payload: Uint8Array;
}

export function encode_safe_item(w: XdrWriter, v: safe_item): void {
  w.uhyper(v.sequence);
  w.opaque(v.payload);
}

export function decode_safe_item(r: XdrReader): safe_item {
  return {
    sequence: r.uhyper(),
    payload: r.opaque(),
  };
}

export const xdr_safe_item: Xdr<safe_item> = { encode: encode_safe_item, decode: decode_safe_item };

/** Safe messages of one member, in the order in which it sent them: all are delivered, or none. */
export interface safe_entry {
  node: string;
  incarnation: number;
  /** from 1, of the member's entries */
  number: bigint;
  /** the member waits for none below this one any more */
  base: bigint;
  items: safe_item[];
}

export function encode_safe_entry(w: XdrWriter, v: safe_entry): void {
  w.string(v.node, 255);
  w.uint(v.incarnation);
  w.uhyper(v.number);
  w.uhyper(v.base);
  w.count(v.items.length, 1024);
  for (const item of v.items) {
    encode_safe_item(w, item);
  }
}

export function decode_safe_entry(r: XdrReader): safe_entry {
  const f0 = r.string(255);
  const f1 = r.uint();
  const f2 = r.uhyper();
  const f3 = r.uhyper();
  const f4: safe_item[] = [];
  for (let left = r.count(1024, 12); left > 0; left--) f4.push(decode_safe_item(r));
  return {
    node: f0,
    incarnation: f1,
    number: f2,
    base: f3,
    items: f4,
  };
}

export const xdr_safe_entry: Xdr<safe_entry> = { encode: encode_safe_entry, decode: decode_safe_entry };

/** The entry of a node's last member that was delivered last. */
export interface safe_sender {
  node: string;
  incarnation: number;
  last: bigint;
}

export function encode_safe_sender(w: XdrWriter, v: safe_sender): void {
  w.string(v.node, 255);
  w.uint(v.incarnation);
  w.uhyper(v.last);
}

export function decode_safe_sender(r: XdrReader): safe_sender {
  return {
    node: r.string(255),
    incarnation: r.uint(),
    last: r.uhyper(),
  };
}

export const xdr_safe_sender: Xdr<safe_sender> = { encode: encode_safe_sender, decode: decode_safe_sender };

/** The program's state follows. The sender that was heard last stands last. */
export interface safe_head {
  /** the log's index of what was applied last */
  position: bigint;
  /** messages that were delivered up to there */
  count: bigint;
  /** the program's state has so many of them: it may be ahead */
  delivered: bigint;
  senders: safe_sender[];
}

export function encode_safe_head(w: XdrWriter, v: safe_head): void {
  w.uhyper(v.position);
  w.uhyper(v.count);
  w.uhyper(v.delivered);
  w.count(v.senders.length, 1024);
  for (const item of v.senders) {
    encode_safe_sender(w, item);
  }
}

export function decode_safe_head(r: XdrReader): safe_head {
  const f0 = r.uhyper();
  const f1 = r.uhyper();
  const f2 = r.uhyper();
  const f3: safe_sender[] = [];
  for (let left = r.count(1024, 16); left > 0; left--) f3.push(decode_safe_sender(r));
  return {
    position: f0,
    count: f1,
    delivered: f2,
    senders: f3,
  };
}

export const xdr_safe_head: Xdr<safe_head> = { encode: encode_safe_head, decode: decode_safe_head };

export const safe_kind = {
  /** to a replica: what comes after this position, please */
  SAFE_FOLLOW: 0,
  SAFE_ENTRIES: 1,
  SAFE_SNAPSHOT: 2,
  /** to a replica: so many bytes were taken */
  SAFE_TOOK: 3,
  /** how far this replica is */
  SAFE_AT: 4,
  /** to a replica: append this */
  SAFE_SUBMIT: 5,
  SAFE_OUTCOME: 6,
} as const;
export type safe_kind = (typeof safe_kind)[keyof typeof safe_kind];

function check_safe_kind(value: number): safe_kind {
  if (value >= 0 && value <= 6) return value as safe_kind;
  throw new XdrError("XDR_RANGE", `safe_kind: ${value} is none of its values`);
}

export function encode_safe_kind(w: XdrWriter, v: safe_kind): void {
  w.int(check_safe_kind(v));
}

export function decode_safe_kind(r: XdrReader): safe_kind {
  return check_safe_kind(r.int());
}

export const xdr_safe_kind: Xdr<safe_kind> = { encode: encode_safe_kind, decode: decode_safe_kind };

export interface safe_follow {
  /** names what is sent in answer */
  stream: number;
  after: bigint;
}

export function encode_safe_follow(w: XdrWriter, v: safe_follow): void {
  w.uint(v.stream);
  w.uhyper(v.after);
}

export function decode_safe_follow(r: XdrReader): safe_follow {
  return {
    stream: r.uint(),
    after: r.uhyper(),
  };
}

export const xdr_safe_follow: Xdr<safe_follow> = { encode: encode_safe_follow, decode: decode_safe_follow };

export interface safe_logged {
  index: bigint;
  entry: Uint8Array;
}

export function encode_safe_logged(w: XdrWriter, v: safe_logged): void {
  w.uhyper(v.index);
  w.opaque(v.entry);
}

export function decode_safe_logged(r: XdrReader): safe_logged {
  return {
    index: r.uhyper(),
    entry: r.opaque(),
  };
}

export const xdr_safe_logged: Xdr<safe_logged> = { encode: encode_safe_logged, decode: decode_safe_logged };

export interface safe_entries {
  stream: number;
  /** the position that they follow */
  after: bigint;
  entries: safe_logged[];
}

export function encode_safe_entries(w: XdrWriter, v: safe_entries): void {
  w.uint(v.stream);
  w.uhyper(v.after);
  w.count(v.entries.length, 4096);
  for (const item of v.entries) {
    encode_safe_logged(w, item);
  }
}

export function decode_safe_entries(r: XdrReader): safe_entries {
  const f0 = r.uint();
  const f1 = r.uhyper();
  const f2: safe_logged[] = [];
  for (let left = r.count(4096, 12); left > 0; left--) f2.push(decode_safe_logged(r));
  return {
    stream: f0,
    after: f1,
    entries: f2,
  };
}

export const xdr_safe_entries: Xdr<safe_entries> = { encode: encode_safe_entries, decode: decode_safe_entries };

export interface safe_snapshot {
  stream: number;
  position: bigint;
  /** from 0 */
  number: number;
  is_last: boolean;
  piece: Uint8Array;
}

export function encode_safe_snapshot(w: XdrWriter, v: safe_snapshot): void {
  w.uint(v.stream);
  w.uhyper(v.position);
  w.uint(v.number);
  w.bool(v.is_last);
  w.opaque(v.piece);
}

export function decode_safe_snapshot(r: XdrReader): safe_snapshot {
  return {
    stream: r.uint(),
    position: r.uhyper(),
    number: r.uint(),
    is_last: r.bool(),
    piece: r.opaque(),
  };
}

export const xdr_safe_snapshot: Xdr<safe_snapshot> = { encode: encode_safe_snapshot, decode: decode_safe_snapshot };

export interface safe_took {
  stream: number;
  /** since the stream began */
  bytes: bigint;
}

export function encode_safe_took(w: XdrWriter, v: safe_took): void {
  w.uint(v.stream);
  w.uhyper(v.bytes);
}

export function decode_safe_took(r: XdrReader): safe_took {
  return {
    stream: r.uint(),
    bytes: r.uhyper(),
  };
}

export const xdr_safe_took: Xdr<safe_took> = { encode: encode_safe_took, decode: decode_safe_took };

export interface safe_submit {
  ticket: bigint;
  entry: Uint8Array;
}

export function encode_safe_submit(w: XdrWriter, v: safe_submit): void {
  w.uhyper(v.ticket);
  w.opaque(v.entry);
}

export function decode_safe_submit(r: XdrReader): safe_submit {
  return {
    ticket: r.uhyper(),
    entry: r.opaque(),
  };
}

export const xdr_safe_submit: Xdr<safe_submit> = { encode: encode_safe_submit, decode: decode_safe_submit };

export const safe_result = {
  SAFE_DELIVERED: 0,
  /** it was delivered before, or its sender waits for it no more */
  SAFE_KNOWN: 1,
  /** one before it is missing: nobody delivers it */
  SAFE_EARLY: 2,
  /** its sender is a member no more: nobody delivers it */
  SAFE_STALE: 3,
  /** the log did not take it */
  SAFE_REFUSED: 4,
  /** not now */
  SAFE_BUSY: 5,
  SAFE_UNKNOWN: 6,
} as const;
export type safe_result = (typeof safe_result)[keyof typeof safe_result];

function check_safe_result(value: number): safe_result {
  if (value >= 0 && value <= 6) return value as safe_result;
  throw new XdrError("XDR_RANGE", `safe_result: ${value} is none of its values`);
}

export function encode_safe_result(w: XdrWriter, v: safe_result): void {
  w.int(check_safe_result(v));
}

export function decode_safe_result(r: XdrReader): safe_result {
  return check_safe_result(r.int());
}

export const xdr_safe_result: Xdr<safe_result> = { encode: encode_safe_result, decode: decode_safe_result };

export interface safe_outcome {
  ticket: bigint;
  result: safe_result;
}

export function encode_safe_outcome(w: XdrWriter, v: safe_outcome): void {
  w.uhyper(v.ticket);
  encode_safe_result(w, v.result);
}

export function decode_safe_outcome(r: XdrReader): safe_outcome {
  return {
    ticket: r.uhyper(),
    result: decode_safe_result(r),
  };
}

export const xdr_safe_outcome: Xdr<safe_outcome> = { encode: encode_safe_outcome, decode: decode_safe_outcome };

export type safe_message =
  | { kind: 0; follow: safe_follow }
  | { kind: 1; entries: safe_entries }
  | { kind: 2; snapshot: safe_snapshot }
  | { kind: 3; took: safe_took }
  | { kind: 4; position: bigint }
  | { kind: 5; submit: safe_submit }
  | { kind: 6; outcome: safe_outcome };

export function encode_safe_message(w: XdrWriter, v: safe_message): void {
  encode_safe_kind(w, v.kind);
  switch (v.kind) {
    case 0:
      encode_safe_follow(w, v.follow);
      return;
    case 1:
      encode_safe_entries(w, v.entries);
      return;
    case 2:
      encode_safe_snapshot(w, v.snapshot);
      return;
    case 3:
      encode_safe_took(w, v.took);
      return;
    case 4:
      w.uhyper(v.position);
      return;
    case 5:
      encode_safe_submit(w, v.submit);
      return;
    case 6:
      encode_safe_outcome(w, v.outcome);
      return;
  }
}

export function decode_safe_message(r: XdrReader): safe_message {
  const d = decode_safe_kind(r);
  switch (d) {
    case 0:
      return { kind: d, follow: decode_safe_follow(r) };
    case 1:
      return { kind: d, entries: decode_safe_entries(r) };
    case 2:
      return { kind: d, snapshot: decode_safe_snapshot(r) };
    case 3:
      return { kind: d, took: decode_safe_took(r) };
    case 4:
      return { kind: d, position: r.uhyper() };
    case 5:
      return { kind: d, submit: decode_safe_submit(r) };
    case 6:
      return { kind: d, outcome: decode_safe_outcome(r) };
  }
}

export const xdr_safe_message: Xdr<safe_message> = { encode: encode_safe_message, decode: decode_safe_message };
