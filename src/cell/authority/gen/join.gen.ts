// Generated from join.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const JOIN_MAX_MESSAGE = 131072;

export const JOIN_MAX_CERTIFICATE = 4096;

export const JOIN_MAX_NAME = 255;

export const JOIN_MAX_CELL = 64;

export const JOIN_MAX_ABOUT = 4096;

export const JOIN_MAX_WELCOME = 65536;

export const JOIN_MAX_AUTHORITIES = 4;

export const JOIN_MAX_HOST = 255;

export type join_length = number;

export function encode_join_length(w: XdrWriter, v: join_length): void {
  w.uint(v);
}

export function decode_join_length(r: XdrReader): join_length {
  return r.uint();
}

export const xdr_join_length: Xdr<join_length> = { encode: encode_join_length, decode: decode_join_length };

/** Ed25519, public */
export type join_key = Uint8Array;

export function encode_join_key(w: XdrWriter, v: join_key): void {
  w.opaqueFixed(v, 32);
}

export function decode_join_key(r: XdrReader): join_key {
  return r.opaqueFixed(32);
}

export const xdr_join_key: Xdr<join_key> = { encode: encode_join_key, decode: decode_join_key };

export type join_signature = Uint8Array;

export function encode_join_signature(w: XdrWriter, v: join_signature): void {
  w.opaqueFixed(v, 64);
}

export function decode_join_signature(r: XdrReader): join_signature {
  return r.opaqueFixed(64);
}

export const xdr_join_signature: Xdr<join_signature> = { encode: encode_join_signature, decode: decode_join_signature };

export type join_certificate = Uint8Array;

export function encode_join_certificate(w: XdrWriter, v: join_certificate): void {
  w.opaque(v, 4096);
}

export function decode_join_certificate(r: XdrReader): join_certificate {
  return r.opaque(4096);
}

export const xdr_join_certificate: Xdr<join_certificate> = { encode: encode_join_certificate, decode: decode_join_certificate };

/** "JN", the version (1), and the kind. */
export const join_kind = {
  JOIN_CHALLENGE: 1246626049,
  JOIN_REQUEST: 1246626050,
  JOIN_ADMITTED: 1246626051,
  JOIN_REFUSED: 1246626052,
  JOIN_ELSEWHERE: 1246626053,
} as const;
export type join_kind = (typeof join_kind)[keyof typeof join_kind];

function check_join_kind(value: number): join_kind {
  if (value >= 1246626049 && value <= 1246626053) return value as join_kind;
  throw new XdrError("XDR_RANGE", `join_kind: ${value} is none of its values`);
}

export function encode_join_kind(w: XdrWriter, v: join_kind): void {
  w.int(check_join_kind(v));
}

export function decode_join_kind(r: XdrReader): join_kind {
  return check_join_kind(r.int());
}

export const xdr_join_kind: Xdr<join_kind> = { encode: encode_join_kind, decode: decode_join_kind };

/** What is signed, after a label. */
export interface join_claim {
  /** of who listens: nothing can be played back */
  challenge: Uint8Array;
  cell: string;
  /** that the node is to have, or has */
  name: string;
  /** to be certified */
  key: join_key;
  /** what the cell wants to know of it: not this protocol's to read */
  about: Uint8Array;
}

export function encode_join_claim(w: XdrWriter, v: join_claim): void {
  w.opaqueFixed(v.challenge, 32);
  w.string(v.cell, 64);
  w.string(v.name, 255);
  encode_join_key(w, v.key);
  w.opaque(v.about, 4096);
}

export function decode_join_claim(r: XdrReader): join_claim {
  return {
    challenge: r.opaqueFixed(32),
    cell: r.string(64),
    name: r.string(255),
    key: decode_join_key(r),
    about: r.opaque(4096),
  };
}

export const xdr_join_claim: Xdr<join_claim> = { encode: encode_join_claim, decode: decode_join_claim };

export const join_right = {
  JOIN_BY_TOKEN: 1,
  /** renews it */
  JOIN_BY_CERTIFICATE: 2,
} as const;
export type join_right = (typeof join_right)[keyof typeof join_right];

function check_join_right(value: number): join_right {
  if (value >= 1 && value <= 2) return value as join_right;
  throw new XdrError("XDR_RANGE", `join_right: ${value} is none of its values`);
}

export function encode_join_right(w: XdrWriter, v: join_right): void {
  w.int(check_join_right(v));
}

export function decode_join_right(r: XdrReader): join_right {
  return check_join_right(r.int());
}

export const xdr_join_right: Xdr<join_right> = { encode: encode_join_right, decode: decode_join_right };

export type join_warrant =
  | { right: 1; token: join_key }
  | { right: 2; certificate: join_certificate };

export function encode_join_warrant(w: XdrWriter, v: join_warrant): void {
  encode_join_right(w, v.right);
  switch (v.right) {
    case 1:
      encode_join_key(w, v.token);
      return;
    case 2:
      encode_join_certificate(w, v.certificate);
      return;
  }
}

export function decode_join_warrant(r: XdrReader): join_warrant {
  const d = decode_join_right(r);
  switch (d) {
    case 1:
      return { right: d, token: decode_join_key(r) };
    case 2:
      return { right: d, certificate: decode_join_certificate(r) };
  }
}

export const xdr_join_warrant: Xdr<join_warrant> = { encode: encode_join_warrant, decode: decode_join_warrant };

export interface join_request {
  /** a join_claim */
  claim: Uint8Array;
  warrant: join_warrant;
  by_warrant: join_signature;
  by_key: join_signature;
}

export function encode_join_request(w: XdrWriter, v: join_request): void {
  w.opaque(v.claim, 8192);
  encode_join_warrant(w, v.warrant);
  encode_join_signature(w, v.by_warrant);
  encode_join_signature(w, v.by_key);
}

export function decode_join_request(r: XdrReader): join_request {
  return {
    claim: r.opaque(8192),
    warrant: decode_join_warrant(r),
    by_warrant: decode_join_signature(r),
    by_key: decode_join_signature(r),
  };
}

export const xdr_join_request: Xdr<join_request> = { encode: encode_join_request, decode: decode_join_request };

export interface join_admission {
  certificate: join_certificate;
  authorities: join_certificate[];
  /** what the node is told of the cell: not this protocol's to read */
  welcome: Uint8Array;
}

export function encode_join_admission(w: XdrWriter, v: join_admission): void {
  encode_join_certificate(w, v.certificate);
  w.count(v.authorities.length, 4);
  for (const item of v.authorities) {
    encode_join_certificate(w, item);
  }
  w.opaque(v.welcome, 65536);
}

export function decode_join_admission(r: XdrReader): join_admission {
  const f0 = decode_join_certificate(r);
  const f1: join_certificate[] = [];
  for (let left = r.count(4); left > 0; left--) f1.push(decode_join_certificate(r));
  return {
    certificate: f0,
    authorities: f1,
    welcome: r.opaque(65536),
  };
}

export const xdr_join_admission: Xdr<join_admission> = { encode: encode_join_admission, decode: decode_join_admission };

export const join_refusal = {
  /** unknown, over its time, or used as often as it may be */
  JOIN_REFUSED_TOKEN: 1,
  /** the cell has, or had, a node of the name, or no node can have it */
  JOIN_REFUSED_NAME: 2,
  /** the one to renew is not believed any more */
  JOIN_REFUSED_CERTIFICATE: 3,
  /** a signature or the challenge is wrong, or it is of another cell */
  JOIN_REFUSED_PROOF: 4,
  /** too many tries; later again */
  JOIN_REFUSED_BUSY: 5,
  /** the cell cannot decide now: no majority is there, or its disk fails */
  JOIN_REFUSED_UNAVAILABLE: 6,
  /** the cell's nodes write what the asker's version cannot read */
  JOIN_REFUSED_TOO_OLD: 7,
  /** the cell's nodes still write what it cannot read any more */
  JOIN_REFUSED_TOO_NEW: 8,
} as const;
export type join_refusal = (typeof join_refusal)[keyof typeof join_refusal];

function check_join_refusal(value: number): join_refusal {
  if (value >= 1 && value <= 8) return value as join_refusal;
  throw new XdrError("XDR_RANGE", `join_refusal: ${value} is none of its values`);
}

export function encode_join_refusal(w: XdrWriter, v: join_refusal): void {
  w.int(check_join_refusal(v));
}

export function decode_join_refusal(r: XdrReader): join_refusal {
  return check_join_refusal(r.int());
}

export const xdr_join_refusal: Xdr<join_refusal> = { encode: encode_join_refusal, decode: decode_join_refusal };

/** Who has the authority's key. */
export interface join_place {
  host: string;
  port: number;
}

export function encode_join_place(w: XdrWriter, v: join_place): void {
  w.string(v.host, 255);
  w.uint(v.port);
}

export function decode_join_place(r: XdrReader): join_place {
  return {
    host: r.string(255),
    port: r.uint(),
  };
}

export const xdr_join_place: Xdr<join_place> = { encode: encode_join_place, decode: decode_join_place };

export type join_message =
  | { kind: 1246626049; challenge: Uint8Array }
  | { kind: 1246626050; request: join_request }
  | { kind: 1246626051; admission: join_admission }
  | { kind: 1246626052; refusal: join_refusal }
  | { kind: 1246626053; place: join_place };

export function encode_join_message(w: XdrWriter, v: join_message): void {
  encode_join_kind(w, v.kind);
  switch (v.kind) {
    case 1246626049:
      w.opaqueFixed(v.challenge, 32);
      return;
    case 1246626050:
      encode_join_request(w, v.request);
      return;
    case 1246626051:
      encode_join_admission(w, v.admission);
      return;
    case 1246626052:
      encode_join_refusal(w, v.refusal);
      return;
    case 1246626053:
      encode_join_place(w, v.place);
      return;
  }
}

export function decode_join_message(r: XdrReader): join_message {
  const d = decode_join_kind(r);
  switch (d) {
    case 1246626049:
      return { kind: d, challenge: r.opaqueFixed(32) };
    case 1246626050:
      return { kind: d, request: decode_join_request(r) };
    case 1246626051:
      return { kind: d, admission: decode_join_admission(r) };
    case 1246626052:
      return { kind: d, refusal: decode_join_refusal(r) };
    case 1246626053:
      return { kind: d, place: decode_join_place(r) };
  }
}

export const xdr_join_message: Xdr<join_message> = { encode: encode_join_message, decode: decode_join_message };
