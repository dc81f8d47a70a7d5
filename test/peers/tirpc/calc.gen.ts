// Generated from calc.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../../src/marshal/index.ts";
import { XdrError, xdrVoid } from "../../../src/marshal/index.ts";

export const MAX_BYTES = 4194304;

export type blob = Uint8Array;

export function encode_blob(w: XdrWriter, v: blob): void {
  w.opaque(v, 4194304);
}

export function decode_blob(r: XdrReader): blob {
  return r.opaque(4194304);
}

export const xdr_blob: Xdr<blob> = { encode: encode_blob, decode: decode_blob };

export const operation = {
  PLUS: 0,
  TIMES: 1,
} as const;
export type operation = (typeof operation)[keyof typeof operation];

function check_operation(value: number): operation {
  if (value >= 0 && value <= 1) return value as operation;
  throw new XdrError("XDR_RANGE", `operation: ${value} is none of its values`);
}

export function encode_operation(w: XdrWriter, v: operation): void {
  w.int(check_operation(v));
}

export function decode_operation(r: XdrReader): operation {
  return check_operation(r.int());
}

export const xdr_operation: Xdr<operation> = { encode: encode_operation, decode: decode_operation };

export interface request {
  op: operation;
  terms: number[];
}

export function encode_request(w: XdrWriter, v: request): void {
  encode_operation(w, v.op);
  w.count(v.terms.length);
  for (const item of v.terms) {
    w.int(item);
  }
}

export function decode_request(r: XdrReader): request {
  const f0 = decode_operation(r);
  const f1: number[] = [];
  for (let left = r.count(); left > 0; left--) f1.push(r.int());
  return {
    op: f0,
    terms: f1,
  };
}

export const xdr_request: Xdr<request> = { encode: encode_request, decode: decode_request };

export type outcome =
  | { ok: true; value: bigint }
  | { ok: false; reason: string };

export function encode_outcome(w: XdrWriter, v: outcome): void {
  w.bool(v.ok);
  switch (v.ok) {
    case true:
      w.hyper(v.value);
      return;
    case false:
      w.string(v.reason, 64);
      return;
  }
}

export function decode_outcome(r: XdrReader): outcome {
  const d = r.bool();
  switch (d) {
    case true:
      return { ok: d, value: r.hyper() };
    case false:
      return { ok: d, reason: r.string(64) };
  }
}

export const xdr_outcome: Xdr<outcome> = { encode: encode_outcome, decode: decode_outcome };

export interface numbers {
  value: number;
  next: numbers | null;
}

function encode_numbers_node(w: XdrWriter, v: numbers): void {
  w.int(v.value);
}

export function encode_numbers(w: XdrWriter, v: numbers): void {
  let node: numbers | null = v;
  while (node !== null) {
    encode_numbers_node(w, node);
    node = node.next;
    w.bool(node !== null);
  }
}

export function decode_numbers(r: XdrReader): numbers {
  const first = decode_numbers_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_numbers_node(r);
    last.next = next;
    last = next;
  }
  return first;
}

function decode_numbers_node(r: XdrReader): numbers {
  return {
    value: r.int(),
    next: null,
  };
}

export const xdr_numbers: Xdr<numbers> = { encode: encode_numbers, decode: decode_numbers };

export type number_list = numbers | null;

export function encode_number_list(w: XdrWriter, v: number_list): void {
  if (v === null) w.bool(false);
  else {
    w.bool(true);
    encode_numbers(w, v);
  }
}

export function decode_number_list(r: XdrReader): number_list {
  return r.bool() ? decode_numbers(r) : null;
}

export const xdr_number_list: Xdr<number_list> = { encode: encode_number_list, decode: decode_number_list };

export const CALC_V1_procedures = {
  CALC_NULL: { name: "CALC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  CALC_RUN: { name: "CALC_RUN", number: 1, idempotent: true, args: xdr_request, result: xdr_outcome },
  CALC_REVERSE: { name: "CALC_REVERSE", number: 2, idempotent: true, args: xdr_blob, result: xdr_blob },
  CALC_DOUBLE: { name: "CALC_DOUBLE", number: 3, idempotent: true, args: xdr_number_list, result: xdr_number_list },
} satisfies Record<string, Procedure>;

/** Program CALC_PROG, version CALC_V1. */
export const CALC_V1_contract = {
  name: "CALC_V1",
  program: 536872823,
  version: 1,
  procedures: [
    CALC_V1_procedures.CALC_NULL,
    CALC_V1_procedures.CALC_RUN,
    CALC_V1_procedures.CALC_REVERSE,
    CALC_V1_procedures.CALC_DOUBLE,
  ],
} satisfies Contract;

/** What serves CALC_V1: a method for each procedure. */
export interface CALC_V1_Server<Context = unknown> {
  /** @idempotent */
  CALC_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  CALC_RUN(args: request, context: Context): outcome | Promise<outcome>;
  /** The same bytes in the opposite order. @idempotent */
  CALC_REVERSE(args: blob, context: Context): blob | Promise<blob>;
  /** Each number doubled. @idempotent */
  CALC_DOUBLE(args: number_list, context: Context): number_list | Promise<number_list>;
}

/** Joins an implementation of CALC_V1 with its contract. */
export function serve_CALC_V1<Context = unknown>(
  implementation: CALC_V1_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.CALC_NULL(context);
  handlers[1] = (args: request, context: Context) => implementation.CALC_RUN(args, context);
  handlers[2] = (args: blob, context: Context) => implementation.CALC_REVERSE(args, context);
  handlers[3] = (args: number_list, context: Context) => implementation.CALC_DOUBLE(args, context);
  return { contract: CALC_V1_contract, handlers };
}

/** Calls CALC_V1 through a caller, which knows where it is served. */
export class CALC_V1_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  CALC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(CALC_V1_contract, CALC_V1_procedures.CALC_NULL, undefined, options);
  }

  /** @idempotent */
  CALC_RUN(args: request, options?: CallOptions): Promise<outcome> {
    return this.#caller.call(CALC_V1_contract, CALC_V1_procedures.CALC_RUN, args, options);
  }

  /** The same bytes in the opposite order. @idempotent */
  CALC_REVERSE(args: blob, options?: CallOptions): Promise<blob> {
    return this.#caller.call(CALC_V1_contract, CALC_V1_procedures.CALC_REVERSE, args, options);
  }

  /** Each number doubled. @idempotent */
  CALC_DOUBLE(args: number_list, options?: CallOptions): Promise<number_list> {
    return this.#caller.call(CALC_V1_contract, CALC_V1_procedures.CALC_DOUBLE, args, options);
  }
}
