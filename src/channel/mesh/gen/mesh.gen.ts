// Generated from mesh.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes of a process's or a port's name, UTF-8 */
export const MESH_MAX_NAME = 255;

export const MESH_MAX_HOST = 255;

export const MESH_MAX_MESSAGE = 1114112;

export const MESH_MAX_BODY = 1024;

export const MESH_CHALLENGE_BYTES = 16;

export const MESH_MAX_PROOF = 32;

/** bytes of a message that goes by IP multicast */
export const MESH_MAX_CAST = 65536;

export const MESH_SEED_BYTES = 32;

export const MESH_MAX_DIGEST = 32;

export interface mesh_frame {
  /** 0, or the receiver's number of one of its ports */
  port: number;
  message: Uint8Array;
}

export function encode_mesh_frame(w: XdrWriter, v: mesh_frame): void {
  w.uint(v.port);
  w.opaque(v.message, 1114112);
}

export function decode_mesh_frame(r: XdrReader): mesh_frame {
  return {
    port: r.uint(),
    message: r.opaque(1114112),
  };
}

export const xdr_mesh_frame: Xdr<mesh_frame> = { encode: encode_mesh_frame, decode: decode_mesh_frame };

/** "MH", the version (1), and the kind. */
export const mesh_control_kind = {
  MESH_GREETING: 1296564481,
  MESH_HELLO: 1296564482,
  MESH_WELCOME: 1296564483,
  MESH_REFUSAL: 1296564484,
  MESH_OPEN: 1296564485,
  MESH_CLOSE: 1296564486,
  MESH_PING: 1296564487,
  MESH_PONG: 1296564488,
  MESH_OFFER: 1296564489,
  MESH_HEARD: 1296564490,
  MESH_CAST: 1296564491,
  MESH_TAKEN: 1296564492,
  MESH_LACK: 1296564493,
  MESH_COPY: 1296564494,
  /** over no link: begins a datagram */
  MESH_PIECE: 1296564495,
} as const;
export type mesh_control_kind = (typeof mesh_control_kind)[keyof typeof mesh_control_kind];

function check_mesh_control_kind(value: number): mesh_control_kind {
  if (value >= 1296564481 && value <= 1296564495) return value as mesh_control_kind;
  throw new XdrError("XDR_RANGE", `mesh_control_kind: ${value} is none of its values`);
}

export function encode_mesh_control_kind(w: XdrWriter, v: mesh_control_kind): void {
  w.int(check_mesh_control_kind(v));
}

export function decode_mesh_control_kind(r: XdrReader): mesh_control_kind {
  return check_mesh_control_kind(r.int());
}

export const xdr_mesh_control_kind: Xdr<mesh_control_kind> = { encode: encode_mesh_control_kind, decode: decode_mesh_control_kind };

export type mesh_name = string;

export function encode_mesh_name(w: XdrWriter, v: mesh_name): void {
  w.string(v, 255);
}

export function decode_mesh_name(r: XdrReader): mesh_name {
  return r.string(255);
}

export const xdr_mesh_name: Xdr<mesh_name> = { encode: encode_mesh_name, decode: decode_mesh_name };

export interface mesh_address {
  /** where it listens; all addresses of the machine: the one that the other sees */
  host: string;
  port: number;
}

export function encode_mesh_address(w: XdrWriter, v: mesh_address): void {
  w.string(v.host, 255);
  w.uint(v.port);
}

export function decode_mesh_address(r: XdrReader): mesh_address {
  return {
    host: r.string(255),
    port: r.uint(),
  };
}

export const xdr_mesh_address: Xdr<mesh_address> = { encode: encode_mesh_address, decode: decode_mesh_address };

export interface mesh_greeting {
  name: mesh_name;
  challenge: Uint8Array;
}

export function encode_mesh_greeting(w: XdrWriter, v: mesh_greeting): void {
  encode_mesh_name(w, v.name);
  w.opaqueFixed(v.challenge, 16);
}

export function decode_mesh_greeting(r: XdrReader): mesh_greeting {
  return {
    name: decode_mesh_name(r),
    challenge: r.opaqueFixed(16),
  };
}

export const xdr_mesh_greeting: Xdr<mesh_greeting> = { encode: encode_mesh_greeting, decode: decode_mesh_greeting };

export const mesh_purpose = {
  MESH_TO_LINK: 0,
  /** who is there, and no more */
  MESH_TO_ASK: 1,
} as const;
export type mesh_purpose = (typeof mesh_purpose)[keyof typeof mesh_purpose];

function check_mesh_purpose(value: number): mesh_purpose {
  if (value >= 0 && value <= 1) return value as mesh_purpose;
  throw new XdrError("XDR_RANGE", `mesh_purpose: ${value} is none of its values`);
}

export function encode_mesh_purpose(w: XdrWriter, v: mesh_purpose): void {
  w.int(check_mesh_purpose(v));
}

export function decode_mesh_purpose(r: XdrReader): mesh_purpose {
  return check_mesh_purpose(r.int());
}

export const xdr_mesh_purpose: Xdr<mesh_purpose> = { encode: encode_mesh_purpose, decode: decode_mesh_purpose };

export interface mesh_hello {
  name: mesh_name;
  /** drawn when the process opened its mesh */
  incarnation: bigint;
  /** counts the hellos and welcomes of an incarnation */
  serial: bigint;
  /** random; the link's number is made of both sides' */
  session: bigint;
  purpose: mesh_purpose;
  address: mesh_address;
  challenge: Uint8Array;
}

export function encode_mesh_hello(w: XdrWriter, v: mesh_hello): void {
  encode_mesh_name(w, v.name);
  w.uhyper(v.incarnation);
  w.uhyper(v.serial);
  w.uhyper(v.session);
  encode_mesh_purpose(w, v.purpose);
  encode_mesh_address(w, v.address);
  w.opaqueFixed(v.challenge, 16);
}

export function decode_mesh_hello(r: XdrReader): mesh_hello {
  return {
    name: decode_mesh_name(r),
    incarnation: r.uhyper(),
    serial: r.uhyper(),
    session: r.uhyper(),
    purpose: decode_mesh_purpose(r),
    address: decode_mesh_address(r),
    challenge: r.opaqueFixed(16),
  };
}

export const xdr_mesh_hello: Xdr<mesh_hello> = { encode: encode_mesh_hello, decode: decode_mesh_hello };

export interface mesh_welcome {
  incarnation: bigint;
  serial: bigint;
  session: bigint;
  address: mesh_address;
}

export function encode_mesh_welcome(w: XdrWriter, v: mesh_welcome): void {
  w.uhyper(v.incarnation);
  w.uhyper(v.serial);
  w.uhyper(v.session);
  encode_mesh_address(w, v.address);
}

export function decode_mesh_welcome(r: XdrReader): mesh_welcome {
  return {
    incarnation: r.uhyper(),
    serial: r.uhyper(),
    session: r.uhyper(),
    address: decode_mesh_address(r),
  };
}

export const xdr_mesh_welcome: Xdr<mesh_welcome> = { encode: encode_mesh_welcome, decode: decode_mesh_welcome };

export interface mesh_signed {
  /** a mesh_hello, or a mesh_welcome */
  body: Uint8Array;
  proof: Uint8Array;
}

export function encode_mesh_signed(w: XdrWriter, v: mesh_signed): void {
  w.opaque(v.body, 1024);
  w.opaque(v.proof, 32);
}

export function decode_mesh_signed(r: XdrReader): mesh_signed {
  return {
    body: r.opaque(1024),
    proof: r.opaque(32),
  };
}

export const xdr_mesh_signed: Xdr<mesh_signed> = { encode: encode_mesh_signed, decode: decode_mesh_signed };

export const mesh_refusal = {
  /** there is a later link between the two */
  MESH_REFUSED_STALE: 1,
  /** the other's own attempt is under way, and goes first */
  MESH_REFUSED_CROSSED: 2,
  /** who said hello has the name of who was called */
  MESH_REFUSED_NAME: 3,
  /** the secrets differ, or only one side has one */
  MESH_REFUSED_PROOF: 4,
  /** no more peers fit */
  MESH_REFUSED_FULL: 5,
  /** the channel's key is not that of the name */
  MESH_REFUSED_KEY: 6,
} as const;
export type mesh_refusal = (typeof mesh_refusal)[keyof typeof mesh_refusal];

function check_mesh_refusal(value: number): mesh_refusal {
  if (value >= 1 && value <= 6) return value as mesh_refusal;
  throw new XdrError("XDR_RANGE", `mesh_refusal: ${value} is none of its values`);
}

export function encode_mesh_refusal(w: XdrWriter, v: mesh_refusal): void {
  w.int(check_mesh_refusal(v));
}

export function decode_mesh_refusal(r: XdrReader): mesh_refusal {
  return check_mesh_refusal(r.int());
}

export const xdr_mesh_refusal: Xdr<mesh_refusal> = { encode: encode_mesh_refusal, decode: decode_mesh_refusal };

/** A port was opened. Numbers grow, and no port ever gets that of another. */
export interface mesh_open {
  number: number;
  name: mesh_name;
}

export function encode_mesh_open(w: XdrWriter, v: mesh_open): void {
  w.uint(v.number);
  encode_mesh_name(w, v.name);
}

export function decode_mesh_open(r: XdrReader): mesh_open {
  return {
    number: r.uint(),
    name: decode_mesh_name(r),
  };
}

export const xdr_mesh_open: Xdr<mesh_open> = { encode: encode_mesh_open, decode: decode_mesh_open };

/** The sender will cast, and this is its key: HKDF-SHA256 of the secret that both sides know, or of nothing, salted with the seed. */
export interface mesh_offer {
  /** random, below 2^52: begins its datagrams */
  session: bigint;
  /** later casts are meant */
  number: bigint;
  seed: Uint8Array;
}

export function encode_mesh_offer(w: XdrWriter, v: mesh_offer): void {
  w.uhyper(v.session);
  w.uhyper(v.number);
  w.opaqueFixed(v.seed, 32);
}

export function decode_mesh_offer(r: XdrReader): mesh_offer {
  return {
    session: r.uhyper(),
    number: r.uhyper(),
    seed: r.opaqueFixed(32),
  };
}

export const xdr_mesh_offer: Xdr<mesh_offer> = { encode: encode_mesh_offer, decode: decode_mesh_offer };

export interface mesh_cast {
  /** grows from 1, in all that the sender casts to anybody */
  number: bigint;
  /** the receiver's, as in a frame */
  port: number;
  /** SHA-256 of the message where each peer is proven by its own key; else empty */
  digest: Uint8Array;
}

export function encode_mesh_cast(w: XdrWriter, v: mesh_cast): void {
  w.uhyper(v.number);
  w.uint(v.port);
  w.opaque(v.digest, 32);
}

export function decode_mesh_cast(r: XdrReader): mesh_cast {
  return {
    number: r.uhyper(),
    port: r.uint(),
    digest: r.opaque(32),
  };
}

export const xdr_mesh_cast: Xdr<mesh_cast> = { encode: encode_mesh_cast, decode: decode_mesh_cast };

export interface mesh_copy {
  number: bigint;
  message: Uint8Array;
}

export function encode_mesh_copy(w: XdrWriter, v: mesh_copy): void {
  w.uhyper(v.number);
  w.opaque(v.message, 65536);
}

export function decode_mesh_copy(r: XdrReader): mesh_copy {
  return {
    number: r.uhyper(),
    message: r.opaque(65536),
  };
}

export const xdr_mesh_copy: Xdr<mesh_copy> = { encode: encode_mesh_copy, decode: decode_mesh_copy };

/** A datagram: a head, then a piece and its bytes, sealed with AES-256-GCM; the nonce is the head's counter, the head is vouched for. */
export interface mesh_datagram_head {
  /** MESH_PIECE */
  kind: mesh_control_kind;
  session: bigint;
  /** grows from 1 with each datagram */
  counter: bigint;
}

export function encode_mesh_datagram_head(w: XdrWriter, v: mesh_datagram_head): void {
  encode_mesh_control_kind(w, v.kind);
  w.uhyper(v.session);
  w.uhyper(v.counter);
}

export function decode_mesh_datagram_head(r: XdrReader): mesh_datagram_head {
  return {
    kind: decode_mesh_control_kind(r),
    session: r.uhyper(),
    counter: r.uhyper(),
  };
}

export const xdr_mesh_datagram_head: Xdr<mesh_datagram_head> = { encode: encode_mesh_datagram_head, decode: decode_mesh_datagram_head };

export interface mesh_piece_head {
  /** of the cast; 0 asks who hears */
  number: bigint;
  /** the sender's */
  port: number;
  /** of the whole message */
  bytes: number;
  /** of this piece in it */
  offset: number;
}

export function encode_mesh_piece_head(w: XdrWriter, v: mesh_piece_head): void {
  w.uhyper(v.number);
  w.uint(v.port);
  w.uint(v.bytes);
  w.uint(v.offset);
}

export function decode_mesh_piece_head(r: XdrReader): mesh_piece_head {
  return {
    number: r.uhyper(),
    port: r.uint(),
    bytes: r.uint(),
    offset: r.uint(),
  };
}

export const xdr_mesh_piece_head: Xdr<mesh_piece_head> = { encode: encode_mesh_piece_head, decode: decode_mesh_piece_head };

export type mesh_control =
  | { kind: 1296564481; greeting: mesh_greeting }
  | { kind: 1296564482; hello: mesh_signed }
  | { kind: 1296564483; welcome: mesh_signed }
  | { kind: 1296564484; refusal: mesh_refusal }
  | { kind: 1296564485; open: mesh_open }
  | { kind: 1296564486; closed: number }
  | { kind: 1296564487 }
  | { kind: 1296564488 }
  | { kind: 1296564489; offer: mesh_offer }
  | { kind: 1296564490 }
  | { kind: 1296564491; cast: mesh_cast }
  | { kind: 1296564492; taken: bigint }
  | { kind: 1296564493; lack: bigint }
  | { kind: 1296564494; copy: mesh_copy };

export function encode_mesh_control(w: XdrWriter, v: mesh_control): void {
  encode_mesh_control_kind(w, v.kind);
  switch (v.kind) {
    case 1296564481:
      encode_mesh_greeting(w, v.greeting);
      return;
    case 1296564482:
      encode_mesh_signed(w, v.hello);
      return;
    case 1296564483:
      encode_mesh_signed(w, v.welcome);
      return;
    case 1296564484:
      encode_mesh_refusal(w, v.refusal);
      return;
    case 1296564485:
      encode_mesh_open(w, v.open);
      return;
    case 1296564486:
      w.uint(v.closed);
      return;
    case 1296564487:
      return;
    case 1296564488:
      return;
    case 1296564489:
      encode_mesh_offer(w, v.offer);
      return;
    case 1296564490:
      return;
    case 1296564491:
      encode_mesh_cast(w, v.cast);
      return;
    case 1296564492:
      w.uhyper(v.taken);
      return;
    case 1296564493:
      w.uhyper(v.lack);
      return;
    case 1296564494:
      encode_mesh_copy(w, v.copy);
      return;
    default:
      throw new XdrError("XDR_RANGE", `mesh_control: no arm for kind = ${(v as { kind: unknown }).kind}`);
  }
}

export function decode_mesh_control(r: XdrReader): mesh_control {
  const d = decode_mesh_control_kind(r);
  switch (d) {
    case 1296564481:
      return { kind: d, greeting: decode_mesh_greeting(r) };
    case 1296564482:
      return { kind: d, hello: decode_mesh_signed(r) };
    case 1296564483:
      return { kind: d, welcome: decode_mesh_signed(r) };
    case 1296564484:
      return { kind: d, refusal: decode_mesh_refusal(r) };
    case 1296564485:
      return { kind: d, open: decode_mesh_open(r) };
    case 1296564486:
      return { kind: d, closed: r.uint() };
    case 1296564487:
      return { kind: d };
    case 1296564488:
      return { kind: d };
    case 1296564489:
      return { kind: d, offer: decode_mesh_offer(r) };
    case 1296564490:
      return { kind: d };
    case 1296564491:
      return { kind: d, cast: decode_mesh_cast(r) };
    case 1296564492:
      return { kind: d, taken: r.uhyper() };
    case 1296564493:
      return { kind: d, lack: r.uhyper() };
    case 1296564494:
      return { kind: d, copy: decode_mesh_copy(r) };
    default:
      throw new XdrError("XDR_RANGE", `mesh_control: no arm for kind = ${d}`);
  }
}

export const xdr_mesh_control: Xdr<mesh_control> = { encode: encode_mesh_control, decode: decode_mesh_control };
