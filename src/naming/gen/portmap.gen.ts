// Generated from portmap.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { xdrVoid } from "../../marshal/index.ts";

export const PMAP_PORT = 111;

/** Protocol numbers of mapping. */
export const PMAP_TCP = 6;

export const PMAP_UDP = 17;

export interface mapping {
  prog: number;
  vers: number;
  prot: number;
  port: number;
}

export function encode_mapping(w: XdrWriter, v: mapping): void {
  w.uint(v.prog);
  w.uint(v.vers);
  w.uint(v.prot);
  w.uint(v.port);
}

export function decode_mapping(r: XdrReader): mapping {
  return {
    prog: r.uint(),
    vers: r.uint(),
    prot: r.uint(),
    port: r.uint(),
  };
}

export const xdr_mapping: Xdr<mapping> = { encode: encode_mapping, decode: decode_mapping };

export interface pmaplist {
  map: mapping;
  next: pmaplist | null;
}

function encode_pmaplist_node(w: XdrWriter, v: pmaplist): void {
  encode_mapping(w, v.map);
}

export function encode_pmaplist(w: XdrWriter, v: pmaplist): void {
  let node: pmaplist | null = v;
  while (node !== null) {
    encode_pmaplist_node(w, node);
    node = node.next;
    w.bool(node !== null);
  }
}

export function decode_pmaplist(r: XdrReader): pmaplist {
  const first = decode_pmaplist_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_pmaplist_node(r);
    last.next = next;
    last = next;
  }
  return first;
}

function decode_pmaplist_node(r: XdrReader): pmaplist {
  return {
    map: decode_mapping(r),
    next: null,
  };
}

export const xdr_pmaplist: Xdr<pmaplist> = { encode: encode_pmaplist, decode: decode_pmaplist };

export type pmaplist_ptr = pmaplist | null;

export function encode_pmaplist_ptr(w: XdrWriter, v: pmaplist_ptr): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_pmaplist(w, v);
  }
}

export function decode_pmaplist_ptr(r: XdrReader): pmaplist_ptr {
  return r.bool() ? decode_pmaplist(r) : null;
}

export const xdr_pmaplist_ptr: Xdr<pmaplist_ptr> = { encode: encode_pmaplist_ptr, decode: decode_pmaplist_ptr };

export interface call_args {
  prog: number;
  vers: number;
  proc: number;
  args: Uint8Array;
}

export function encode_call_args(w: XdrWriter, v: call_args): void {
  w.uint(v.prog);
  w.uint(v.vers);
  w.uint(v.proc);
  w.opaque(v.args);
}

export function decode_call_args(r: XdrReader): call_args {
  return {
    prog: r.uint(),
    vers: r.uint(),
    proc: r.uint(),
    args: r.opaque(),
  };
}

export const xdr_call_args: Xdr<call_args> = { encode: encode_call_args, decode: decode_call_args };

export interface call_result {
  port: number;
  res: Uint8Array;
}

export function encode_call_result(w: XdrWriter, v: call_result): void {
  w.uint(v.port);
  w.opaque(v.res);
}

export function decode_call_result(r: XdrReader): call_result {
  return {
    port: r.uint(),
    res: r.opaque(),
  };
}

export const xdr_call_result: Xdr<call_result> = { encode: encode_call_result, decode: decode_call_result };

const PMAP_VERS_PMAPPROC_SET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const PMAP_VERS_PMAPPROC_UNSET_result: Xdr<boolean> = {
  encode(w: XdrWriter, v: boolean): void {
    w.bool(v);
  },
  decode(r: XdrReader): boolean {
    return r.bool();
  },
};

const PMAP_VERS_PMAPPROC_GETPORT_result: Xdr<number> = {
  encode(w: XdrWriter, v: number): void {
    w.uint(v);
  },
  decode(r: XdrReader): number {
    return r.uint();
  },
};

export const PMAP_VERS_procedures = {
  PMAPPROC_NULL: { name: "PMAPPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  PMAPPROC_SET: { name: "PMAPPROC_SET", number: 1, idempotent: false, args: xdr_mapping, result: PMAP_VERS_PMAPPROC_SET_result },
  PMAPPROC_UNSET: { name: "PMAPPROC_UNSET", number: 2, idempotent: false, args: xdr_mapping, result: PMAP_VERS_PMAPPROC_UNSET_result },
  PMAPPROC_GETPORT: { name: "PMAPPROC_GETPORT", number: 3, idempotent: true, args: xdr_mapping, result: PMAP_VERS_PMAPPROC_GETPORT_result },
  PMAPPROC_DUMP: { name: "PMAPPROC_DUMP", number: 4, idempotent: true, args: xdrVoid, result: xdr_pmaplist_ptr },
  PMAPPROC_CALLIT: { name: "PMAPPROC_CALLIT", number: 5, idempotent: false, args: xdr_call_args, result: xdr_call_result },
} satisfies Record<string, Procedure>;

/** Program PMAP_PROG, version PMAP_VERS. */
export const PMAP_VERS_contract = {
  name: "PMAP_VERS",
  program: 100000,
  version: 2,
  procedures: [
    PMAP_VERS_procedures.PMAPPROC_NULL,
    PMAP_VERS_procedures.PMAPPROC_SET,
    PMAP_VERS_procedures.PMAPPROC_UNSET,
    PMAP_VERS_procedures.PMAPPROC_GETPORT,
    PMAP_VERS_procedures.PMAPPROC_DUMP,
    PMAP_VERS_procedures.PMAPPROC_CALLIT,
  ],
} satisfies Contract;

/** What serves PMAP_VERS: a method for each procedure. */
export interface PMAP_VERS_Server<Context = unknown> {
  /** @idempotent */
  PMAPPROC_NULL(context: Context): void | Promise<void>;
  PMAPPROC_SET(args: mapping, context: Context): boolean | Promise<boolean>;
  PMAPPROC_UNSET(args: mapping, context: Context): boolean | Promise<boolean>;
  /** 0 when the program is not registered. @idempotent */
  PMAPPROC_GETPORT(args: mapping, context: Context): number | Promise<number>;
  /** @idempotent */
  PMAPPROC_DUMP(context: Context): pmaplist_ptr | Promise<pmaplist_ptr>;
  PMAPPROC_CALLIT(args: call_args, context: Context): call_result | Promise<call_result>;
}

/** Joins an implementation of PMAP_VERS with its contract. */
export function serve_PMAP_VERS<Context = unknown>(
  implementation: PMAP_VERS_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.PMAPPROC_NULL(context);
  handlers[1] = (args: mapping, context: Context) => implementation.PMAPPROC_SET(args, context);
  handlers[2] = (args: mapping, context: Context) => implementation.PMAPPROC_UNSET(args, context);
  handlers[3] = (args: mapping, context: Context) => implementation.PMAPPROC_GETPORT(args, context);
  handlers[4] = (_args: undefined, context: Context) => implementation.PMAPPROC_DUMP(context);
  handlers[5] = (args: call_args, context: Context) => implementation.PMAPPROC_CALLIT(args, context);
  return { contract: PMAP_VERS_contract, handlers };
}

/** Calls PMAP_VERS through a caller, which knows where it is served. */
export class PMAP_VERS_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  PMAPPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_NULL, undefined, options);
  }

  PMAPPROC_SET(args: mapping, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_SET, args, options);
  }

  PMAPPROC_UNSET(args: mapping, options?: CallOptions): Promise<boolean> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_UNSET, args, options);
  }

  /** 0 when the program is not registered. @idempotent */
  PMAPPROC_GETPORT(args: mapping, options?: CallOptions): Promise<number> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_GETPORT, args, options);
  }

  /** @idempotent */
  PMAPPROC_DUMP(options?: CallOptions): Promise<pmaplist_ptr> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_DUMP, undefined, options);
  }

  PMAPPROC_CALLIT(args: call_args, options?: CallOptions): Promise<call_result> {
    return this.#caller.call(PMAP_VERS_contract, PMAP_VERS_procedures.PMAPPROC_CALLIT, args, options);
  }
}
