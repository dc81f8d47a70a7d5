// Generated from mount.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError, xdrVoid } from "../../../marshal/index.ts";

/** longest path, in bytes */
export const MNTPATHLEN = 1024;

/** longest host or group name, in bytes */
export const MNTNAMLEN = 255;

/** exact size of a handle of versions 1 and 2 */
export const FHSIZE = 32;

/** largest size of a handle of version 3 */
export const FHSIZE3 = 64;

export type dirpath = Uint8Array;

export function encode_dirpath(w: XdrWriter, v: dirpath): void {
  w.opaque(v, 1024);
}

export function decode_dirpath(r: XdrReader): dirpath {
  return r.opaque(1024);
}

export const xdr_dirpath: Xdr<dirpath> = { encode: encode_dirpath, decode: decode_dirpath };

export type name = Uint8Array;

export function encode_name(w: XdrWriter, v: name): void {
  w.opaque(v, 255);
}

export function decode_name(r: XdrReader): name {
  return r.opaque(255);
}

export const xdr_name: Xdr<name> = { encode: encode_name, decode: decode_name };

export type fhandle = Uint8Array;

export function encode_fhandle(w: XdrWriter, v: fhandle): void {
  w.opaqueFixed(v, 32);
}

export function decode_fhandle(r: XdrReader): fhandle {
  return r.opaqueFixed(32);
}

export const xdr_fhandle: Xdr<fhandle> = { encode: encode_fhandle, decode: decode_fhandle };

export type fhandle3 = Uint8Array;

export function encode_fhandle3(w: XdrWriter, v: fhandle3): void {
  w.opaque(v, 64);
}

export function decode_fhandle3(r: XdrReader): fhandle3 {
  return r.opaque(64);
}

export const xdr_fhandle3: Xdr<fhandle3> = { encode: encode_fhandle3, decode: decode_fhandle3 };

/** Versions 1 and 2: zero, or a UNIX error number. */
export type fhstatus =
  | { fhs_status: 0; fhs_fhandle: fhandle }
  | { fhs_status: number };

export function encode_fhstatus(w: XdrWriter, v: fhstatus): void {
  w.uint(v.fhs_status);
  switch (v.fhs_status) {
    case 0: {
      const arm = (v as Extract<fhstatus, { fhs_fhandle: unknown }>).fhs_fhandle;
      encode_fhandle(w, arm);
      return;
    }
    default:
      return;
  }
}

export function decode_fhstatus(r: XdrReader): fhstatus {
  const d = r.uint();
  switch (d) {
    case 0:
      return { fhs_status: d, fhs_fhandle: decode_fhandle(r) };
    default:
      return { fhs_status: d };
  }
}

export const xdr_fhstatus: Xdr<fhstatus> = { encode: encode_fhstatus, decode: decode_fhstatus };

/** Who has mounted what, as far as the server remembers. */
export interface mountbody {
  ml_hostname: name;
  ml_directory: dirpath;
  ml_next: mountbody | null;
}

function encode_mountbody_node(w: XdrWriter, v: mountbody): void {
  encode_name(w, v.ml_hostname);
  encode_dirpath(w, v.ml_directory);
}

export function encode_mountbody(w: XdrWriter, v: mountbody): void {
  let node: mountbody | null = v;
  while (node !== null) {
    encode_mountbody_node(w, node);
    node = node.ml_next;
    w.bool(node !== null);
  }
}

export function decode_mountbody(r: XdrReader): mountbody {
  const first = decode_mountbody_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_mountbody_node(r);
    last.ml_next = next;
    last = next;
  }
  return first;
}

function decode_mountbody_node(r: XdrReader): mountbody {
  return {
    ml_hostname: decode_name(r),
    ml_directory: decode_dirpath(r),
    ml_next: null,
  };
}

export const xdr_mountbody: Xdr<mountbody> = { encode: encode_mountbody, decode: decode_mountbody };

export type mountlist = mountbody | null;

export function encode_mountlist(w: XdrWriter, v: mountlist): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_mountbody(w, v);
  }
}

export function decode_mountlist(r: XdrReader): mountlist {
  return r.bool() ? decode_mountbody(r) : null;
}

export const xdr_mountlist: Xdr<mountlist> = { encode: encode_mountlist, decode: decode_mountlist };

/** What is exported, and to which groups of hosts; no group means every host. */
export interface groupnode {
  gr_name: name;
  gr_next: groupnode | null;
}

function encode_groupnode_node(w: XdrWriter, v: groupnode): void {
  encode_name(w, v.gr_name);
}

export function encode_groupnode(w: XdrWriter, v: groupnode): void {
  let node: groupnode | null = v;
  while (node !== null) {
    encode_groupnode_node(w, node);
    node = node.gr_next;
    w.bool(node !== null);
  }
}

export function decode_groupnode(r: XdrReader): groupnode {
  const first = decode_groupnode_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_groupnode_node(r);
    last.gr_next = next;
    last = next;
  }
  return first;
}

function decode_groupnode_node(r: XdrReader): groupnode {
  return {
    gr_name: decode_name(r),
    gr_next: null,
  };
}

export const xdr_groupnode: Xdr<groupnode> = { encode: encode_groupnode, decode: decode_groupnode };

export type groups = groupnode | null;

export function encode_groups(w: XdrWriter, v: groups): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_groupnode(w, v);
  }
}

export function decode_groups(r: XdrReader): groups {
  return r.bool() ? decode_groupnode(r) : null;
}

export const xdr_groups: Xdr<groups> = { encode: encode_groups, decode: decode_groups };

export interface exportnode {
  ex_dir: dirpath;
  ex_groups: groups;
  ex_next: exportnode | null;
}

function encode_exportnode_node(w: XdrWriter, v: exportnode): void {
  encode_dirpath(w, v.ex_dir);
  encode_groups(w, v.ex_groups);
}

export function encode_exportnode(w: XdrWriter, v: exportnode): void {
  let node: exportnode | null = v;
  while (node !== null) {
    encode_exportnode_node(w, node);
    node = node.ex_next;
    w.bool(node !== null);
  }
}

export function decode_exportnode(r: XdrReader): exportnode {
  const first = decode_exportnode_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_exportnode_node(r);
    last.ex_next = next;
    last = next;
  }
  return first;
}

function decode_exportnode_node(r: XdrReader): exportnode {
  return {
    ex_dir: decode_dirpath(r),
    ex_groups: decode_groups(r),
    ex_next: null,
  };
}

export const xdr_exportnode: Xdr<exportnode> = { encode: encode_exportnode, decode: decode_exportnode };

export type exports = exportnode | null;

export function encode_exports(w: XdrWriter, v: exports): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_exportnode(w, v);
  }
}

export function decode_exports(r: XdrReader): exports {
  return r.bool() ? decode_exportnode(r) : null;
}

export const xdr_exports: Xdr<exports> = { encode: encode_exports, decode: decode_exports };

export interface ppathcnf {
  pc_link_max: number;
  pc_max_canon: number;
  pc_max_input: number;
  pc_name_max: number;
  pc_path_max: number;
  pc_pipe_buf: number;
  pc_vdisable: number;
  /** unused */
  pc_xxx: number;
  /** one bit for each value that could not be told, then the boolean ones */
  pc_mask: number[];
}

export function encode_ppathcnf(w: XdrWriter, v: ppathcnf): void {
  w.int(v.pc_link_max);
  w.short(v.pc_max_canon);
  w.short(v.pc_max_input);
  w.short(v.pc_name_max);
  w.short(v.pc_path_max);
  w.short(v.pc_pipe_buf);
  w.uchar(v.pc_vdisable);
  w.char(v.pc_xxx);
  w.vector(v.pc_mask.length, 2);
  for (const item of v.pc_mask) {
    w.short(item);
  }
}

export function decode_ppathcnf(r: XdrReader): ppathcnf {
  return {
    pc_link_max: r.int(),
    pc_max_canon: r.short(),
    pc_max_input: r.short(),
    pc_name_max: r.short(),
    pc_path_max: r.short(),
    pc_pipe_buf: r.short(),
    pc_vdisable: r.uchar(),
    pc_xxx: r.char(),
    pc_mask: [r.short(), r.short()],
  };
}

export const xdr_ppathcnf: Xdr<ppathcnf> = { encode: encode_ppathcnf, decode: decode_ppathcnf };

export const mountstat3 = {
  MNT3_OK: 0,
  MNT3ERR_PERM: 1,
  MNT3ERR_NOENT: 2,
  MNT3ERR_IO: 5,
  MNT3ERR_ACCES: 13,
  MNT3ERR_NOTDIR: 20,
  MNT3ERR_INVAL: 22,
  MNT3ERR_NAMETOOLONG: 63,
  MNT3ERR_NOTSUPP: 10004,
  MNT3ERR_SERVERFAULT: 10006,
} as const;
export type mountstat3 = (typeof mountstat3)[keyof typeof mountstat3];

function check_mountstat3(value: number): mountstat3 {
  switch (value) {
    case 0:
    case 1:
    case 2:
    case 5:
    case 13:
    case 20:
    case 22:
    case 63:
    case 10004:
    case 10006:
      return value as mountstat3;
  }
  throw new XdrError("XDR_RANGE", `mountstat3: ${value} is none of its values`);
}

export function encode_mountstat3(w: XdrWriter, v: mountstat3): void {
  w.int(check_mountstat3(v));
}

export function decode_mountstat3(r: XdrReader): mountstat3 {
  return check_mountstat3(r.int());
}

export const xdr_mountstat3: Xdr<mountstat3> = { encode: encode_mountstat3, decode: decode_mountstat3 };

export interface mountres3_ok {
  fhandle: fhandle3;
  auth_flavors: number[];
}

export function encode_mountres3_ok(w: XdrWriter, v: mountres3_ok): void {
  encode_fhandle3(w, v.fhandle);
  w.count(v.auth_flavors.length);
  for (const item of v.auth_flavors) {
    w.int(item);
  }
}

export function decode_mountres3_ok(r: XdrReader): mountres3_ok {
  const f0 = decode_fhandle3(r);
  const f1: number[] = [];
  for (let left = r.count(); left > 0; left--) f1.push(r.int());
  return {
    fhandle: f0,
    auth_flavors: f1,
  };
}

export const xdr_mountres3_ok: Xdr<mountres3_ok> = { encode: encode_mountres3_ok, decode: decode_mountres3_ok };

export type mountres3 =
  | { fhs_status: 0; mountinfo: mountres3_ok }
  | { fhs_status: Exclude<mountstat3, 0> };

export function encode_mountres3(w: XdrWriter, v: mountres3): void {
  encode_mountstat3(w, v.fhs_status);
  switch (v.fhs_status) {
    case 0:
      encode_mountres3_ok(w, v.mountinfo);
      return;
    default:
      return;
  }
}

export function decode_mountres3(r: XdrReader): mountres3 {
  const d = decode_mountstat3(r);
  switch (d) {
    case 0:
      return { fhs_status: d, mountinfo: decode_mountres3_ok(r) };
    default:
      return { fhs_status: d };
  }
}

export const xdr_mountres3: Xdr<mountres3> = { encode: encode_mountres3, decode: decode_mountres3 };

export const MOUNT_V1_procedures = {
  MOUNTPROC_NULL: { name: "MOUNTPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC_MNT: { name: "MOUNTPROC_MNT", number: 1, idempotent: true, args: xdr_dirpath, result: xdr_fhstatus },
  MOUNTPROC_DUMP: { name: "MOUNTPROC_DUMP", number: 2, idempotent: true, args: xdrVoid, result: xdr_mountlist },
  MOUNTPROC_UMNT: { name: "MOUNTPROC_UMNT", number: 3, idempotent: true, args: xdr_dirpath, result: xdrVoid },
  MOUNTPROC_UMNTALL: { name: "MOUNTPROC_UMNTALL", number: 4, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC_EXPORT: { name: "MOUNTPROC_EXPORT", number: 5, idempotent: true, args: xdrVoid, result: xdr_exports },
  MOUNTPROC_EXPORTALL: { name: "MOUNTPROC_EXPORTALL", number: 6, idempotent: true, args: xdrVoid, result: xdr_exports },
} satisfies Record<string, Procedure>;

/** Program MOUNT_PROGRAM, version MOUNT_V1. */
export const MOUNT_V1_contract = {
  name: "MOUNT_V1",
  program: 100005,
  version: 1,
  procedures: [
    MOUNT_V1_procedures.MOUNTPROC_NULL,
    MOUNT_V1_procedures.MOUNTPROC_MNT,
    MOUNT_V1_procedures.MOUNTPROC_DUMP,
    MOUNT_V1_procedures.MOUNTPROC_UMNT,
    MOUNT_V1_procedures.MOUNTPROC_UMNTALL,
    MOUNT_V1_procedures.MOUNTPROC_EXPORT,
    MOUNT_V1_procedures.MOUNTPROC_EXPORTALL,
  ],
} satisfies Contract;

/** What serves MOUNT_V1: a method for each procedure. */
export interface MOUNT_V1_Server<Context = unknown> {
  /** @idempotent */
  MOUNTPROC_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC_MNT(args: dirpath, context: Context): fhstatus | Promise<fhstatus>;
  /** @idempotent */
  MOUNTPROC_DUMP(context: Context): mountlist | Promise<mountlist>;
  /** @idempotent */
  MOUNTPROC_UMNT(args: dirpath, context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC_UMNTALL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC_EXPORT(context: Context): exports | Promise<exports>;
  /** @idempotent */
  MOUNTPROC_EXPORTALL(context: Context): exports | Promise<exports>;
}

/** Joins an implementation of MOUNT_V1 with its contract. */
export function serve_MOUNT_V1<Context = unknown>(
  implementation: MOUNT_V1_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.MOUNTPROC_NULL(context);
  handlers[1] = (args: dirpath, context: Context) => implementation.MOUNTPROC_MNT(args, context);
  handlers[2] = (_args: undefined, context: Context) => implementation.MOUNTPROC_DUMP(context);
  handlers[3] = (args: dirpath, context: Context) => implementation.MOUNTPROC_UMNT(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.MOUNTPROC_UMNTALL(context);
  handlers[5] = (_args: undefined, context: Context) => implementation.MOUNTPROC_EXPORT(context);
  handlers[6] = (_args: undefined, context: Context) => implementation.MOUNTPROC_EXPORTALL(context);
  return { contract: MOUNT_V1_contract, handlers };
}

/** Calls MOUNT_V1 through a caller, which knows where it is served. */
export class MOUNT_V1_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  MOUNTPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_NULL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC_MNT(args: dirpath, options?: CallOptions): Promise<fhstatus> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_MNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC_DUMP(options?: CallOptions): Promise<mountlist> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_DUMP, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC_UMNT(args: dirpath, options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_UMNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC_UMNTALL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_UMNTALL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC_EXPORT(options?: CallOptions): Promise<exports> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_EXPORT, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC_EXPORTALL(options?: CallOptions): Promise<exports> {
    return this.#caller.call(MOUNT_V1_contract, MOUNT_V1_procedures.MOUNTPROC_EXPORTALL, undefined, options);
  }
}

export const MOUNT_V2_procedures = {
  MOUNTPROC2_NULL: { name: "MOUNTPROC2_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC2_MNT: { name: "MOUNTPROC2_MNT", number: 1, idempotent: true, args: xdr_dirpath, result: xdr_fhstatus },
  MOUNTPROC2_DUMP: { name: "MOUNTPROC2_DUMP", number: 2, idempotent: true, args: xdrVoid, result: xdr_mountlist },
  MOUNTPROC2_UMNT: { name: "MOUNTPROC2_UMNT", number: 3, idempotent: true, args: xdr_dirpath, result: xdrVoid },
  MOUNTPROC2_UMNTALL: { name: "MOUNTPROC2_UMNTALL", number: 4, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC2_EXPORT: { name: "MOUNTPROC2_EXPORT", number: 5, idempotent: true, args: xdrVoid, result: xdr_exports },
  MOUNTPROC2_EXPORTALL: { name: "MOUNTPROC2_EXPORTALL", number: 6, idempotent: true, args: xdrVoid, result: xdr_exports },
  MOUNTPROC2_PATHCONF: { name: "MOUNTPROC2_PATHCONF", number: 7, idempotent: true, args: xdr_dirpath, result: xdr_ppathcnf },
} satisfies Record<string, Procedure>;

/** Program MOUNT_PROGRAM, version MOUNT_V2. */
export const MOUNT_V2_contract = {
  name: "MOUNT_V2",
  program: 100005,
  version: 2,
  procedures: [
    MOUNT_V2_procedures.MOUNTPROC2_NULL,
    MOUNT_V2_procedures.MOUNTPROC2_MNT,
    MOUNT_V2_procedures.MOUNTPROC2_DUMP,
    MOUNT_V2_procedures.MOUNTPROC2_UMNT,
    MOUNT_V2_procedures.MOUNTPROC2_UMNTALL,
    MOUNT_V2_procedures.MOUNTPROC2_EXPORT,
    MOUNT_V2_procedures.MOUNTPROC2_EXPORTALL,
    MOUNT_V2_procedures.MOUNTPROC2_PATHCONF,
  ],
} satisfies Contract;

/** What serves MOUNT_V2: a method for each procedure. */
export interface MOUNT_V2_Server<Context = unknown> {
  /** @idempotent */
  MOUNTPROC2_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC2_MNT(args: dirpath, context: Context): fhstatus | Promise<fhstatus>;
  /** @idempotent */
  MOUNTPROC2_DUMP(context: Context): mountlist | Promise<mountlist>;
  /** @idempotent */
  MOUNTPROC2_UMNT(args: dirpath, context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC2_UMNTALL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC2_EXPORT(context: Context): exports | Promise<exports>;
  /** @idempotent */
  MOUNTPROC2_EXPORTALL(context: Context): exports | Promise<exports>;
  /** @idempotent */
  MOUNTPROC2_PATHCONF(args: dirpath, context: Context): ppathcnf | Promise<ppathcnf>;
}

/** Joins an implementation of MOUNT_V2 with its contract. */
export function serve_MOUNT_V2<Context = unknown>(
  implementation: MOUNT_V2_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.MOUNTPROC2_NULL(context);
  handlers[1] = (args: dirpath, context: Context) => implementation.MOUNTPROC2_MNT(args, context);
  handlers[2] = (_args: undefined, context: Context) => implementation.MOUNTPROC2_DUMP(context);
  handlers[3] = (args: dirpath, context: Context) => implementation.MOUNTPROC2_UMNT(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.MOUNTPROC2_UMNTALL(context);
  handlers[5] = (_args: undefined, context: Context) => implementation.MOUNTPROC2_EXPORT(context);
  handlers[6] = (_args: undefined, context: Context) => implementation.MOUNTPROC2_EXPORTALL(context);
  handlers[7] = (args: dirpath, context: Context) => implementation.MOUNTPROC2_PATHCONF(args, context);
  return { contract: MOUNT_V2_contract, handlers };
}

/** Calls MOUNT_V2 through a caller, which knows where it is served. */
export class MOUNT_V2_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  MOUNTPROC2_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_NULL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC2_MNT(args: dirpath, options?: CallOptions): Promise<fhstatus> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_MNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC2_DUMP(options?: CallOptions): Promise<mountlist> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_DUMP, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC2_UMNT(args: dirpath, options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_UMNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC2_UMNTALL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_UMNTALL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC2_EXPORT(options?: CallOptions): Promise<exports> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_EXPORT, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC2_EXPORTALL(options?: CallOptions): Promise<exports> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_EXPORTALL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC2_PATHCONF(args: dirpath, options?: CallOptions): Promise<ppathcnf> {
    return this.#caller.call(MOUNT_V2_contract, MOUNT_V2_procedures.MOUNTPROC2_PATHCONF, args, options);
  }
}

export const MOUNT_V3_procedures = {
  MOUNTPROC3_NULL: { name: "MOUNTPROC3_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC3_MNT: { name: "MOUNTPROC3_MNT", number: 1, idempotent: true, args: xdr_dirpath, result: xdr_mountres3 },
  MOUNTPROC3_DUMP: { name: "MOUNTPROC3_DUMP", number: 2, idempotent: true, args: xdrVoid, result: xdr_mountlist },
  MOUNTPROC3_UMNT: { name: "MOUNTPROC3_UMNT", number: 3, idempotent: true, args: xdr_dirpath, result: xdrVoid },
  MOUNTPROC3_UMNTALL: { name: "MOUNTPROC3_UMNTALL", number: 4, idempotent: true, args: xdrVoid, result: xdrVoid },
  MOUNTPROC3_EXPORT: { name: "MOUNTPROC3_EXPORT", number: 5, idempotent: true, args: xdrVoid, result: xdr_exports },
} satisfies Record<string, Procedure>;

/** Program MOUNT_PROGRAM, version MOUNT_V3. */
export const MOUNT_V3_contract = {
  name: "MOUNT_V3",
  program: 100005,
  version: 3,
  procedures: [
    MOUNT_V3_procedures.MOUNTPROC3_NULL,
    MOUNT_V3_procedures.MOUNTPROC3_MNT,
    MOUNT_V3_procedures.MOUNTPROC3_DUMP,
    MOUNT_V3_procedures.MOUNTPROC3_UMNT,
    MOUNT_V3_procedures.MOUNTPROC3_UMNTALL,
    MOUNT_V3_procedures.MOUNTPROC3_EXPORT,
  ],
} satisfies Contract;

/** What serves MOUNT_V3: a method for each procedure. */
export interface MOUNT_V3_Server<Context = unknown> {
  /** @idempotent */
  MOUNTPROC3_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC3_MNT(args: dirpath, context: Context): mountres3 | Promise<mountres3>;
  /** @idempotent */
  MOUNTPROC3_DUMP(context: Context): mountlist | Promise<mountlist>;
  /** @idempotent */
  MOUNTPROC3_UMNT(args: dirpath, context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC3_UMNTALL(context: Context): void | Promise<void>;
  /** @idempotent */
  MOUNTPROC3_EXPORT(context: Context): exports | Promise<exports>;
}

/** Joins an implementation of MOUNT_V3 with its contract. */
export function serve_MOUNT_V3<Context = unknown>(
  implementation: MOUNT_V3_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.MOUNTPROC3_NULL(context);
  handlers[1] = (args: dirpath, context: Context) => implementation.MOUNTPROC3_MNT(args, context);
  handlers[2] = (_args: undefined, context: Context) => implementation.MOUNTPROC3_DUMP(context);
  handlers[3] = (args: dirpath, context: Context) => implementation.MOUNTPROC3_UMNT(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.MOUNTPROC3_UMNTALL(context);
  handlers[5] = (_args: undefined, context: Context) => implementation.MOUNTPROC3_EXPORT(context);
  return { contract: MOUNT_V3_contract, handlers };
}

/** Calls MOUNT_V3 through a caller, which knows where it is served. */
export class MOUNT_V3_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  MOUNTPROC3_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_NULL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC3_MNT(args: dirpath, options?: CallOptions): Promise<mountres3> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_MNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC3_DUMP(options?: CallOptions): Promise<mountlist> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_DUMP, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC3_UMNT(args: dirpath, options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_UMNT, args, options);
  }

  /** @idempotent */
  MOUNTPROC3_UMNTALL(options?: CallOptions): Promise<void> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_UMNTALL, undefined, options);
  }

  /** @idempotent */
  MOUNTPROC3_EXPORT(options?: CallOptions): Promise<exports> {
    return this.#caller.call(MOUNT_V3_contract, MOUNT_V3_procedures.MOUNTPROC3_EXPORT, undefined, options);
  }
}
