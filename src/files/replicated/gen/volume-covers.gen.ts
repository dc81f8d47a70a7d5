// Generated from volume-covers.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** of one volume */
export const COVER_MAX = 4096;

/** of a path that is looked for */
export const COVER_MAX_PATH = 1024;

export const COVER_MAX_REASON = 16;

/** Procedures of version 0, beside the search for a directory and those of layers. */
export const cover_procedure = {
  /** covers a directory that is empty */
  COVER_PLACE: 16,
  COVER_REMOVE: 17,
} as const;
export type cover_procedure = (typeof cover_procedure)[keyof typeof cover_procedure];

function check_cover_procedure(value: number): cover_procedure {
  if (value >= 16 && value <= 17) return value as cover_procedure;
  throw new XdrError("XDR_RANGE", `cover_procedure: ${value} is none of its values`);
}

export function encode_cover_procedure(w: XdrWriter, v: cover_procedure): void {
  w.int(check_cover_procedure(v));
}

export function decode_cover_procedure(r: XdrReader): cover_procedure {
  return check_cover_procedure(r.int());
}

export const xdr_cover_procedure: Xdr<cover_procedure> = { encode: encode_cover_procedure, decode: decode_cover_procedure };

/** The arguments of both, and what is kept of each. */
export interface volume_cover {
  inode: number;
  generation: number;
  /** the other one */
  volume: Uint8Array;
  /** of the cell's state, by which it is mounted: what is older changes nothing */
  revision: number;
}

export function encode_volume_cover(w: XdrWriter, v: volume_cover): void {
  w.double(v.inode);
  w.uint(v.generation);
  w.opaqueFixed(v.volume, 16);
  w.double(v.revision);
}

export function decode_volume_cover(r: XdrReader): volume_cover {
  return {
    inode: r.double(),
    generation: r.uint(),
    volume: r.opaqueFixed(16),
    revision: r.double(),
  };
}

export const xdr_volume_cover: Xdr<volume_cover> = { encode: encode_volume_cover, decode: decode_volume_cover };

/** Why nothing was done, as a reason of the volume's; empty when it was. */
export interface cover_outcome {
  reason: string;
}

export function encode_cover_outcome(w: XdrWriter, v: cover_outcome): void {
  w.string(v.reason, 16);
}

export function decode_cover_outcome(r: XdrReader): cover_outcome {
  return {
    reason: r.string(16),
  };
}

export const xdr_cover_outcome: Xdr<cover_outcome> = { encode: encode_cover_outcome, decode: decode_cover_outcome };

/** Where the search for a directory came to. */
export interface found_directory {
  /** empty: there is none */
  handle: Uint8Array;
  /** why */
  reason: string;
  /** of the path, where the handle is the mark of another volume's root */
  rest: Uint8Array;
}

export function encode_found_directory(w: XdrWriter, v: found_directory): void {
  w.opaque(v.handle, 32);
  w.string(v.reason, 16);
  w.opaque(v.rest, 1024);
}

export function decode_found_directory(r: XdrReader): found_directory {
  return {
    handle: r.opaque(32),
    reason: r.string(16),
    rest: r.opaque(1024),
  };
}

export const xdr_found_directory: Xdr<found_directory> = { encode: encode_found_directory, decode: decode_found_directory };
