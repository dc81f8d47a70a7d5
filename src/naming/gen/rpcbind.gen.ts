// Generated from rpcbind.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { xdrVoid } from "../../marshal/index.ts";

/** Values of r_nc_semantics: connectionless, connection-oriented, the same with orderly release, raw. */
export const NC_TPI_CLTS = 1;

export const NC_TPI_COTS = 2;

export const NC_TPI_COTS_ORD = 3;

export const NC_TPI_RAW = 4;

export const RPCBSTAT_HIGHPROC = 13;

export const RPCBVERS_STAT = 3;

export interface rpcb {
  r_prog: number;
  r_vers: number;
  r_netid: string;
  r_addr: string;
  r_owner: string;
}

export function encode_rpcb(w: XdrWriter, v: rpcb): void {
  w.uint(v.r_prog);
  w.uint(v.r_vers);
  w.string(v.r_netid);
  w.string(v.r_addr);
  w.string(v.r_owner);
}

export function decode_rpcb(r: XdrReader): rpcb {
  return {
    r_prog: r.uint(),
    r_vers: r.uint(),
    r_netid: r.string(),
    r_addr: r.string(),
    r_owner: r.string(),
  };
}

export const xdr_rpcb: Xdr<rpcb> = { encode: encode_rpcb, decode: decode_rpcb };

export interface rp__list {
  rpcb_map: rpcb;
  rpcb_next: rp__list | null;
}

function encode_rp__list_node(w: XdrWriter, v: rp__list): void {
  encode_rpcb(w, v.rpcb_map);
}

export function encode_rp__list(w: XdrWriter, v: rp__list): void {
  let node: rp__list | null = v;
  while (node !== null) {
    encode_rp__list_node(w, node);
    node = node.rpcb_next;
    w.bool(node !== null);
  }
}

export function decode_rp__list(r: XdrReader): rp__list {
  const first = decode_rp__list_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_rp__list_node(r);
    last.rpcb_next = next;
    last = next;
  }
  return first;
}

function decode_rp__list_node(r: XdrReader): rp__list {
  return {
    rpcb_map: decode_rpcb(r),
    rpcb_next: null,
  };
}

export const xdr_rp__list: Xdr<rp__list> = { encode: encode_rp__list, decode: decode_rp__list };

export type rpcblist_ptr = rp__list | null;

export function encode_rpcblist_ptr(w: XdrWriter, v: rpcblist_ptr): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_rp__list(w, v);
  }
}

export function decode_rpcblist_ptr(r: XdrReader): rpcblist_ptr {
  return r.bool() ? decode_rp__list(r) : null;
}

export const xdr_rpcblist_ptr: Xdr<rpcblist_ptr> = { encode: encode_rpcblist_ptr, decode: decode_rpcblist_ptr };

export interface rpcb_rmtcallargs {
  prog: number;
  vers: number;
  proc: number;
  args: Uint8Array;
}

export function encode_rpcb_rmtcallargs(w: XdrWriter, v: rpcb_rmtcallargs): void {
  w.uint(v.prog);
  w.uint(v.vers);
  w.uint(v.proc);
  w.opaque(v.args);
}

export function decode_rpcb_rmtcallargs(r: XdrReader): rpcb_rmtcallargs {
  return {
    prog: r.uint(),
    vers: r.uint(),
    proc: r.uint(),
    args: r.opaque(),
  };
}

export const xdr_rpcb_rmtcallargs: Xdr<rpcb_rmtcallargs> = { encode: encode_rpcb_rmtcallargs, decode: decode_rpcb_rmtcallargs };

export interface rpcb_rmtcallres {
  addr: string;
  results: Uint8Array;
}

export function encode_rpcb_rmtcallres(w: XdrWriter, v: rpcb_rmtcallres): void {
  w.string(v.addr);
  w.opaque(v.results);
}

export function decode_rpcb_rmtcallres(r: XdrReader): rpcb_rmtcallres {
  return {
    addr: r.string(),
    results: r.opaque(),
  };
}

export const xdr_rpcb_rmtcallres: Xdr<rpcb_rmtcallres> = { encode: encode_rpcb_rmtcallres, decode: decode_rpcb_rmtcallres };

/** One transport on which a program can be reached. */
export interface rpcb_entry {
  r_maddr: string;
  r_nc_netid: string;
  r_nc_semantics: number;
  r_nc_protofmly: string;
  r_nc_proto: string;
}

export function encode_rpcb_entry(w: XdrWriter, v: rpcb_entry): void {
  w.string(v.r_maddr);
  w.string(v.r_nc_netid);
  w.uint(v.r_nc_semantics);
  w.string(v.r_nc_protofmly);
  w.string(v.r_nc_proto);
}

export function decode_rpcb_entry(r: XdrReader): rpcb_entry {
  return {
    r_maddr: r.string(),
    r_nc_netid: r.string(),
    r_nc_semantics: r.uint(),
    r_nc_protofmly: r.string(),
    r_nc_proto: r.string(),
  };
}

export const xdr_rpcb_entry: Xdr<rpcb_entry> = { encode: encode_rpcb_entry, decode: decode_rpcb_entry };

export interface rpcb_entry_list {
  rpcb_entry_map: rpcb_entry;
  rpcb_entry_next: rpcb_entry_list | null;
}

function encode_rpcb_entry_list_node(w: XdrWriter, v: rpcb_entry_list): void {
  encode_rpcb_entry(w, v.rpcb_entry_map);
}

export function encode_rpcb_entry_list(w: XdrWriter, v: rpcb_entry_list): void {
  let node: rpcb_entry_list | null = v;
  while (node !== null) {
    encode_rpcb_entry_list_node(w, node);
    node = node.rpcb_entry_next;
    w.bool(node !== null);
  }
}

export function decode_rpcb_entry_list(r: XdrReader): rpcb_entry_list {
  const first = decode_rpcb_entry_list_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_rpcb_entry_list_node(r);
    last.rpcb_entry_next = next;
    last = next;
  }
  return first;
}

function decode_rpcb_entry_list_node(r: XdrReader): rpcb_entry_list {
  return {
    rpcb_entry_map: decode_rpcb_entry(r),
    rpcb_entry_next: null,
  };
}

export const xdr_rpcb_entry_list: Xdr<rpcb_entry_list> = { encode: encode_rpcb_entry_list, decode: decode_rpcb_entry_list };

export type rpcb_entry_list_ptr = rpcb_entry_list | null;

export function encode_rpcb_entry_list_ptr(w: XdrWriter, v: rpcb_entry_list_ptr): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_rpcb_entry_list(w, v);
  }
}

export function decode_rpcb_entry_list_ptr(r: XdrReader): rpcb_entry_list_ptr {
  return r.bool() ? decode_rpcb_entry_list(r) : null;
}

export const xdr_rpcb_entry_list_ptr: Xdr<rpcb_entry_list_ptr> = { encode: encode_rpcb_entry_list_ptr, decode: decode_rpcb_entry_list_ptr };

export interface rpcbs_addrlist {
  prog: number;
  vers: number;
  success: number;
  failure: number;
  netid: string;
  next: rpcbs_addrlist | null;
}

function encode_rpcbs_addrlist_node(w: XdrWriter, v: rpcbs_addrlist): void {
  w.uint(v.prog);
  w.uint(v.vers);
  w.int(v.success);
  w.int(v.failure);
  w.string(v.netid);
}

export function encode_rpcbs_addrlist(w: XdrWriter, v: rpcbs_addrlist): void {
  let node: rpcbs_addrlist | null = v;
  while (node !== null) {
    encode_rpcbs_addrlist_node(w, node);
    node = node.next;
    w.bool(node !== null);
  }
}

export function decode_rpcbs_addrlist(r: XdrReader): rpcbs_addrlist {
  const first = decode_rpcbs_addrlist_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_rpcbs_addrlist_node(r);
    last.next = next;
    last = next;
  }
  return first;
}

function decode_rpcbs_addrlist_node(r: XdrReader): rpcbs_addrlist {
  return {
    prog: r.uint(),
    vers: r.uint(),
    success: r.int(),
    failure: r.int(),
    netid: r.string(),
    next: null,
  };
}

export const xdr_rpcbs_addrlist: Xdr<rpcbs_addrlist> = { encode: encode_rpcbs_addrlist, decode: decode_rpcbs_addrlist };

export type rpcbs_addrlist_ptr = rpcbs_addrlist | null;

export function encode_rpcbs_addrlist_ptr(w: XdrWriter, v: rpcbs_addrlist_ptr): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_rpcbs_addrlist(w, v);
  }
}

export function decode_rpcbs_addrlist_ptr(r: XdrReader): rpcbs_addrlist_ptr {
  return r.bool() ? decode_rpcbs_addrlist(r) : null;
}

export const xdr_rpcbs_addrlist_ptr: Xdr<rpcbs_addrlist_ptr> = { encode: encode_rpcbs_addrlist_ptr, decode: decode_rpcbs_addrlist_ptr };

export interface rpcbs_rmtcalllist {
  prog: number;
  vers: number;
  proc: number;
  success: number;
  failure: number;
  indirect: number;
  netid: string;
  next: rpcbs_rmtcalllist | null;
}

function encode_rpcbs_rmtcalllist_node(w: XdrWriter, v: rpcbs_rmtcalllist): void {
  w.uint(v.prog);
  w.uint(v.vers);
  w.uint(v.proc);
  w.int(v.success);
  w.int(v.failure);
  w.int(v.indirect);
  w.string(v.netid);
}

export function encode_rpcbs_rmtcalllist(w: XdrWriter, v: rpcbs_rmtcalllist): void {
  let node: rpcbs_rmtcalllist | null = v;
  while (node !== null) {
    encode_rpcbs_rmtcalllist_node(w, node);
    node = node.next;
    w.bool(node !== null);
  }
}

export function decode_rpcbs_rmtcalllist(r: XdrReader): rpcbs_rmtcalllist {
  const first = decode_rpcbs_rmtcalllist_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_rpcbs_rmtcalllist_node(r);
    last.next = next;
    last = next;
  }
  return first;
}

function decode_rpcbs_rmtcalllist_node(r: XdrReader): rpcbs_rmtcalllist {
  return {
    prog: r.uint(),
    vers: r.uint(),
    proc: r.uint(),
    success: r.int(),
    failure: r.int(),
    indirect: r.int(),
    netid: r.string(),
    next: null,
  };
}

export const xdr_rpcbs_rmtcalllist: Xdr<rpcbs_rmtcalllist> = { encode: encode_rpcbs_rmtcalllist, decode: decode_rpcbs_rmtcalllist };

export type rpcbs_rmtcalllist_ptr = rpcbs_rmtcalllist | null;

export function encode_rpcbs_rmtcalllist_ptr(w: XdrWriter, v: rpcbs_rmtcalllist_ptr): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_rpcbs_rmtcalllist(w, v);
  }
}

export function decode_rpcbs_rmtcalllist_ptr(r: XdrReader): rpcbs_rmtcalllist_ptr {
  return r.bool() ? decode_rpcbs_rmtcalllist(r) : null;
}

export const xdr_rpcbs_rmtcalllist_ptr: Xdr<rpcbs_rmtcalllist_ptr> = { encode: encode_rpcbs_rmtcalllist_ptr, decode: decode_rpcbs_rmtcalllist_ptr };

export interface rpcb_stat {
  info: number[];
  setinfo: number;
  unsetinfo: number;
  addrinfo: rpcbs_addrlist_ptr;
  rmtinfo: rpcbs_rmtcalllist_ptr;
}

export function encode_rpcb_stat(w: XdrWriter, v: rpcb_stat): void {
  w.vector(v.info.length, 13);
  for (const item of v.info) {
    w.int(item);
  }
  w.int(v.setinfo);
  w.int(v.unsetinfo);
  encode_rpcbs_addrlist_ptr(w, v.addrinfo);
  encode_rpcbs_rmtcalllist_ptr(w, v.rmtinfo);
}

export function decode_rpcb_stat(r: XdrReader): rpcb_stat {
  const f0: number[] = [];
  for (let left = 13; left > 0; left--) f0.push(r.int());
  return {
    info: f0,
    setinfo: r.int(),
    unsetinfo: r.int(),
    addrinfo: decode_rpcbs_addrlist_ptr(r),
    rmtinfo: decode_rpcbs_rmtcalllist_ptr(r),
  };
}

export const xdr_rpcb_stat: Xdr<rpcb_stat> = { encode: encode_rpcb_stat, decode: decode_rpcb_stat };

/** The counters of versions 2, 3 and 4. */
export type rpcb_stat_byvers = rpcb_stat[];

export function encode_rpcb_stat_byvers(w: XdrWriter, v: rpcb_stat_byvers): void {
  w.vector(v.length, 3);
  for (const item of v) {
    encode_rpcb_stat(w, item);
  }
}

export function decode_rpcb_stat_byvers(r: XdrReader): rpcb_stat_byvers {
  return [decode_rpcb_stat(r), decode_rpcb_stat(r), decode_rpcb_stat(r)];
}

export const xdr_rpcb_stat_byvers: Xdr<rpcb_stat_byvers> = { encode: encode_rpcb_stat_byvers, decode: decode_rpcb_stat_byvers };

/** A transport's own form of an address: here a sockaddr. */
export interface netbuf {
  maxlen: number;
  buf: Uint8Array;
}

export function encode_netbuf(w: XdrWriter, v: netbuf): void {
  w.uint(v.maxlen);
  w.opaque(v.buf);
}

export function decode_netbuf(r: XdrReader): netbuf {
  return {
    maxlen: r.uint(),
    buf: r.opaque(),
  };
}

export const xdr_netbuf: Xdr<netbuf> = { encode: encode_netbuf, decode: decode_netbuf };

const RPCBVERS_RPCBPROC_SET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const RPCBVERS_RPCBPROC_UNSET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const RPCBVERS_RPCBPROC_GETADDR_result: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

const RPCBVERS_RPCBPROC_GETTIME_result: Xdr<number> = {
  encode(w: XdrWriter, v: number): void {
    w.uint(v);
  },
  decode(r: XdrReader): number {
    return r.uint();
  },
};

const RPCBVERS_RPCBPROC_UADDR2TADDR_args: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

const RPCBVERS_RPCBPROC_TADDR2UADDR_result: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

export const RPCBVERS_procedures = {
  RPCBPROC_NULL: { name: "RPCBPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  RPCBPROC_SET: { name: "RPCBPROC_SET", number: 1, idempotent: false, args: xdr_rpcb, result: RPCBVERS_RPCBPROC_SET_result },
  RPCBPROC_UNSET: { name: "RPCBPROC_UNSET", number: 2, idempotent: false, args: xdr_rpcb, result: RPCBVERS_RPCBPROC_UNSET_result },
  RPCBPROC_GETADDR: { name: "RPCBPROC_GETADDR", number: 3, idempotent: true, args: xdr_rpcb, result: RPCBVERS_RPCBPROC_GETADDR_result },
  RPCBPROC_DUMP: { name: "RPCBPROC_DUMP", number: 4, idempotent: true, args: xdrVoid, result: xdr_rpcblist_ptr },
  RPCBPROC_CALLIT: { name: "RPCBPROC_CALLIT", number: 5, idempotent: false, args: xdr_rpcb_rmtcallargs, result: xdr_rpcb_rmtcallres },
  RPCBPROC_GETTIME: { name: "RPCBPROC_GETTIME", number: 6, idempotent: true, args: xdrVoid, result: RPCBVERS_RPCBPROC_GETTIME_result },
  RPCBPROC_UADDR2TADDR: { name: "RPCBPROC_UADDR2TADDR", number: 7, idempotent: true, args: RPCBVERS_RPCBPROC_UADDR2TADDR_args, result: xdr_netbuf },
  RPCBPROC_TADDR2UADDR: { name: "RPCBPROC_TADDR2UADDR", number: 8, idempotent: true, args: xdr_netbuf, result: RPCBVERS_RPCBPROC_TADDR2UADDR_result },
} satisfies Record<string, Procedure>;

/** Program RPCBPROG, version RPCBVERS. */
export const RPCBVERS_contract = {
  name: "RPCBVERS",
  program: 100000,
  version: 3,
  procedures: [
    RPCBVERS_procedures.RPCBPROC_NULL,
    RPCBVERS_procedures.RPCBPROC_SET,
    RPCBVERS_procedures.RPCBPROC_UNSET,
    RPCBVERS_procedures.RPCBPROC_GETADDR,
    RPCBVERS_procedures.RPCBPROC_DUMP,
    RPCBVERS_procedures.RPCBPROC_CALLIT,
    RPCBVERS_procedures.RPCBPROC_GETTIME,
    RPCBVERS_procedures.RPCBPROC_UADDR2TADDR,
    RPCBVERS_procedures.RPCBPROC_TADDR2UADDR,
  ],
} satisfies Contract;

/** What serves RPCBVERS: a method for each procedure. */
export interface RPCBVERS_Server<Context = unknown> {
  /** @idempotent */
  RPCBPROC_NULL(context: Context): void | Promise<void>;
  RPCBPROC_SET(args: rpcb, context: Context): boolean | Promise<boolean>;
  RPCBPROC_UNSET(args: rpcb, context: Context): boolean | Promise<boolean>;
  /** Empty when the program is not registered. @idempotent */
  RPCBPROC_GETADDR(args: rpcb, context: Context): string | Promise<string>;
  /** @idempotent */
  RPCBPROC_DUMP(context: Context): rpcblist_ptr | Promise<rpcblist_ptr>;
  RPCBPROC_CALLIT(args: rpcb_rmtcallargs, context: Context): rpcb_rmtcallres | Promise<rpcb_rmtcallres>;
  /** Seconds since 1970. @idempotent */
  RPCBPROC_GETTIME(context: Context): number | Promise<number>;
  /** @idempotent */
  RPCBPROC_UADDR2TADDR(args: string, context: Context): netbuf | Promise<netbuf>;
  /** @idempotent */
  RPCBPROC_TADDR2UADDR(args: netbuf, context: Context): string | Promise<string>;
}

/** Joins an implementation of RPCBVERS with its contract. */
export function serve_RPCBVERS<Context = unknown>(
  implementation: RPCBVERS_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.RPCBPROC_NULL(context);
  handlers[1] = (args: rpcb, context: Context) => implementation.RPCBPROC_SET(args, context);
  handlers[2] = (args: rpcb, context: Context) => implementation.RPCBPROC_UNSET(args, context);
  handlers[3] = (args: rpcb, context: Context) => implementation.RPCBPROC_GETADDR(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.RPCBPROC_DUMP(context);
  handlers[5] = (args: rpcb_rmtcallargs, context: Context) => implementation.RPCBPROC_CALLIT(args, context);
  handlers[6] = (_args: undefined, context: Context) => implementation.RPCBPROC_GETTIME(context);
  handlers[7] = (args: string, context: Context) => implementation.RPCBPROC_UADDR2TADDR(args, context);
  handlers[8] = (args: netbuf, context: Context) => implementation.RPCBPROC_TADDR2UADDR(args, context);
  return { contract: RPCBVERS_contract, handlers };
}

/** Calls RPCBVERS through a caller, which knows where it is served. */
export class RPCBVERS_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  RPCBPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_NULL, undefined, options);
  }

  RPCBPROC_SET(args: rpcb, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_SET, args, options);
  }

  RPCBPROC_UNSET(args: rpcb, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_UNSET, args, options);
  }

  /** Empty when the program is not registered. @idempotent */
  RPCBPROC_GETADDR(args: rpcb, options?: CallOptions): Promise<string> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_GETADDR, args, options);
  }

  /** @idempotent */
  RPCBPROC_DUMP(options?: CallOptions): Promise<rpcblist_ptr> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_DUMP, undefined, options);
  }

  RPCBPROC_CALLIT(args: rpcb_rmtcallargs, options?: CallOptions): Promise<rpcb_rmtcallres> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_CALLIT, args, options);
  }

  /** Seconds since 1970. @idempotent */
  RPCBPROC_GETTIME(options?: CallOptions): Promise<number> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_GETTIME, undefined, options);
  }

  /** @idempotent */
  RPCBPROC_UADDR2TADDR(args: string, options?: CallOptions): Promise<netbuf> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_UADDR2TADDR, args, options);
  }

  /** @idempotent */
  RPCBPROC_TADDR2UADDR(args: netbuf, options?: CallOptions): Promise<string> {
    return this.#caller.call(RPCBVERS_contract, RPCBVERS_procedures.RPCBPROC_TADDR2UADDR, args, options);
  }
}

const RPCBVERS4_RPCBPROC_SET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const RPCBVERS4_RPCBPROC_UNSET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const RPCBVERS4_RPCBPROC_GETADDR_result: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

const RPCBVERS4_RPCBPROC_GETTIME_result: Xdr<number> = {
  encode(w: XdrWriter, v: number): void {
    w.uint(v);
  },
  decode(r: XdrReader): number {
    return r.uint();
  },
};

const RPCBVERS4_RPCBPROC_UADDR2TADDR_args: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

const RPCBVERS4_RPCBPROC_TADDR2UADDR_result: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

const RPCBVERS4_RPCBPROC_GETVERSADDR_result: Xdr<string> = {
  encode(w: XdrWriter, v: string): void {
    w.string(v);
  },
  decode(r: XdrReader): string {
    return r.string();
  },
};

export const RPCBVERS4_procedures = {
  RPCBPROC_NULL: { name: "RPCBPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  RPCBPROC_SET: { name: "RPCBPROC_SET", number: 1, idempotent: false, args: xdr_rpcb, result: RPCBVERS4_RPCBPROC_SET_result },
  RPCBPROC_UNSET: { name: "RPCBPROC_UNSET", number: 2, idempotent: false, args: xdr_rpcb, result: RPCBVERS4_RPCBPROC_UNSET_result },
  RPCBPROC_GETADDR: { name: "RPCBPROC_GETADDR", number: 3, idempotent: true, args: xdr_rpcb, result: RPCBVERS4_RPCBPROC_GETADDR_result },
  RPCBPROC_DUMP: { name: "RPCBPROC_DUMP", number: 4, idempotent: true, args: xdrVoid, result: xdr_rpcblist_ptr },
  RPCBPROC_BCAST: { name: "RPCBPROC_BCAST", number: 5, idempotent: false, args: xdr_rpcb_rmtcallargs, result: xdr_rpcb_rmtcallres },
  RPCBPROC_GETTIME: { name: "RPCBPROC_GETTIME", number: 6, idempotent: true, args: xdrVoid, result: RPCBVERS4_RPCBPROC_GETTIME_result },
  RPCBPROC_UADDR2TADDR: { name: "RPCBPROC_UADDR2TADDR", number: 7, idempotent: true, args: RPCBVERS4_RPCBPROC_UADDR2TADDR_args, result: xdr_netbuf },
  RPCBPROC_TADDR2UADDR: { name: "RPCBPROC_TADDR2UADDR", number: 8, idempotent: true, args: xdr_netbuf, result: RPCBVERS4_RPCBPROC_TADDR2UADDR_result },
  RPCBPROC_GETVERSADDR: { name: "RPCBPROC_GETVERSADDR", number: 9, idempotent: true, args: xdr_rpcb, result: RPCBVERS4_RPCBPROC_GETVERSADDR_result },
  RPCBPROC_INDIRECT: { name: "RPCBPROC_INDIRECT", number: 10, idempotent: false, args: xdr_rpcb_rmtcallargs, result: xdr_rpcb_rmtcallres },
  RPCBPROC_GETADDRLIST: { name: "RPCBPROC_GETADDRLIST", number: 11, idempotent: true, args: xdr_rpcb, result: xdr_rpcb_entry_list_ptr },
  RPCBPROC_GETSTAT: { name: "RPCBPROC_GETSTAT", number: 12, idempotent: true, args: xdrVoid, result: xdr_rpcb_stat_byvers },
} satisfies Record<string, Procedure>;

/** Program RPCBPROG, version RPCBVERS4. */
export const RPCBVERS4_contract = {
  name: "RPCBVERS4",
  program: 100000,
  version: 4,
  procedures: [
    RPCBVERS4_procedures.RPCBPROC_NULL,
    RPCBVERS4_procedures.RPCBPROC_SET,
    RPCBVERS4_procedures.RPCBPROC_UNSET,
    RPCBVERS4_procedures.RPCBPROC_GETADDR,
    RPCBVERS4_procedures.RPCBPROC_DUMP,
    RPCBVERS4_procedures.RPCBPROC_BCAST,
    RPCBVERS4_procedures.RPCBPROC_GETTIME,
    RPCBVERS4_procedures.RPCBPROC_UADDR2TADDR,
    RPCBVERS4_procedures.RPCBPROC_TADDR2UADDR,
    RPCBVERS4_procedures.RPCBPROC_GETVERSADDR,
    RPCBVERS4_procedures.RPCBPROC_INDIRECT,
    RPCBVERS4_procedures.RPCBPROC_GETADDRLIST,
    RPCBVERS4_procedures.RPCBPROC_GETSTAT,
  ],
} satisfies Contract;

/** What serves RPCBVERS4: a method for each procedure. */
export interface RPCBVERS4_Server<Context = unknown> {
  /** @idempotent */
  RPCBPROC_NULL(context: Context): void | Promise<void>;
  RPCBPROC_SET(args: rpcb, context: Context): boolean | Promise<boolean>;
  RPCBPROC_UNSET(args: rpcb, context: Context): boolean | Promise<boolean>;
  /** @idempotent */
  RPCBPROC_GETADDR(args: rpcb, context: Context): string | Promise<string>;
  /** @idempotent */
  RPCBPROC_DUMP(context: Context): rpcblist_ptr | Promise<rpcblist_ptr>;
  RPCBPROC_BCAST(args: rpcb_rmtcallargs, context: Context): rpcb_rmtcallres | Promise<rpcb_rmtcallres>;
  /** @idempotent */
  RPCBPROC_GETTIME(context: Context): number | Promise<number>;
  /** @idempotent */
  RPCBPROC_UADDR2TADDR(args: string, context: Context): netbuf | Promise<netbuf>;
  /** @idempotent */
  RPCBPROC_TADDR2UADDR(args: netbuf, context: Context): string | Promise<string>;
  /** Only exactly the version asked for. @idempotent */
  RPCBPROC_GETVERSADDR(args: rpcb, context: Context): string | Promise<string>;
  RPCBPROC_INDIRECT(args: rpcb_rmtcallargs, context: Context): rpcb_rmtcallres | Promise<rpcb_rmtcallres>;
  /** @idempotent */
  RPCBPROC_GETADDRLIST(args: rpcb, context: Context): rpcb_entry_list_ptr | Promise<rpcb_entry_list_ptr>;
  /** @idempotent */
  RPCBPROC_GETSTAT(context: Context): rpcb_stat_byvers | Promise<rpcb_stat_byvers>;
}

/** Joins an implementation of RPCBVERS4 with its contract. */
export function serve_RPCBVERS4<Context = unknown>(
  implementation: RPCBVERS4_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.RPCBPROC_NULL(context);
  handlers[1] = (args: rpcb, context: Context) => implementation.RPCBPROC_SET(args, context);
  handlers[2] = (args: rpcb, context: Context) => implementation.RPCBPROC_UNSET(args, context);
  handlers[3] = (args: rpcb, context: Context) => implementation.RPCBPROC_GETADDR(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.RPCBPROC_DUMP(context);
  handlers[5] = (args: rpcb_rmtcallargs, context: Context) => implementation.RPCBPROC_BCAST(args, context);
  handlers[6] = (_args: undefined, context: Context) => implementation.RPCBPROC_GETTIME(context);
  handlers[7] = (args: string, context: Context) => implementation.RPCBPROC_UADDR2TADDR(args, context);
  handlers[8] = (args: netbuf, context: Context) => implementation.RPCBPROC_TADDR2UADDR(args, context);
  handlers[9] = (args: rpcb, context: Context) => implementation.RPCBPROC_GETVERSADDR(args, context);
  handlers[10] = (args: rpcb_rmtcallargs, context: Context) => implementation.RPCBPROC_INDIRECT(args, context);
  handlers[11] = (args: rpcb, context: Context) => implementation.RPCBPROC_GETADDRLIST(args, context);
  handlers[12] = (_args: undefined, context: Context) => implementation.RPCBPROC_GETSTAT(context);
  return { contract: RPCBVERS4_contract, handlers };
}

/** Calls RPCBVERS4 through a caller, which knows where it is served. */
export class RPCBVERS4_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  RPCBPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_NULL, undefined, options);
  }

  RPCBPROC_SET(args: rpcb, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_SET, args, options);
  }

  RPCBPROC_UNSET(args: rpcb, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_UNSET, args, options);
  }

  /** @idempotent */
  RPCBPROC_GETADDR(args: rpcb, options?: CallOptions): Promise<string> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_GETADDR, args, options);
  }

  /** @idempotent */
  RPCBPROC_DUMP(options?: CallOptions): Promise<rpcblist_ptr> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_DUMP, undefined, options);
  }

  RPCBPROC_BCAST(args: rpcb_rmtcallargs, options?: CallOptions): Promise<rpcb_rmtcallres> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_BCAST, args, options);
  }

  /** @idempotent */
  RPCBPROC_GETTIME(options?: CallOptions): Promise<number> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_GETTIME, undefined, options);
  }

  /** @idempotent */
  RPCBPROC_UADDR2TADDR(args: string, options?: CallOptions): Promise<netbuf> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_UADDR2TADDR, args, options);
  }

  /** @idempotent */
  RPCBPROC_TADDR2UADDR(args: netbuf, options?: CallOptions): Promise<string> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_TADDR2UADDR, args, options);
  }

  /** Only exactly the version asked for. @idempotent */
  RPCBPROC_GETVERSADDR(args: rpcb, options?: CallOptions): Promise<string> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_GETVERSADDR, args, options);
  }

  RPCBPROC_INDIRECT(args: rpcb_rmtcallargs, options?: CallOptions): Promise<rpcb_rmtcallres> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_INDIRECT, args, options);
  }

  /** @idempotent */
  RPCBPROC_GETADDRLIST(args: rpcb, options?: CallOptions): Promise<rpcb_entry_list_ptr> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_GETADDRLIST, args, options);
  }

  /** @idempotent */
  RPCBPROC_GETSTAT(options?: CallOptions): Promise<rpcb_stat_byvers> {
    return this.#caller.call(RPCBVERS4_contract, RPCBVERS4_procedures.RPCBPROC_GETSTAT, undefined, options);
  }
}
