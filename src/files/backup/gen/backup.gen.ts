// Generated from backup.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const BACKUP_FORMAT = 1;

/** bytes of a file in one record */
export const BACKUP_MAX_DATA = 1048576;

export const BACKUP_MAX_NAME = 255;

/** of a symbolic link */
export const BACKUP_MAX_TARGET = 65536;

/** the longest record: content, or a target, and what goes with it */
export const BACKUP_MAX_RECORD = 1114112;

export interface backup_time {
  /** since 1970 */
  seconds: bigint;
  nanoseconds: number;
}

export function encode_backup_time(w: XdrWriter, v: backup_time): void {
  w.hyper(v.seconds);
  w.uint(v.nanoseconds);
}

export function decode_backup_time(r: XdrReader): backup_time {
  return {
    seconds: r.hyper(),
    nanoseconds: r.uint(),
  };
}

export const xdr_backup_time: Xdr<backup_time> = { encode: encode_backup_time, decode: decode_backup_time };

export interface backup_attributes {
  /** permission bits */
  mode: number;
  uid: number;
  gid: number;
  accessed: backup_time;
  modified: backup_time;
}

export function encode_backup_attributes(w: XdrWriter, v: backup_attributes): void {
  w.uint(v.mode);
  w.uint(v.uid);
  w.uint(v.gid);
  encode_backup_time(w, v.accessed);
  encode_backup_time(w, v.modified);
}

export function decode_backup_attributes(r: XdrReader): backup_attributes {
  return {
    mode: r.uint(),
    uid: r.uint(),
    gid: r.uint(),
    accessed: decode_backup_time(r),
    modified: decode_backup_time(r),
  };
}

export const xdr_backup_attributes: Xdr<backup_attributes> = { encode: encode_backup_attributes, decode: decode_backup_attributes };

export interface backup_header {
  /** BACKUP_FORMAT */
  format: number;
  volume: string;
  made: backup_time;
}

export function encode_backup_header(w: XdrWriter, v: backup_header): void {
  w.uint(v.format);
  w.string(v.volume, 63);
  encode_backup_time(w, v.made);
}

export function decode_backup_header(r: XdrReader): backup_header {
  return {
    format: r.uint(),
    volume: r.string(63),
    made: decode_backup_time(r),
  };
}

export const xdr_backup_header: Xdr<backup_header> = { encode: encode_backup_header, decode: decode_backup_header };

export interface backup_file {
  name: Uint8Array;
  attributes: backup_attributes;
  size: bigint;
  /** from 1, of a file with several names: links say it; 0 for others */
  number: number;
}

export function encode_backup_file(w: XdrWriter, v: backup_file): void {
  w.opaque(v.name, 255);
  encode_backup_attributes(w, v.attributes);
  w.uhyper(v.size);
  w.uint(v.number);
}

export function decode_backup_file(r: XdrReader): backup_file {
  return {
    name: r.opaque(255),
    attributes: decode_backup_attributes(r),
    size: r.uhyper(),
    number: r.uint(),
  };
}

export const xdr_backup_file: Xdr<backup_file> = { encode: encode_backup_file, decode: decode_backup_file };

export interface backup_data {
  /** what is in no record is zeros */
  offset: bigint;
  bytes: Uint8Array;
}

export function encode_backup_data(w: XdrWriter, v: backup_data): void {
  w.uhyper(v.offset);
  w.opaque(v.bytes, 1048576);
}

export function decode_backup_data(r: XdrReader): backup_data {
  return {
    offset: r.uhyper(),
    bytes: r.opaque(1048576),
  };
}

export const xdr_backup_data: Xdr<backup_data> = { encode: encode_backup_data, decode: decode_backup_data };

export interface backup_link {
  name: Uint8Array;
  /** of a file that came before */
  number: number;
}

export function encode_backup_link(w: XdrWriter, v: backup_link): void {
  w.opaque(v.name, 255);
  w.uint(v.number);
}

export function decode_backup_link(r: XdrReader): backup_link {
  return {
    name: r.opaque(255),
    number: r.uint(),
  };
}

export const xdr_backup_link: Xdr<backup_link> = { encode: encode_backup_link, decode: decode_backup_link };

export interface backup_directory {
  name: Uint8Array;
  attributes: backup_attributes;
}

export function encode_backup_directory(w: XdrWriter, v: backup_directory): void {
  w.opaque(v.name, 255);
  encode_backup_attributes(w, v.attributes);
}

export function decode_backup_directory(r: XdrReader): backup_directory {
  return {
    name: r.opaque(255),
    attributes: decode_backup_attributes(r),
  };
}

export const xdr_backup_directory: Xdr<backup_directory> = { encode: encode_backup_directory, decode: decode_backup_directory };

export interface backup_symlink {
  name: Uint8Array;
  attributes: backup_attributes;
  target: Uint8Array;
}

export function encode_backup_symlink(w: XdrWriter, v: backup_symlink): void {
  w.opaque(v.name, 255);
  encode_backup_attributes(w, v.attributes);
  w.opaque(v.target, 65536);
}

export function decode_backup_symlink(r: XdrReader): backup_symlink {
  return {
    name: r.opaque(255),
    attributes: decode_backup_attributes(r),
    target: r.opaque(65536),
  };
}

export const xdr_backup_symlink: Xdr<backup_symlink> = { encode: encode_backup_symlink, decode: decode_backup_symlink };

export interface backup_node {
  name: Uint8Array;
  attributes: backup_attributes;
  /** as NFS counts: 3 block, 4 character, 6 socket, 7 fifo */
  type: number;
  major: number;
  minor: number;
}

export function encode_backup_node(w: XdrWriter, v: backup_node): void {
  w.opaque(v.name, 255);
  encode_backup_attributes(w, v.attributes);
  w.uint(v.type);
  w.uint(v.major);
  w.uint(v.minor);
}

export function decode_backup_node(r: XdrReader): backup_node {
  return {
    name: r.opaque(255),
    attributes: decode_backup_attributes(r),
    type: r.uint(),
    major: r.uint(),
    minor: r.uint(),
  };
}

export const xdr_backup_node: Xdr<backup_node> = { encode: encode_backup_node, decode: decode_backup_node };

export interface backup_end {
  files: bigint;
  /** of content, without zeros that were left out */
  bytes: bigint;
}

export function encode_backup_end(w: XdrWriter, v: backup_end): void {
  w.uhyper(v.files);
  w.uhyper(v.bytes);
}

export function decode_backup_end(r: XdrReader): backup_end {
  return {
    files: r.uhyper(),
    bytes: r.uhyper(),
  };
}

export const xdr_backup_end: Xdr<backup_end> = { encode: encode_backup_end, decode: decode_backup_end };

export const backup_kind = {
  BACKUP_HEADER: 1,
  /** what follows is in it, until BACKUP_UP */
  BACKUP_DIRECTORY: 2,
  BACKUP_UP: 3,
  /** its content follows */
  BACKUP_FILE: 4,
  BACKUP_DATA: 5,
  BACKUP_LINK: 6,
  BACKUP_SYMLINK: 7,
  BACKUP_NODE: 8,
  BACKUP_END: 9,
} as const;
export type backup_kind = (typeof backup_kind)[keyof typeof backup_kind];

function check_backup_kind(value: number): backup_kind {
  if (value >= 1 && value <= 9) return value as backup_kind;
  throw new XdrError("XDR_RANGE", `backup_kind: ${value} is none of its values`);
}

export function encode_backup_kind(w: XdrWriter, v: backup_kind): void {
  w.int(check_backup_kind(v));
}

export function decode_backup_kind(r: XdrReader): backup_kind {
  return check_backup_kind(r.int());
}

export const xdr_backup_kind: Xdr<backup_kind> = { encode: encode_backup_kind, decode: decode_backup_kind };

/** The first is the header; then the root, as a directory without a name, with all that is in it; then the end. */
export type backup_record =
  | { kind: 1; header: backup_header }
  | { kind: 2; directory: backup_directory }
  | { kind: 3 }
  | { kind: 4; file: backup_file }
  | { kind: 5; data: backup_data }
  | { kind: 6; link: backup_link }
  | { kind: 7; symlink: backup_symlink }
  | { kind: 8; node: backup_node }
  | { kind: 9; end: backup_end };

export function encode_backup_record(w: XdrWriter, v: backup_record): void {
  encode_backup_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_backup_header(w, v.header);
      return;
    case 2:
      encode_backup_directory(w, v.directory);
      return;
    case 3:
      return;
    case 4:
      encode_backup_file(w, v.file);
      return;
    case 5:
      encode_backup_data(w, v.data);
      return;
    case 6:
      encode_backup_link(w, v.link);
      return;
    case 7:
      encode_backup_symlink(w, v.symlink);
      return;
    case 8:
      encode_backup_node(w, v.node);
      return;
    case 9:
      encode_backup_end(w, v.end);
      return;
  }
}

export function decode_backup_record(r: XdrReader): backup_record {
  const d = decode_backup_kind(r);
  switch (d) {
    case 1:
      return { kind: d, header: decode_backup_header(r) };
    case 2:
      return { kind: d, directory: decode_backup_directory(r) };
    case 3:
      return { kind: d };
    case 4:
      return { kind: d, file: decode_backup_file(r) };
    case 5:
      return { kind: d, data: decode_backup_data(r) };
    case 6:
      return { kind: d, link: decode_backup_link(r) };
    case 7:
      return { kind: d, symlink: decode_backup_symlink(r) };
    case 8:
      return { kind: d, node: decode_backup_node(r) };
    case 9:
      return { kind: d, end: decode_backup_end(r) };
  }
}

export const xdr_backup_record: Xdr<backup_record> = { encode: encode_backup_record, decode: decode_backup_record };
