// Generated from volume-log.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const VOLUME_MACHINE_FORMAT = 2;

/** supplementary groups of a caller; AUTH_SYS has 16 */
export const VOLUME_MAX_GROUPS = 64;

/** writes in one command */
export const VOLUME_MAX_PIECES = 64;

/** calls in one command */
export const VOLUME_MAX_CALLS = 16;

/** nodes that may gather unstable writes at a time */
export const VOLUME_MAX_SESSIONS = 64;

/** bytes of a node's name, UTF-8 */
export const VOLUME_MAX_NAME = 255;

/** bytes of the reply of a call that changes something */
export const VOLUME_MAX_REPLY = 1024;

export interface volume_time {
  seconds: number;
  nanoseconds: number;
}

export function encode_volume_time(w: XdrWriter, v: volume_time): void {
  w.double(v.seconds);
  w.uint(v.nanoseconds);
}

export function decode_volume_time(r: XdrReader): volume_time {
  return {
    seconds: r.double(),
    nanoseconds: r.uint(),
  };
}

export const xdr_volume_time: Xdr<volume_time> = { encode: encode_volume_time, decode: decode_volume_time };

/** A digest of a whole call message and its caller's address: by it a retry is known. */
export interface volume_identity {
  high: number;
  low: number;
}

export function encode_volume_identity(w: XdrWriter, v: volume_identity): void {
  w.uint(v.high);
  w.uint(v.low);
}

export function decode_volume_identity(r: XdrReader): volume_identity {
  return {
    high: r.uint(),
    low: r.uint(),
  };
}

export const xdr_volume_identity: Xdr<volume_identity> = { encode: encode_volume_identity, decode: decode_volume_identity };

/** Whose call it is, as the export rules made it. */
export interface volume_credentials {
  uid: number;
  gid: number;
  groups: number[];
}

export function encode_volume_credentials(w: XdrWriter, v: volume_credentials): void {
  w.uint(v.uid);
  w.uint(v.gid);
  w.count(v.groups.length, 64);
  for (const item of v.groups) {
    w.uint(item);
  }
}

export function decode_volume_credentials(r: XdrReader): volume_credentials {
  const f0 = r.uint();
  const f1 = r.uint();
  const f2: number[] = [];
  for (let left = r.count(64); left > 0; left--) f2.push(r.uint());
  return {
    uid: f0,
    gid: f1,
    groups: f2,
  };
}

export const xdr_volume_credentials: Xdr<volume_credentials> = { encode: encode_volume_credentials, decode: decode_volume_credentials };

/** drawn: a node's time of gathering unstable writes */
export type volume_session = Uint8Array;

export function encode_volume_session(w: XdrWriter, v: volume_session): void {
  w.opaqueFixed(v, 16);
}

export function decode_volume_session(r: XdrReader): volume_session {
  return r.opaqueFixed(16);
}

export const xdr_volume_session: Xdr<volume_session> = { encode: encode_volume_session, decode: decode_volume_session };

export const volume_command_kind = {
  VOLUME_FORMAT: 1,
  VOLUME_CALL: 2,
  VOLUME_WRITES: 3,
  VOLUME_BEGIN_SESSION: 4,
  VOLUME_END_SESSION: 5,
  VOLUME_REAP: 6,
  VOLUME_RECLAIM: 7,
  VOLUME_SCRUB: 8,
  VOLUME_LIMIT: 9,
  VOLUME_CALLS: 10,
} as const;
export type volume_command_kind = (typeof volume_command_kind)[keyof typeof volume_command_kind];

function check_volume_command_kind(value: number): volume_command_kind {
  if (value >= 1 && value <= 10) return value as volume_command_kind;
  throw new XdrError("XDR_RANGE", `volume_command_kind: ${value} is none of its values`);
}

export function encode_volume_command_kind(w: XdrWriter, v: volume_command_kind): void {
  w.int(check_volume_command_kind(v));
}

export function decode_volume_command_kind(r: XdrReader): volume_command_kind {
  return check_volume_command_kind(r.int());
}

export const xdr_volume_command_kind: Xdr<volume_command_kind> = { encode: encode_volume_command_kind, decode: decode_volume_command_kind };

/** Makes the volume; one that is there stays as it is. Its bounds are the same at all replicas, whatever their release's defaults. */
export interface volume_format {
  /** VOLUME_MACHINE_FORMAT */
  format: number;
  now: volume_time;
  id: Uint8Array;
  root_generation: number;
  seed: number;
  chunk_bytes: number;
  root_mode: number;
  root_uid: number;
  root_gid: number;
  /** chunks that a removal takes away itself */
  inline_chunks: number;
  /** chunks that one VOLUME_REAP takes away */
  reaped_chunks: number;
  /** entries of the log for which calls are remembered */
  window: number;
}

export function encode_volume_format(w: XdrWriter, v: volume_format): void {
  w.uint(v.format);
  encode_volume_time(w, v.now);
  w.opaqueFixed(v.id, 16);
  w.uint(v.root_generation);
  w.uint(v.seed);
  w.uint(v.chunk_bytes);
  w.uint(v.root_mode);
  w.uint(v.root_uid);
  w.uint(v.root_gid);
  w.uint(v.inline_chunks);
  w.uint(v.reaped_chunks);
  w.uint(v.window);
}

export function decode_volume_format(r: XdrReader): volume_format {
  return {
    format: r.uint(),
    now: decode_volume_time(r),
    id: r.opaqueFixed(16),
    root_generation: r.uint(),
    seed: r.uint(),
    chunk_bytes: r.uint(),
    root_mode: r.uint(),
    root_uid: r.uint(),
    root_gid: r.uint(),
    inline_chunks: r.uint(),
    reaped_chunks: r.uint(),
    window: r.uint(),
  };
}

export const xdr_volume_format: Xdr<volume_format> = { encode: encode_volume_format, decode: decode_volume_format };

/** A procedure of NFS that changes something, or one of version 0. */
export interface volume_call {
  /** the last entry that the node had applied when the call came */
  seen: number;
  /** of an unstable write: that of the volume as the node knew it then; -1 for all others */
  epoch: number;
  now: volume_time;
  identity: volume_identity;
  credentials: volume_credentials;
  is_datagram: boolean;
  /** too few replicas have room for it: it is answered so, and does nothing */
  is_refused: boolean;
  nfs_version: number;
  procedure: number;
  /** as they came; of version 0: x/volume-layers.x */
  args: Uint8Array;
}

export function encode_volume_call(w: XdrWriter, v: volume_call): void {
  w.double(v.seen);
  w.double(v.epoch);
  encode_volume_time(w, v.now);
  encode_volume_identity(w, v.identity);
  encode_volume_credentials(w, v.credentials);
  w.bool(v.is_datagram);
  w.bool(v.is_refused);
  w.uint(v.nfs_version);
  w.uint(v.procedure);
  w.opaque(v.args);
}

export function decode_volume_call(r: XdrReader): volume_call {
  return {
    seen: r.double(),
    epoch: r.double(),
    now: decode_volume_time(r),
    identity: decode_volume_identity(r),
    credentials: decode_volume_credentials(r),
    is_datagram: r.bool(),
    is_refused: r.bool(),
    nfs_version: r.uint(),
    procedure: r.uint(),
    args: r.opaque(),
  };
}

export const xdr_volume_call: Xdr<volume_call> = { encode: encode_volume_call, decode: decode_volume_call };

/** Calls that came to a node together: each is done after the one before it, as if it had an entry of its own. */
export interface volume_calls {
  calls: volume_call[];
}

export function encode_volume_calls(w: XdrWriter, v: volume_calls): void {
  w.count(v.calls.length, 16);
  for (const item of v.calls) {
    encode_volume_call(w, item);
  }
}

export function decode_volume_calls(r: XdrReader): volume_calls {
  const f0: volume_call[] = [];
  for (let left = r.count(16, 68); left > 0; left--) f0.push(decode_volume_call(r));
  return {
    calls: f0,
  };
}

export const xdr_volume_calls: Xdr<volume_calls> = { encode: encode_volume_calls, decode: decode_volume_calls };

export interface volume_piece {
  identity: volume_identity;
  offset: number;
  data: Uint8Array;
}

export function encode_volume_piece(w: XdrWriter, v: volume_piece): void {
  encode_volume_identity(w, v.identity);
  w.double(v.offset);
  w.opaque(v.data);
}

export function decode_volume_piece(r: XdrReader): volume_piece {
  return {
    identity: decode_volume_identity(r),
    offset: r.double(),
    data: r.opaque(),
  };
}

export const xdr_volume_piece: Xdr<volume_piece> = { encode: encode_volume_piece, decode: decode_volume_piece };

/** Unstable writes of one caller to one file, which were answered already. */
export interface volume_writes {
  seen: number;
  now: volume_time;
  session: volume_session;
  credentials: volume_credentials;
  /** 0, or the clone that the file is in */
  layer: number;
  inode: number;
  generation: number;
  pieces: volume_piece[];
}

export function encode_volume_writes(w: XdrWriter, v: volume_writes): void {
  w.double(v.seen);
  encode_volume_time(w, v.now);
  encode_volume_session(w, v.session);
  encode_volume_credentials(w, v.credentials);
  w.uint(v.layer);
  w.double(v.inode);
  w.uint(v.generation);
  w.count(v.pieces.length, 64);
  for (const item of v.pieces) {
    encode_volume_piece(w, item);
  }
}

export function decode_volume_writes(r: XdrReader): volume_writes {
  const f0 = r.double();
  const f1 = decode_volume_time(r);
  const f2 = decode_volume_session(r);
  const f3 = decode_volume_credentials(r);
  const f4 = r.uint();
  const f5 = r.double();
  const f6 = r.uint();
  const f7: volume_piece[] = [];
  for (let left = r.count(64, 20); left > 0; left--) f7.push(decode_volume_piece(r));
  return {
    seen: f0,
    now: f1,
    session: f2,
    credentials: f3,
    layer: f4,
    inode: f5,
    generation: f6,
    pieces: f7,
  };
}

export const xdr_volume_writes: Xdr<volume_writes> = { encode: encode_volume_writes, decode: decode_volume_writes };

export interface volume_begin {
  session: volume_session;
  node: Uint8Array;
}

export function encode_volume_begin(w: XdrWriter, v: volume_begin): void {
  encode_volume_session(w, v.session);
  w.opaque(v.node, 255);
}

export function decode_volume_begin(r: XdrReader): volume_begin {
  return {
    session: decode_volume_session(r),
    node: r.opaque(255),
  };
}

export const xdr_volume_begin: Xdr<volume_begin> = { encode: encode_volume_begin, decode: decode_volume_begin };

export interface volume_end {
  session: volume_session;
  /** writes that it answered may never come */
  is_lost: boolean;
}

export function encode_volume_end(w: XdrWriter, v: volume_end): void {
  encode_volume_session(w, v.session);
  w.bool(v.is_lost);
}

export function decode_volume_end(r: XdrReader): volume_end {
  return {
    session: decode_volume_session(r),
    is_lost: r.bool(),
  };
}

export const xdr_volume_end: Xdr<volume_end> = { encode: encode_volume_end, decode: decode_volume_end };

/** Content of removed or cut files to take away. */
export interface volume_reap {
  /** 0, or the clone */
  layer: number;
  inode: number;
  is_truncated: boolean;
  epoch: number;
  from: number;
}

export function encode_volume_reap(w: XdrWriter, v: volume_reap): void {
  w.uint(v.layer);
  w.double(v.inode);
  w.bool(v.is_truncated);
  w.uint(v.epoch);
  w.uint(v.from);
}

export function decode_volume_reap(r: XdrReader): volume_reap {
  return {
    layer: r.uint(),
    inode: r.double(),
    is_truncated: r.bool(),
    epoch: r.uint(),
    from: r.uint(),
  };
}

export const xdr_volume_reap: Xdr<volume_reap> = { encode: encode_volume_reap, decode: decode_volume_reap };

/** How much the volume may take. */
export interface volume_limit {
  /** 0: as much as the disks */
  quota_bytes: number;
}

export function encode_volume_limit(w: XdrWriter, v: volume_limit): void {
  w.double(v.quota_bytes);
}

export function decode_volume_limit(r: XdrReader): volume_limit {
  return {
    quota_bytes: r.double(),
  };
}

export const xdr_volume_limit: Xdr<volume_limit> = { encode: encode_volume_limit, decode: decode_volume_limit };

export type volume_command =
  | { kind: 1; format: volume_format }
  | { kind: 2; call: volume_call }
  | { kind: 3; writes: volume_writes }
  | { kind: 4; begin: volume_begin }
  | { kind: 5; end: volume_end }
  | { kind: 6; reap: volume_reap }
  | { kind: 7 }
  | { kind: 8; scrub: volume_time }
  | { kind: 9; limit: volume_limit }
  | { kind: 10; calls: volume_calls };

export function encode_volume_command(w: XdrWriter, v: volume_command): void {
  encode_volume_command_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_volume_format(w, v.format);
      return;
    case 2:
      encode_volume_call(w, v.call);
      return;
    case 3:
      encode_volume_writes(w, v.writes);
      return;
    case 4:
      encode_volume_begin(w, v.begin);
      return;
    case 5:
      encode_volume_end(w, v.end);
      return;
    case 6:
      encode_volume_reap(w, v.reap);
      return;
    case 7:
      return;
    case 8:
      encode_volume_time(w, v.scrub);
      return;
    case 9:
      encode_volume_limit(w, v.limit);
      return;
    case 10:
      encode_volume_calls(w, v.calls);
      return;
  }
}

export function decode_volume_command(r: XdrReader): volume_command {
  const d = decode_volume_command_kind(r);
  switch (d) {
    case 1:
      return { kind: d, format: decode_volume_format(r) };
    case 2:
      return { kind: d, call: decode_volume_call(r) };
    case 3:
      return { kind: d, writes: decode_volume_writes(r) };
    case 4:
      return { kind: d, begin: decode_volume_begin(r) };
    case 5:
      return { kind: d, end: decode_volume_end(r) };
    case 6:
      return { kind: d, reap: decode_volume_reap(r) };
    case 7:
      return { kind: d };
    case 8:
      return { kind: d, scrub: decode_volume_time(r) };
    case 9:
      return { kind: d, limit: decode_volume_limit(r) };
    case 10:
      return { kind: d, calls: decode_volume_calls(r) };
  }
}

export const xdr_volume_command: Xdr<volume_command> = { encode: encode_volume_command, decode: decode_volume_command };

export interface volume_extent {
  from: number;
  /** the first byte after it */
  to: number;
}

export function encode_volume_extent(w: XdrWriter, v: volume_extent): void {
  w.double(v.from);
  w.double(v.to);
}

export function decode_volume_extent(r: XdrReader): volume_extent {
  return {
    from: r.double(),
    to: r.double(),
  };
}

export const xdr_volume_extent: Xdr<volume_extent> = { encode: encode_volume_extent, decode: decode_volume_extent };

/** Which bytes of a file an entry changed. */
export interface volume_touched {
  /** 0, or the clone that the file is in */
  layer: number;
  inode: number;
  /** of unstable writes; zeros for others */
  session: volume_session;
  extents: volume_extent[];
}

export function encode_volume_touched(w: XdrWriter, v: volume_touched): void {
  w.uint(v.layer);
  w.double(v.inode);
  encode_volume_session(w, v.session);
  w.count(v.extents.length, 64);
  for (const item of v.extents) {
    encode_volume_extent(w, item);
  }
}

export function decode_volume_touched(r: XdrReader): volume_touched {
  const f0 = r.uint();
  const f1 = r.double();
  const f2 = decode_volume_session(r);
  const f3: volume_extent[] = [];
  for (let left = r.count(64, 16); left > 0; left--) f3.push(decode_volume_extent(r));
  return {
    layer: f0,
    inode: f1,
    session: f2,
    extents: f3,
  };
}

export const xdr_volume_touched: Xdr<volume_touched> = { encode: encode_volume_touched, decode: decode_volume_touched };

/**
 * What one entry did: kept in a ring with a place for each entry of the window. After it stand the replies where several calls were done,
 * one for each identity.
 */
export interface volume_done {
  index: number;
  /** of the volume, after it */
  time: volume_time;
  identities: volume_identity[];
  /** of a call; empty for others */
  reply: Uint8Array;
  touched: volume_touched[];
}

export function encode_volume_done(w: XdrWriter, v: volume_done): void {
  w.double(v.index);
  encode_volume_time(w, v.time);
  w.count(v.identities.length, 64);
  for (const item of v.identities) {
    encode_volume_identity(w, item);
  }
  w.opaque(v.reply, 1024);
  w.count(v.touched.length, 16);
  for (const item of v.touched) {
    encode_volume_touched(w, item);
  }
}

export function decode_volume_done(r: XdrReader): volume_done {
  const f0 = r.double();
  const f1 = decode_volume_time(r);
  const f2: volume_identity[] = [];
  for (let left = r.count(64, 8); left > 0; left--) f2.push(decode_volume_identity(r));
  const f3 = r.opaque(1024);
  const f4: volume_touched[] = [];
  for (let left = r.count(16, 32); left > 0; left--) f4.push(decode_volume_touched(r));
  return {
    index: f0,
    time: f1,
    identities: f2,
    reply: f3,
    touched: f4,
  };
}

export const xdr_volume_done: Xdr<volume_done> = { encode: encode_volume_done, decode: decode_volume_done };

export type volume_reply = Uint8Array;

export function encode_volume_reply(w: XdrWriter, v: volume_reply): void {
  w.opaque(v, 1024);
}

export function decode_volume_reply(r: XdrReader): volume_reply {
  return r.opaque(1024);
}

export const xdr_volume_reply: Xdr<volume_reply> = { encode: encode_volume_reply, decode: decode_volume_reply };

export interface volume_replies {
  replies: volume_reply[];
}

export function encode_volume_replies(w: XdrWriter, v: volume_replies): void {
  w.count(v.replies.length, 16);
  for (const item of v.replies) {
    encode_volume_reply(w, item);
  }
}

export function decode_volume_replies(r: XdrReader): volume_replies {
  const f0: volume_reply[] = [];
  for (let left = r.count(16); left > 0; left--) f0.push(decode_volume_reply(r));
  return {
    replies: f0,
  };
}

export const xdr_volume_replies: Xdr<volume_replies> = { encode: encode_volume_replies, decode: decode_volume_replies };

export interface volume_open_session {
  session: volume_session;
  node: Uint8Array;
}

export function encode_volume_open_session(w: XdrWriter, v: volume_open_session): void {
  encode_volume_session(w, v.session);
  w.opaque(v.node, 255);
}

export function decode_volume_open_session(r: XdrReader): volume_open_session {
  return {
    session: decode_volume_session(r),
    node: r.opaque(255),
  };
}

export const xdr_volume_open_session: Xdr<volume_open_session> = { encode: encode_volume_open_session, decode: decode_volume_open_session };

/** Who may have answered unstable writes that are not in the log yet. */
export interface volume_sessions {
  /** raised when such writes may be lost */
  epoch: number;
  sessions: volume_open_session[];
}

export function encode_volume_sessions(w: XdrWriter, v: volume_sessions): void {
  w.double(v.epoch);
  w.count(v.sessions.length, 64);
  for (const item of v.sessions) {
    encode_volume_open_session(w, item);
  }
}

export function decode_volume_sessions(r: XdrReader): volume_sessions {
  const f0 = r.double();
  const f1: volume_open_session[] = [];
  for (let left = r.count(64, 20); left > 0; left--) f1.push(decode_volume_open_session(r));
  return {
    epoch: f0,
    sessions: f1,
  };
}

export const xdr_volume_sessions: Xdr<volume_sessions> = { encode: encode_volume_sessions, decode: decode_volume_sessions };

/** What the volume was made with. */
export interface volume_bounds {
  format: number;
  inline_chunks: number;
  reaped_chunks: number;
  window: number;
}

export function encode_volume_bounds(w: XdrWriter, v: volume_bounds): void {
  w.uint(v.format);
  w.uint(v.inline_chunks);
  w.uint(v.reaped_chunks);
  w.uint(v.window);
}

export function decode_volume_bounds(r: XdrReader): volume_bounds {
  return {
    format: r.uint(),
    inline_chunks: r.uint(),
    reaped_chunks: r.uint(),
    window: r.uint(),
  };
}

export const xdr_volume_bounds: Xdr<volume_bounds> = { encode: encode_volume_bounds, decode: decode_volume_bounds };

/** What the volume takes, in bytes of its records (keys and values), but for those that are kept beside it; and how much it may. */
export interface volume_usage {
  used_bytes: number;
  /** 0: no limit */
  quota_bytes: number;
}

export function encode_volume_usage(w: XdrWriter, v: volume_usage): void {
  w.double(v.used_bytes);
  w.double(v.quota_bytes);
}

export function decode_volume_usage(r: XdrReader): volume_usage {
  return {
    used_bytes: r.double(),
    quota_bytes: r.double(),
  };
}

export const xdr_volume_usage: Xdr<volume_usage> = { encode: encode_volume_usage, decode: decode_volume_usage };

/** In the store of the log: which of the volume's two stores is its state, and what is in the other one. */
export interface volume_place {
  /** 0 or 1 */
  place: number;
  /** the entry as of which the state was taken over; 0 for one that grew here */
  index: number;
  /** it holds what is to be removed */
  is_other_used: boolean;
}

export function encode_volume_place(w: XdrWriter, v: volume_place): void {
  w.uint(v.place);
  w.double(v.index);
  w.bool(v.is_other_used);
}

export function decode_volume_place(r: XdrReader): volume_place {
  return {
    place: r.uint(),
    index: r.double(),
    is_other_used: r.bool(),
  };
}

export const xdr_volume_place: Xdr<volume_place> = { encode: encode_volume_place, decode: decode_volume_place };
