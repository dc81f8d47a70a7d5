// Generated from cell.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { XdrError, xdrVoid } from "../../marshal/index.ts";

/** longest text, in bytes */
export const CELL_MAX_TEXT = 1024;

/** most export rules */
export const CELL_MAX_RULES = 1024;

/** most problems told at once */
export const CELL_MAX_PROBLEMS = 16;

export type cell_text = Uint8Array;

export function encode_cell_text(w: XdrWriter, v: cell_text): void {
  w.opaque(v, 1024);
}

export function decode_cell_text(r: XdrReader): cell_text {
  return r.opaque(1024);
}

export const xdr_cell_text: Xdr<cell_text> = { encode: encode_cell_text, decode: decode_cell_text };

export const node_state = {
  NODE_STARTING: 0,
  NODE_SERVING: 1,
  NODE_STOPPING: 2,
} as const;
export type node_state = (typeof node_state)[keyof typeof node_state];

function check_node_state(value: number): node_state {
  if (value >= 0 && value <= 2) return value as node_state;
  throw new XdrError("XDR_RANGE", `node_state: ${value} is none of its values`);
}

export function encode_node_state(w: XdrWriter, v: node_state): void {
  w.int(check_node_state(v));
}

export function decode_node_state(r: XdrReader): node_state {
  return check_node_state(r.int());
}

export const xdr_node_state: Xdr<node_state> = { encode: encode_node_state, decode: decode_node_state };

/** How the node's programs can be found through port 111. */
export const portmap_state = {
  /** not asked for */
  PORTMAP_OFF: 0,
  /** registered with this machine's rpcbind */
  PORTMAP_SYSTEM: 1,
  /** the node itself answers on port 111 */
  PORTMAP_EMBEDDED: 2,
  /** asked for, and refused */
  PORTMAP_FAILED: 3,
} as const;
export type portmap_state = (typeof portmap_state)[keyof typeof portmap_state];

function check_portmap_state(value: number): portmap_state {
  if (value >= 0 && value <= 3) return value as portmap_state;
  throw new XdrError("XDR_RANGE", `portmap_state: ${value} is none of its values`);
}

export function encode_portmap_state(w: XdrWriter, v: portmap_state): void {
  w.int(check_portmap_state(v));
}

export function decode_portmap_state(r: XdrReader): portmap_state {
  return check_portmap_state(r.int());
}

export const xdr_portmap_state: Xdr<portmap_state> = { encode: encode_portmap_state, decode: decode_portmap_state };

/** Something that is wrong and that somebody should mend: a code of `coterie explain`, and a sentence. */
export interface node_problem {
  code: cell_text;
  message: cell_text;
}

export function encode_node_problem(w: XdrWriter, v: node_problem): void {
  encode_cell_text(w, v.code);
  encode_cell_text(w, v.message);
}

export function decode_node_problem(r: XdrReader): node_problem {
  return {
    code: decode_cell_text(r),
    message: decode_cell_text(r),
  };
}

export const xdr_node_problem: Xdr<node_problem> = { encode: encode_node_problem, decode: decode_node_problem };

/** What was counted since the node started. */
export interface node_counters {
  /** open now */
  connections: number;
  /** now */
  calls_in_flight: number;
  /** that reached a procedure */
  calls: bigint;
  /** answered with an error of the RPC layer */
  refused: bigint;
  /** retries answered from the duplicate request cache */
  replayed: bigint;
}

export function encode_node_counters(w: XdrWriter, v: node_counters): void {
  w.uint(v.connections);
  w.uint(v.calls_in_flight);
  w.uhyper(v.calls);
  w.uhyper(v.refused);
  w.uhyper(v.replayed);
}

export function decode_node_counters(r: XdrReader): node_counters {
  return {
    connections: r.uint(),
    calls_in_flight: r.uint(),
    calls: r.uhyper(),
    refused: r.uhyper(),
    replayed: r.uhyper(),
  };
}

export const xdr_node_counters: Xdr<node_counters> = { encode: encode_node_counters, decode: decode_node_counters };

export interface node_space {
  total_bytes: bigint;
  free_bytes: bigint;
  total_inodes: bigint;
  free_inodes: bigint;
}

export function encode_node_space(w: XdrWriter, v: node_space): void {
  w.uhyper(v.total_bytes);
  w.uhyper(v.free_bytes);
  w.uhyper(v.total_inodes);
  w.uhyper(v.free_inodes);
}

export function decode_node_space(r: XdrReader): node_space {
  return {
    total_bytes: r.uhyper(),
    free_bytes: r.uhyper(),
    total_inodes: r.uhyper(),
    free_inodes: r.uhyper(),
  };
}

export const xdr_node_space: Xdr<node_space> = { encode: encode_node_space, decode: decode_node_space };

export interface node_status {
  /** the version of Coterie */
  release: cell_text;
  state: node_state;
  pid: number;
  /** since 1970 */
  started_seconds: bigint;
  uptime_ms: bigint;
  /** where it listens */
  host: cell_text;
  port: number;
  directory: cell_text;
  volume: Uint8Array;
  space: node_space;
  /** the rules in the order in which they are tried */
  exports: cell_text[];
  portmap: portmap_state;
  counters: node_counters;
  problems: node_problem[];
}

export function encode_node_status(w: XdrWriter, v: node_status): void {
  encode_cell_text(w, v.release);
  encode_node_state(w, v.state);
  w.uint(v.pid);
  w.hyper(v.started_seconds);
  w.uhyper(v.uptime_ms);
  encode_cell_text(w, v.host);
  w.uint(v.port);
  encode_cell_text(w, v.directory);
  w.opaqueFixed(v.volume, 16);
  encode_node_space(w, v.space);
  w.count(v.exports.length, 1024);
  for (const item of v.exports) {
    encode_cell_text(w, item);
  }
  encode_portmap_state(w, v.portmap);
  encode_node_counters(w, v.counters);
  w.count(v.problems.length, 16);
  for (const item of v.problems) {
    encode_node_problem(w, item);
  }
}

export function decode_node_status(r: XdrReader): node_status {
  const f0 = decode_cell_text(r);
  const f1 = decode_node_state(r);
  const f2 = r.uint();
  const f3 = r.hyper();
  const f4 = r.uhyper();
  const f5 = decode_cell_text(r);
  const f6 = r.uint();
  const f7 = decode_cell_text(r);
  const f8 = r.opaqueFixed(16);
  const f9 = decode_node_space(r);
  const f10: cell_text[] = [];
  for (let left = r.count(1024); left > 0; left--) f10.push(decode_cell_text(r));
  const f11 = decode_portmap_state(r);
  const f12 = decode_node_counters(r);
  const f13: node_problem[] = [];
  for (let left = r.count(16, 8); left > 0; left--) f13.push(decode_node_problem(r));
  return {
    release: f0,
    state: f1,
    pid: f2,
    started_seconds: f3,
    uptime_ms: f4,
    host: f5,
    port: f6,
    directory: f7,
    volume: f8,
    space: f9,
    exports: f10,
    portmap: f11,
    counters: f12,
    problems: f13,
  };
}

export const xdr_node_status: Xdr<node_status> = { encode: encode_node_status, decode: decode_node_status };

export const COTERIE_CELL_V1_procedures = {
  CELLPROC_NULL: { name: "CELLPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  CELLPROC_STATUS: { name: "CELLPROC_STATUS", number: 1, idempotent: true, args: xdrVoid, result: xdr_node_status },
} satisfies Record<string, Procedure>;

/** Program COTERIE_CELL, version COTERIE_CELL_V1. */
export const COTERIE_CELL_V1_contract = {
  name: "COTERIE_CELL_V1",
  program: 541282132,
  version: 1,
  procedures: [
    COTERIE_CELL_V1_procedures.CELLPROC_NULL,
    COTERIE_CELL_V1_procedures.CELLPROC_STATUS,
  ],
} satisfies Contract;

/** What serves COTERIE_CELL_V1: a method for each procedure. */
export interface COTERIE_CELL_V1_Server<Context = unknown> {
  /** @idempotent */
  CELLPROC_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  CELLPROC_STATUS(context: Context): node_status | Promise<node_status>;
}

/** Joins an implementation of COTERIE_CELL_V1 with its contract. */
export function serve_COTERIE_CELL_V1<Context = unknown>(
  implementation: COTERIE_CELL_V1_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.CELLPROC_NULL(context);
  handlers[1] = (_args: undefined, context: Context) => implementation.CELLPROC_STATUS(context);
  return { contract: COTERIE_CELL_V1_contract, handlers };
}

/** Calls COTERIE_CELL_V1 through a caller, which knows where it is served. */
export class COTERIE_CELL_V1_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  CELLPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(COTERIE_CELL_V1_contract, COTERIE_CELL_V1_procedures.CELLPROC_NULL, undefined, options);
  }

  /** @idempotent */
  CELLPROC_STATUS(options?: CallOptions): Promise<node_status> {
    return this.#caller.call(COTERIE_CELL_V1_contract, COTERIE_CELL_V1_procedures.CELLPROC_STATUS, undefined, options);
  }
}
