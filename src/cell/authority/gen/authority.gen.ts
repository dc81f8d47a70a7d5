// Generated from authority.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const AUTHORITY_MAX_CERTIFICATE = 4096;

export const AUTHORITY_MAX_AUTHORITIES = 4;

export const AUTHORITY_MAX_REVOKED = 1024;

export const AUTHORITY_MAX_ISSUED = 4096;

export const AUTHORITY_MAX_NAME = 255;

export type authority_serial = Uint8Array;

export function encode_authority_serial(w: XdrWriter, v: authority_serial): void {
  w.opaqueFixed(v, 16);
}

export function decode_authority_serial(r: XdrReader): authority_serial {
  return r.opaqueFixed(16);
}

export const xdr_authority_serial: Xdr<authority_serial> = { encode: encode_authority_serial, decode: decode_authority_serial };

export type authority_certificate = Uint8Array;

export function encode_authority_certificate(w: XdrWriter, v: authority_certificate): void {
  w.opaque(v, 4096);
}

export function decode_authority_certificate(r: XdrReader): authority_certificate {
  return r.opaque(4096);
}

export const xdr_authority_certificate: Xdr<authority_certificate> = { encode: encode_authority_certificate, decode: decode_authority_certificate };

/** A certificate that is not believed any more; forgotten when it would have ended anyway. */
export interface authority_revoked {
  serial: authority_serial;
  /** since 1970 */
  ends_ms: bigint;
}

export function encode_authority_revoked(w: XdrWriter, v: authority_revoked): void {
  encode_authority_serial(w, v.serial);
  w.hyper(v.ends_ms);
}

export function decode_authority_revoked(r: XdrReader): authority_revoked {
  return {
    serial: decode_authority_serial(r),
    ends_ms: r.hyper(),
  };
}

export const xdr_authority_revoked: Xdr<authority_revoked> = { encode: encode_authority_revoked, decode: decode_authority_revoked };

/** The first authority is the one that certifies; the others are believed as well. */
export interface authority_trust {
  /** 2 */
  format: number;
  authorities: authority_certificate[];
  /** the last of them is to certify when all nodes have its key; else those behind the first did before */
  has_next: boolean;
  revoked: authority_revoked[];
}

export function encode_authority_trust(w: XdrWriter, v: authority_trust): void {
  w.uint(v.format);
  w.count(v.authorities.length, 4);
  for (const item of v.authorities) {
    encode_authority_certificate(w, item);
  }
  w.bool(v.has_next);
  w.count(v.revoked.length, 1024);
  for (const item of v.revoked) {
    encode_authority_revoked(w, item);
  }
}

export function decode_authority_trust(r: XdrReader): authority_trust {
  const f0 = r.uint();
  const f1: authority_certificate[] = [];
  for (let left = r.count(4); left > 0; left--) f1.push(decode_authority_certificate(r));
  const f2 = r.bool();
  const f3: authority_revoked[] = [];
  for (let left = r.count(1024, 24); left > 0; left--) f3.push(decode_authority_revoked(r));
  return {
    format: f0,
    authorities: f1,
    has_next: f2,
    revoked: f3,
  };
}

export const xdr_authority_trust: Xdr<authority_trust> = { encode: encode_authority_trust, decode: decode_authority_trust };

export interface authority_issued {
  serial: authority_serial;
  name: string;
  key: Uint8Array;
  ends_ms: bigint;
}

export function encode_authority_issued(w: XdrWriter, v: authority_issued): void {
  encode_authority_serial(w, v.serial);
  w.string(v.name, 255);
  w.opaqueFixed(v.key, 32);
  w.hyper(v.ends_ms);
}

export function decode_authority_issued(r: XdrReader): authority_issued {
  return {
    serial: decode_authority_serial(r),
    name: r.string(255),
    key: r.opaqueFixed(32),
    ends_ms: r.hyper(),
  };
}

export const xdr_authority_issued: Xdr<authority_issued> = { encode: encode_authority_issued, decode: decode_authority_issued };

export interface authority_ledger {
  /** 1 */
  format: number;
  issued: authority_issued[];
}

export function encode_authority_ledger(w: XdrWriter, v: authority_ledger): void {
  w.uint(v.format);
  w.count(v.issued.length, 4096);
  for (const item of v.issued) {
    encode_authority_issued(w, item);
  }
}

export function decode_authority_ledger(r: XdrReader): authority_ledger {
  const f0 = r.uint();
  const f1: authority_issued[] = [];
  for (let left = r.count(4096, 60); left > 0; left--) f1.push(decode_authority_issued(r));
  return {
    format: f0,
    issued: f1,
  };
}

export const xdr_authority_ledger: Xdr<authority_ledger> = { encode: encode_authority_ledger, decode: decode_authority_ledger };

/** SHA-256 of an authority's certificate */
export type authority_print = Uint8Array;

export function encode_authority_print(w: XdrWriter, v: authority_print): void {
  w.opaqueFixed(v, 32);
}

export function decode_authority_print(r: XdrReader): authority_print {
  return r.opaqueFixed(32);
}

export const xdr_authority_print: Xdr<authority_print> = { encode: encode_authority_print, decode: decode_authority_print };

/** Told to each node that is linked, and again when it has changed. */
export interface authority_standing {
  believed: authority_print[];
  /** whose keys the node has */
  kept: authority_print[];
  /** who gave its own certificate, if that is believed */
  certified_by: authority_print[];
}

export function encode_authority_standing(w: XdrWriter, v: authority_standing): void {
  w.count(v.believed.length, 4);
  for (const item of v.believed) {
    encode_authority_print(w, item);
  }
  w.count(v.kept.length, 4);
  for (const item of v.kept) {
    encode_authority_print(w, item);
  }
  w.count(v.certified_by.length, 1);
  for (const item of v.certified_by) {
    encode_authority_print(w, item);
  }
}

export function decode_authority_standing(r: XdrReader): authority_standing {
  const f0: authority_print[] = [];
  for (let left = r.count(4, 32); left > 0; left--) f0.push(decode_authority_print(r));
  const f1: authority_print[] = [];
  for (let left = r.count(4, 32); left > 0; left--) f1.push(decode_authority_print(r));
  const f2: authority_print[] = [];
  for (let left = r.count(1, 32); left > 0; left--) f2.push(decode_authority_print(r));
  return {
    believed: f0,
    kept: f1,
    certified_by: f2,
  };
}

export const xdr_authority_standing: Xdr<authority_standing> = { encode: encode_authority_standing, decode: decode_authority_standing };

export interface authority_pair {
  /** Ed25519, private */
  key: Uint8Array;
  certificate: authority_certificate;
}

export function encode_authority_pair(w: XdrWriter, v: authority_pair): void {
  w.opaqueFixed(v.key, 32);
  encode_authority_certificate(w, v.certificate);
}

export function decode_authority_pair(r: XdrReader): authority_pair {
  return {
    key: r.opaqueFixed(32),
    certificate: decode_authority_certificate(r),
  };
}

export const xdr_authority_pair: Xdr<authority_pair> = { encode: encode_authority_pair, decode: decode_authority_pair };

export const authority_word = {
  AUTHORITY_STANDING: 1,
  /** keys that the other lacks, by its standing */
  AUTHORITY_HANDED: 2,
} as const;
export type authority_word = (typeof authority_word)[keyof typeof authority_word];

function check_authority_word(value: number): authority_word {
  if (value >= 1 && value <= 2) return value as authority_word;
  throw new XdrError("XDR_RANGE", `authority_word: ${value} is none of its values`);
}

export function encode_authority_word(w: XdrWriter, v: authority_word): void {
  w.int(check_authority_word(v));
}

export function decode_authority_word(r: XdrReader): authority_word {
  return check_authority_word(r.int());
}

export const xdr_authority_word: Xdr<authority_word> = { encode: encode_authority_word, decode: decode_authority_word };

export type authority_message =
  | { word: 1; standing: authority_standing }
  | { word: 2; pairs: authority_pair[] };

export function encode_authority_message(w: XdrWriter, v: authority_message): void {
  encode_authority_word(w, v.word);
  switch (v.word) {
    case 1:
      encode_authority_standing(w, v.standing);
      return;
    case 2:
      w.count(v.pairs.length, 4);
      for (const item of v.pairs) {
        encode_authority_pair(w, item);
      }
      return;
  }
}

export function decode_authority_message(r: XdrReader): authority_message {
  const d = decode_authority_word(r);
  switch (d) {
    case 1:
      return { word: d, standing: decode_authority_standing(r) };
    case 2: {
      const items: authority_pair[] = [];
      for (let left = r.count(4, 36); left > 0; left--) items.push(decode_authority_pair(r));
      return { word: d, pairs: items };
    }
  }
}

export const xdr_authority_message: Xdr<authority_message> = { encode: encode_authority_message, decode: decode_authority_message };
