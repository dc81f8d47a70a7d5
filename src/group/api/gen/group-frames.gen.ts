// Generated from group-frames.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes of a shared object's name */
export const FRAME_MAX_NAME = 64;

export const FRAME_MAX_KIND = 32;

/** node#incarnation */
export const FRAME_MAX_SESSION = 300;

/** of what people are told; longer ones are cut */
export const FRAME_MAX_TEXT = 1024;

export const FRAME_MAX_MEMBERS = 256;

export const FRAME_MAX_OBJECTS = 1024;

export type frame_name = string;

export function encode_frame_name(w: XdrWriter, v: frame_name): void {
  w.string(v, 64);
}

export function decode_frame_name(r: XdrReader): frame_name {
  return r.string(64);
}

export const xdr_frame_name: Xdr<frame_name> = { encode: encode_frame_name, decode: decode_frame_name };

export type frame_session = string;

export function encode_frame_session(w: XdrWriter, v: frame_session): void {
  w.string(v, 300);
}

export function decode_frame_session(r: XdrReader): frame_session {
  return r.string(300);
}

export const xdr_frame_session: Xdr<frame_session> = { encode: encode_frame_session, decode: decode_frame_session };

export const frame_kind = {
  /** of people */
  FRAME_MESSAGE: 0,
  /** everybody answers its sender */
  FRAME_CALL: 1,
  /** to a shared object */
  FRAME_REQUEST: 2,
  /** what the primary made of a request */
  FRAME_CHANGE: 3,
  /** its sender reads when it comes to this place */
  FRAME_MARK: 4,
} as const;
export type frame_kind = (typeof frame_kind)[keyof typeof frame_kind];

function check_frame_kind(value: number): frame_kind {
  if (value >= 0 && value <= 4) return value as frame_kind;
  throw new XdrError("XDR_RANGE", `frame_kind: ${value} is none of its values`);
}

export function encode_frame_kind(w: XdrWriter, v: frame_kind): void {
  w.int(check_frame_kind(v));
}

export function decode_frame_kind(r: XdrReader): frame_kind {
  return check_frame_kind(r.int());
}

export const xdr_frame_kind: Xdr<frame_kind> = { encode: encode_frame_kind, decode: decode_frame_kind };

export interface frame_call {
  /** from 1, of all calls of this sender */
  number: bigint;
  request: Uint8Array;
}

export function encode_frame_call(w: XdrWriter, v: frame_call): void {
  w.uhyper(v.number);
  w.opaque(v.request);
}

export function decode_frame_call(r: XdrReader): frame_call {
  return {
    number: r.uhyper(),
    request: r.opaque(),
  };
}

export const xdr_frame_call: Xdr<frame_call> = { encode: encode_frame_call, decode: decode_frame_call };

export interface frame_request {
  session: frame_session;
  /** from 1 */
  number: bigint;
  /** the replies to all up to this one are known to who asks */
  done: bigint;
  object: frame_name;
  command: Uint8Array;
}

export function encode_frame_request(w: XdrWriter, v: frame_request): void {
  encode_frame_session(w, v.session);
  w.uhyper(v.number);
  w.uhyper(v.done);
  encode_frame_name(w, v.object);
  w.opaque(v.command);
}

export function decode_frame_request(r: XdrReader): frame_request {
  return {
    session: decode_frame_session(r),
    number: r.uhyper(),
    done: r.uhyper(),
    object: decode_frame_name(r),
    command: r.opaque(),
  };
}

export const xdr_frame_request: Xdr<frame_request> = { encode: encode_frame_request, decode: decode_frame_request };

export const outcome_kind = {
  OUTCOME_DONE: 0,
  OUTCOME_REFUSED: 1,
  /** it was carried out or not, nobody knows any more; or its reply is forgotten */
  OUTCOME_LOST: 2,
} as const;
export type outcome_kind = (typeof outcome_kind)[keyof typeof outcome_kind];

function check_outcome_kind(value: number): outcome_kind {
  if (value >= 0 && value <= 2) return value as outcome_kind;
  throw new XdrError("XDR_RANGE", `outcome_kind: ${value} is none of its values`);
}

export function encode_outcome_kind(w: XdrWriter, v: outcome_kind): void {
  w.int(check_outcome_kind(v));
}

export function decode_outcome_kind(r: XdrReader): outcome_kind {
  return check_outcome_kind(r.int());
}

export const xdr_outcome_kind: Xdr<outcome_kind> = { encode: encode_outcome_kind, decode: decode_outcome_kind };

export interface outcome_refusal {
  code: string;
  text: string;
}

export function encode_outcome_refusal(w: XdrWriter, v: outcome_refusal): void {
  w.string(v.code, 64);
  w.string(v.text, 1024);
}

export function decode_outcome_refusal(r: XdrReader): outcome_refusal {
  return {
    code: r.string(64),
    text: r.string(1024),
  };
}

export const xdr_outcome_refusal: Xdr<outcome_refusal> = { encode: encode_outcome_refusal, decode: decode_outcome_refusal };

export type outcome =
  | { kind: 0; reply: Uint8Array }
  | { kind: 1; refusal: outcome_refusal }
  | { kind: 2 };

export function encode_outcome(w: XdrWriter, v: outcome): void {
  encode_outcome_kind(w, v.kind);
  switch (v.kind) {
    case 0:
      w.opaque(v.reply);
      return;
    case 1:
      encode_outcome_refusal(w, v.refusal);
      return;
    case 2:
      return;
  }
}

export function decode_outcome(r: XdrReader): outcome {
  const d = decode_outcome_kind(r);
  switch (d) {
    case 0:
      return { kind: d, reply: r.opaque() };
    case 1:
      return { kind: d, refusal: decode_outcome_refusal(r) };
    case 2:
      return { kind: d };
  }
}

export const xdr_outcome: Xdr<outcome> = { encode: encode_outcome, decode: decode_outcome };

export interface frame_change {
  session: frame_session;
  number: bigint;
  object: frame_name;
  change: Uint8Array;
  result: outcome;
}

export function encode_frame_change(w: XdrWriter, v: frame_change): void {
  encode_frame_session(w, v.session);
  w.uhyper(v.number);
  encode_frame_name(w, v.object);
  w.opaque(v.change);
  encode_outcome(w, v.result);
}

export function decode_frame_change(r: XdrReader): frame_change {
  return {
    session: decode_frame_session(r),
    number: r.uhyper(),
    object: decode_frame_name(r),
    change: r.opaque(),
    result: decode_outcome(r),
  };
}

export const xdr_frame_change: Xdr<frame_change> = { encode: encode_frame_change, decode: decode_frame_change };

export type frame =
  | { kind: 0; message: Uint8Array }
  | { kind: 1; call: frame_call }
  | { kind: 2; request: frame_request }
  | { kind: 3; change: frame_change }
  | { kind: 4; mark: bigint };

export function encode_frame(w: XdrWriter, v: frame): void {
  encode_frame_kind(w, v.kind);
  switch (v.kind) {
    case 0:
      w.opaque(v.message);
      return;
    case 1:
      encode_frame_call(w, v.call);
      return;
    case 2:
      encode_frame_request(w, v.request);
      return;
    case 3:
      encode_frame_change(w, v.change);
      return;
    case 4:
      w.uhyper(v.mark);
      return;
  }
}

export function decode_frame(r: XdrReader): frame {
  const d = decode_frame_kind(r);
  switch (d) {
    case 0:
      return { kind: d, message: r.opaque() };
    case 1:
      return { kind: d, call: decode_frame_call(r) };
    case 2:
      return { kind: d, request: decode_frame_request(r) };
    case 3:
      return { kind: d, change: decode_frame_change(r) };
    case 4:
      return { kind: d, mark: r.uhyper() };
  }
}

export const xdr_frame: Xdr<frame> = { encode: encode_frame, decode: decode_frame };

export const direct_kind = {
  DIRECT_REPLY: 0,
  /** a reply that was sent, and has not come */
  DIRECT_ASK: 1,
} as const;
export type direct_kind = (typeof direct_kind)[keyof typeof direct_kind];

function check_direct_kind(value: number): direct_kind {
  if (value >= 0 && value <= 1) return value as direct_kind;
  throw new XdrError("XDR_RANGE", `direct_kind: ${value} is none of its values`);
}

export function encode_direct_kind(w: XdrWriter, v: direct_kind): void {
  w.int(check_direct_kind(v));
}

export function decode_direct_kind(r: XdrReader): direct_kind {
  return check_direct_kind(r.int());
}

export const xdr_direct_kind: Xdr<direct_kind> = { encode: encode_direct_kind, decode: decode_direct_kind };

export interface direct_reply {
  number: bigint;
  result: outcome;
}

export function encode_direct_reply(w: XdrWriter, v: direct_reply): void {
  w.uhyper(v.number);
  encode_outcome(w, v.result);
}

export function decode_direct_reply(r: XdrReader): direct_reply {
  return {
    number: r.uhyper(),
    result: decode_outcome(r),
  };
}

export const xdr_direct_reply: Xdr<direct_reply> = { encode: encode_direct_reply, decode: decode_direct_reply };

export type direct_body =
  | { kind: 0; reply: direct_reply }
  | { kind: 1; number: bigint };

export function encode_direct_body(w: XdrWriter, v: direct_body): void {
  encode_direct_kind(w, v.kind);
  switch (v.kind) {
    case 0:
      encode_direct_reply(w, v.reply);
      return;
    case 1:
      w.uhyper(v.number);
      return;
  }
}

export function decode_direct_body(r: XdrReader): direct_body {
  const d = decode_direct_kind(r);
  switch (d) {
    case 0:
      return { kind: d, reply: decode_direct_reply(r) };
    case 1:
      return { kind: d, number: r.uhyper() };
  }
}

export const xdr_direct_body: Xdr<direct_body> = { encode: encode_direct_body, decode: decode_direct_body };

/** Which lives of the two nodes are meant: what one of them said before it was taken out is nothing to what it is now. */
export interface direct {
  from: number;
  to: number;
  body: direct_body;
}

export function encode_direct(w: XdrWriter, v: direct): void {
  w.uint(v.from);
  w.uint(v.to);
  encode_direct_body(w, v.body);
}

export function decode_direct(r: XdrReader): direct {
  return {
    from: r.uint(),
    to: r.uint(),
    body: decode_direct_body(r),
  };
}

export const xdr_direct: Xdr<direct> = { encode: encode_direct, decode: decode_direct };

export interface kept_reply {
  number: bigint;
  result: outcome;
}

export function encode_kept_reply(w: XdrWriter, v: kept_reply): void {
  w.uhyper(v.number);
  encode_outcome(w, v.result);
}

export function decode_kept_reply(r: XdrReader): kept_reply {
  return {
    number: r.uhyper(),
    result: decode_outcome(r),
  };
}

export const xdr_kept_reply: Xdr<kept_reply> = { encode: encode_kept_reply, decode: decode_kept_reply };

export interface kept_session {
  /** the name of the member for which it was made */
  id: frame_session;
  /** the member that spoke for it last */
  owner: frame_session;
  /** the last request that was taken up */
  last: bigint;
  replies: kept_reply[];
}

export function encode_kept_session(w: XdrWriter, v: kept_session): void {
  encode_frame_session(w, v.id);
  encode_frame_session(w, v.owner);
  w.uhyper(v.last);
  w.count(v.replies.length);
  for (const item of v.replies) {
    encode_kept_reply(w, item);
  }
}

export function decode_kept_session(r: XdrReader): kept_session {
  const f0 = decode_frame_session(r);
  const f1 = decode_frame_session(r);
  const f2 = r.uhyper();
  const f3: kept_reply[] = [];
  for (let left = r.count(4294967295, 12); left > 0; left--) f3.push(decode_kept_reply(r));
  return {
    id: f0,
    owner: f1,
    last: f2,
    replies: f3,
  };
}

export const xdr_kept_session: Xdr<kept_session> = { encode: encode_kept_session, decode: decode_kept_session };

export interface kept_object {
  name: frame_name;
  kind: string;
  state: Uint8Array;
}

export function encode_kept_object(w: XdrWriter, v: kept_object): void {
  encode_frame_name(w, v.name);
  w.string(v.kind, 32);
  w.opaque(v.state);
}

export function decode_kept_object(r: XdrReader): kept_object {
  return {
    name: decode_frame_name(r),
    kind: r.string(32),
    state: r.opaque(),
  };
}

export const xdr_kept_object: Xdr<kept_object> = { encode: encode_kept_object, decode: decode_kept_object };

export interface kept_member {
  node: string;
  incarnation: number;
}

export function encode_kept_member(w: XdrWriter, v: kept_member): void {
  w.string(v.node, 255);
  w.uint(v.incarnation);
}

export function decode_kept_member(r: XdrReader): kept_member {
  return {
    node: r.string(255),
    incarnation: r.uint(),
  };
}

export const xdr_kept_member: Xdr<kept_member> = { encode: encode_kept_member, decode: decode_kept_member };

/** A request that the primary has not answered. */
export interface kept_request {
  request: frame_request;
  sender: kept_member;
  position: bigint;
}

export function encode_kept_request(w: XdrWriter, v: kept_request): void {
  encode_frame_request(w, v.request);
  encode_kept_member(w, v.sender);
  w.uhyper(v.position);
}

export function decode_kept_request(r: XdrReader): kept_request {
  return {
    request: decode_frame_request(r),
    sender: decode_kept_member(r),
    position: r.uhyper(),
  };
}

export const xdr_kept_request: Xdr<kept_request> = { encode: encode_kept_request, decode: decode_kept_request };

export interface kept_state {
  view: number;
  members: kept_member[];
  /** how many requests and changes made it */
  position: bigint;
  sessions: kept_session[];
  pending: kept_request[];
  objects: kept_object[];
}

export function encode_kept_state(w: XdrWriter, v: kept_state): void {
  w.uint(v.view);
  w.count(v.members.length, 256);
  for (const item of v.members) {
    encode_kept_member(w, item);
  }
  w.uhyper(v.position);
  w.count(v.sessions.length);
  for (const item of v.sessions) {
    encode_kept_session(w, item);
  }
  w.count(v.pending.length);
  for (const item of v.pending) {
    encode_kept_request(w, item);
  }
  w.count(v.objects.length, 1024);
  for (const item of v.objects) {
    encode_kept_object(w, item);
  }
}

export function decode_kept_state(r: XdrReader): kept_state {
  const f0 = r.uint();
  const f1: kept_member[] = [];
  for (let left = r.count(256, 8); left > 0; left--) f1.push(decode_kept_member(r));
  const f2 = r.uhyper();
  const f3: kept_session[] = [];
  for (let left = r.count(4294967295, 20); left > 0; left--) f3.push(decode_kept_session(r));
  const f4: kept_request[] = [];
  for (let left = r.count(4294967295, 44); left > 0; left--) f4.push(decode_kept_request(r));
  const f5: kept_object[] = [];
  for (let left = r.count(1024, 12); left > 0; left--) f5.push(decode_kept_object(r));
  return {
    view: f0,
    members: f1,
    position: f2,
    sessions: f3,
    pending: f4,
    objects: f5,
  };
}

export const xdr_kept_state: Xdr<kept_state> = { encode: encode_kept_state, decode: decode_kept_state };
