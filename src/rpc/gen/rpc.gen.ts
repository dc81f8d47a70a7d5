// Generated from rpc.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError } from "../../marshal/index.ts";

export const RPC_VERSION_2 = 2;

export const MAX_AUTH_BODY = 400;

export const MAX_MACHINE_NAME = 255;

export const MAX_SYS_GIDS = 16;

export const auth_flavor = {
  FLAVOR_NONE: 0,
  FLAVOR_SYS: 1,
  FLAVOR_SHORT: 2,
  FLAVOR_DH: 3,
  FLAVOR_GSS: 6,
} as const;
export type auth_flavor = (typeof auth_flavor)[keyof typeof auth_flavor];

function check_auth_flavor(value: number): auth_flavor {
  switch (value) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 6:
      return value as auth_flavor;
  }
  throw new XdrError("XDR_RANGE", `auth_flavor: ${value} is none of its values`);
}

export function encode_auth_flavor(w: XdrWriter, v: auth_flavor): void {
  w.int(check_auth_flavor(v));
}

export function decode_auth_flavor(r: XdrReader): auth_flavor {
  return check_auth_flavor(r.int());
}

export const xdr_auth_flavor: Xdr<auth_flavor> = { encode: encode_auth_flavor, decode: decode_auth_flavor };

export const msg_type = {
  MSG_CALL: 0,
  MSG_REPLY: 1,
} as const;
export type msg_type = (typeof msg_type)[keyof typeof msg_type];

function check_msg_type(value: number): msg_type {
  if (value >= 0 && value <= 1) return value as msg_type;
  throw new XdrError("XDR_RANGE", `msg_type: ${value} is none of its values`);
}

export function encode_msg_type(w: XdrWriter, v: msg_type): void {
  w.int(check_msg_type(v));
}

export function decode_msg_type(r: XdrReader): msg_type {
  return check_msg_type(r.int());
}

export const xdr_msg_type: Xdr<msg_type> = { encode: encode_msg_type, decode: decode_msg_type };

export const reply_stat = {
  REPLY_ACCEPTED: 0,
  REPLY_DENIED: 1,
} as const;
export type reply_stat = (typeof reply_stat)[keyof typeof reply_stat];

function check_reply_stat(value: number): reply_stat {
  if (value >= 0 && value <= 1) return value as reply_stat;
  throw new XdrError("XDR_RANGE", `reply_stat: ${value} is none of its values`);
}

export function encode_reply_stat(w: XdrWriter, v: reply_stat): void {
  w.int(check_reply_stat(v));
}

export function decode_reply_stat(r: XdrReader): reply_stat {
  return check_reply_stat(r.int());
}

export const xdr_reply_stat: Xdr<reply_stat> = { encode: encode_reply_stat, decode: decode_reply_stat };

export const accept_stat = {
  ACCEPT_SUCCESS: 0,
  ACCEPT_PROG_UNAVAIL: 1,
  ACCEPT_PROG_MISMATCH: 2,
  ACCEPT_PROC_UNAVAIL: 3,
  ACCEPT_GARBAGE_ARGS: 4,
  ACCEPT_SYSTEM_ERR: 5,
} as const;
export type accept_stat = (typeof accept_stat)[keyof typeof accept_stat];

function check_accept_stat(value: number): accept_stat {
  if (value >= 0 && value <= 5) return value as accept_stat;
  throw new XdrError("XDR_RANGE", `accept_stat: ${value} is none of its values`);
}

export function encode_accept_stat(w: XdrWriter, v: accept_stat): void {
  w.int(check_accept_stat(v));
}

export function decode_accept_stat(r: XdrReader): accept_stat {
  return check_accept_stat(r.int());
}

export const xdr_accept_stat: Xdr<accept_stat> = { encode: encode_accept_stat, decode: decode_accept_stat };

export const reject_stat = {
  REJECT_RPC_MISMATCH: 0,
  REJECT_AUTH_ERROR: 1,
} as const;
export type reject_stat = (typeof reject_stat)[keyof typeof reject_stat];

function check_reject_stat(value: number): reject_stat {
  if (value >= 0 && value <= 1) return value as reject_stat;
  throw new XdrError("XDR_RANGE", `reject_stat: ${value} is none of its values`);
}

export function encode_reject_stat(w: XdrWriter, v: reject_stat): void {
  w.int(check_reject_stat(v));
}

export function decode_reject_stat(r: XdrReader): reject_stat {
  return check_reject_stat(r.int());
}

export const xdr_reject_stat: Xdr<reject_stat> = { encode: encode_reject_stat, decode: decode_reject_stat };

export const auth_stat = {
  STAT_OK: 0,
  STAT_BADCRED: 1,
  STAT_REJECTEDCRED: 2,
  STAT_BADVERF: 3,
  STAT_REJECTEDVERF: 4,
  STAT_TOOWEAK: 5,
  STAT_INVALIDRESP: 6,
  STAT_FAILED: 7,
} as const;
export type auth_stat = (typeof auth_stat)[keyof typeof auth_stat];

function check_auth_stat(value: number): auth_stat {
  if (value >= 0 && value <= 7) return value as auth_stat;
  throw new XdrError("XDR_RANGE", `auth_stat: ${value} is none of its values`);
}

export function encode_auth_stat(w: XdrWriter, v: auth_stat): void {
  w.int(check_auth_stat(v));
}

export function decode_auth_stat(r: XdrReader): auth_stat {
  return check_auth_stat(r.int());
}

export const xdr_auth_stat: Xdr<auth_stat> = { encode: encode_auth_stat, decode: decode_auth_stat };

export interface opaque_auth {
  flavor: number;
  body: Uint8Array;
}

export function encode_opaque_auth(w: XdrWriter, v: opaque_auth): void {
  w.uint(v.flavor);
  w.opaque(v.body, 400);
}

export function decode_opaque_auth(r: XdrReader): opaque_auth {
  return {
    flavor: r.uint(),
    body: r.opaque(400),
  };
}

export const xdr_opaque_auth: Xdr<opaque_auth> = { encode: encode_opaque_auth, decode: decode_opaque_auth };

export interface authsys_parms {
  stamp: number;
  machinename: Uint8Array;
  uid: number;
  gid: number;
  gids: number[];
}

export function encode_authsys_parms(w: XdrWriter, v: authsys_parms): void {
  w.uint(v.stamp);
  w.opaque(v.machinename, 255);
  w.uint(v.uid);
  w.uint(v.gid);
  w.count(v.gids.length, 16);
  for (const item of v.gids) {
    w.uint(item);
  }
}

export function decode_authsys_parms(r: XdrReader): authsys_parms {
  const f0 = r.uint();
  const f1 = r.opaque(255);
  const f2 = r.uint();
  const f3 = r.uint();
  const f4: number[] = [];
  for (let left = r.count(16); left > 0; left--) f4.push(r.uint());
  return {
    stamp: f0,
    machinename: f1,
    uid: f2,
    gid: f3,
    gids: f4,
  };
}

export const xdr_authsys_parms: Xdr<authsys_parms> = { encode: encode_authsys_parms, decode: decode_authsys_parms };

export interface version_range {
  low: number;
  high: number;
}

export function encode_version_range(w: XdrWriter, v: version_range): void {
  w.uint(v.low);
  w.uint(v.high);
}

export function decode_version_range(r: XdrReader): version_range {
  return {
    low: r.uint(),
    high: r.uint(),
  };
}

export const xdr_version_range: Xdr<version_range> = { encode: encode_version_range, decode: decode_version_range };

/** The procedure's arguments follow. */
export interface call_body {
  rpcvers: number;
  prog: number;
  vers: number;
  proc: number;
  cred: opaque_auth;
  verf: opaque_auth;
}

export function encode_call_body(w: XdrWriter, v: call_body): void {
  w.uint(v.rpcvers);
  w.uint(v.prog);
  w.uint(v.vers);
  w.uint(v.proc);
  encode_opaque_auth(w, v.cred);
  encode_opaque_auth(w, v.verf);
}

export function decode_call_body(r: XdrReader): call_body {
  return {
    rpcvers: r.uint(),
    prog: r.uint(),
    vers: r.uint(),
    proc: r.uint(),
    cred: decode_opaque_auth(r),
    verf: decode_opaque_auth(r),
  };
}

export const xdr_call_body: Xdr<call_body> = { encode: encode_call_body, decode: decode_call_body };

/** After ACCEPT_SUCCESS the procedure's result follows. */
export type accepted_data =
  | { stat: 2; mismatch_info: version_range }
  | { stat: Exclude<accept_stat, 2> };

export function encode_accepted_data(w: XdrWriter, v: accepted_data): void {
  encode_accept_stat(w, v.stat);
  switch (v.stat) {
    case 2:
      encode_version_range(w, v.mismatch_info);
      return;
    default:
      return;
  }
}

export function decode_accepted_data(r: XdrReader): accepted_data {
  const d = decode_accept_stat(r);
  switch (d) {
    case 2:
      return { stat: d, mismatch_info: decode_version_range(r) };
    default:
      return { stat: d };
  }
}

export const xdr_accepted_data: Xdr<accepted_data> = { encode: encode_accepted_data, decode: decode_accepted_data };

export interface accepted_reply {
  verf: opaque_auth;
  reply_data: accepted_data;
}

export function encode_accepted_reply(w: XdrWriter, v: accepted_reply): void {
  encode_opaque_auth(w, v.verf);
  encode_accepted_data(w, v.reply_data);
}

export function decode_accepted_reply(r: XdrReader): accepted_reply {
  return {
    verf: decode_opaque_auth(r),
    reply_data: decode_accepted_data(r),
  };
}

export const xdr_accepted_reply: Xdr<accepted_reply> = { encode: encode_accepted_reply, decode: decode_accepted_reply };

export type rejected_reply =
  | { stat: 0; mismatch_info: version_range }
  | { stat: 1; stat_auth: auth_stat };

export function encode_rejected_reply(w: XdrWriter, v: rejected_reply): void {
  encode_reject_stat(w, v.stat);
  switch (v.stat) {
    case 0:
      encode_version_range(w, v.mismatch_info);
      return;
    case 1:
      encode_auth_stat(w, v.stat_auth);
      return;
  }
}

export function decode_rejected_reply(r: XdrReader): rejected_reply {
  const d = decode_reject_stat(r);
  switch (d) {
    case 0:
      return { stat: d, mismatch_info: decode_version_range(r) };
    case 1:
      return { stat: d, stat_auth: decode_auth_stat(r) };
  }
}

export const xdr_rejected_reply: Xdr<rejected_reply> = { encode: encode_rejected_reply, decode: decode_rejected_reply };

export type reply_body =
  | { stat: 0; areply: accepted_reply }
  | { stat: 1; rreply: rejected_reply };

export function encode_reply_body(w: XdrWriter, v: reply_body): void {
  encode_reply_stat(w, v.stat);
  switch (v.stat) {
    case 0:
      encode_accepted_reply(w, v.areply);
      return;
    case 1:
      encode_rejected_reply(w, v.rreply);
      return;
  }
}

export function decode_reply_body(r: XdrReader): reply_body {
  const d = decode_reply_stat(r);
  switch (d) {
    case 0:
      return { stat: d, areply: decode_accepted_reply(r) };
    case 1:
      return { stat: d, rreply: decode_rejected_reply(r) };
  }
}

export const xdr_reply_body: Xdr<reply_body> = { encode: encode_reply_body, decode: decode_reply_body };

export type rpc_body =
  | { mtype: 0; cbody: call_body }
  | { mtype: 1; rbody: reply_body };

export function encode_rpc_body(w: XdrWriter, v: rpc_body): void {
  encode_msg_type(w, v.mtype);
  switch (v.mtype) {
    case 0:
      encode_call_body(w, v.cbody);
      return;
    case 1:
      encode_reply_body(w, v.rbody);
      return;
  }
}

export function decode_rpc_body(r: XdrReader): rpc_body {
  const d = decode_msg_type(r);
  switch (d) {
    case 0:
      return { mtype: d, cbody: decode_call_body(r) };
    case 1:
      return { mtype: d, rbody: decode_reply_body(r) };
  }
}

export const xdr_rpc_body: Xdr<rpc_body> = { encode: encode_rpc_body, decode: decode_rpc_body };

export interface rpc_msg {
  xid: number;
  body: rpc_body;
}

export function encode_rpc_msg(w: XdrWriter, v: rpc_msg): void {
  w.uint(v.xid);
  encode_rpc_body(w, v.body);
}

export function decode_rpc_msg(r: XdrReader): rpc_msg {
  return {
    xid: r.uint(),
    body: decode_rpc_body(r),
  };
}

export const xdr_rpc_msg: Xdr<rpc_msg> = { encode: encode_rpc_msg, decode: decode_rpc_msg };
