// Generated from group-shared.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes of a key of a map */
export const SHARED_MAX_KEY = 1024;

/** bytes of what a member says of itself */
export const SHARED_MAX_META = 4096;

export const SHARED_MAX_NODE = 255;

export interface shared_member {
  node: string;
  incarnation: number;
}

export function encode_shared_member(w: XdrWriter, v: shared_member): void {
  w.string(v.node, 255);
  w.uint(v.incarnation);
}

export function decode_shared_member(r: XdrReader): shared_member {
  return {
    node: r.string(255),
    incarnation: r.uint(),
  };
}

export const xdr_shared_member: Xdr<shared_member> = { encode: encode_shared_member, decode: decode_shared_member };

export interface shared_ticket {
  member: shared_member;
  number: bigint;
}

export function encode_shared_ticket(w: XdrWriter, v: shared_ticket): void {
  encode_shared_member(w, v.member);
  w.uhyper(v.number);
}

export function decode_shared_ticket(r: XdrReader): shared_ticket {
  return {
    member: decode_shared_member(r),
    number: r.uhyper(),
  };
}

export const xdr_shared_ticket: Xdr<shared_ticket> = { encode: encode_shared_ticket, decode: decode_shared_ticket };

export type map_key = string;

export function encode_map_key(w: XdrWriter, v: map_key): void {
  w.string(v, 1024);
}

export function decode_map_key(r: XdrReader): map_key {
  return r.string(1024);
}

export const xdr_map_key: Xdr<map_key> = { encode: encode_map_key, decode: decode_map_key };

export const map_action = {
  MAP_SET: 0,
  MAP_DELETE: 1,
  MAP_CLEAR: 2,
} as const;
export type map_action = (typeof map_action)[keyof typeof map_action];

function check_map_action(value: number): map_action {
  if (value >= 0 && value <= 2) return value as map_action;
  throw new XdrError("XDR_RANGE", `map_action: ${value} is none of its values`);
}

export function encode_map_action(w: XdrWriter, v: map_action): void {
  w.int(check_map_action(v));
}

export function decode_map_action(r: XdrReader): map_action {
  return check_map_action(r.int());
}

export const xdr_map_action: Xdr<map_action> = { encode: encode_map_action, decode: decode_map_action };

export interface map_set {
  key: map_key;
  /** only if it has this version now */
  expected: bigint | null;
  value: Uint8Array;
}

export function encode_map_set(w: XdrWriter, v: map_set): void {
  encode_map_key(w, v.key);
  if (v.expected === null) w.bool(false);
  else {
    w.bool(true);
    w.uhyper(v.expected);
  }
  w.opaque(v.value);
}

export function decode_map_set(r: XdrReader): map_set {
  return {
    key: decode_map_key(r),
    expected: r.bool() ? r.uhyper() : null,
    value: r.opaque(),
  };
}

export const xdr_map_set: Xdr<map_set> = { encode: encode_map_set, decode: decode_map_set };

export interface map_delete {
  key: map_key;
  expected: bigint | null;
}

export function encode_map_delete(w: XdrWriter, v: map_delete): void {
  encode_map_key(w, v.key);
  if (v.expected === null) w.bool(false);
  else {
    w.bool(true);
    w.uhyper(v.expected);
  }
}

export function decode_map_delete(r: XdrReader): map_delete {
  return {
    key: decode_map_key(r),
    expected: r.bool() ? r.uhyper() : null,
  };
}

export const xdr_map_delete: Xdr<map_delete> = { encode: encode_map_delete, decode: decode_map_delete };

export type map_command =
  | { action: 0; set: map_set }
  | { action: 1; gone: map_delete }
  | { action: 2 };

export function encode_map_command(w: XdrWriter, v: map_command): void {
  encode_map_action(w, v.action);
  switch (v.action) {
    case 0:
      encode_map_set(w, v.set);
      return;
    case 1:
      encode_map_delete(w, v.gone);
      return;
    case 2:
      return;
  }
}

export function decode_map_command(r: XdrReader): map_command {
  const d = decode_map_action(r);
  switch (d) {
    case 0:
      return { action: d, set: decode_map_set(r) };
    case 1:
      return { action: d, gone: decode_map_delete(r) };
    case 2:
      return { action: d };
  }
}

export const xdr_map_command: Xdr<map_command> = { encode: encode_map_command, decode: decode_map_command };

export interface map_reply {
  is_done: boolean;
  /** of the entry, as it is now; of one that was deleted: as it was */
  at: bigint;
}

export function encode_map_reply(w: XdrWriter, v: map_reply): void {
  w.bool(v.is_done);
  w.uhyper(v.at);
}

export function decode_map_reply(r: XdrReader): map_reply {
  return {
    is_done: r.bool(),
    at: r.uhyper(),
  };
}

export const xdr_map_reply: Xdr<map_reply> = { encode: encode_map_reply, decode: decode_map_reply };

export interface map_entry {
  key: map_key;
  at: bigint;
  value: Uint8Array;
}

export function encode_map_entry(w: XdrWriter, v: map_entry): void {
  encode_map_key(w, v.key);
  w.uhyper(v.at);
  w.opaque(v.value);
}

export function decode_map_entry(r: XdrReader): map_entry {
  return {
    key: decode_map_key(r),
    at: r.uhyper(),
    value: r.opaque(),
  };
}

export const xdr_map_entry: Xdr<map_entry> = { encode: encode_map_entry, decode: decode_map_entry };

export type map_state = map_entry[];

export function encode_map_state(w: XdrWriter, v: map_state): void {
  w.count(v.length);
  for (const item of v) {
    encode_map_entry(w, item);
  }
}

export function decode_map_state(r: XdrReader): map_state {
  const items: map_entry[] = [];
  for (let left = r.count(4294967295, 16); left > 0; left--) items.push(decode_map_entry(r));
  return items;
}

export const xdr_map_state: Xdr<map_state> = { encode: encode_map_state, decode: decode_map_state };

export interface counter_add {
  amount: bigint;
}

export function encode_counter_add(w: XdrWriter, v: counter_add): void {
  w.hyper(v.amount);
}

export function decode_counter_add(r: XdrReader): counter_add {
  return {
    amount: r.hyper(),
  };
}

export const xdr_counter_add: Xdr<counter_add> = { encode: encode_counter_add, decode: decode_counter_add };

export interface counter_state {
  value: bigint;
}

export function encode_counter_state(w: XdrWriter, v: counter_state): void {
  w.hyper(v.value);
}

export function decode_counter_state(r: XdrReader): counter_state {
  return {
    value: r.hyper(),
  };
}

export const xdr_counter_state: Xdr<counter_state> = { encode: encode_counter_state, decode: decode_counter_state };

export const queue_action = {
  QUEUE_PUT: 0,
  QUEUE_TAKE: 1,
  QUEUE_DONE: 2,
  QUEUE_RETURN: 3,
  QUEUE_CANCEL: 4,
} as const;
export type queue_action = (typeof queue_action)[keyof typeof queue_action];

function check_queue_action(value: number): queue_action {
  if (value >= 0 && value <= 4) return value as queue_action;
  throw new XdrError("XDR_RANGE", `queue_action: ${value} is none of its values`);
}

export function encode_queue_action(w: XdrWriter, v: queue_action): void {
  w.int(check_queue_action(v));
}

export function decode_queue_action(r: XdrReader): queue_action {
  return check_queue_action(r.int());
}

export const xdr_queue_action: Xdr<queue_action> = { encode: encode_queue_action, decode: decode_queue_action };

export interface queue_take {
  ticket: bigint;
  /** for an item, if there is none now */
  is_waiting: boolean;
}

export function encode_queue_take(w: XdrWriter, v: queue_take): void {
  w.uhyper(v.ticket);
  w.bool(v.is_waiting);
}

export function decode_queue_take(r: XdrReader): queue_take {
  return {
    ticket: r.uhyper(),
    is_waiting: r.bool(),
  };
}

export const xdr_queue_take: Xdr<queue_take> = { encode: encode_queue_take, decode: decode_queue_take };

export type queue_command =
  | { action: 0; value: Uint8Array }
  | { action: 1; take: queue_take }
  | { action: 2 | 3; item: bigint }
  | { action: 4; ticket: bigint };

export function encode_queue_command(w: XdrWriter, v: queue_command): void {
  encode_queue_action(w, v.action);
  switch (v.action) {
    case 0:
      w.opaque(v.value);
      return;
    case 1:
      encode_queue_take(w, v.take);
      return;
    case 2:
    case 3:
      w.uhyper(v.item);
      return;
    case 4:
      w.uhyper(v.ticket);
      return;
  }
}

export function decode_queue_command(r: XdrReader): queue_command {
  const d = decode_queue_action(r);
  switch (d) {
    case 0:
      return { action: d, value: r.opaque() };
    case 1:
      return { action: d, take: decode_queue_take(r) };
    case 2:
    case 3:
      return { action: d, item: r.uhyper() };
    case 4:
      return { action: d, ticket: r.uhyper() };
  }
}

export const xdr_queue_command: Xdr<queue_command> = { encode: encode_queue_command, decode: decode_queue_command };

/** To put: the item's number. To take: the item's, 0 for none. To the others: 1 for done, 0 for what had ended already. */
export interface queue_reply {
  number: bigint;
}

export function encode_queue_reply(w: XdrWriter, v: queue_reply): void {
  w.uhyper(v.number);
}

export function decode_queue_reply(r: XdrReader): queue_reply {
  return {
    number: r.uhyper(),
  };
}

export const xdr_queue_reply: Xdr<queue_reply> = { encode: encode_queue_reply, decode: decode_queue_reply };

export interface queue_item {
  number: bigint;
  /** how often it was given to somebody */
  takings: number;
  holder: shared_ticket | null;
  value: Uint8Array;
}

export function encode_queue_item(w: XdrWriter, v: queue_item): void {
  w.uhyper(v.number);
  w.uint(v.takings);
  if (v.holder === null) w.bool(false);
  else {
    w.bool(true);
    encode_shared_ticket(w, v.holder);
  }
  w.opaque(v.value);
}

export function decode_queue_item(r: XdrReader): queue_item {
  return {
    number: r.uhyper(),
    takings: r.uint(),
    holder: r.bool() ? decode_shared_ticket(r) : null,
    value: r.opaque(),
  };
}

export const xdr_queue_item: Xdr<queue_item> = { encode: encode_queue_item, decode: decode_queue_item };

export interface queue_state {
  next: bigint;
  items: queue_item[];
  waiting: shared_ticket[];
}

export function encode_queue_state(w: XdrWriter, v: queue_state): void {
  w.uhyper(v.next);
  w.count(v.items.length);
  for (const item of v.items) {
    encode_queue_item(w, item);
  }
  w.count(v.waiting.length);
  for (const item of v.waiting) {
    encode_shared_ticket(w, item);
  }
}

export function decode_queue_state(r: XdrReader): queue_state {
  const f0 = r.uhyper();
  const f1: queue_item[] = [];
  for (let left = r.count(4294967295, 20); left > 0; left--) f1.push(decode_queue_item(r));
  const f2: shared_ticket[] = [];
  for (let left = r.count(4294967295, 16); left > 0; left--) f2.push(decode_shared_ticket(r));
  return {
    next: f0,
    items: f1,
    waiting: f2,
  };
}

export const xdr_queue_state: Xdr<queue_state> = { encode: encode_queue_state, decode: decode_queue_state };

export const leader_action = {
  LEADER_STAND: 0,
  LEADER_RESIGN: 1,
} as const;
export type leader_action = (typeof leader_action)[keyof typeof leader_action];

function check_leader_action(value: number): leader_action {
  if (value >= 0 && value <= 1) return value as leader_action;
  throw new XdrError("XDR_RANGE", `leader_action: ${value} is none of its values`);
}

export function encode_leader_action(w: XdrWriter, v: leader_action): void {
  w.int(check_leader_action(v));
}

export function decode_leader_action(r: XdrReader): leader_action {
  return check_leader_action(r.int());
}

export const xdr_leader_action: Xdr<leader_action> = { encode: encode_leader_action, decode: decode_leader_action };

export interface leader_command {
  action: leader_action;
  ticket: bigint;
}

export function encode_leader_command(w: XdrWriter, v: leader_command): void {
  encode_leader_action(w, v.action);
  w.uhyper(v.ticket);
}

export function decode_leader_command(r: XdrReader): leader_command {
  return {
    action: decode_leader_action(r),
    ticket: r.uhyper(),
  };
}

export const xdr_leader_command: Xdr<leader_command> = { encode: encode_leader_command, decode: decode_leader_command };

export interface leader_state {
  /** of who leads, or led last */
  token: bigint;
  line: shared_ticket[];
}

export function encode_leader_state(w: XdrWriter, v: leader_state): void {
  w.uhyper(v.token);
  w.count(v.line.length);
  for (const item of v.line) {
    encode_shared_ticket(w, item);
  }
}

export function decode_leader_state(r: XdrReader): leader_state {
  const f0 = r.uhyper();
  const f1: shared_ticket[] = [];
  for (let left = r.count(4294967295, 16); left > 0; left--) f1.push(decode_shared_ticket(r));
  return {
    token: f0,
    line: f1,
  };
}

export const xdr_leader_state: Xdr<leader_state> = { encode: encode_leader_state, decode: decode_leader_state };

export const barrier_action = {
  BARRIER_ARRIVE: 0,
  BARRIER_WITHDRAW: 1,
} as const;
export type barrier_action = (typeof barrier_action)[keyof typeof barrier_action];

function check_barrier_action(value: number): barrier_action {
  if (value >= 0 && value <= 1) return value as barrier_action;
  throw new XdrError("XDR_RANGE", `barrier_action: ${value} is none of its values`);
}

export function encode_barrier_action(w: XdrWriter, v: barrier_action): void {
  w.int(check_barrier_action(v));
}

export function decode_barrier_action(r: XdrReader): barrier_action {
  return check_barrier_action(r.int());
}

export const xdr_barrier_action: Xdr<barrier_action> = { encode: encode_barrier_action, decode: decode_barrier_action };

export interface barrier_command {
  action: barrier_action;
  ticket: bigint;
}

export function encode_barrier_command(w: XdrWriter, v: barrier_command): void {
  encode_barrier_action(w, v.action);
  w.uhyper(v.ticket);
}

export function decode_barrier_command(r: XdrReader): barrier_command {
  return {
    action: decode_barrier_action(r),
    ticket: r.uhyper(),
  };
}

export const xdr_barrier_command: Xdr<barrier_command> = { encode: encode_barrier_command, decode: decode_barrier_command };

export interface barrier_reply {
  /** how often it had opened when the request came */
  generation: bigint;
}

export function encode_barrier_reply(w: XdrWriter, v: barrier_reply): void {
  w.uhyper(v.generation);
}

export function decode_barrier_reply(r: XdrReader): barrier_reply {
  return {
    generation: r.uhyper(),
  };
}

export const xdr_barrier_reply: Xdr<barrier_reply> = { encode: encode_barrier_reply, decode: decode_barrier_reply };

export interface barrier_state {
  parties: number;
  /** how often it has opened */
  generation: bigint;
  arrived: shared_ticket[];
  /** with whom it opened last */
  last: shared_ticket[];
}

export function encode_barrier_state(w: XdrWriter, v: barrier_state): void {
  w.uint(v.parties);
  w.uhyper(v.generation);
  w.count(v.arrived.length);
  for (const item of v.arrived) {
    encode_shared_ticket(w, item);
  }
  w.count(v.last.length);
  for (const item of v.last) {
    encode_shared_ticket(w, item);
  }
}

export function decode_barrier_state(r: XdrReader): barrier_state {
  const f0 = r.uint();
  const f1 = r.uhyper();
  const f2: shared_ticket[] = [];
  for (let left = r.count(4294967295, 16); left > 0; left--) f2.push(decode_shared_ticket(r));
  const f3: shared_ticket[] = [];
  for (let left = r.count(4294967295, 16); left > 0; left--) f3.push(decode_shared_ticket(r));
  return {
    parties: f0,
    generation: f1,
    arrived: f2,
    last: f3,
  };
}

export const xdr_barrier_state: Xdr<barrier_state> = { encode: encode_barrier_state, decode: decode_barrier_state };

export interface presence_command {
  is_here: boolean;
  meta: Uint8Array;
}

export function encode_presence_command(w: XdrWriter, v: presence_command): void {
  w.bool(v.is_here);
  w.opaque(v.meta, 4096);
}

export function decode_presence_command(r: XdrReader): presence_command {
  return {
    is_here: r.bool(),
    meta: r.opaque(4096),
  };
}

export const xdr_presence_command: Xdr<presence_command> = { encode: encode_presence_command, decode: decode_presence_command };

export interface presence_entry {
  member: shared_member;
  meta: Uint8Array;
}

export function encode_presence_entry(w: XdrWriter, v: presence_entry): void {
  encode_shared_member(w, v.member);
  w.opaque(v.meta, 4096);
}

export function decode_presence_entry(r: XdrReader): presence_entry {
  return {
    member: decode_shared_member(r),
    meta: r.opaque(4096),
  };
}

export const xdr_presence_entry: Xdr<presence_entry> = { encode: encode_presence_entry, decode: decode_presence_entry };

export type presence_state = presence_entry[];

export function encode_presence_state(w: XdrWriter, v: presence_state): void {
  w.count(v.length);
  for (const item of v) {
    encode_presence_entry(w, item);
  }
}

export function decode_presence_state(r: XdrReader): presence_state {
  const items: presence_entry[] = [];
  for (let left = r.count(4294967295, 12); left > 0; left--) items.push(decode_presence_entry(r));
  return items;
}

export const xdr_presence_state: Xdr<presence_state> = { encode: encode_presence_state, decode: decode_presence_state };
