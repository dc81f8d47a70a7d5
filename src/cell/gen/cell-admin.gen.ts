// Generated from cell-admin.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError, xdrVoid } from "../../marshal/index.ts";

export const CELL_STATE_FORMAT = 1;

/** of the cell, also the most voters of a log */
export const CELL_MAX_NODES = 64;

/** names of dismissed nodes that are remembered */
export const CELL_MAX_GONE = 1024;

export const CELL_MAX_VOLUMES = 4096;

/** of one volume */
export const CELL_MAX_REPLICAS = 16;

export const CELL_MAX_MOUNTS = 4096;

export const CELL_MAX_TOKENS = 256;

export const CELL_MAX_SETTINGS = 256;

/** bytes of a name */
export const CELL_MAX_NAME = 63;

export const CELL_MAX_PATH = 1024;

/** bytes of a setting's value */
export const CELL_MAX_VALUE = 65536;

/** replicas of one node; further ones are not told */
export const REPORT_MAX_VOLUMES = 1024;

export const REPORT_MAX_PROBLEMS = 16;

/** where a volume is, and where it shall be */
export const REPORT_MAX_OUTSIDE = 32;

export const REPORT_MAX_TEXT = 1024;

/** that one node tells at a time: together, and with their texts, less than a message of the mesh holds */
export const STEPS_MAX = 1024;

export const STEPS_MAX_REQUESTS = 256;

/** bytes of UTF-8 */
export const STEPS_MAX_TEXT = 255;

/** bytes, UTF-8 */
export const LAYER_MAX_NAME = 255;

export const LAYER_MAX_ABOUT = 768;

export const LAYER_MAX_SNAPSHOTS = 256;

export const LAYER_MAX_CLONES = 64;

export type cell_id = Uint8Array;

export function encode_cell_id(w: XdrWriter, v: cell_id): void {
  w.opaqueFixed(v, 16);
}

export function decode_cell_id(r: XdrReader): cell_id {
  return r.opaqueFixed(16);
}

export const xdr_cell_id: Xdr<cell_id> = { encode: encode_cell_id, decode: decode_cell_id };

export type cell_name = string;

export function encode_cell_name(w: XdrWriter, v: cell_name): void {
  w.string(v, 63);
}

export function decode_cell_name(r: XdrReader): cell_name {
  return r.string(63);
}

export const xdr_cell_name: Xdr<cell_name> = { encode: encode_cell_name, decode: decode_cell_name };

export interface cell_place {
  host: string;
  port: number;
}

export function encode_cell_place(w: XdrWriter, v: cell_place): void {
  w.string(v.host, 255);
  w.uint(v.port);
}

export function decode_cell_place(r: XdrReader): cell_place {
  return {
    host: r.string(255),
    port: r.uint(),
  };
}

export const xdr_cell_place: Xdr<cell_place> = { encode: encode_cell_place, decode: decode_cell_place };

export const cell_standing = {
  CELL_ACTIVE: 0,
  /** gets no further replicas, and those that it has go elsewhere */
  CELL_DRAINING: 1,
} as const;
export type cell_standing = (typeof cell_standing)[keyof typeof cell_standing];

function check_cell_standing(value: number): cell_standing {
  if (value >= 0 && value <= 1) return value as cell_standing;
  throw new XdrError("XDR_RANGE", `cell_standing: ${value} is none of its values`);
}

export function encode_cell_standing(w: XdrWriter, v: cell_standing): void {
  w.int(check_cell_standing(v));
}

export function decode_cell_standing(r: XdrReader): cell_standing {
  return check_cell_standing(r.int());
}

export const xdr_cell_standing: Xdr<cell_standing> = { encode: encode_cell_standing, decode: decode_cell_standing };

export interface cell_node {
  name: cell_name;
  /** where other nodes reach it */
  mesh: cell_place;
  /** where clients reach it: NFS and the admin program */
  service: cell_place;
  /** what fails together: a machine, a rack, a room; empty: nobody said */
  domain: cell_name;
  standing: cell_standing;
  /** revision at which it was admitted: with its name its incarnation */
  joined: bigint;
  revision: bigint;
}

export function encode_cell_node(w: XdrWriter, v: cell_node): void {
  encode_cell_name(w, v.name);
  encode_cell_place(w, v.mesh);
  encode_cell_place(w, v.service);
  encode_cell_name(w, v.domain);
  encode_cell_standing(w, v.standing);
  w.uhyper(v.joined);
  w.uhyper(v.revision);
}

export function decode_cell_node(r: XdrReader): cell_node {
  return {
    name: decode_cell_name(r),
    mesh: decode_cell_place(r),
    service: decode_cell_place(r),
    domain: decode_cell_name(r),
    standing: decode_cell_standing(r),
    joined: r.uhyper(),
    revision: r.uhyper(),
  };
}

export const xdr_cell_node: Xdr<cell_node> = { encode: encode_cell_node, decode: decode_cell_node };

export interface cell_volume {
  id: cell_id;
  name: cell_name;
  replicas: cell_name[];
  /** the replicas that it began with */
  founders: cell_name[];
  /** where they shall be, while the volume is moved; else empty */
  wanted: cell_name[];
  /** replicas that it should have, if there are as many nodes */
  copies: number;
  /** 0: none */
  quota_bytes: bigint;
  /** since 1970 */
  made_seconds: bigint;
  revision: bigint;
}

export function encode_cell_volume(w: XdrWriter, v: cell_volume): void {
  encode_cell_id(w, v.id);
  encode_cell_name(w, v.name);
  w.count(v.replicas.length, 16);
  for (const item of v.replicas) {
    encode_cell_name(w, item);
  }
  w.count(v.founders.length, 16);
  for (const item of v.founders) {
    encode_cell_name(w, item);
  }
  w.count(v.wanted.length, 16);
  for (const item of v.wanted) {
    encode_cell_name(w, item);
  }
  w.uint(v.copies);
  w.uhyper(v.quota_bytes);
  w.hyper(v.made_seconds);
  w.uhyper(v.revision);
}

export function decode_cell_volume(r: XdrReader): cell_volume {
  const f0 = decode_cell_id(r);
  const f1 = decode_cell_name(r);
  const f2: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f2.push(decode_cell_name(r));
  const f3: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f3.push(decode_cell_name(r));
  const f4: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f4.push(decode_cell_name(r));
  return {
    id: f0,
    name: f1,
    replicas: f2,
    founders: f3,
    wanted: f4,
    copies: r.uint(),
    quota_bytes: r.uhyper(),
    made_seconds: r.hyper(),
    revision: r.uhyper(),
  };
}

export const xdr_cell_volume: Xdr<cell_volume> = { encode: encode_cell_volume, decode: decode_cell_volume };

/** In the directory of one volume the root of another is seen. */
export interface cell_mount {
  in_volume: cell_id;
  inode: bigint;
  generation: number;
  volume: cell_id;
  /** where it was asked for, for people */
  path: string;
  revision: bigint;
}

export function encode_cell_mount(w: XdrWriter, v: cell_mount): void {
  encode_cell_id(w, v.in_volume);
  w.uhyper(v.inode);
  w.uint(v.generation);
  encode_cell_id(w, v.volume);
  w.string(v.path, 1024);
  w.uhyper(v.revision);
}

export function decode_cell_mount(r: XdrReader): cell_mount {
  return {
    in_volume: decode_cell_id(r),
    inode: r.uhyper(),
    generation: r.uint(),
    volume: decode_cell_id(r),
    path: r.string(1024),
    revision: r.uhyper(),
  };
}

export const xdr_cell_mount: Xdr<cell_mount> = { encode: encode_cell_mount, decode: decode_cell_mount };

/** What lets a node join: only a digest of the secret is kept. */
export interface cell_token {
  id: Uint8Array;
  /** SHA-256 of the secret */
  digest: Uint8Array;
  expires_seconds: bigint;
  uses_left: number;
}

export function encode_cell_token(w: XdrWriter, v: cell_token): void {
  w.opaqueFixed(v.id, 8);
  w.opaqueFixed(v.digest, 32);
  w.hyper(v.expires_seconds);
  w.uint(v.uses_left);
}

export function decode_cell_token(r: XdrReader): cell_token {
  return {
    id: r.opaqueFixed(8),
    digest: r.opaqueFixed(32),
    expires_seconds: r.hyper(),
    uses_left: r.uint(),
  };
}

export const xdr_cell_token: Xdr<cell_token> = { encode: encode_cell_token, decode: decode_cell_token };

export interface cell_setting {
  name: cell_name;
  value: string;
  revision: bigint;
}

export function encode_cell_setting(w: XdrWriter, v: cell_setting): void {
  encode_cell_name(w, v.name);
  w.string(v.value, 65536);
  w.uhyper(v.revision);
}

export function decode_cell_setting(r: XdrReader): cell_setting {
  return {
    name: decode_cell_name(r),
    value: r.string(65536),
    revision: r.uhyper(),
  };
}

export const xdr_cell_setting: Xdr<cell_setting> = { encode: encode_cell_setting, decode: decode_cell_setting };

export interface cell_record {
  id: cell_id;
  name: cell_name;
  made_seconds: bigint;
  revision: bigint;
  nodes: cell_node[];
  gone: cell_name[];
  volumes: cell_volume[];
  mounts: cell_mount[];
  tokens: cell_token[];
  settings: cell_setting[];
}

export function encode_cell_record(w: XdrWriter, v: cell_record): void {
  encode_cell_id(w, v.id);
  encode_cell_name(w, v.name);
  w.hyper(v.made_seconds);
  w.uhyper(v.revision);
  w.count(v.nodes.length, 64);
  for (const item of v.nodes) {
    encode_cell_node(w, item);
  }
  w.count(v.gone.length, 1024);
  for (const item of v.gone) {
    encode_cell_name(w, item);
  }
  w.count(v.volumes.length, 4096);
  for (const item of v.volumes) {
    encode_cell_volume(w, item);
  }
  w.count(v.mounts.length, 4096);
  for (const item of v.mounts) {
    encode_cell_mount(w, item);
  }
  w.count(v.tokens.length, 256);
  for (const item of v.tokens) {
    encode_cell_token(w, item);
  }
  w.count(v.settings.length, 256);
  for (const item of v.settings) {
    encode_cell_setting(w, item);
  }
}

export function decode_cell_record(r: XdrReader): cell_record {
  const f0 = decode_cell_id(r);
  const f1 = decode_cell_name(r);
  const f2 = r.hyper();
  const f3 = r.uhyper();
  const f4: cell_node[] = [];
  for (let left = r.count(64, 44); left > 0; left--) f4.push(decode_cell_node(r));
  const f5: cell_name[] = [];
  for (let left = r.count(1024); left > 0; left--) f5.push(decode_cell_name(r));
  const f6: cell_volume[] = [];
  for (let left = r.count(4096, 60); left > 0; left--) f6.push(decode_cell_volume(r));
  const f7: cell_mount[] = [];
  for (let left = r.count(4096, 56); left > 0; left--) f7.push(decode_cell_mount(r));
  const f8: cell_token[] = [];
  for (let left = r.count(256, 52); left > 0; left--) f8.push(decode_cell_token(r));
  const f9: cell_setting[] = [];
  for (let left = r.count(256, 16); left > 0; left--) f9.push(decode_cell_setting(r));
  return {
    id: f0,
    name: f1,
    made_seconds: f2,
    revision: f3,
    nodes: f4,
    gone: f5,
    volumes: f6,
    mounts: f7,
    tokens: f8,
    settings: f9,
  };
}

export const xdr_cell_record: Xdr<cell_record> = { encode: encode_cell_record, decode: decode_cell_record };

/** A snapshot. `cell` is absent before the first command. */
export interface cell_snapshot {
  format: number;
  cell: cell_record | null;
}

export function encode_cell_snapshot(w: XdrWriter, v: cell_snapshot): void {
  w.uint(v.format);
  if (v.cell === null) w.bool(false);
  else {
    w.bool(true);
    encode_cell_record(w, v.cell);
  }
}

export function decode_cell_snapshot(r: XdrReader): cell_snapshot {
  return {
    format: r.uint(),
    cell: r.bool() ? decode_cell_record(r) : null,
  };
}

export const xdr_cell_snapshot: Xdr<cell_snapshot> = { encode: encode_cell_snapshot, decode: decode_cell_snapshot };

export interface cell_founding {
  id: cell_id;
  name: cell_name;
  made_seconds: bigint;
  nodes: cell_node[];
}

export function encode_cell_founding(w: XdrWriter, v: cell_founding): void {
  encode_cell_id(w, v.id);
  encode_cell_name(w, v.name);
  w.hyper(v.made_seconds);
  w.count(v.nodes.length, 64);
  for (const item of v.nodes) {
    encode_cell_node(w, item);
  }
}

export function decode_cell_founding(r: XdrReader): cell_founding {
  const f0 = decode_cell_id(r);
  const f1 = decode_cell_name(r);
  const f2 = r.hyper();
  const f3: cell_node[] = [];
  for (let left = r.count(64, 44); left > 0; left--) f3.push(decode_cell_node(r));
  return {
    id: f0,
    name: f1,
    made_seconds: f2,
    nodes: f3,
  };
}

export const xdr_cell_founding: Xdr<cell_founding> = { encode: encode_cell_founding, decode: decode_cell_founding };

/** What a node tells of itself that wants to join (`about` of x/join.x). */
export interface cell_newcomer {
  node: cell_node;
  /** the highest that its version knows: one that is too old is not let in */
  level: number;
  /** and the lowest */
  oldest_level: number;
}

export function encode_cell_newcomer(w: XdrWriter, v: cell_newcomer): void {
  encode_cell_node(w, v.node);
  w.uint(v.level);
  w.uint(v.oldest_level);
}

export function decode_cell_newcomer(r: XdrReader): cell_newcomer {
  return {
    node: decode_cell_node(r),
    level: r.uint(),
    oldest_level: r.uint(),
  };
}

export const xdr_cell_newcomer: Xdr<cell_newcomer> = { encode: encode_cell_newcomer, decode: decode_cell_newcomer };

export interface cell_admission {
  node: cell_node;
  /** zeros: an operator admits it */
  token: Uint8Array;
  now_seconds: bigint;
}

export function encode_cell_admission(w: XdrWriter, v: cell_admission): void {
  encode_cell_node(w, v.node);
  w.opaqueFixed(v.token, 8);
  w.hyper(v.now_seconds);
}

export function decode_cell_admission(r: XdrReader): cell_admission {
  return {
    node: decode_cell_node(r),
    token: r.opaqueFixed(8),
    now_seconds: r.hyper(),
  };
}

export const xdr_cell_admission: Xdr<cell_admission> = { encode: encode_cell_admission, decode: decode_cell_admission };

export interface cell_address_change {
  node: cell_name;
  mesh: cell_place;
  service: cell_place;
}

export function encode_cell_address_change(w: XdrWriter, v: cell_address_change): void {
  encode_cell_name(w, v.node);
  encode_cell_place(w, v.mesh);
  encode_cell_place(w, v.service);
}

export function decode_cell_address_change(r: XdrReader): cell_address_change {
  return {
    node: decode_cell_name(r),
    mesh: decode_cell_place(r),
    service: decode_cell_place(r),
  };
}

export const xdr_cell_address_change: Xdr<cell_address_change> = { encode: encode_cell_address_change, decode: decode_cell_address_change };

export interface cell_standing_change {
  node: cell_name;
  standing: cell_standing;
}

export function encode_cell_standing_change(w: XdrWriter, v: cell_standing_change): void {
  encode_cell_name(w, v.node);
  encode_cell_standing(w, v.standing);
}

export function decode_cell_standing_change(r: XdrReader): cell_standing_change {
  return {
    node: decode_cell_name(r),
    standing: decode_cell_standing(r),
  };
}

export const xdr_cell_standing_change: Xdr<cell_standing_change> = { encode: encode_cell_standing_change, decode: decode_cell_standing_change };

export interface cell_volume_making {
  id: cell_id;
  name: cell_name;
  replicas: cell_name[];
  copies: number;
  quota_bytes: bigint;
  made_seconds: bigint;
}

export function encode_cell_volume_making(w: XdrWriter, v: cell_volume_making): void {
  encode_cell_id(w, v.id);
  encode_cell_name(w, v.name);
  w.count(v.replicas.length, 16);
  for (const item of v.replicas) {
    encode_cell_name(w, item);
  }
  w.uint(v.copies);
  w.uhyper(v.quota_bytes);
  w.hyper(v.made_seconds);
}

export function decode_cell_volume_making(r: XdrReader): cell_volume_making {
  const f0 = decode_cell_id(r);
  const f1 = decode_cell_name(r);
  const f2: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f2.push(decode_cell_name(r));
  return {
    id: f0,
    name: f1,
    replicas: f2,
    copies: r.uint(),
    quota_bytes: r.uhyper(),
    made_seconds: r.hyper(),
  };
}

export const xdr_cell_volume_making: Xdr<cell_volume_making> = { encode: encode_cell_volume_making, decode: decode_cell_volume_making };

export interface cell_move {
  volume: cell_id;
  replicas: cell_name[];
}

export function encode_cell_move(w: XdrWriter, v: cell_move): void {
  encode_cell_id(w, v.volume);
  w.count(v.replicas.length, 16);
  for (const item of v.replicas) {
    encode_cell_name(w, item);
  }
}

export function decode_cell_move(r: XdrReader): cell_move {
  const f0 = decode_cell_id(r);
  const f1: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f1.push(decode_cell_name(r));
  return {
    volume: f0,
    replicas: f1,
  };
}

export const xdr_cell_move: Xdr<cell_move> = { encode: encode_cell_move, decode: decode_cell_move };

/** Where somebody wants the replicas, and so as many copies as places. */
export interface cell_placing {
  volume: cell_id;
  replicas: cell_name[];
}

export function encode_cell_placing(w: XdrWriter, v: cell_placing): void {
  encode_cell_id(w, v.volume);
  w.count(v.replicas.length, 16);
  for (const item of v.replicas) {
    encode_cell_name(w, item);
  }
}

export function decode_cell_placing(r: XdrReader): cell_placing {
  const f0 = decode_cell_id(r);
  const f1: cell_name[] = [];
  for (let left = r.count(16); left > 0; left--) f1.push(decode_cell_name(r));
  return {
    volume: f0,
    replicas: f1,
  };
}

export const xdr_cell_placing: Xdr<cell_placing> = { encode: encode_cell_placing, decode: decode_cell_placing };

export interface cell_quota_change {
  volume: cell_id;
  quota_bytes: bigint;
}

export function encode_cell_quota_change(w: XdrWriter, v: cell_quota_change): void {
  encode_cell_id(w, v.volume);
  w.uhyper(v.quota_bytes);
}

export function decode_cell_quota_change(r: XdrReader): cell_quota_change {
  return {
    volume: decode_cell_id(r),
    quota_bytes: r.uhyper(),
  };
}

export const xdr_cell_quota_change: Xdr<cell_quota_change> = { encode: encode_cell_quota_change, decode: decode_cell_quota_change };

export interface cell_copies_change {
  volume: cell_id;
  copies: number;
}

export function encode_cell_copies_change(w: XdrWriter, v: cell_copies_change): void {
  encode_cell_id(w, v.volume);
  w.uint(v.copies);
}

export function decode_cell_copies_change(r: XdrReader): cell_copies_change {
  return {
    volume: decode_cell_id(r),
    copies: r.uint(),
  };
}

export const xdr_cell_copies_change: Xdr<cell_copies_change> = { encode: encode_cell_copies_change, decode: decode_cell_copies_change };

export interface cell_renaming {
  volume: cell_id;
  name: cell_name;
}

export function encode_cell_renaming(w: XdrWriter, v: cell_renaming): void {
  encode_cell_id(w, v.volume);
  encode_cell_name(w, v.name);
}

export function decode_cell_renaming(r: XdrReader): cell_renaming {
  return {
    volume: decode_cell_id(r),
    name: decode_cell_name(r),
  };
}

export const xdr_cell_renaming: Xdr<cell_renaming> = { encode: encode_cell_renaming, decode: decode_cell_renaming };

export interface cell_setting_change {
  name: cell_name;
  /** empty: the default */
  value: string;
}

export function encode_cell_setting_change(w: XdrWriter, v: cell_setting_change): void {
  encode_cell_name(w, v.name);
  w.string(v.value, 65536);
}

export function decode_cell_setting_change(r: XdrReader): cell_setting_change {
  return {
    name: decode_cell_name(r),
    value: r.string(65536),
  };
}

export const xdr_cell_setting_change: Xdr<cell_setting_change> = { encode: encode_cell_setting_change, decode: decode_cell_setting_change };

export interface cell_setting_swap {
  setting: cell_setting_change;
  /** revision of the setting, as far as it is known; 0: it is not set */
  seen: bigint;
}

export function encode_cell_setting_swap(w: XdrWriter, v: cell_setting_swap): void {
  encode_cell_setting_change(w, v.setting);
  w.uhyper(v.seen);
}

export function decode_cell_setting_swap(r: XdrReader): cell_setting_swap {
  return {
    setting: decode_cell_setting_change(r),
    seen: r.uhyper(),
  };
}

export const xdr_cell_setting_swap: Xdr<cell_setting_swap> = { encode: encode_cell_setting_swap, decode: decode_cell_setting_swap };

export const cell_deed = {
  CELL_FOUND: 1,
  CELL_ADMIT: 2,
  CELL_READDRESS: 3,
  CELL_STAND: 4,
  CELL_DISMISS: 5,
  CELL_MAKE_VOLUME: 6,
  /** the replicas as they shall be */
  CELL_MOVE_VOLUME: 7,
  /** they are where this move wanted them */
  CELL_VOLUME_MOVED: 8,
  CELL_LIMIT_VOLUME: 9,
  CELL_RENAME_VOLUME: 10,
  CELL_DROP_VOLUME: 11,
  CELL_MOUNT: 12,
  CELL_UNMOUNT: 13,
  CELL_ADD_TOKEN: 14,
  CELL_DROP_TOKEN: 15,
  CELL_SET: 16,
  /** how many replicas it should have */
  CELL_COPY_VOLUME: 17,
  /** the replicas as they shall be, and stay */
  CELL_PLACE_VOLUME: 18,
  /** sets what nobody else has set meanwhile */
  CELL_SWAP: 19,
} as const;
export type cell_deed = (typeof cell_deed)[keyof typeof cell_deed];

function check_cell_deed(value: number): cell_deed {
  if (value >= 1 && value <= 19) return value as cell_deed;
  throw new XdrError("XDR_RANGE", `cell_deed: ${value} is none of its values`);
}

export function encode_cell_deed(w: XdrWriter, v: cell_deed): void {
  w.int(check_cell_deed(v));
}

export function decode_cell_deed(r: XdrReader): cell_deed {
  return check_cell_deed(r.int());
}

export const xdr_cell_deed: Xdr<cell_deed> = { encode: encode_cell_deed, decode: decode_cell_deed };

export type cell_command =
  | { deed: 1; founding: cell_founding }
  | { deed: 2; admission: cell_admission }
  | { deed: 3; address: cell_address_change }
  | { deed: 4; standing: cell_standing_change }
  | { deed: 5; dismissed: cell_name }
  | { deed: 6; making: cell_volume_making }
  | { deed: 7; move: cell_move }
  | { deed: 8; moved: cell_move }
  | { deed: 9; quota: cell_quota_change }
  | { deed: 10; renaming: cell_renaming }
  | { deed: 11; dropped: cell_id }
  | { deed: 12; mount: cell_mount }
  | { deed: 13; unmounted: cell_mount }
  | { deed: 14; token: cell_token }
  | { deed: 15; token_id: Uint8Array }
  | { deed: 16; setting: cell_setting_change }
  | { deed: 17; copies: cell_copies_change }
  | { deed: 18; placing: cell_placing }
  | { deed: 19; swap: cell_setting_swap };

export function encode_cell_command(w: XdrWriter, v: cell_command): void {
  encode_cell_deed(w, v.deed);
  switch (v.deed) {
    case 1:
      encode_cell_founding(w, v.founding);
      return;
    case 2:
      encode_cell_admission(w, v.admission);
      return;
    case 3:
      encode_cell_address_change(w, v.address);
      return;
    case 4:
      encode_cell_standing_change(w, v.standing);
      return;
    case 5:
      encode_cell_name(w, v.dismissed);
      return;
    case 6:
      encode_cell_volume_making(w, v.making);
      return;
    case 7:
      encode_cell_move(w, v.move);
      return;
    case 8:
      encode_cell_move(w, v.moved);
      return;
    case 9:
      encode_cell_quota_change(w, v.quota);
      return;
    case 10:
      encode_cell_renaming(w, v.renaming);
      return;
    case 11:
      encode_cell_id(w, v.dropped);
      return;
    case 12:
      encode_cell_mount(w, v.mount);
      return;
    case 13:
      encode_cell_mount(w, v.unmounted);
      return;
    case 14:
      encode_cell_token(w, v.token);
      return;
    case 15:
      w.opaqueFixed(v.token_id, 8);
      return;
    case 16:
      encode_cell_setting_change(w, v.setting);
      return;
    case 17:
      encode_cell_copies_change(w, v.copies);
      return;
    case 18:
      encode_cell_placing(w, v.placing);
      return;
    case 19:
      encode_cell_setting_swap(w, v.swap);
      return;
  }
}

export function decode_cell_command(r: XdrReader): cell_command {
  const d = decode_cell_deed(r);
  switch (d) {
    case 1:
      return { deed: d, founding: decode_cell_founding(r) };
    case 2:
      return { deed: d, admission: decode_cell_admission(r) };
    case 3:
      return { deed: d, address: decode_cell_address_change(r) };
    case 4:
      return { deed: d, standing: decode_cell_standing_change(r) };
    case 5:
      return { deed: d, dismissed: decode_cell_name(r) };
    case 6:
      return { deed: d, making: decode_cell_volume_making(r) };
    case 7:
      return { deed: d, move: decode_cell_move(r) };
    case 8:
      return { deed: d, moved: decode_cell_move(r) };
    case 9:
      return { deed: d, quota: decode_cell_quota_change(r) };
    case 10:
      return { deed: d, renaming: decode_cell_renaming(r) };
    case 11:
      return { deed: d, dropped: decode_cell_id(r) };
    case 12:
      return { deed: d, mount: decode_cell_mount(r) };
    case 13:
      return { deed: d, unmounted: decode_cell_mount(r) };
    case 14:
      return { deed: d, token: decode_cell_token(r) };
    case 15:
      return { deed: d, token_id: r.opaqueFixed(8) };
    case 16:
      return { deed: d, setting: decode_cell_setting_change(r) };
    case 17:
      return { deed: d, copies: decode_cell_copies_change(r) };
    case 18:
      return { deed: d, placing: decode_cell_placing(r) };
    case 19:
      return { deed: d, swap: decode_cell_setting_swap(r) };
  }
}

export const xdr_cell_command: Xdr<cell_command> = { encode: encode_cell_command, decode: decode_cell_command };

export type report_text = string;

export function encode_report_text(w: XdrWriter, v: report_text): void {
  w.string(v, 1024);
}

export function decode_report_text(r: XdrReader): report_text {
  return r.string(1024);
}

export const xdr_report_text: Xdr<report_text> = { encode: encode_report_text, decode: decode_report_text };

export const report_role = {
  REPORT_JOINING: 0,
  REPORT_LEARNER: 1,
  REPORT_FOLLOWER: 2,
  REPORT_CANDIDATE: 3,
  REPORT_LEADER: 4,
  REPORT_REMOVED: 5,
  /** not open: `problem` says why; it is tried again */
  REPORT_CLOSED: 6,
  /** not open, for its stores are damaged: once it is no voter any more, it is made anew */
  REPORT_DAMAGED: 7,
} as const;
export type report_role = (typeof report_role)[keyof typeof report_role];

function check_report_role(value: number): report_role {
  if (value >= 0 && value <= 7) return value as report_role;
  throw new XdrError("XDR_RANGE", `report_role: ${value} is none of its values`);
}

export function encode_report_role(w: XdrWriter, v: report_role): void {
  w.int(check_report_role(v));
}

export function decode_report_role(r: XdrReader): report_role {
  return check_report_role(r.int());
}

export const xdr_report_role: Xdr<report_role> = { encode: encode_report_role, decode: decode_report_role };

export const report_scrub = {
  /** since the replica was opened, or it was broken off */
  REPORT_NOT_SCRUBBED: 0,
  REPORT_SCRUBBING: 1,
  /** the others have not told yet, or too few agree */
  REPORT_SCRUBBED: 2,
  /** as a majority has it */
  REPORT_SCRUB_EQUAL: 3,
  /** damaged, or other than a majority has it */
  REPORT_SCRUB_DAMAGED: 4,
} as const;
export type report_scrub = (typeof report_scrub)[keyof typeof report_scrub];

function check_report_scrub(value: number): report_scrub {
  if (value >= 0 && value <= 4) return value as report_scrub;
  throw new XdrError("XDR_RANGE", `report_scrub: ${value} is none of its values`);
}

export function encode_report_scrub(w: XdrWriter, v: report_scrub): void {
  w.int(check_report_scrub(v));
}

export function decode_report_scrub(r: XdrReader): report_scrub {
  return check_report_scrub(r.int());
}

export const xdr_report_scrub: Xdr<report_scrub> = { encode: encode_report_scrub, decode: decode_report_scrub };

/** A replica at this node. */
export interface report_replica {
  volume: Uint8Array;
  role: report_role;
  /** empty: none is known */
  leader: report_text;
  /** index up to which the log is agreed on, as far as this replica knows */
  committed: bigint;
  applied: bigint;
  /** unstable writes that wait here */
  queued_bytes: bigint;
  /** of the files */
  used_bytes: bigint;
  /** empty: none */
  problem: report_text;
  /** by the leader: nodes that should have a replica, and are no voters now */
  outside: report_text[];
  scrub: report_scrub;
  /** the entry of the last scrub since the replica was opened; 0: none */
  scrub_index: bigint;
  /** that were read so far */
  scrub_records: bigint;
  scrub_damaged: bigint;
}

export function encode_report_replica(w: XdrWriter, v: report_replica): void {
  w.opaqueFixed(v.volume, 16);
  encode_report_role(w, v.role);
  encode_report_text(w, v.leader);
  w.uhyper(v.committed);
  w.uhyper(v.applied);
  w.uhyper(v.queued_bytes);
  w.uhyper(v.used_bytes);
  encode_report_text(w, v.problem);
  w.count(v.outside.length, 32);
  for (const item of v.outside) {
    encode_report_text(w, item);
  }
  encode_report_scrub(w, v.scrub);
  w.uhyper(v.scrub_index);
  w.uhyper(v.scrub_records);
  w.uhyper(v.scrub_damaged);
}

export function decode_report_replica(r: XdrReader): report_replica {
  const f0 = r.opaqueFixed(16);
  const f1 = decode_report_role(r);
  const f2 = decode_report_text(r);
  const f3 = r.uhyper();
  const f4 = r.uhyper();
  const f5 = r.uhyper();
  const f6 = r.uhyper();
  const f7 = decode_report_text(r);
  const f8: report_text[] = [];
  for (let left = r.count(32); left > 0; left--) f8.push(decode_report_text(r));
  return {
    volume: f0,
    role: f1,
    leader: f2,
    committed: f3,
    applied: f4,
    queued_bytes: f5,
    used_bytes: f6,
    problem: f7,
    outside: f8,
    scrub: decode_report_scrub(r),
    scrub_index: r.uhyper(),
    scrub_records: r.uhyper(),
    scrub_damaged: r.uhyper(),
  };
}

export const xdr_report_replica: Xdr<report_replica> = { encode: encode_report_replica, decode: decode_report_replica };

export interface report_problem {
  code: report_text;
  message: report_text;
}

export function encode_report_problem(w: XdrWriter, v: report_problem): void {
  encode_report_text(w, v.code);
  encode_report_text(w, v.message);
}

export function decode_report_problem(r: XdrReader): report_problem {
  return {
    code: decode_report_text(r),
    message: decode_report_text(r),
  };
}

export const xdr_report_problem: Xdr<report_problem> = { encode: encode_report_problem, decode: decode_report_problem };

export interface node_report {
  /** version of Coterie */
  release: report_text;
  pid: number;
  /** since 1970 */
  started_ms: bigint;
  /** of its clock, since 1970 */
  now_ms: bigint;
  /** of the disk under its directory */
  total_bytes: bigint;
  free_bytes: bigint;
  /** of clients */
  connections: number;
  /** since the start */
  calls: bigint;
  /** of the cell's state that it has */
  revision: bigint;
  /** in the cell's log */
  role: report_role;
  is_leaving: boolean;
  replicas: report_replica[];
  problems: report_problem[];
  /** the highest that its version knows */
  level: number;
  /** and the lowest */
  oldest_level: number;
}

export function encode_node_report(w: XdrWriter, v: node_report): void {
  encode_report_text(w, v.release);
  w.uint(v.pid);
  w.uhyper(v.started_ms);
  w.uhyper(v.now_ms);
  w.uhyper(v.total_bytes);
  w.uhyper(v.free_bytes);
  w.uint(v.connections);
  w.uhyper(v.calls);
  w.uhyper(v.revision);
  encode_report_role(w, v.role);
  w.bool(v.is_leaving);
  w.count(v.replicas.length, 1024);
  for (const item of v.replicas) {
    encode_report_replica(w, item);
  }
  w.count(v.problems.length, 16);
  for (const item of v.problems) {
    encode_report_problem(w, item);
  }
  w.uint(v.level);
  w.uint(v.oldest_level);
}

export function decode_node_report(r: XdrReader): node_report {
  const f0 = decode_report_text(r);
  const f1 = r.uint();
  const f2 = r.uhyper();
  const f3 = r.uhyper();
  const f4 = r.uhyper();
  const f5 = r.uhyper();
  const f6 = r.uint();
  const f7 = r.uhyper();
  const f8 = r.uhyper();
  const f9 = decode_report_role(r);
  const f10 = r.bool();
  const f11: report_replica[] = [];
  for (let left = r.count(1024, 92); left > 0; left--) f11.push(decode_report_replica(r));
  const f12: report_problem[] = [];
  for (let left = r.count(16, 8); left > 0; left--) f12.push(decode_report_problem(r));
  return {
    release: f0,
    pid: f1,
    started_ms: f2,
    now_ms: f3,
    total_bytes: f4,
    free_bytes: f5,
    connections: f6,
    calls: f7,
    revision: f8,
    role: f9,
    is_leaving: f10,
    replicas: f11,
    problems: f12,
    level: r.uint(),
    oldest_level: r.uint(),
  };
}

export const xdr_node_report: Xdr<node_report> = { encode: encode_node_report, decode: decode_node_report };

export const step_kind = {
  /** a client's call came; detail: version * 1000 + procedure; text: who calls, by its own account */
  STEP_CALL: 0,
  /** it goes to a node that has a replica */
  STEP_FORWARD: 1,
  /** it came from another node */
  STEP_ASKED: 2,
  /** it was given to the log */
  STEP_APPEND: 3,
  /** this replica carries it out; detail: its index in the log */
  STEP_APPLY: 4,
  /** a majority has it on disk, and it was carried out where it was appended */
  STEP_DONE: 5,
  /** the log says that this replica's state is fresh enough to read */
  STEP_FRESH: 6,
  /** detail: 0 answered, 1 later, 2 elsewhere, 3 unknown */
  STEP_ANSWER: 7,
  /** the log did not take it, or does not know; text: the code */
  STEP_FAIL: 8,
} as const;
export type step_kind = (typeof step_kind)[keyof typeof step_kind];

function check_step_kind(value: number): step_kind {
  if (value >= 0 && value <= 8) return value as step_kind;
  throw new XdrError("XDR_RANGE", `step_kind: ${value} is none of its values`);
}

export function encode_step_kind(w: XdrWriter, v: step_kind): void {
  w.int(check_step_kind(v));
}

export function decode_step_kind(r: XdrReader): step_kind {
  return check_step_kind(r.int());
}

export const xdr_step_kind: Xdr<step_kind> = { encode: encode_step_kind, decode: decode_step_kind };

export interface step_request {
  high: number;
  low: number;
}

export function encode_step_request(w: XdrWriter, v: step_request): void {
  w.uint(v.high);
  w.uint(v.low);
}

export function decode_step_request(r: XdrReader): step_request {
  return {
    high: r.uint(),
    low: r.uint(),
  };
}

export const xdr_step_request: Xdr<step_request> = { encode: encode_step_request, decode: decode_step_request };

export interface step {
  kind: step_kind;
  request: step_request;
  /** by the monotonic clock of whoever tells */
  at_ms: number;
  detail: number;
  text: string;
}

export function encode_step(w: XdrWriter, v: step): void {
  encode_step_kind(w, v.kind);
  encode_step_request(w, v.request);
  w.double(v.at_ms);
  w.double(v.detail);
  w.string(v.text, 255);
}

export function decode_step(r: XdrReader): step {
  return {
    kind: decode_step_kind(r),
    request: decode_step_request(r),
    at_ms: r.double(),
    detail: r.double(),
    text: r.string(255),
  };
}

export const xdr_step: Xdr<step> = { encode: encode_step, decode: decode_step };

export type step_list = step[];

export function encode_step_list(w: XdrWriter, v: step_list): void {
  w.count(v.length, 1024);
  for (const item of v) {
    encode_step(w, item);
  }
}

export function decode_step_list(r: XdrReader): step_list {
  const items: step[] = [];
  for (let left = r.count(1024, 32); left > 0; left--) items.push(decode_step(r));
  return items;
}

export const xdr_step_list: Xdr<step_list> = { encode: encode_step_list, decode: decode_step_list };

/** Steps of these requests, and of all calls of this caller: of AUTH_SYS, its machine's name. Empty: nobody's. */
export interface steps_wanted {
  caller: string;
  requests: step_request[];
}

export function encode_steps_wanted(w: XdrWriter, v: steps_wanted): void {
  w.string(v.caller, 255);
  w.count(v.requests.length, 256);
  for (const item of v.requests) {
    encode_step_request(w, item);
  }
}

export function decode_steps_wanted(r: XdrReader): steps_wanted {
  const f0 = r.string(255);
  const f1: step_request[] = [];
  for (let left = r.count(256, 8); left > 0; left--) f1.push(decode_step_request(r));
  return {
    caller: f0,
    requests: f1,
  };
}

export const xdr_steps_wanted: Xdr<steps_wanted> = { encode: encode_steps_wanted, decode: decode_steps_wanted };

/** Times are by the clock of the node that was asked; those of another node may be wrong by so much. */
export interface node_steps {
  node: string;
  uncertainty_ms: number;
  steps: step_list;
}

export function encode_node_steps(w: XdrWriter, v: node_steps): void {
  w.string(v.node, 255);
  w.double(v.uncertainty_ms);
  encode_step_list(w, v.steps);
}

export function decode_node_steps(r: XdrReader): node_steps {
  return {
    node: r.string(255),
    uncertainty_ms: r.double(),
    steps: decode_step_list(r),
  };
}

export const xdr_node_steps: Xdr<node_steps> = { encode: encode_node_steps, decode: decode_node_steps };

export const steps_message_kind = {
  STEPS_ASK: 1,
  STEPS_TELL: 2,
} as const;
export type steps_message_kind = (typeof steps_message_kind)[keyof typeof steps_message_kind];

function check_steps_message_kind(value: number): steps_message_kind {
  if (value >= 1 && value <= 2) return value as steps_message_kind;
  throw new XdrError("XDR_RANGE", `steps_message_kind: ${value} is none of its values`);
}

export function encode_steps_message_kind(w: XdrWriter, v: steps_message_kind): void {
  w.int(check_steps_message_kind(v));
}

export function decode_steps_message_kind(r: XdrReader): steps_message_kind {
  return check_steps_message_kind(r.int());
}

export const xdr_steps_message_kind: Xdr<steps_message_kind> = { encode: encode_steps_message_kind, decode: decode_steps_message_kind };

export interface steps_ask {
  number: number;
  wanted: steps_wanted;
}

export function encode_steps_ask(w: XdrWriter, v: steps_ask): void {
  w.uint(v.number);
  encode_steps_wanted(w, v.wanted);
}

export function decode_steps_ask(r: XdrReader): steps_ask {
  return {
    number: r.uint(),
    wanted: decode_steps_wanted(r),
  };
}

export const xdr_steps_ask: Xdr<steps_ask> = { encode: encode_steps_ask, decode: decode_steps_ask };

export interface steps_tell {
  number: number;
  now_ms: number;
  steps: step_list;
}

export function encode_steps_tell(w: XdrWriter, v: steps_tell): void {
  w.uint(v.number);
  w.double(v.now_ms);
  encode_step_list(w, v.steps);
}

export function decode_steps_tell(r: XdrReader): steps_tell {
  return {
    number: r.uint(),
    now_ms: r.double(),
    steps: decode_step_list(r),
  };
}

export const xdr_steps_tell: Xdr<steps_tell> = { encode: encode_steps_tell, decode: decode_steps_tell };

export type steps_message =
  | { kind: 1; ask: steps_ask }
  | { kind: 2; tell: steps_tell };

export function encode_steps_message(w: XdrWriter, v: steps_message): void {
  encode_steps_message_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_steps_ask(w, v.ask);
      return;
    case 2:
      encode_steps_tell(w, v.tell);
      return;
  }
}

export function decode_steps_message(r: XdrReader): steps_message {
  const d = decode_steps_message_kind(r);
  switch (d) {
    case 1:
      return { kind: d, ask: decode_steps_ask(r) };
    case 2:
      return { kind: d, tell: decode_steps_tell(r) };
  }
}

export const xdr_steps_message: Xdr<steps_message> = { encode: encode_steps_message, decode: decode_steps_message };

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

/** A node as the one that answers knows it. */
export interface admin_node {
  node: cell_node;
  /** linked to the one that answers */
  is_up: boolean;
  /** of the report */
  age_ms: bigint;
  /** the last that was heard */
  report: node_report | null;
}

export function encode_admin_node(w: XdrWriter, v: admin_node): void {
  encode_cell_node(w, v.node);
  w.bool(v.is_up);
  w.uhyper(v.age_ms);
  if (v.report === null) w.bool(false);
  else {
    w.bool(true);
    encode_node_report(w, v.report);
  }
}

export function decode_admin_node(r: XdrReader): admin_node {
  return {
    node: decode_cell_node(r),
    is_up: r.bool(),
    age_ms: r.uhyper(),
    report: r.bool() ? decode_node_report(r) : null,
  };
}

export const xdr_admin_node: Xdr<admin_node> = { encode: encode_admin_node, decode: decode_admin_node };

export interface admin_status {
  release: report_text;
  self: cell_name;
  cell: cell_id;
  name: cell_name;
  revision: bigint;
  /** of the cell's log; empty: none is known */
  leader: report_text;
  /** a leader that a majority follows is known */
  is_served: boolean;
  is_founded: boolean;
  /** nodes that this one was told to refuse */
  cut: cell_name[];
  nodes: admin_node[];
  volumes: cell_volume[];
  mounts: cell_mount[];
  settings: cell_setting[];
  /** rules of this node, in the order in which they are tried */
  exports: report_text[];
}

export function encode_admin_status(w: XdrWriter, v: admin_status): void {
  encode_report_text(w, v.release);
  encode_cell_name(w, v.self);
  encode_cell_id(w, v.cell);
  encode_cell_name(w, v.name);
  w.uhyper(v.revision);
  encode_report_text(w, v.leader);
  w.bool(v.is_served);
  w.bool(v.is_founded);
  w.count(v.cut.length, 64);
  for (const item of v.cut) {
    encode_cell_name(w, item);
  }
  w.count(v.nodes.length, 64);
  for (const item of v.nodes) {
    encode_admin_node(w, item);
  }
  w.count(v.volumes.length, 4096);
  for (const item of v.volumes) {
    encode_cell_volume(w, item);
  }
  w.count(v.mounts.length, 4096);
  for (const item of v.mounts) {
    encode_cell_mount(w, item);
  }
  w.count(v.settings.length, 256);
  for (const item of v.settings) {
    encode_cell_setting(w, item);
  }
  w.count(v.exports.length, 1024);
  for (const item of v.exports) {
    encode_report_text(w, item);
  }
}

export function decode_admin_status(r: XdrReader): admin_status {
  const f0 = decode_report_text(r);
  const f1 = decode_cell_name(r);
  const f2 = decode_cell_id(r);
  const f3 = decode_cell_name(r);
  const f4 = r.uhyper();
  const f5 = decode_report_text(r);
  const f6 = r.bool();
  const f7 = r.bool();
  const f8: cell_name[] = [];
  for (let left = r.count(64); left > 0; left--) f8.push(decode_cell_name(r));
  const f9: admin_node[] = [];
  for (let left = r.count(64, 60); left > 0; left--) f9.push(decode_admin_node(r));
  const f10: cell_volume[] = [];
  for (let left = r.count(4096, 60); left > 0; left--) f10.push(decode_cell_volume(r));
  const f11: cell_mount[] = [];
  for (let left = r.count(4096, 56); left > 0; left--) f11.push(decode_cell_mount(r));
  const f12: cell_setting[] = [];
  for (let left = r.count(256, 16); left > 0; left--) f12.push(decode_cell_setting(r));
  const f13: report_text[] = [];
  for (let left = r.count(1024); left > 0; left--) f13.push(decode_report_text(r));
  return {
    release: f0,
    self: f1,
    cell: f2,
    name: f3,
    revision: f4,
    leader: f5,
    is_served: f6,
    is_founded: f7,
    cut: f8,
    nodes: f9,
    volumes: f10,
    mounts: f11,
    settings: f12,
    exports: f13,
  };
}

export const xdr_admin_status: Xdr<admin_status> = { encode: encode_admin_status, decode: decode_admin_status };

/** What was asked for was not done, or perhaps done: the code of `coterie explain`. */
export interface admin_failure {
  code: report_text;
  message: report_text;
}

export function encode_admin_failure(w: XdrWriter, v: admin_failure): void {
  encode_report_text(w, v.code);
  encode_report_text(w, v.message);
}

export function decode_admin_failure(r: XdrReader): admin_failure {
  return {
    code: decode_report_text(r),
    message: decode_report_text(r),
  };
}

export const xdr_admin_failure: Xdr<admin_failure> = { encode: encode_admin_failure, decode: decode_admin_failure };

export type admin_answer =
  | { is_done: true; revision: bigint }
  | { is_done: false; failure: admin_failure };

export function encode_admin_answer(w: XdrWriter, v: admin_answer): void {
  w.bool(v.is_done);
  switch (v.is_done) {
    case true:
      w.uhyper(v.revision);
      return;
    case false:
      encode_admin_failure(w, v.failure);
      return;
  }
}

export function decode_admin_answer(r: XdrReader): admin_answer {
  const d = r.bool();
  switch (d) {
    case true:
      return { is_done: d, revision: r.uhyper() };
    case false:
      return { is_done: d, failure: decode_admin_failure(r) };
  }
}

export const xdr_admin_answer: Xdr<admin_answer> = { encode: encode_admin_answer, decode: decode_admin_answer };

/** A volume that the node shall place. */
export interface admin_volume {
  name: cell_name;
  /** 0: as many as usual */
  copies: number;
  /** 0: none */
  quota_bytes: bigint;
}

export function encode_admin_volume(w: XdrWriter, v: admin_volume): void {
  encode_cell_name(w, v.name);
  w.uint(v.copies);
  w.uhyper(v.quota_bytes);
}

export function decode_admin_volume(r: XdrReader): admin_volume {
  return {
    name: decode_cell_name(r),
    copies: r.uint(),
    quota_bytes: r.uhyper(),
  };
}

export const xdr_admin_volume: Xdr<admin_volume> = { encode: encode_admin_volume, decode: decode_admin_volume };

/** Something about a snapshot or clone of a volume: a procedure of version 0 that changes something. */
export interface admin_layer {
  volume: cell_name;
  procedure: layer_procedure;
  wish: layer_wish;
}

export function encode_admin_layer(w: XdrWriter, v: admin_layer): void {
  encode_cell_name(w, v.volume);
  encode_layer_procedure(w, v.procedure);
  encode_layer_wish(w, v.wish);
}

export function decode_admin_layer(r: XdrReader): admin_layer {
  return {
    volume: decode_cell_name(r),
    procedure: decode_layer_procedure(r),
    wish: decode_layer_wish(r),
  };
}

export const xdr_admin_layer: Xdr<admin_layer> = { encode: encode_admin_layer, decode: decode_admin_layer };

export type admin_layers =
  | { is_done: true; layers: layer_list }
  | { is_done: false; failure: admin_failure };

export function encode_admin_layers(w: XdrWriter, v: admin_layers): void {
  w.bool(v.is_done);
  switch (v.is_done) {
    case true:
      encode_layer_list(w, v.layers);
      return;
    case false:
      encode_admin_failure(w, v.failure);
      return;
  }
}

export function decode_admin_layers(r: XdrReader): admin_layers {
  const d = r.bool();
  switch (d) {
    case true:
      return { is_done: d, layers: decode_layer_list(r) };
    case false:
      return { is_done: d, failure: decode_admin_failure(r) };
  }
}

export const xdr_admin_layers: Xdr<admin_layers> = { encode: encode_admin_layers, decode: decode_admin_layers };

/** Of a path that begins at the root of the tree. */
export interface admin_mount {
  /** empty: to take away whatever is mounted there */
  volume: cell_name;
  path: string;
}

export function encode_admin_mount(w: XdrWriter, v: admin_mount): void {
  encode_cell_name(w, v.volume);
  w.string(v.path, 1024);
}

export function decode_admin_mount(r: XdrReader): admin_mount {
  return {
    volume: decode_cell_name(r),
    path: r.string(1024),
  };
}

export const xdr_admin_mount: Xdr<admin_mount> = { encode: encode_admin_mount, decode: decode_admin_mount };

export const admin_rotation = {
  ROTATION_NONE: 0,
  /** all nodes are to know the next authority, and have its key */
  ROTATION_PREPARE: 1,
  /** all nodes are to have certificates of it */
  ROTATION_RENEW: 2,
} as const;
export type admin_rotation = (typeof admin_rotation)[keyof typeof admin_rotation];

function check_admin_rotation(value: number): admin_rotation {
  if (value >= 0 && value <= 2) return value as admin_rotation;
  throw new XdrError("XDR_RANGE", `admin_rotation: ${value} is none of its values`);
}

export function encode_admin_rotation(w: XdrWriter, v: admin_rotation): void {
  w.int(check_admin_rotation(v));
}

export function decode_admin_rotation(r: XdrReader): admin_rotation {
  return check_admin_rotation(r.int());
}

export const xdr_admin_rotation: Xdr<admin_rotation> = { encode: encode_admin_rotation, decode: decode_admin_rotation };

export interface admin_authority {
  /** SHA-256 of the certificate that certifies; empty: links are not proven */
  print: Uint8Array;
  rotation: admin_rotation;
  waits_for: cell_name[];
}

export function encode_admin_authority(w: XdrWriter, v: admin_authority): void {
  w.opaque(v.print, 32);
  encode_admin_rotation(w, v.rotation);
  w.count(v.waits_for.length, 64);
  for (const item of v.waits_for) {
    encode_cell_name(w, item);
  }
}

export function decode_admin_authority(r: XdrReader): admin_authority {
  const f0 = r.opaque(32);
  const f1 = decode_admin_rotation(r);
  const f2: cell_name[] = [];
  for (let left = r.count(64); left > 0; left--) f2.push(decode_cell_name(r));
  return {
    print: f0,
    rotation: f1,
    waits_for: f2,
  };
}

export const xdr_admin_authority: Xdr<admin_authority> = { encode: encode_admin_authority, decode: decode_admin_authority };

export interface admin_certificate {
  serial: Uint8Array;
  /** since 1970; then it need not be remembered any more */
  ends_ms: bigint;
}

export function encode_admin_certificate(w: XdrWriter, v: admin_certificate): void {
  w.opaqueFixed(v.serial, 16);
  w.hyper(v.ends_ms);
}

export function decode_admin_certificate(r: XdrReader): admin_certificate {
  return {
    serial: r.opaqueFixed(16),
    ends_ms: r.hyper(),
  };
}

export const xdr_admin_certificate: Xdr<admin_certificate> = { encode: encode_admin_certificate, decode: decode_admin_certificate };

export type admin_names = cell_name[];

export function encode_admin_names(w: XdrWriter, v: admin_names): void {
  w.count(v.length, 64);
  for (const item of v) {
    encode_cell_name(w, item);
  }
}

export function decode_admin_names(r: XdrReader): admin_names {
  const items: cell_name[] = [];
  for (let left = r.count(64); left > 0; left--) items.push(decode_cell_name(r));
  return items;
}

export const xdr_admin_names: Xdr<admin_names> = { encode: encode_admin_names, decode: decode_admin_names };

export type admin_steps = node_steps[];

export function encode_admin_steps(w: XdrWriter, v: admin_steps): void {
  w.count(v.length, 64);
  for (const item of v) {
    encode_node_steps(w, item);
  }
}

export function decode_admin_steps(r: XdrReader): admin_steps {
  const items: node_steps[] = [];
  for (let left = r.count(64, 16); left > 0; left--) items.push(decode_node_steps(r));
  return items;
}

export const xdr_admin_steps: Xdr<admin_steps> = { encode: encode_admin_steps, decode: decode_admin_steps };

export const COTERIE_CELL_V2_procedures = {
  CELLPROC2_NULL: { name: "CELLPROC2_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  CELLPROC2_STATUS: { name: "CELLPROC2_STATUS", number: 1, idempotent: true, args: xdrVoid, result: xdr_admin_status },
  CELLPROC2_COMMAND: { name: "CELLPROC2_COMMAND", number: 2, idempotent: false, args: xdr_cell_command, result: xdr_admin_answer },
  CELLPROC2_MAKE_VOLUME: { name: "CELLPROC2_MAKE_VOLUME", number: 3, idempotent: false, args: xdr_admin_volume, result: xdr_admin_answer },
  CELLPROC2_CUT: { name: "CELLPROC2_CUT", number: 4, idempotent: true, args: xdr_admin_names, result: xdrVoid },
  CELLPROC2_LEAVE: { name: "CELLPROC2_LEAVE", number: 5, idempotent: false, args: xdrVoid, result: xdrVoid },
  CELLPROC2_STEPS: { name: "CELLPROC2_STEPS", number: 6, idempotent: true, args: xdr_steps_wanted, result: xdr_admin_steps },
  CELLPROC2_LAYER: { name: "CELLPROC2_LAYER", number: 7, idempotent: false, args: xdr_admin_layer, result: xdr_admin_answer },
  CELLPROC2_LAYERS: { name: "CELLPROC2_LAYERS", number: 8, idempotent: true, args: xdr_cell_name, result: xdr_admin_layers },
  CELLPROC2_SCRUB: { name: "CELLPROC2_SCRUB", number: 9, idempotent: false, args: xdr_cell_name, result: xdr_admin_answer },
  CELLPROC2_MOUNT: { name: "CELLPROC2_MOUNT", number: 10, idempotent: false, args: xdr_admin_mount, result: xdr_admin_answer },
  CELLPROC2_UNMOUNT: { name: "CELLPROC2_UNMOUNT", number: 11, idempotent: false, args: xdr_admin_mount, result: xdr_admin_answer },
  CELLPROC2_AUTHORITY: { name: "CELLPROC2_AUTHORITY", number: 12, idempotent: true, args: xdrVoid, result: xdr_admin_authority },
  CELLPROC2_ROTATE: { name: "CELLPROC2_ROTATE", number: 13, idempotent: false, args: xdrVoid, result: xdr_admin_answer },
  CELLPROC2_REVOKE: { name: "CELLPROC2_REVOKE", number: 14, idempotent: false, args: xdr_admin_certificate, result: xdr_admin_answer },
  CELLPROC2_REVOKE_ANY: { name: "CELLPROC2_REVOKE_ANY", number: 15, idempotent: false, args: xdr_admin_certificate, result: xdr_admin_answer },
} satisfies Record<string, Procedure>;

/** Program COTERIE_CELL_ADMIN, version COTERIE_CELL_V2. */
export const COTERIE_CELL_V2_contract = {
  name: "COTERIE_CELL_V2",
  program: 541282132,
  version: 2,
  procedures: [
    COTERIE_CELL_V2_procedures.CELLPROC2_NULL,
    COTERIE_CELL_V2_procedures.CELLPROC2_STATUS,
    COTERIE_CELL_V2_procedures.CELLPROC2_COMMAND,
    COTERIE_CELL_V2_procedures.CELLPROC2_MAKE_VOLUME,
    COTERIE_CELL_V2_procedures.CELLPROC2_CUT,
    COTERIE_CELL_V2_procedures.CELLPROC2_LEAVE,
    COTERIE_CELL_V2_procedures.CELLPROC2_STEPS,
    COTERIE_CELL_V2_procedures.CELLPROC2_LAYER,
    COTERIE_CELL_V2_procedures.CELLPROC2_LAYERS,
    COTERIE_CELL_V2_procedures.CELLPROC2_SCRUB,
    COTERIE_CELL_V2_procedures.CELLPROC2_MOUNT,
    COTERIE_CELL_V2_procedures.CELLPROC2_UNMOUNT,
    COTERIE_CELL_V2_procedures.CELLPROC2_AUTHORITY,
    COTERIE_CELL_V2_procedures.CELLPROC2_ROTATE,
    COTERIE_CELL_V2_procedures.CELLPROC2_REVOKE,
    COTERIE_CELL_V2_procedures.CELLPROC2_REVOKE_ANY,
  ],
} satisfies Contract;

/** What serves COTERIE_CELL_V2: a method for each procedure. */
export interface COTERIE_CELL_V2_Server<Context = unknown> {
  /** @idempotent */
  CELLPROC2_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  CELLPROC2_STATUS(context: Context): admin_status | Promise<admin_status>;
  /** A command for the cell's log. */
  CELLPROC2_COMMAND(args: cell_command, context: Context): admin_answer | Promise<admin_answer>;
  /** Makes a volume at nodes of this one's choice. */
  CELLPROC2_MAKE_VOLUME(args: admin_volume, context: Context): admin_answer | Promise<admin_answer>;
  /**
   * The node refuses links with these nodes, and with no others: for trying out what happens. It forgets this when it ends.
   * @idempotent
   */
  CELLPROC2_CUT(args: admin_names, context: Context): void | Promise<void>;
  /** The node ends in order, after it has answered. */
  CELLPROC2_LEAVE(context: Context): void | Promise<void>;
  /**
   * What this node and those that it reaches remember of calls; this one first.
   * @idempotent
   */
  CELLPROC2_STEPS(args: steps_wanted, context: Context): admin_steps | Promise<admin_steps>;
  /** Takes or drops a snapshot, makes or drops a clone. */
  CELLPROC2_LAYER(args: admin_layer, context: Context): admin_answer | Promise<admin_answer>;
  /**
   * The snapshots and clones of a volume.
   * @idempotent
   */
  CELLPROC2_LAYERS(args: cell_name, context: Context): admin_layers | Promise<admin_layers>;
  /** All replicas of a volume read and compare what they hold, as of the entry of the volume's log that is answered; reports tell of it. */
  CELLPROC2_SCRUB(args: cell_name, context: Context): admin_answer | Promise<admin_answer>;
  /** Lets a volume be seen in a directory that is empty. */
  CELLPROC2_MOUNT(args: admin_mount, context: Context): admin_answer | Promise<admin_answer>;
  CELLPROC2_UNMOUNT(args: admin_mount, context: Context): admin_answer | Promise<admin_answer>;
  /**
   * The authority of the cell, and how a change over to another stands.
   * @idempotent
   */
  CELLPROC2_AUTHORITY(context: Context): admin_authority | Promise<admin_authority>;
  /** Begins a change over to another authority. */
  CELLPROC2_ROTATE(context: Context): admin_answer | Promise<admin_answer>;
  /** An operator's certificate is not believed any more. Refused where the cell can tell that it has given none of this serial number. */
  CELLPROC2_REVOKE(args: admin_certificate, context: Context): admin_answer | Promise<admin_answer>;
  /** The same, whoever gave it. */
  CELLPROC2_REVOKE_ANY(args: admin_certificate, context: Context): admin_answer | Promise<admin_answer>;
}

/** Joins an implementation of COTERIE_CELL_V2 with its contract. */
export function serve_COTERIE_CELL_V2<Context = unknown>(
  implementation: COTERIE_CELL_V2_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.CELLPROC2_NULL(context);
  handlers[1] = (_args: undefined, context: Context) => implementation.CELLPROC2_STATUS(context);
  handlers[2] = (args: cell_command, context: Context) => implementation.CELLPROC2_COMMAND(args, context);
  handlers[3] = (args: admin_volume, context: Context) => implementation.CELLPROC2_MAKE_VOLUME(args, context);
  handlers[4] = (args: admin_names, context: Context) => implementation.CELLPROC2_CUT(args, context);
  handlers[5] = (_args: undefined, context: Context) => implementation.CELLPROC2_LEAVE(context);
  handlers[6] = (args: steps_wanted, context: Context) => implementation.CELLPROC2_STEPS(args, context);
  handlers[7] = (args: admin_layer, context: Context) => implementation.CELLPROC2_LAYER(args, context);
  handlers[8] = (args: cell_name, context: Context) => implementation.CELLPROC2_LAYERS(args, context);
  handlers[9] = (args: cell_name, context: Context) => implementation.CELLPROC2_SCRUB(args, context);
  handlers[10] = (args: admin_mount, context: Context) => implementation.CELLPROC2_MOUNT(args, context);
  handlers[11] = (args: admin_mount, context: Context) => implementation.CELLPROC2_UNMOUNT(args, context);
  handlers[12] = (_args: undefined, context: Context) => implementation.CELLPROC2_AUTHORITY(context);
  handlers[13] = (_args: undefined, context: Context) => implementation.CELLPROC2_ROTATE(context);
  handlers[14] = (args: admin_certificate, context: Context) => implementation.CELLPROC2_REVOKE(args, context);
  handlers[15] = (args: admin_certificate, context: Context) => implementation.CELLPROC2_REVOKE_ANY(args, context);
  return { contract: COTERIE_CELL_V2_contract, handlers };
}

/** Calls COTERIE_CELL_V2 through a caller, which knows where it is served. */
export class COTERIE_CELL_V2_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  CELLPROC2_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_NULL, undefined, options);
  }

  /** @idempotent */
  CELLPROC2_STATUS(options?: CallOptions): Promise<admin_status> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_STATUS, undefined, options);
  }

  /** A command for the cell's log. */
  CELLPROC2_COMMAND(args: cell_command, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_COMMAND, args, options);
  }

  /** Makes a volume at nodes of this one's choice. */
  CELLPROC2_MAKE_VOLUME(args: admin_volume, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_MAKE_VOLUME, args, options);
  }

  /**
   * The node refuses links with these nodes, and with no others: for trying out what happens. It forgets this when it ends.
   * @idempotent
   */
  CELLPROC2_CUT(args: admin_names, options?: CallOptions): Promise<void> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_CUT, args, options);
  }

  /** The node ends in order, after it has answered. */
  CELLPROC2_LEAVE(options?: CallOptions): Promise<void> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_LEAVE, undefined, options);
  }

  /**
   * What this node and those that it reaches remember of calls; this one first.
   * @idempotent
   */
  CELLPROC2_STEPS(args: steps_wanted, options?: CallOptions): Promise<admin_steps> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_STEPS, args, options);
  }

  /** Takes or drops a snapshot, makes or drops a clone. */
  CELLPROC2_LAYER(args: admin_layer, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_LAYER, args, options);
  }

  /**
   * The snapshots and clones of a volume.
   * @idempotent
   */
  CELLPROC2_LAYERS(args: cell_name, options?: CallOptions): Promise<admin_layers> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_LAYERS, args, options);
  }

  /** All replicas of a volume read and compare what they hold, as of the entry of the volume's log that is answered; reports tell of it. */
  CELLPROC2_SCRUB(args: cell_name, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_SCRUB, args, options);
  }

  /** Lets a volume be seen in a directory that is empty. */
  CELLPROC2_MOUNT(args: admin_mount, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_MOUNT, args, options);
  }

  CELLPROC2_UNMOUNT(args: admin_mount, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_UNMOUNT, args, options);
  }

  /**
   * The authority of the cell, and how a change over to another stands.
   * @idempotent
   */
  CELLPROC2_AUTHORITY(options?: CallOptions): Promise<admin_authority> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_AUTHORITY, undefined, options);
  }

  /** Begins a change over to another authority. */
  CELLPROC2_ROTATE(options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_ROTATE, undefined, options);
  }

  /** An operator's certificate is not believed any more. Refused where the cell can tell that it has given none of this serial number. */
  CELLPROC2_REVOKE(args: admin_certificate, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_REVOKE, args, options);
  }

  /** The same, whoever gave it. */
  CELLPROC2_REVOKE_ANY(args: admin_certificate, options?: CallOptions): Promise<admin_answer> {
    return this.#caller.call(COTERIE_CELL_V2_contract, COTERIE_CELL_V2_procedures.CELLPROC2_REVOKE_ANY, args, options);
  }
}
