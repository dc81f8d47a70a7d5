// Generated from channel-frames.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError } from "../../marshal/index.ts";

/** 64 MiB */
export const CHANNEL_MAX_MESSAGE = 67108864;

/** bytes of the stream in one frame */
export const CHANNEL_MAX_PIECE = 65532;

/** gaps that one acknowledgment tells of */
export const CHANNEL_MAX_GAPS = 31;

/** bytes of the stream that may be sent before the first acknowledgment */
export const CHANNEL_FIRST_LIMIT = 65536;

export const channel_frame_type = {
  /** zeros from here to the packet's end */
  CHANNEL_PADDING: 0,
  CHANNEL_DATA: 1,
  CHANNEL_ACK: 2,
  /** nothing but the wish for an acknowledgment */
  CHANNEL_PING: 3,
  CHANNEL_END: 4,
  CHANNEL_CLOSE: 5,
} as const;
export type channel_frame_type = (typeof channel_frame_type)[keyof typeof channel_frame_type];

function check_channel_frame_type(value: number): channel_frame_type {
  if (value >= 0 && value <= 5) return value as channel_frame_type;
  throw new XdrError("XDR_RANGE", `channel_frame_type: ${value} is none of its values`);
}

export function encode_channel_frame_type(w: XdrWriter, v: channel_frame_type): void {
  w.int(check_channel_frame_type(v));
}

export function decode_channel_frame_type(r: XdrReader): channel_frame_type {
  return check_channel_frame_type(r.int());
}

export const xdr_channel_frame_type: Xdr<channel_frame_type> = { encode: encode_channel_frame_type, decode: decode_channel_frame_type };

export interface channel_data {
  /** this packet's number less the oldest one that the sender still waits for */
  awaited: number;
  /** of the first byte in the stream */
  offset: bigint;
  piece: Uint8Array;
}

export function encode_channel_data(w: XdrWriter, v: channel_data): void {
  w.uint(v.awaited);
  w.uhyper(v.offset);
  w.opaque(v.piece, 65532);
}

export function decode_channel_data(r: XdrReader): channel_data {
  return {
    awaited: r.uint(),
    offset: r.uhyper(),
    piece: r.opaque(65532),
  };
}

export const xdr_channel_data: Xdr<channel_data> = { encode: encode_channel_data, decode: decode_channel_data };

/** Packets that did not come, and below them ones that did. */
export interface channel_gap {
  /** at least 1 */
  missing: number;
  /** at least 1 */
  received: number;
}

export function encode_channel_gap(w: XdrWriter, v: channel_gap): void {
  w.uint(v.missing);
  w.uint(v.received);
}

export function decode_channel_gap(r: XdrReader): channel_gap {
  return {
    missing: r.uint(),
    received: r.uint(),
  };
}

export const xdr_channel_gap: Xdr<channel_gap> = { encode: encode_channel_gap, decode: decode_channel_gap };

export interface channel_ack {
  /** number of the newest packet that came, 0 before the first */
  largest: bigint;
  /** for how long that one had been here */
  delay_us: number;
  /** messages handed over, whole and in order: only these are acknowledged */
  delivered: bigint;
  /** of the stream: nothing at or beyond this offset may be sent */
  limit: bigint;
  /** packets that came without a gap up to and with the newest */
  received: number;
  gaps: channel_gap[];
}

export function encode_channel_ack(w: XdrWriter, v: channel_ack): void {
  w.uhyper(v.largest);
  w.uint(v.delay_us);
  w.uhyper(v.delivered);
  w.uhyper(v.limit);
  w.uint(v.received);
  w.count(v.gaps.length, 31);
  for (const item of v.gaps) {
    encode_channel_gap(w, item);
  }
}

export function decode_channel_ack(r: XdrReader): channel_ack {
  const f0 = r.uhyper();
  const f1 = r.uint();
  const f2 = r.uhyper();
  const f3 = r.uhyper();
  const f4 = r.uint();
  const f5: channel_gap[] = [];
  for (let left = r.count(31, 8); left > 0; left--) f5.push(decode_channel_gap(r));
  return {
    largest: f0,
    delay_us: f1,
    delivered: f2,
    limit: f3,
    received: f4,
    gaps: f5,
  };
}

export const xdr_channel_ack: Xdr<channel_ack> = { encode: encode_channel_ack, decode: decode_channel_ack };

export interface channel_end {
  /** the stream is over here */
  offset: bigint;
}

export function encode_channel_end(w: XdrWriter, v: channel_end): void {
  w.uhyper(v.offset);
}

export function decode_channel_end(r: XdrReader): channel_end {
  return {
    offset: r.uhyper(),
  };
}

export const xdr_channel_end: Xdr<channel_end> = { encode: encode_channel_end, decode: decode_channel_end };

export const channel_close_reason = {
  /** both directions ended, and everything was delivered */
  CHANNEL_CLOSE_DONE: 0,
  /** by the application */
  CHANNEL_CLOSE_DROPPED: 1,
  /** the receiver of this broke the protocol */
  CHANNEL_CLOSE_VIOLATION: 2,
  CHANNEL_CLOSE_TIMEOUT: 3,
} as const;
export type channel_close_reason = (typeof channel_close_reason)[keyof typeof channel_close_reason];

function check_channel_close_reason(value: number): channel_close_reason {
  if (value >= 0 && value <= 3) return value as channel_close_reason;
  throw new XdrError("XDR_RANGE", `channel_close_reason: ${value} is none of its values`);
}

export function encode_channel_close_reason(w: XdrWriter, v: channel_close_reason): void {
  w.int(check_channel_close_reason(v));
}

export function decode_channel_close_reason(r: XdrReader): channel_close_reason {
  return check_channel_close_reason(r.int());
}

export const xdr_channel_close_reason: Xdr<channel_close_reason> = { encode: encode_channel_close_reason, decode: decode_channel_close_reason };

export interface channel_close {
  reason: channel_close_reason;
}

export function encode_channel_close(w: XdrWriter, v: channel_close): void {
  encode_channel_close_reason(w, v.reason);
}

export function decode_channel_close(r: XdrReader): channel_close {
  return {
    reason: decode_channel_close_reason(r),
  };
}

export const xdr_channel_close: Xdr<channel_close> = { encode: encode_channel_close, decode: decode_channel_close };

export type channel_frame =
  | { type: 0 }
  | { type: 1; data: channel_data }
  | { type: 2; ack: channel_ack }
  | { type: 3 }
  | { type: 4; end: channel_end }
  | { type: 5; close: channel_close };

export function encode_channel_frame(w: XdrWriter, v: channel_frame): void {
  encode_channel_frame_type(w, v.type);
  switch (v.type) {
    case 0:
      return;
    case 1:
      encode_channel_data(w, v.data);
      return;
    case 2:
      encode_channel_ack(w, v.ack);
      return;
    case 3:
      return;
    case 4:
      encode_channel_end(w, v.end);
      return;
    case 5:
      encode_channel_close(w, v.close);
      return;
  }
}

export function decode_channel_frame(r: XdrReader): channel_frame {
  const d = decode_channel_frame_type(r);
  switch (d) {
    case 0:
      return { type: d };
    case 1:
      return { type: d, data: decode_channel_data(r) };
    case 2:
      return { type: d, ack: decode_channel_ack(r) };
    case 3:
      return { type: d };
    case 4:
      return { type: d, end: decode_channel_end(r) };
    case 5:
      return { type: d, close: decode_channel_close(r) };
  }
}

export const xdr_channel_frame: Xdr<channel_frame> = { encode: encode_channel_frame, decode: decode_channel_frame };
