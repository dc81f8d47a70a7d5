// Generated from channel.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError } from "../../marshal/index.ts";

export const CHANNEL_ID_BYTES = 8;

export const CHANNEL_TOKEN_BYTES = 16;

export const CHANNEL_MAX_COOKIE = 32;

export const CHANNEL_MAX_NOISE = 1024;

export const CHANNEL_MAX_SEALED = 65507;

export type channel_id = Uint8Array;

export function encode_channel_id(w: XdrWriter, v: channel_id): void {
  w.opaqueFixed(v, 8);
}

export function decode_channel_id(r: XdrReader): channel_id {
  return r.opaqueFixed(8);
}

export const xdr_channel_id: Xdr<channel_id> = { encode: encode_channel_id, decode: decode_channel_id };

export type channel_token = Uint8Array;

export function encode_channel_token(w: XdrWriter, v: channel_token): void {
  w.opaqueFixed(v, 16);
}

export function decode_channel_token(r: XdrReader): channel_token {
  return r.opaqueFixed(16);
}

export const xdr_channel_token: Xdr<channel_token> = { encode: encode_channel_token, decode: decode_channel_token };

export const packet_kind = {
  PACKET_INITIATION: 1128792321,
  PACKET_RESPONSE: 1128792322,
  PACKET_RETRY: 1128792323,
  PACKET_DATA: 1128792324,
  PACKET_RESET: 1128792325,
} as const;
export type packet_kind = (typeof packet_kind)[keyof typeof packet_kind];

function check_packet_kind(value: number): packet_kind {
  if (value >= 1128792321 && value <= 1128792325) return value as packet_kind;
  throw new XdrError("XDR_RANGE", `packet_kind: ${value} is none of its values`);
}

export function encode_packet_kind(w: XdrWriter, v: packet_kind): void {
  w.int(check_packet_kind(v));
}

export function decode_packet_kind(r: XdrReader): packet_kind {
  return check_packet_kind(r.int());
}

export const xdr_packet_kind: Xdr<packet_kind> = { encode: encode_packet_kind, decode: decode_packet_kind };

/** `noise` is the pattern's first message around an initiation_payload; without keys, the payload and its CRC32C. */
export interface initiation {
  /** where the answer goes; the payload vouches for it */
  from: channel_id;
  /** what a RETRY brought; empty at first */
  cookie: Uint8Array;
  noise: Uint8Array;
}

export function encode_initiation(w: XdrWriter, v: initiation): void {
  encode_channel_id(w, v.from);
  w.opaque(v.cookie, 32);
  w.opaque(v.noise, 1024);
}

export function decode_initiation(r: XdrReader): initiation {
  return {
    from: decode_channel_id(r),
    cookie: r.opaque(32),
    noise: r.opaque(1024),
  };
}

export const xdr_initiation: Xdr<initiation> = { encode: encode_initiation, decode: decode_initiation };

/** `noise` is the pattern's second message around a response_payload; without keys, the payload and its CRC32C. */
export interface response {
  to: channel_id;
  noise: Uint8Array;
}

export function encode_response(w: XdrWriter, v: response): void {
  encode_channel_id(w, v.to);
  w.opaque(v.noise, 1024);
}

export function decode_response(r: XdrReader): response {
  return {
    to: decode_channel_id(r),
    noise: r.opaque(1024),
  };
}

export const xdr_response: Xdr<response> = { encode: encode_response, decode: decode_response };

/** The sender proves with the cookie that it receives at its address. */
export interface retry {
  to: channel_id;
  cookie: Uint8Array;
}

export function encode_retry(w: XdrWriter, v: retry): void {
  encode_channel_id(w, v.to);
  w.opaque(v.cookie, 32);
}

export function decode_retry(r: XdrReader): retry {
  return {
    to: decode_channel_id(r),
    cookie: r.opaque(32),
  };
}

export const xdr_retry: Xdr<retry> = { encode: encode_retry, decode: decode_retry };

/**
 * `number` counts from 1 in each direction and is never used twice; 0 is the empty packet that ends a handshake.
 * What follows are the frames, sealed with all that is before them as associated data and `number` as the nonce; the
 * tag stands last. Without keys: the frames, and a CRC32C over the session's salt and the whole packet.
 * (The rest of the datagram, and no length before it.)
 */
export interface data_head {
  to: channel_id;
  number: bigint;
}

export function encode_data_head(w: XdrWriter, v: data_head): void {
  encode_channel_id(w, v.to);
  w.uhyper(v.number);
}

export function decode_data_head(r: XdrReader): data_head {
  return {
    to: decode_channel_id(r),
    number: r.uhyper(),
  };
}

export const xdr_data_head: Xdr<data_head> = { encode: encode_data_head, decode: decode_data_head };

/** Nobody here knows the channel: the token is the one that this address was given for it when it opened. */
export interface reset {
  token: channel_token;
}

export function encode_reset(w: XdrWriter, v: reset): void {
  encode_channel_token(w, v.token);
}

export function decode_reset(r: XdrReader): reset {
  return {
    token: decode_channel_token(r),
  };
}

export const xdr_reset: Xdr<reset> = { encode: encode_reset, decode: decode_reset };

/** What begins every packet but those of data. */
export type packet =
  | { kind: 1128792321; initiation: initiation }
  | { kind: 1128792322; response: response }
  | { kind: 1128792323; retry: retry }
  | { kind: 1128792324; data: data_head }
  | { kind: 1128792325; reset: reset };

export function encode_packet(w: XdrWriter, v: packet): void {
  encode_packet_kind(w, v.kind);
  switch (v.kind) {
    case 1128792321:
      encode_initiation(w, v.initiation);
      return;
    case 1128792322:
      encode_response(w, v.response);
      return;
    case 1128792323:
      encode_retry(w, v.retry);
      return;
    case 1128792324:
      encode_data_head(w, v.data);
      return;
    case 1128792325:
      encode_reset(w, v.reset);
      return;
  }
}

export function decode_packet(r: XdrReader): packet {
  const d = decode_packet_kind(r);
  switch (d) {
    case 1128792321:
      return { kind: d, initiation: decode_initiation(r) };
    case 1128792322:
      return { kind: d, response: decode_response(r) };
    case 1128792323:
      return { kind: d, retry: decode_retry(r) };
    case 1128792324:
      return { kind: d, data: decode_data_head(r) };
    case 1128792325:
      return { kind: d, reset: decode_reset(r) };
  }
}

export const xdr_packet: Xdr<packet> = { encode: encode_packet, decode: decode_packet };

/** Who one side is, for this channel. */
export interface party {
  /** drawn at random when the endpoint was opened */
  incarnation: bigint;
  /** what packets to it shall carry */
  id: channel_id;
  /** by which it can tell later that it no longer knows the channel */
  reset_token: channel_token;
}

export function encode_party(w: XdrWriter, v: party): void {
  w.uhyper(v.incarnation);
  encode_channel_id(w, v.id);
  encode_channel_token(w, v.reset_token);
}

export function decode_party(r: XdrReader): party {
  return {
    incarnation: r.uhyper(),
    id: decode_channel_id(r),
    reset_token: decode_channel_token(r),
  };
}

export const xdr_party: Xdr<party> = { encode: encode_party, decode: decode_party };

export interface initiation_payload {
  initiator: party;
}

export function encode_initiation_payload(w: XdrWriter, v: initiation_payload): void {
  encode_party(w, v.initiator);
}

export function decode_initiation_payload(r: XdrReader): initiation_payload {
  return {
    initiator: decode_party(r),
  };
}

export const xdr_initiation_payload: Xdr<initiation_payload> = { encode: encode_initiation_payload, decode: decode_initiation_payload };

export const refusal = {
  /** the initiator's public key is not among the allowed ones */
  REFUSAL_KEY: 1,
  /** no more channels fit */
  REFUSAL_FULL: 2,
  /** nobody takes channels here */
  REFUSAL_NOT_LISTENING: 3,
} as const;
export type refusal = (typeof refusal)[keyof typeof refusal];

function check_refusal(value: number): refusal {
  if (value >= 1 && value <= 3) return value as refusal;
  throw new XdrError("XDR_RANGE", `refusal: ${value} is none of its values`);
}

export function encode_refusal(w: XdrWriter, v: refusal): void {
  w.int(check_refusal(v));
}

export function decode_refusal(r: XdrReader): refusal {
  return check_refusal(r.int());
}

export const xdr_refusal: Xdr<refusal> = { encode: encode_refusal, decode: decode_refusal };

export type response_payload =
  | { accepted: true; responder: party }
  | { accepted: false; refusal: refusal };

export function encode_response_payload(w: XdrWriter, v: response_payload): void {
  w.bool(v.accepted);
  switch (v.accepted) {
    case true:
      encode_party(w, v.responder);
      return;
    case false:
      encode_refusal(w, v.refusal);
      return;
  }
}

export function decode_response_payload(r: XdrReader): response_payload {
  const d = r.bool();
  switch (d) {
    case true:
      return { accepted: d, responder: decode_party(r) };
    case false:
      return { accepted: d, refusal: decode_refusal(r) };
  }
}

export const xdr_response_payload: Xdr<response_payload> = { encode: encode_response_payload, decode: decode_response_payload };
