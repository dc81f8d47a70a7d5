// Generated from cell-report.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** replicas of one node; further ones are not told */
export const REPORT_MAX_VOLUMES = 1024;

export const REPORT_MAX_PROBLEMS = 16;

export const REPORT_MAX_TEXT = 1024;

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
} as const;
export type report_role = (typeof report_role)[keyof typeof report_role];

function check_report_role(value: number): report_role {
  if (value >= 0 && value <= 6) return value as report_role;
  throw new XdrError("XDR_RANGE", `report_role: ${value} is none of its values`);
}

export function encode_report_role(w: XdrWriter, v: report_role): void {
  w.int(check_report_role(v));
}

export function decode_report_role(r: XdrReader): report_role {
  return check_report_role(r.int());
}

export const xdr_report_role: Xdr<report_role> = { encode: encode_report_role, decode: decode_report_role };

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
}

export function decode_report_replica(r: XdrReader): report_replica {
  return {
    volume: r.opaqueFixed(16),
    role: decode_report_role(r),
    leader: decode_report_text(r),
    committed: r.uhyper(),
    applied: r.uhyper(),
    queued_bytes: r.uhyper(),
    used_bytes: r.uhyper(),
    problem: decode_report_text(r),
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
  for (let left = r.count(1024, 60); left > 0; left--) f11.push(decode_report_replica(r));
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
  };
}

export const xdr_node_report: Xdr<node_report> = { encode: encode_node_report, decode: decode_node_report };
