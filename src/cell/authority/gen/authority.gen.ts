// Generated from authority.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";

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
  /** 1 */
  format: number;
  authorities: authority_certificate[];
  revoked: authority_revoked[];
}

export function encode_authority_trust(w: XdrWriter, v: authority_trust): void {
  w.uint(v.format);
  w.count(v.authorities.length, 4);
  for (const item of v.authorities) {
    encode_authority_certificate(w, item);
  }
  w.count(v.revoked.length, 1024);
  for (const item of v.revoked) {
    encode_authority_revoked(w, item);
  }
}

export function decode_authority_trust(r: XdrReader): authority_trust {
  const f0 = r.uint();
  const f1: authority_certificate[] = [];
  for (let left = r.count(4); left > 0; left--) f1.push(decode_authority_certificate(r));
  const f2: authority_revoked[] = [];
  for (let left = r.count(1024, 24); left > 0; left--) f2.push(decode_authority_revoked(r));
  return {
    format: f0,
    authorities: f1,
    revoked: f2,
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
