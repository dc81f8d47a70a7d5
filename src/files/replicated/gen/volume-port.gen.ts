// Generated from volume-port.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const VOLUME_PORT_MAX_GROUPS = 64;

/** A call of NFS, with its facts as the node found them that the client asked. */
export interface volume_asked {
  volume: Uint8Array;
  /** 0: the handle of the directory at a path */
  nfs_version: number;
  procedure: number;
  identity_high: number;
  identity_low: number;
  uid: number;
  gid: number;
  groups: number[];
  is_read_only: boolean;
  is_datagram: boolean;
  /** of a call that reads: by how much the answer may be behind; 0: not at all */
  stale_ms: number;
  args: Uint8Array;
}

export function encode_volume_asked(w: XdrWriter, v: volume_asked): void {
  w.opaqueFixed(v.volume, 16);
  w.uint(v.nfs_version);
  w.uint(v.procedure);
  w.uint(v.identity_high);
  w.uint(v.identity_low);
  w.uint(v.uid);
  w.uint(v.gid);
  w.count(v.groups.length, 64);
  for (const item of v.groups) {
    w.uint(item);
  }
  w.bool(v.is_read_only);
  w.bool(v.is_datagram);
  w.double(v.stale_ms);
  w.opaque(v.args);
}

export function decode_volume_asked(r: XdrReader): volume_asked {
  const f0 = r.opaqueFixed(16);
  const f1 = r.uint();
  const f2 = r.uint();
  const f3 = r.uint();
  const f4 = r.uint();
  const f5 = r.uint();
  const f6 = r.uint();
  const f7: number[] = [];
  for (let left = r.count(64); left > 0; left--) f7.push(r.uint());
  return {
    volume: f0,
    nfs_version: f1,
    procedure: f2,
    identity_high: f3,
    identity_low: f4,
    uid: f5,
    gid: f6,
    groups: f7,
    is_read_only: r.bool(),
    is_datagram: r.bool(),
    stale_ms: r.double(),
    args: r.opaque(),
  };
}

export const xdr_volume_asked: Xdr<volume_asked> = { encode: encode_volume_asked, decode: decode_volume_asked };

export const volume_answer_kind = {
  VOLUME_ANSWERED: 0,
  /** it may have happened: the client asks again */
  VOLUME_UNANSWERED: 1,
  /** it did not happen, for want of a quorum */
  VOLUME_LATER: 2,
  /** it did not happen: this node has no replica that serves */
  VOLUME_NOT_HERE: 3,
} as const;
export type volume_answer_kind = (typeof volume_answer_kind)[keyof typeof volume_answer_kind];

function check_volume_answer_kind(value: number): volume_answer_kind {
  if (value >= 0 && value <= 3) return value as volume_answer_kind;
  throw new XdrError("XDR_RANGE", `volume_answer_kind: ${value} is none of its values`);
}

export function encode_volume_answer_kind(w: XdrWriter, v: volume_answer_kind): void {
  w.int(check_volume_answer_kind(v));
}

export function decode_volume_answer_kind(r: XdrReader): volume_answer_kind {
  return check_volume_answer_kind(r.int());
}

export const xdr_volume_answer_kind: Xdr<volume_answer_kind> = { encode: encode_volume_answer_kind, decode: decode_volume_answer_kind };

export const volume_message_kind = {
  VOLUME_ASK: 1,
  VOLUME_ANSWER: 2,
  VOLUME_FLUSH: 3,
  VOLUME_FLUSHED: 4,
  VOLUME_ROOM: 5,
  VOLUME_SCRUBBED: 6,
} as const;
export type volume_message_kind = (typeof volume_message_kind)[keyof typeof volume_message_kind];

function check_volume_message_kind(value: number): volume_message_kind {
  if (value >= 1 && value <= 6) return value as volume_message_kind;
  throw new XdrError("XDR_RANGE", `volume_message_kind: ${value} is none of its values`);
}

export function encode_volume_message_kind(w: XdrWriter, v: volume_message_kind): void {
  w.int(check_volume_message_kind(v));
}

export function decode_volume_message_kind(r: XdrReader): volume_message_kind {
  return check_volume_message_kind(r.int());
}

export const xdr_volume_message_kind: Xdr<volume_message_kind> = { encode: encode_volume_message_kind, decode: decode_volume_message_kind };

export interface volume_ask {
  number: number;
  asked: volume_asked;
}

export function encode_volume_ask(w: XdrWriter, v: volume_ask): void {
  w.double(v.number);
  encode_volume_asked(w, v.asked);
}

export function decode_volume_ask(r: XdrReader): volume_ask {
  return {
    number: r.double(),
    asked: decode_volume_asked(r),
  };
}

export const xdr_volume_ask: Xdr<volume_ask> = { encode: encode_volume_ask, decode: decode_volume_ask };

export interface volume_answer {
  number: number;
  kind: volume_answer_kind;
  reply: Uint8Array;
}

export function encode_volume_answer(w: XdrWriter, v: volume_answer): void {
  w.double(v.number);
  encode_volume_answer_kind(w, v.kind);
  w.opaque(v.reply);
}

export function decode_volume_answer(r: XdrReader): volume_answer {
  return {
    number: r.double(),
    kind: decode_volume_answer_kind(r),
    reply: r.opaque(),
  };
}

export const xdr_volume_answer: Xdr<volume_answer> = { encode: encode_volume_answer, decode: decode_volume_answer };

/** Brings the unstable writes of a file into the log. */
export interface volume_flush {
  number: number;
  session: Uint8Array;
  inode: number;
}

export function encode_volume_flush(w: XdrWriter, v: volume_flush): void {
  w.double(v.number);
  w.opaqueFixed(v.session, 16);
  w.double(v.inode);
}

export function decode_volume_flush(r: XdrReader): volume_flush {
  return {
    number: r.double(),
    session: r.opaqueFixed(16),
    inode: r.double(),
  };
}

export const xdr_volume_flush: Xdr<volume_flush> = { encode: encode_volume_flush, decode: decode_volume_flush };

export interface volume_flushed {
  number: number;
  /** false: the session is none of the node's, or has lost writes */
  is_done: boolean;
}

export function encode_volume_flushed(w: XdrWriter, v: volume_flushed): void {
  w.double(v.number);
  w.bool(v.is_done);
}

export function decode_volume_flushed(r: XdrReader): volume_flushed {
  return {
    number: r.double(),
    is_done: r.bool(),
  };
}

export const xdr_volume_flushed: Xdr<volume_flushed> = { encode: encode_volume_flushed, decode: decode_volume_flushed };

/** How much the disk of the node can still take. */
export interface volume_room {
  free_bytes: number;
}

export function encode_volume_room(w: XdrWriter, v: volume_room): void {
  w.double(v.free_bytes);
}

export function decode_volume_room(r: XdrReader): volume_room {
  return {
    free_bytes: r.double(),
  };
}

export const xdr_volume_room: Xdr<volume_room> = { encode: encode_volume_room, decode: decode_volume_room };

/** What a replica has read of its volume as of an entry. */
export interface volume_scrubbed {
  index: number;
  records: number;
  /** records of which the disk gives other bytes than were written, or none */
  damaged: number;
  /** of all keys and values, the same for the same records */
  digest: number[];
  /** no other is wanted */
  is_answer: boolean;
}

export function encode_volume_scrubbed(w: XdrWriter, v: volume_scrubbed): void {
  w.double(v.index);
  w.double(v.records);
  w.double(v.damaged);
  w.vector(v.digest.length, 2);
  for (const item of v.digest) {
    w.uint(item);
  }
  w.bool(v.is_answer);
}

export function decode_volume_scrubbed(r: XdrReader): volume_scrubbed {
  return {
    index: r.double(),
    records: r.double(),
    damaged: r.double(),
    digest: [r.uint(), r.uint()],
    is_answer: r.bool(),
  };
}

export const xdr_volume_scrubbed: Xdr<volume_scrubbed> = { encode: encode_volume_scrubbed, decode: decode_volume_scrubbed };

export type volume_message =
  | { kind: 1; ask: volume_ask }
  | { kind: 2; answer: volume_answer }
  | { kind: 3; flush: volume_flush }
  | { kind: 4; flushed: volume_flushed }
  | { kind: 5; room: volume_room }
  | { kind: 6; scrubbed: volume_scrubbed };

export function encode_volume_message(w: XdrWriter, v: volume_message): void {
  encode_volume_message_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_volume_ask(w, v.ask);
      return;
    case 2:
      encode_volume_answer(w, v.answer);
      return;
    case 3:
      encode_volume_flush(w, v.flush);
      return;
    case 4:
      encode_volume_flushed(w, v.flushed);
      return;
    case 5:
      encode_volume_room(w, v.room);
      return;
    case 6:
      encode_volume_scrubbed(w, v.scrubbed);
      return;
  }
}

export function decode_volume_message(r: XdrReader): volume_message {
  const d = decode_volume_message_kind(r);
  switch (d) {
    case 1:
      return { kind: d, ask: decode_volume_ask(r) };
    case 2:
      return { kind: d, answer: decode_volume_answer(r) };
    case 3:
      return { kind: d, flush: decode_volume_flush(r) };
    case 4:
      return { kind: d, flushed: decode_volume_flushed(r) };
    case 5:
      return { kind: d, room: decode_volume_room(r) };
    case 6:
      return { kind: d, scrubbed: decode_volume_scrubbed(r) };
  }
}

export const xdr_volume_message: Xdr<volume_message> = { encode: encode_volume_message, decode: decode_volume_message };
