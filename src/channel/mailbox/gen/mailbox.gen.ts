// Generated from mailbox.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const MAILBOX_VERSION = 1;

/** bytes of a mailbox's name, UTF-8 */
export const MAILBOX_MAX_NAME = 128;

/** bytes of a node's name */
export const MAILBOX_MAX_SENDER = 64;

/** of one message: a channel's largest, less the frame around it */
export const MAILBOX_MAX_BYTES = 67108800;

export type mailbox_name = string;

export function encode_mailbox_name(w: XdrWriter, v: mailbox_name): void {
  w.string(v, 128);
}

export function decode_mailbox_name(r: XdrReader): mailbox_name {
  return r.string(128);
}

export const xdr_mailbox_name: Xdr<mailbox_name> = { encode: encode_mailbox_name, decode: decode_mailbox_name };

export const mailbox_frame_type = {
  /** From the node that opened the channel. */
  MAILBOX_HELLO: 0,
  MAILBOX_OPEN: 1,
  MAILBOX_MAIL: 2,
  MAILBOX_WANT: 3,
  MAILBOX_RETURN: 4,
  MAILBOX_LEAVE: 5,
  /** From the other. */
  MAILBOX_GRANT: 16,
  MAILBOX_RECALL: 17,
  MAILBOX_DONE: 18,
  MAILBOX_REFUSED: 19,
  MAILBOX_REPLY: 20,
  MAILBOX_OPENED: 21,
} as const;
export type mailbox_frame_type = (typeof mailbox_frame_type)[keyof typeof mailbox_frame_type];

function check_mailbox_frame_type(value: number): mailbox_frame_type {
  switch (value) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 16:
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
      return value as mailbox_frame_type;
  }
  throw new XdrError("XDR_RANGE", `mailbox_frame_type: ${value} is none of its values`);
}

export function encode_mailbox_frame_type(w: XdrWriter, v: mailbox_frame_type): void {
  w.int(check_mailbox_frame_type(v));
}

export function decode_mailbox_frame_type(r: XdrReader): mailbox_frame_type {
  return check_mailbox_frame_type(r.int());
}

export const xdr_mailbox_frame_type: Xdr<mailbox_frame_type> = { encode: encode_mailbox_frame_type, decode: decode_mailbox_frame_type };

/** What the sender waits for. */
export const mailbox_until = {
  /** nothing from here */
  MAILBOX_UNTIL_BUFFERED: 0,
  /** that the mail is in the mailbox */
  MAILBOX_UNTIL_DELIVERED: 1,
  /** that a program took it out */
  MAILBOX_UNTIL_RECEIVED: 2,
} as const;
export type mailbox_until = (typeof mailbox_until)[keyof typeof mailbox_until];

function check_mailbox_until(value: number): mailbox_until {
  if (value >= 0 && value <= 2) return value as mailbox_until;
  throw new XdrError("XDR_RANGE", `mailbox_until: ${value} is none of its values`);
}

export function encode_mailbox_until(w: XdrWriter, v: mailbox_until): void {
  w.int(check_mailbox_until(v));
}

export function decode_mailbox_until(r: XdrReader): mailbox_until {
  return check_mailbox_until(r.int());
}

export const xdr_mailbox_until: Xdr<mailbox_until> = { encode: encode_mailbox_until, decode: decode_mailbox_until };

export const mailbox_refusal = {
  MAILBOX_NO_SUCH: 0,
  MAILBOX_WAS_CLOSED: 1,
  /** the sender has too many mailboxes open here */
  MAILBOX_TOO_MANY: 2,
} as const;
export type mailbox_refusal = (typeof mailbox_refusal)[keyof typeof mailbox_refusal];

function check_mailbox_refusal(value: number): mailbox_refusal {
  if (value >= 0 && value <= 2) return value as mailbox_refusal;
  throw new XdrError("XDR_RANGE", `mailbox_refusal: ${value} is none of its values`);
}

export function encode_mailbox_refusal(w: XdrWriter, v: mailbox_refusal): void {
  w.int(check_mailbox_refusal(v));
}

export function decode_mailbox_refusal(r: XdrReader): mailbox_refusal {
  return check_mailbox_refusal(r.int());
}

export const xdr_mailbox_refusal: Xdr<mailbox_refusal> = { encode: encode_mailbox_refusal, decode: decode_mailbox_refusal };

/** The first frame. A node has one session with another at a time: a later one ends the earlier. */
export interface mailbox_hello {
  release: number;
  /** the node's name; the same in every life of it, if it can */
  sender: Uint8Array;
  /** random, at each start of the node */
  life: bigint;
  /** counts up in one life */
  session: number;
}

export function encode_mailbox_hello(w: XdrWriter, v: mailbox_hello): void {
  w.uint(v.release);
  w.opaque(v.sender, 64);
  w.uhyper(v.life);
  w.uint(v.session);
}

export function decode_mailbox_hello(r: XdrReader): mailbox_hello {
  return {
    release: r.uint(),
    sender: r.opaque(64),
    life: r.uhyper(),
    session: r.uint(),
  };
}

export const xdr_mailbox_hello: Xdr<mailbox_hello> = { encode: encode_mailbox_hello, decode: decode_mailbox_hello };

/** Gives a mailbox a number for this channel. Numbers are chosen by the sender and never used twice. */
export interface mailbox_open {
  box: number;
  name: mailbox_name;
}

export function encode_mailbox_open(w: XdrWriter, v: mailbox_open): void {
  w.uint(v.box);
  encode_mailbox_name(w, v.name);
}

export function decode_mailbox_open(r: XdrReader): mailbox_open {
  return {
    box: r.uint(),
    name: decode_mailbox_name(r),
  };
}

export const xdr_mailbox_open: Xdr<mailbox_open> = { encode: encode_mailbox_open, decode: decode_mailbox_open };

export interface mailbox_mail {
  box: number;
  until: mailbox_until;
  /** by which a reply names it; 0: wants none */
  request: number;
  message: Uint8Array;
}

export function encode_mailbox_mail(w: XdrWriter, v: mailbox_mail): void {
  w.uint(v.box);
  encode_mailbox_until(w, v.until);
  w.uint(v.request);
  w.opaque(v.message, 67108800);
}

export function decode_mailbox_mail(r: XdrReader): mailbox_mail {
  return {
    box: r.uint(),
    until: decode_mailbox_until(r),
    request: r.uint(),
    message: r.opaque(67108800),
  };
}

export const xdr_mailbox_mail: Xdr<mailbox_mail> = { encode: encode_mailbox_mail, decode: decode_mailbox_mail };

/** The credit left does not suffice for the next mail, which has so many bytes. */
export interface mailbox_want {
  box: number;
  bytes: number;
}

export function encode_mailbox_want(w: XdrWriter, v: mailbox_want): void {
  w.uint(v.box);
  w.uint(v.bytes);
}

export function decode_mailbox_want(r: XdrReader): mailbox_want {
  return {
    box: r.uint(),
    bytes: r.uint(),
  };
}

export const xdr_mailbox_want: Xdr<mailbox_want> = { encode: encode_mailbox_want, decode: decode_mailbox_want };

export interface mailbox_credit {
  box: number;
  messages: number;
  bytes: number;
}

export function encode_mailbox_credit(w: XdrWriter, v: mailbox_credit): void {
  w.uint(v.box);
  w.uint(v.messages);
  w.uint(v.bytes);
}

export function decode_mailbox_credit(r: XdrReader): mailbox_credit {
  return {
    box: r.uint(),
    messages: r.uint(),
    bytes: r.uint(),
  };
}

export const xdr_mailbox_credit: Xdr<mailbox_credit> = { encode: encode_mailbox_credit, decode: decode_mailbox_credit };

/** There is a mailbox of that name; it takes mail of up to so many bytes. */
export interface mailbox_opened {
  box: number;
  bytes: number;
}

export function encode_mailbox_opened(w: XdrWriter, v: mailbox_opened): void {
  w.uint(v.box);
  w.uint(v.bytes);
}

export function decode_mailbox_opened(r: XdrReader): mailbox_opened {
  return {
    box: r.uint(),
    bytes: r.uint(),
  };
}

export const xdr_mailbox_opened: Xdr<mailbox_opened> = { encode: encode_mailbox_opened, decode: decode_mailbox_opened };

/** How many more of the sender's mails, in the order in which they came, are in the mailbox, and were taken out. */
export interface mailbox_done {
  box: number;
  delivered: number;
  received: number;
}

export function encode_mailbox_done(w: XdrWriter, v: mailbox_done): void {
  w.uint(v.box);
  w.uint(v.delivered);
  w.uint(v.received);
}

export function decode_mailbox_done(r: XdrReader): mailbox_done {
  return {
    box: r.uint(),
    delivered: r.uint(),
    received: r.uint(),
  };
}

export const xdr_mailbox_done: Xdr<mailbox_done> = { encode: encode_mailbox_done, decode: decode_mailbox_done };

/** Mail of this number that is not counted as delivered was dropped, and all that comes later is. */
export interface mailbox_refused {
  box: number;
  why: mailbox_refusal;
}

export function encode_mailbox_refused(w: XdrWriter, v: mailbox_refused): void {
  w.uint(v.box);
  encode_mailbox_refusal(w, v.why);
}

export function decode_mailbox_refused(r: XdrReader): mailbox_refused {
  return {
    box: r.uint(),
    why: decode_mailbox_refusal(r),
  };
}

export const xdr_mailbox_refused: Xdr<mailbox_refused> = { encode: encode_mailbox_refused, decode: decode_mailbox_refused };

export interface mailbox_reply {
  request: number;
  message: Uint8Array;
}

export function encode_mailbox_reply(w: XdrWriter, v: mailbox_reply): void {
  w.uint(v.request);
  w.opaque(v.message, 67108800);
}

export function decode_mailbox_reply(r: XdrReader): mailbox_reply {
  return {
    request: r.uint(),
    message: r.opaque(67108800),
  };
}

export const xdr_mailbox_reply: Xdr<mailbox_reply> = { encode: encode_mailbox_reply, decode: decode_mailbox_reply };

export type mailbox_frame =
  | { type: 0; hello: mailbox_hello }
  | { type: 1; open: mailbox_open }
  | { type: 2; mail: mailbox_mail }
  | { type: 3; want: mailbox_want }
  | { type: 4; returned: mailbox_credit }
  | { type: 5; left: number }
  | { type: 16; granted: mailbox_credit }
  | { type: 17; recalled: number }
  | { type: 18; done: mailbox_done }
  | { type: 19; refused: mailbox_refused }
  | { type: 20; reply: mailbox_reply }
  | { type: 21; opened: mailbox_opened };

export function encode_mailbox_frame(w: XdrWriter, v: mailbox_frame): void {
  encode_mailbox_frame_type(w, v.type);
  switch (v.type) {
    case 0:
      encode_mailbox_hello(w, v.hello);
      return;
    case 1:
      encode_mailbox_open(w, v.open);
      return;
    case 2:
      encode_mailbox_mail(w, v.mail);
      return;
    case 3:
      encode_mailbox_want(w, v.want);
      return;
    case 4:
      encode_mailbox_credit(w, v.returned);
      return;
    case 5:
      w.uint(v.left);
      return;
    case 16:
      encode_mailbox_credit(w, v.granted);
      return;
    case 17:
      w.uint(v.recalled);
      return;
    case 18:
      encode_mailbox_done(w, v.done);
      return;
    case 19:
      encode_mailbox_refused(w, v.refused);
      return;
    case 20:
      encode_mailbox_reply(w, v.reply);
      return;
    case 21:
      encode_mailbox_opened(w, v.opened);
      return;
  }
}

export function decode_mailbox_frame(r: XdrReader): mailbox_frame {
  const d = decode_mailbox_frame_type(r);
  switch (d) {
    case 0:
      return { type: d, hello: decode_mailbox_hello(r) };
    case 1:
      return { type: d, open: decode_mailbox_open(r) };
    case 2:
      return { type: d, mail: decode_mailbox_mail(r) };
    case 3:
      return { type: d, want: decode_mailbox_want(r) };
    case 4:
      return { type: d, returned: decode_mailbox_credit(r) };
    case 5:
      return { type: d, left: r.uint() };
    case 16:
      return { type: d, granted: decode_mailbox_credit(r) };
    case 17:
      return { type: d, recalled: r.uint() };
    case 18:
      return { type: d, done: decode_mailbox_done(r) };
    case 19:
      return { type: d, refused: decode_mailbox_refused(r) };
    case 20:
      return { type: d, reply: decode_mailbox_reply(r) };
    case 21:
      return { type: d, opened: decode_mailbox_opened(r) };
  }
}

export const xdr_mailbox_frame: Xdr<mailbox_frame> = { encode: encode_mailbox_frame, decode: decode_mailbox_frame };
