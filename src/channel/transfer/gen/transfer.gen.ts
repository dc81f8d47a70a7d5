// Generated from transfer.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const TRANSFER_VERSION = 1;

/** longest name, in bytes */
export const TRANSFER_MAX_NAME = 255;

/** longest code or sentence, in bytes */
export const TRANSFER_MAX_TEXT = 1024;

/** largest block, in bytes */
export const TRANSFER_MAX_BLOCK = 4194304;

/** most digests in a message */
export const TRANSFER_MAX_BATCH = 256;

/** a bit for each of them */
export const TRANSFER_MAX_BITS = 32;

/** SHA-256 */
export type transfer_digest = Uint8Array;

export function encode_transfer_digest(w: XdrWriter, v: transfer_digest): void {
  w.opaqueFixed(v, 32);
}

export function decode_transfer_digest(r: XdrReader): transfer_digest {
  return r.opaqueFixed(32);
}

export const xdr_transfer_digest: Xdr<transfer_digest> = { encode: encode_transfer_digest, decode: decode_transfer_digest };

export type transfer_text = Uint8Array;

export function encode_transfer_text(w: XdrWriter, v: transfer_text): void {
  w.opaque(v, 1024);
}

export function decode_transfer_text(r: XdrReader): transfer_text {
  return r.opaque(1024);
}

export const xdr_transfer_text: Xdr<transfer_text> = { encode: encode_transfer_text, decode: decode_transfer_text };

export interface transfer_time {
  /** since 1970 */
  seconds: bigint;
  nanoseconds: number;
}

export function encode_transfer_time(w: XdrWriter, v: transfer_time): void {
  w.hyper(v.seconds);
  w.uint(v.nanoseconds);
}

export function decode_transfer_time(r: XdrReader): transfer_time {
  return {
    seconds: r.hyper(),
    nanoseconds: r.uint(),
  };
}

export const xdr_transfer_time: Xdr<transfer_time> = { encode: encode_transfer_time, decode: decode_transfer_time };

/** The file as the sender has it. All of this is part of what both sides compare in the end. */
export interface transfer_offer {
  /** TRANSFER_VERSION */
  protocol: number;
  /** one name, no path */
  name: Uint8Array;
  size: bigint;
  block_bytes: number;
  /** permission bits */
  mode: number;
  modified: transfer_time;
}

export function encode_transfer_offer(w: XdrWriter, v: transfer_offer): void {
  w.uint(v.protocol);
  w.opaque(v.name, 255);
  w.uhyper(v.size);
  w.uint(v.block_bytes);
  w.uint(v.mode);
  encode_transfer_time(w, v.modified);
}

export function decode_transfer_offer(r: XdrReader): transfer_offer {
  return {
    protocol: r.uint(),
    name: r.opaque(255),
    size: r.uhyper(),
    block_bytes: r.uint(),
    mode: r.uint(),
    modified: decode_transfer_time(r),
  };
}

export const xdr_transfer_offer: Xdr<transfer_offer> = { encode: encode_transfer_offer, decode: decode_transfer_offer };

/** What the receiver compares with: an unfinished file, or one that has the name already. */
export const transfer_basis = {
  BASIS_PART: 0,
  BASIS_PRESENT: 1,
} as const;
export type transfer_basis = (typeof transfer_basis)[keyof typeof transfer_basis];

function check_transfer_basis(value: number): transfer_basis {
  if (value >= 0 && value <= 1) return value as transfer_basis;
  throw new XdrError("XDR_RANGE", `transfer_basis: ${value} is none of its values`);
}

export function encode_transfer_basis(w: XdrWriter, v: transfer_basis): void {
  w.int(check_transfer_basis(v));
}

export function decode_transfer_basis(r: XdrReader): transfer_basis {
  return check_transfer_basis(r.int());
}

export const xdr_transfer_basis: Xdr<transfer_basis> = { encode: encode_transfer_basis, decode: decode_transfer_basis };

export interface transfer_accept {
  basis: transfer_basis;
  /** whole blocks that are there, from the first on */
  present: number;
}

export function encode_transfer_accept(w: XdrWriter, v: transfer_accept): void {
  encode_transfer_basis(w, v.basis);
  w.uint(v.present);
}

export function decode_transfer_accept(r: XdrReader): transfer_accept {
  return {
    basis: decode_transfer_basis(r),
    present: r.uint(),
  };
}

export const xdr_transfer_accept: Xdr<transfer_accept> = { encode: encode_transfer_accept, decode: decode_transfer_accept };

/** Digests of blocks in their order, each pass from block 0 on. */
export interface transfer_digests {
  pass: number;
  first: number;
  digests: transfer_digest[];
}

export function encode_transfer_digests(w: XdrWriter, v: transfer_digests): void {
  w.uint(v.pass);
  w.uint(v.first);
  w.count(v.digests.length, 256);
  for (const item of v.digests) {
    encode_transfer_digest(w, item);
  }
}

export function decode_transfer_digests(r: XdrReader): transfer_digests {
  const f0 = r.uint();
  const f1 = r.uint();
  const f2: transfer_digest[] = [];
  for (let left = r.count(256, 32); left > 0; left--) f2.push(decode_transfer_digest(r));
  return {
    pass: f0,
    first: f1,
    digests: f2,
  };
}

export const xdr_transfer_digests: Xdr<transfer_digests> = { encode: encode_transfer_digests, decode: decode_transfer_digests };

/** The answer to each transfer_digests: the blocks that differ, bit 0 of byte 0 being the first. */
export interface transfer_needed {
  pass: number;
  first: number;
  count: number;
  bits: Uint8Array;
}

export function encode_transfer_needed(w: XdrWriter, v: transfer_needed): void {
  w.uint(v.pass);
  w.uint(v.first);
  w.uint(v.count);
  w.opaque(v.bits, 32);
}

export function decode_transfer_needed(r: XdrReader): transfer_needed {
  return {
    pass: r.uint(),
    first: r.uint(),
    count: r.uint(),
    bits: r.opaque(32),
  };
}

export const xdr_transfer_needed: Xdr<transfer_needed> = { encode: encode_transfer_needed, decode: decode_transfer_needed };

export interface transfer_block {
  index: number;
  data: Uint8Array;
}

export function encode_transfer_block(w: XdrWriter, v: transfer_block): void {
  w.uint(v.index);
  w.opaque(v.data, 4194304);
}

export function decode_transfer_block(r: XdrReader): transfer_block {
  return {
    index: r.uint(),
    data: r.opaque(4194304),
  };
}

export const xdr_transfer_block: Xdr<transfer_block> = { encode: encode_transfer_block, decode: decode_transfer_block };

/** The file's transfer is over, and it was not transferred. */
export interface transfer_stop {
  code: transfer_text;
  message: transfer_text;
}

export function encode_transfer_stop(w: XdrWriter, v: transfer_stop): void {
  encode_transfer_text(w, v.code);
  encode_transfer_text(w, v.message);
}

export function decode_transfer_stop(r: XdrReader): transfer_stop {
  return {
    code: decode_transfer_text(r),
    message: decode_transfer_text(r),
  };
}

export const xdr_transfer_stop: Xdr<transfer_stop> = { encode: encode_transfer_stop, decode: decode_transfer_stop };

export interface transfer_done {
  transcript: transfer_digest;
  /** nothing was written: the file was there, and the same */
  was_present: boolean;
}

export function encode_transfer_done(w: XdrWriter, v: transfer_done): void {
  encode_transfer_digest(w, v.transcript);
  w.bool(v.was_present);
}

export function decode_transfer_done(r: XdrReader): transfer_done {
  return {
    transcript: decode_transfer_digest(r),
    was_present: r.bool(),
  };
}

export const xdr_transfer_done: Xdr<transfer_done> = { encode: encode_transfer_done, decode: decode_transfer_done };

export const transfer_kind = {
  /** sender */
  TRANSFER_OFFER: 1,
  /** receiver */
  TRANSFER_ACCEPT: 2,
  /** sender */
  TRANSFER_DIGESTS: 3,
  /** receiver */
  TRANSFER_NEEDED: 4,
  /** sender */
  TRANSFER_BLOCK: 5,
  /** sender: all blocks that the pass needed were sent */
  TRANSFER_SENT: 6,
  /** receiver: a whole pass found nothing that differs */
  TRANSFER_VERIFIED: 7,
  /** sender: and it was this file, which has not changed */
  TRANSFER_COMMIT: 8,
  /** receiver: it has its name, durably */
  TRANSFER_DONE: 9,
  /** either */
  TRANSFER_STOP: 10,
} as const;
export type transfer_kind = (typeof transfer_kind)[keyof typeof transfer_kind];

function check_transfer_kind(value: number): transfer_kind {
  if (value >= 1 && value <= 10) return value as transfer_kind;
  throw new XdrError("XDR_RANGE", `transfer_kind: ${value} is none of its values`);
}

export function encode_transfer_kind(w: XdrWriter, v: transfer_kind): void {
  w.int(check_transfer_kind(v));
}

export function decode_transfer_kind(r: XdrReader): transfer_kind {
  return check_transfer_kind(r.int());
}

export const xdr_transfer_kind: Xdr<transfer_kind> = { encode: encode_transfer_kind, decode: decode_transfer_kind };

export type transfer_message =
  | { kind: 1; offer: transfer_offer }
  | { kind: 2; accept: transfer_accept }
  | { kind: 3; digests: transfer_digests }
  | { kind: 4; needed: transfer_needed }
  | { kind: 5; block: transfer_block }
  | { kind: 6; pass: number }
  | { kind: 7; verified: transfer_digest }
  | { kind: 8; commit: transfer_digest }
  | { kind: 9; done: transfer_done }
  | { kind: 10; stop: transfer_stop };

export function encode_transfer_message(w: XdrWriter, v: transfer_message): void {
  encode_transfer_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_transfer_offer(w, v.offer);
      return;
    case 2:
      encode_transfer_accept(w, v.accept);
      return;
    case 3:
      encode_transfer_digests(w, v.digests);
      return;
    case 4:
      encode_transfer_needed(w, v.needed);
      return;
    case 5:
      encode_transfer_block(w, v.block);
      return;
    case 6:
      w.uint(v.pass);
      return;
    case 7:
      encode_transfer_digest(w, v.verified);
      return;
    case 8:
      encode_transfer_digest(w, v.commit);
      return;
    case 9:
      encode_transfer_done(w, v.done);
      return;
    case 10:
      encode_transfer_stop(w, v.stop);
      return;
  }
}

export function decode_transfer_message(r: XdrReader): transfer_message {
  const d = decode_transfer_kind(r);
  switch (d) {
    case 1:
      return { kind: d, offer: decode_transfer_offer(r) };
    case 2:
      return { kind: d, accept: decode_transfer_accept(r) };
    case 3:
      return { kind: d, digests: decode_transfer_digests(r) };
    case 4:
      return { kind: d, needed: decode_transfer_needed(r) };
    case 5:
      return { kind: d, block: decode_transfer_block(r) };
    case 6:
      return { kind: d, pass: r.uint() };
    case 7:
      return { kind: d, verified: decode_transfer_digest(r) };
    case 8:
      return { kind: d, commit: decode_transfer_digest(r) };
    case 9:
      return { kind: d, done: decode_transfer_done(r) };
    case 10:
      return { kind: d, stop: decode_transfer_stop(r) };
  }
}

export const xdr_transfer_message: Xdr<transfer_message> = { encode: encode_transfer_message, decode: decode_transfer_message };
