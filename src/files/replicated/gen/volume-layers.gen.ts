// Generated from volume-layers.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes, UTF-8 */
export const LAYER_MAX_NAME = 255;

export const LAYER_MAX_ABOUT = 768;

export const LAYER_MAX_SNAPSHOTS = 256;

export const LAYER_MAX_CLONES = 64;

export type layer_name = Uint8Array;

export function encode_layer_name(w: XdrWriter, v: layer_name): void {
  w.opaque(v, 255);
}

export function decode_layer_name(r: XdrReader): layer_name {
  return r.opaque(255);
}

export const xdr_layer_name: Xdr<layer_name> = { encode: encode_layer_name, decode: decode_layer_name };

/** Procedures of version 0. */
export const layer_procedure = {
  /** the handle of the directory at a path, which MOUNT asks for */
  LAYER_FIND_DIRECTORY: 0,
  LAYER_TAKE_SNAPSHOT: 1,
  LAYER_DROP_SNAPSHOT: 2,
  LAYER_MAKE_CLONE: 3,
  LAYER_DROP_CLONE: 4,
  LAYER_LIST: 5,
} as const;
export type layer_procedure = (typeof layer_procedure)[keyof typeof layer_procedure];

function check_layer_procedure(value: number): layer_procedure {
  if (value >= 0 && value <= 5) return value as layer_procedure;
  throw new XdrError("XDR_RANGE", `layer_procedure: ${value} is none of its values`);
}

export function encode_layer_procedure(w: XdrWriter, v: layer_procedure): void {
  w.int(check_layer_procedure(v));
}

export function decode_layer_procedure(r: XdrReader): layer_procedure {
  return check_layer_procedure(r.int());
}

export const xdr_layer_procedure: Xdr<layer_procedure> = { encode: encode_layer_procedure, decode: decode_layer_procedure };

/** Arguments of those that change something. */
export interface layer_wish {
  name: layer_name;
  /** of a snapshot: the clone that it is taken of, or empty; of a clone: its snapshot */
  of: layer_name;
}

export function encode_layer_wish(w: XdrWriter, v: layer_wish): void {
  encode_layer_name(w, v.name);
  encode_layer_name(w, v.of);
}

export function decode_layer_wish(r: XdrReader): layer_wish {
  return {
    name: decode_layer_name(r),
    of: decode_layer_name(r),
  };
}

export const xdr_layer_wish: Xdr<layer_wish> = { encode: encode_layer_wish, decode: decode_layer_wish };

/** Why nothing was done, as the codes LAYERS_... say it. */
export const layer_status = {
  LAYER_OK: 0,
  LAYER_EXISTS: 1,
  LAYER_MISSING: 2,
  LAYER_IN_USE: 3,
  LAYER_TOO_MANY: 4,
  LAYER_BAD_NAME: 5,
} as const;
export type layer_status = (typeof layer_status)[keyof typeof layer_status];

function check_layer_status(value: number): layer_status {
  if (value >= 0 && value <= 5) return value as layer_status;
  throw new XdrError("XDR_RANGE", `layer_status: ${value} is none of its values`);
}

export function encode_layer_status(w: XdrWriter, v: layer_status): void {
  w.int(check_layer_status(v));
}

export function decode_layer_status(r: XdrReader): layer_status {
  return check_layer_status(r.int());
}

export const xdr_layer_status: Xdr<layer_status> = { encode: encode_layer_status, decode: decode_layer_status };

export interface layer_outcome {
  status: layer_status;
  /** a sentence, UTF-8; empty when all went well */
  about: Uint8Array;
}

export function encode_layer_outcome(w: XdrWriter, v: layer_outcome): void {
  encode_layer_status(w, v.status);
  w.opaque(v.about, 768);
}

export function decode_layer_outcome(r: XdrReader): layer_outcome {
  return {
    status: decode_layer_status(r),
    about: r.opaque(768),
  };
}

export const xdr_layer_outcome: Xdr<layer_outcome> = { encode: encode_layer_outcome, decode: decode_layer_outcome };

export interface layer_snapshot {
  name: layer_name;
  /** the clone that it was taken of; empty: the volume itself */
  of: layer_name;
  /** the volume's time when it was taken */
  seconds: number;
  nanoseconds: number;
  /** replaced or removed since, and before the next one was taken */
  retired_values: number;
  retired_bytes: number;
}

export function encode_layer_snapshot(w: XdrWriter, v: layer_snapshot): void {
  encode_layer_name(w, v.name);
  encode_layer_name(w, v.of);
  w.double(v.seconds);
  w.uint(v.nanoseconds);
  w.double(v.retired_values);
  w.double(v.retired_bytes);
}

export function decode_layer_snapshot(r: XdrReader): layer_snapshot {
  return {
    name: decode_layer_name(r),
    of: decode_layer_name(r),
    seconds: r.double(),
    nanoseconds: r.uint(),
    retired_values: r.double(),
    retired_bytes: r.double(),
  };
}

export const xdr_layer_snapshot: Xdr<layer_snapshot> = { encode: encode_layer_snapshot, decode: decode_layer_snapshot };

export interface layer_clone {
  name: layer_name;
  /** the snapshot that it was made of */
  base: layer_name;
  seconds: number;
  nanoseconds: number;
}

export function encode_layer_clone(w: XdrWriter, v: layer_clone): void {
  encode_layer_name(w, v.name);
  encode_layer_name(w, v.base);
  w.double(v.seconds);
  w.uint(v.nanoseconds);
}

export function decode_layer_clone(r: XdrReader): layer_clone {
  return {
    name: decode_layer_name(r),
    base: decode_layer_name(r),
    seconds: r.double(),
    nanoseconds: r.uint(),
  };
}

export const xdr_layer_clone: Xdr<layer_clone> = { encode: encode_layer_clone, decode: decode_layer_clone };

export interface layer_list {
  /** the oldest first */
  snapshots: layer_snapshot[];
  clones: layer_clone[];
  /** space of dropped ones is being taken back */
  is_reclaiming: boolean;
}

export function encode_layer_list(w: XdrWriter, v: layer_list): void {
  w.count(v.snapshots.length, 256);
  for (const item of v.snapshots) {
    encode_layer_snapshot(w, item);
  }
  w.count(v.clones.length, 64);
  for (const item of v.clones) {
    encode_layer_clone(w, item);
  }
  w.bool(v.is_reclaiming);
}

export function decode_layer_list(r: XdrReader): layer_list {
  const f0: layer_snapshot[] = [];
  for (let left = r.count(256, 36); left > 0; left--) f0.push(decode_layer_snapshot(r));
  const f1: layer_clone[] = [];
  for (let left = r.count(64, 20); left > 0; left--) f1.push(decode_layer_clone(r));
  return {
    snapshots: f0,
    clones: f1,
    is_reclaiming: r.bool(),
  };
}

export const xdr_layer_list: Xdr<layer_list> = { encode: encode_layer_list, decode: decode_layer_list };
