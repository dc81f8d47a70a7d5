// Generated from group.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

export const GROUP_VERSION = 1;

export const GROUP_MAX_MEMBERS = 256;

/** bytes of a node's name */
export const GROUP_MAX_NODE = 255;

export const GROUP_MAX_HOST = 255;

/** of one item; larger messages are cut */
export const GROUP_MAX_PAYLOAD = 1048576;

export const GROUP_NO_RANK = 4294967295;

export type group_node = string;

export function encode_group_node(w: XdrWriter, v: group_node): void {
  w.string(v, 255);
}

export function decode_group_node(r: XdrReader): group_node {
  return r.string(255);
}

export const xdr_group_node: Xdr<group_node> = { encode: encode_group_node, decode: decode_group_node };

export interface group_member {
  node: group_node;
  incarnation: number;
}

export function encode_group_member(w: XdrWriter, v: group_member): void {
  encode_group_node(w, v.node);
  w.uint(v.incarnation);
}

export function decode_group_member(r: XdrReader): group_member {
  return {
    node: decode_group_node(r),
    incarnation: r.uint(),
  };
}

export const xdr_group_member: Xdr<group_member> = { encode: encode_group_member, decode: decode_group_member };

/** A member, or who wants to be one, and where it listens. */
export interface group_seat {
  node: group_node;
  incarnation: number;
  host: string;
  port: number;
}

export function encode_group_seat(w: XdrWriter, v: group_seat): void {
  encode_group_node(w, v.node);
  w.uint(v.incarnation);
  w.string(v.host, 255);
  w.uint(v.port);
}

export function decode_group_seat(r: XdrReader): group_seat {
  return {
    node: decode_group_node(r),
    incarnation: r.uint(),
    host: r.string(255),
    port: r.uint(),
  };
}

export const xdr_group_seat: Xdr<group_seat> = { encode: encode_group_seat, decode: decode_group_seat };

export interface group_view {
  id: number;
  members: group_seat[];
}

export function encode_group_view(w: XdrWriter, v: group_view): void {
  w.uint(v.id);
  w.count(v.members.length, 256);
  for (const item of v.members) {
    encode_group_seat(w, item);
  }
}

export function decode_group_view(r: XdrReader): group_view {
  const f0 = r.uint();
  const f1: group_seat[] = [];
  for (let left = r.count(256, 16); left > 0; left--) f1.push(decode_group_seat(r));
  return {
    id: f0,
    members: f1,
  };
}

export const xdr_group_view: Xdr<group_view> = { encode: encode_group_view, decode: decode_group_view };

export const group_item_kind = {
  /** of an order that needs no vector */
  GROUP_ITEM_MESSAGE: 0,
  /** of one that does */
  GROUP_ITEM_CAUSAL: 1,
  /** the first part of a message that was cut */
  GROUP_ITEM_FIRST: 2,
  /** one more part of it */
  GROUP_ITEM_NEXT: 3,
  /** the last one: the message counts as sent here */
  GROUP_ITEM_LAST: 4,
  /** from the sequencer: what comes next in the total order */
  GROUP_ITEM_RUNS: 5,
  /** from the sequencer: everybody marks the barrier of this member's next sync */
  GROUP_ITEM_BEGIN: 6,
  /** what follows comes after the next barrier */
  GROUP_ITEM_MARKER: 7,
} as const;
export type group_item_kind = (typeof group_item_kind)[keyof typeof group_item_kind];

function check_group_item_kind(value: number): group_item_kind {
  if (value >= 0 && value <= 7) return value as group_item_kind;
  throw new XdrError("XDR_RANGE", `group_item_kind: ${value} is none of its values`);
}

export function encode_group_item_kind(w: XdrWriter, v: group_item_kind): void {
  w.int(check_group_item_kind(v));
}

export function decode_group_item_kind(r: XdrReader): group_item_kind {
  return check_group_item_kind(r.int());
}

export const xdr_group_item_kind: Xdr<group_item_kind> = { encode: encode_group_item_kind, decode: decode_group_item_kind };

export interface group_plain {
  mode: number;
  payload: Uint8Array;
}

export function encode_group_plain(w: XdrWriter, v: group_plain): void {
  w.uint(v.mode);
  w.opaque(v.payload, 1048576);
}

export function decode_group_plain(r: XdrReader): group_plain {
  return {
    mode: r.uint(),
    payload: r.opaque(1048576),
  };
}

export const xdr_group_plain: Xdr<group_plain> = { encode: encode_group_plain, decode: decode_group_plain };

/**
 * By rank: how many ordered messages of each member precede this one, the low 32 bits; of its sender, this one included. A sync
 * has as many entries again: how many items of each stream its sender had received.
 */
export interface group_causal {
  mode: number;
  vector: number[];
  payload: Uint8Array;
}

export function encode_group_causal(w: XdrWriter, v: group_causal): void {
  w.uint(v.mode);
  w.count(v.vector.length, 512);
  for (const item of v.vector) {
    w.uint(item);
  }
  w.opaque(v.payload, 1048576);
}

export function decode_group_causal(r: XdrReader): group_causal {
  const f0 = r.uint();
  const f1: number[] = [];
  for (let left = r.count(512); left > 0; left--) f1.push(r.uint());
  return {
    mode: f0,
    vector: f1,
    payload: r.opaque(1048576),
  };
}

export const xdr_group_causal: Xdr<group_causal> = { encode: encode_group_causal, decode: decode_group_causal };

export interface group_first {
  mode: number;
  /** of the whole message */
  bytes: number;
  piece: Uint8Array;
}

export function encode_group_first(w: XdrWriter, v: group_first): void {
  w.uint(v.mode);
  w.uint(v.bytes);
  w.opaque(v.piece, 1048576);
}

export function decode_group_first(r: XdrReader): group_first {
  return {
    mode: r.uint(),
    bytes: r.uint(),
    piece: r.opaque(1048576),
  };
}

export const xdr_group_first: Xdr<group_first> = { encode: encode_group_first, decode: decode_group_first };

export interface group_last {
  /** of the message, if its order needs one */
  vector: number[];
  piece: Uint8Array;
}

export function encode_group_last(w: XdrWriter, v: group_last): void {
  w.count(v.vector.length, 512);
  for (const item of v.vector) {
    w.uint(item);
  }
  w.opaque(v.piece, 1048576);
}

export function decode_group_last(r: XdrReader): group_last {
  const f0: number[] = [];
  for (let left = r.count(512); left > 0; left--) f0.push(r.uint());
  return {
    vector: f0,
    piece: r.opaque(1048576),
  };
}

export const xdr_group_last: Xdr<group_last> = { encode: encode_group_last, decode: decode_group_last };

/** The next `count` messages of a total order in the stream of this rank. */
export interface group_run {
  rank: number;
  count: number;
}

export function encode_group_run(w: XdrWriter, v: group_run): void {
  w.uint(v.rank);
  w.uint(v.count);
}

export function decode_group_run(r: XdrReader): group_run {
  return {
    rank: r.uint(),
    count: r.uint(),
  };
}

export const xdr_group_run: Xdr<group_run> = { encode: encode_group_run, decode: decode_group_run };

export type group_item =
  | { kind: 0; message: group_plain }
  | { kind: 1; causal: group_causal }
  | { kind: 2; head: group_first }
  | { kind: 3; piece: Uint8Array }
  | { kind: 4; tail: group_last }
  | { kind: 5; runs: group_run[] }
  | { kind: 6; rank: number }
  | { kind: 7 };

export function encode_group_item(w: XdrWriter, v: group_item): void {
  encode_group_item_kind(w, v.kind);
  switch (v.kind) {
    case 0:
      encode_group_plain(w, v.message);
      return;
    case 1:
      encode_group_causal(w, v.causal);
      return;
    case 2:
      encode_group_first(w, v.head);
      return;
    case 3:
      w.opaque(v.piece, 1048576);
      return;
    case 4:
      encode_group_last(w, v.tail);
      return;
    case 5:
      w.count(v.runs.length);
      for (const item of v.runs) {
        encode_group_run(w, item);
      }
      return;
    case 6:
      w.uint(v.rank);
      return;
    case 7:
      return;
  }
}

export function decode_group_item(r: XdrReader): group_item {
  const d = decode_group_item_kind(r);
  switch (d) {
    case 0:
      return { kind: d, message: decode_group_plain(r) };
    case 1:
      return { kind: d, causal: decode_group_causal(r) };
    case 2:
      return { kind: d, head: decode_group_first(r) };
    case 3:
      return { kind: d, piece: r.opaque(1048576) };
    case 4:
      return { kind: d, tail: decode_group_last(r) };
    case 5: {
      const items: group_run[] = [];
      for (let left = r.count(4294967295, 8); left > 0; left--) items.push(decode_group_run(r));
      return { kind: d, runs: items };
    }
    case 6:
      return { kind: d, rank: r.uint() };
    case 7:
      return { kind: d };
  }
}

export const xdr_group_item: Xdr<group_item> = { encode: encode_group_item, decode: decode_group_item };

export interface group_bundle {
  view: number;
  /** whose stream */
  rank: number;
  /** somebody waits for acknowledgment and confirmation */
  isUrgent: boolean;
  /** number of the first item */
  first: bigint;
  /** of the first message that ends here; each after it has one more */
  sequence: bigint;
  /** everybody has this stream up to here: the cumulative confirmation */
  stable: bigint;
  items: group_item[];
}

export function encode_group_bundle(w: XdrWriter, v: group_bundle): void {
  w.uint(v.view);
  w.uint(v.rank);
  w.bool(v.isUrgent);
  w.uhyper(v.first);
  w.uhyper(v.sequence);
  w.uhyper(v.stable);
  w.count(v.items.length);
  for (const item of v.items) {
    encode_group_item(w, item);
  }
}

export function decode_group_bundle(r: XdrReader): group_bundle {
  const f0 = r.uint();
  const f1 = r.uint();
  const f2 = r.bool();
  const f3 = r.uhyper();
  const f4 = r.uhyper();
  const f5 = r.uhyper();
  const f6: group_item[] = [];
  for (let left = r.count(); left > 0; left--) f6.push(decode_group_item(r));
  return {
    view: f0,
    rank: f1,
    isUrgent: f2,
    first: f3,
    sequence: f4,
    stable: f5,
    items: f6,
  };
}

export const xdr_group_bundle: Xdr<group_bundle> = { encode: encode_group_bundle, decode: decode_group_bundle };

/** To the stream's sender: everything up to `count` was received. */
export interface group_ack {
  view: number;
  /** something later came: send again from there */
  isGap: boolean;
  count: bigint;
}

export function encode_group_ack(w: XdrWriter, v: group_ack): void {
  w.uint(v.view);
  w.bool(v.isGap);
  w.uhyper(v.count);
}

export function decode_group_ack(r: XdrReader): group_ack {
  return {
    view: r.uint(),
    isGap: r.bool(),
    count: r.uhyper(),
  };
}

export const xdr_group_ack: Xdr<group_ack> = { encode: encode_group_ack, decode: decode_group_ack };

/** From a stream's sender, when no bundle goes out that says so. */
export interface group_confirm {
  view: number;
  stable: bigint;
}

export function encode_group_confirm(w: XdrWriter, v: group_confirm): void {
  w.uint(v.view);
  w.uhyper(v.stable);
}

export function decode_group_confirm(r: XdrReader): group_confirm {
  return {
    view: r.uint(),
    stable: r.uhyper(),
  };
}

export const xdr_group_confirm: Xdr<group_confirm> = { encode: encode_group_confirm, decode: decode_group_confirm };

/** An unreliable multicast. */
export interface group_loose {
  view: number;
  mode: number;
  sequence: bigint;
  /** items of its sender's stream that were before it */
  after: bigint;
  payload: Uint8Array;
}

export function encode_group_loose(w: XdrWriter, v: group_loose): void {
  w.uint(v.view);
  w.uint(v.mode);
  w.uhyper(v.sequence);
  w.uhyper(v.after);
  w.opaque(v.payload, 1048576);
}

export function decode_group_loose(r: XdrReader): group_loose {
  return {
    view: r.uint(),
    mode: r.uint(),
    sequence: r.uhyper(),
    after: r.uhyper(),
    payload: r.opaque(1048576),
  };
}

export const xdr_group_loose: Xdr<group_loose> = { encode: encode_group_loose, decode: decode_group_loose };

/** The first message over a link, and after each installation. */
export interface group_hello {
  release: number;
  incarnation: number;
  /** the one that is installed; 0: none */
  view: number;
  /** in it, of the receiver's stream */
  received: bigint;
  /** for a hello back */
  isAsking: boolean;
}

export function encode_group_hello(w: XdrWriter, v: group_hello): void {
  w.uint(v.release);
  w.uint(v.incarnation);
  w.uint(v.view);
  w.uhyper(v.received);
  w.bool(v.isAsking);
}

export function decode_group_hello(r: XdrReader): group_hello {
  return {
    release: r.uint(),
    incarnation: r.uint(),
    view: r.uint(),
    received: r.uhyper(),
    isAsking: r.bool(),
  };
}

export const xdr_group_hello: Xdr<group_hello> = { encode: encode_group_hello, decode: decode_group_hello };

/** A view that was decided, for whoever knows an older one. */
export interface group_news {
  /** the sender is a member of it */
  isLive: boolean;
  view: group_view;
}

export function encode_group_news(w: XdrWriter, v: group_news): void {
  w.bool(v.isLive);
  encode_group_view(w, v.view);
}

export function decode_group_news(r: XdrReader): group_news {
  return {
    isLive: r.bool(),
    view: decode_group_view(r),
  };
}

export const xdr_group_news: Xdr<group_news> = { encode: encode_group_news, decode: decode_group_news };

/** All whom the sender holds for dead, and with proof: a later incarnation was seen. */
export interface group_suspicions {
  view: number;
  ranks: number[];
}

export function encode_group_suspicions(w: XdrWriter, v: group_suspicions): void {
  w.uint(v.view);
  w.count(v.ranks.length, 256);
  for (const item of v.ranks) {
    w.uint(item);
  }
}

export function decode_group_suspicions(r: XdrReader): group_suspicions {
  const f0 = r.uint();
  const f1: number[] = [];
  for (let left = r.count(256); left > 0; left--) f1.push(r.uint());
  return {
    view: f0,
    ranks: f1,
  };
}

export const xdr_group_suspicions: Xdr<group_suspicions> = { encode: encode_group_suspicions, decode: decode_group_suspicions };

export interface group_join {
  seat: group_seat;
  /** the last view whose node it was, as far as it knows; 0: a founder or stranger */
  base: number;
  /** it is one of the nodes that decide what follows that view */
  isBase: boolean;
}

export function encode_group_join(w: XdrWriter, v: group_join): void {
  encode_group_seat(w, v.seat);
  w.uint(v.base);
  w.bool(v.isBase);
}

export function decode_group_join(r: XdrReader): group_join {
  return {
    seat: decode_group_seat(r),
    base: r.uint(),
    isBase: r.bool(),
  };
}

export const xdr_group_join: Xdr<group_join> = { encode: encode_group_join, decode: decode_group_join };

/** The next view, and how the one before it ends. */
export interface group_value {
  members: group_seat[];
  /** so many of them, the first, go on from the view before */
  survivors: number;
  /** rank of who gives a member the state; its own: it has it */
  donors: number[];
  /** of the view before, by rank: its stream ends after so many items */
  cut: bigint[];
}

export function encode_group_value(w: XdrWriter, v: group_value): void {
  w.count(v.members.length, 256);
  for (const item of v.members) {
    encode_group_seat(w, item);
  }
  w.uint(v.survivors);
  w.count(v.donors.length, 256);
  for (const item of v.donors) {
    w.uint(item);
  }
  w.count(v.cut.length, 256);
  for (const item of v.cut) {
    w.uhyper(item);
  }
}

export function decode_group_value(r: XdrReader): group_value {
  const f0: group_seat[] = [];
  for (let left = r.count(256, 16); left > 0; left--) f0.push(decode_group_seat(r));
  const f1 = r.uint();
  const f2: number[] = [];
  for (let left = r.count(256); left > 0; left--) f2.push(r.uint());
  const f3: bigint[] = [];
  for (let left = r.count(256, 8); left > 0; left--) f3.push(r.uhyper());
  return {
    members: f0,
    survivors: f1,
    donors: f2,
    cut: f3,
  };
}

export const xdr_group_value: Xdr<group_value> = { encode: encode_group_value, decode: decode_group_value };

export interface group_prepare {
  /** whose successor is to be decided */
  view: group_view;
  ballot: number;
}

export function encode_group_prepare(w: XdrWriter, v: group_prepare): void {
  encode_group_view(w, v.view);
  w.uint(v.ballot);
}

export function decode_group_prepare(r: XdrReader): group_prepare {
  return {
    view: decode_group_view(r),
    ballot: r.uint(),
  };
}

export const xdr_group_prepare: Xdr<group_prepare> = { encode: encode_group_prepare, decode: decode_group_prepare };

/** What was accepted last in this view's instance. */
export interface group_accepted_value {
  ballot: number;
  /** nothing had to be proposed again */
  isFresh: boolean;
  value: group_value;
}

export function encode_group_accepted_value(w: XdrWriter, v: group_accepted_value): void {
  w.uint(v.ballot);
  w.bool(v.isFresh);
  encode_group_value(w, v.value);
}

export function decode_group_accepted_value(r: XdrReader): group_accepted_value {
  return {
    ballot: r.uint(),
    isFresh: r.bool(),
    value: decode_group_value(r),
  };
}

export const xdr_group_accepted_value: Xdr<group_accepted_value> = { encode: encode_group_accepted_value, decode: decode_group_accepted_value };

/** What a live member of the view says of itself when it promises. */
export interface group_report {
  /** by rank */
  received: bigint[];
  hasState: boolean;
  /** of the state that it does not have yet */
  donor: group_member;
  isLeaving: boolean;
  suspected: number[];
  joining: group_seat[];
}

export function encode_group_report(w: XdrWriter, v: group_report): void {
  w.count(v.received.length, 256);
  for (const item of v.received) {
    w.uhyper(item);
  }
  w.bool(v.hasState);
  encode_group_member(w, v.donor);
  w.bool(v.isLeaving);
  w.count(v.suspected.length, 256);
  for (const item of v.suspected) {
    w.uint(item);
  }
  w.count(v.joining.length, 256);
  for (const item of v.joining) {
    encode_group_seat(w, item);
  }
}

export function decode_group_report(r: XdrReader): group_report {
  const f0: bigint[] = [];
  for (let left = r.count(256, 8); left > 0; left--) f0.push(r.uhyper());
  const f1 = r.bool();
  const f2 = decode_group_member(r);
  const f3 = r.bool();
  const f4: number[] = [];
  for (let left = r.count(256); left > 0; left--) f4.push(r.uint());
  const f5: group_seat[] = [];
  for (let left = r.count(256, 16); left > 0; left--) f5.push(decode_group_seat(r));
  return {
    received: f0,
    hasState: f1,
    donor: f2,
    isLeaving: f3,
    suspected: f4,
    joining: f5,
  };
}

export const xdr_group_report: Xdr<group_report> = { encode: encode_group_report, decode: decode_group_report };

export interface group_promise {
  instance: number;
  ballot: number;
  seat: group_seat;
  accepted: group_accepted_value | null;
  report: group_report | null;
}

export function encode_group_promise(w: XdrWriter, v: group_promise): void {
  w.uint(v.instance);
  w.uint(v.ballot);
  encode_group_seat(w, v.seat);
  if (v.accepted === null) w.bool(false);
  else {
    w.bool(true);
    encode_group_accepted_value(w, v.accepted);
  }
  if (v.report === null) w.bool(false);
  else {
    w.bool(true);
    encode_group_report(w, v.report);
  }
}

export function decode_group_promise(r: XdrReader): group_promise {
  return {
    instance: r.uint(),
    ballot: r.uint(),
    seat: decode_group_seat(r),
    accepted: r.bool() ? decode_group_accepted_value(r) : null,
    report: r.bool() ? decode_group_report(r) : null,
  };
}

export const xdr_group_promise: Xdr<group_promise> = { encode: encode_group_promise, decode: decode_group_promise };

export interface group_propose {
  instance: number;
  ballot: number;
  isFresh: boolean;
  value: group_value;
  /** by rank of the stream: who has all of the cut, or GROUP_NO_RANK */
  holders: number[];
}

export function encode_group_propose(w: XdrWriter, v: group_propose): void {
  w.uint(v.instance);
  w.uint(v.ballot);
  w.bool(v.isFresh);
  encode_group_value(w, v.value);
  w.count(v.holders.length, 256);
  for (const item of v.holders) {
    w.uint(item);
  }
}

export function decode_group_propose(r: XdrReader): group_propose {
  const f0 = r.uint();
  const f1 = r.uint();
  const f2 = r.bool();
  const f3 = decode_group_value(r);
  const f4: number[] = [];
  for (let left = r.count(256); left > 0; left--) f4.push(r.uint());
  return {
    instance: f0,
    ballot: f1,
    isFresh: f2,
    value: f3,
    holders: f4,
  };
}

export const xdr_group_propose: Xdr<group_propose> = { encode: encode_group_propose, decode: decode_group_propose };

export interface group_vote {
  instance: number;
  ballot: number;
}

export function encode_group_vote(w: XdrWriter, v: group_vote): void {
  w.uint(v.instance);
  w.uint(v.ballot);
}

export function decode_group_vote(r: XdrReader): group_vote {
  return {
    instance: r.uint(),
    ballot: r.uint(),
  };
}

export const xdr_group_vote: Xdr<group_vote> = { encode: encode_group_vote, decode: decode_group_vote };

export interface group_decide {
  instance: number;
  value: group_value;
}

export function encode_group_decide(w: XdrWriter, v: group_decide): void {
  w.uint(v.instance);
  encode_group_value(w, v.value);
}

export function decode_group_decide(r: XdrReader): group_decide {
  return {
    instance: r.uint(),
    value: decode_group_value(r),
  };
}

export const xdr_group_decide: Xdr<group_decide> = { encode: encode_group_decide, decode: decode_group_decide };

export interface group_fetch {
  view: number;
  rank: number;
  /** send what follows */
  received: bigint;
}

export function encode_group_fetch(w: XdrWriter, v: group_fetch): void {
  w.uint(v.view);
  w.uint(v.rank);
  w.uhyper(v.received);
}

export function decode_group_fetch(r: XdrReader): group_fetch {
  return {
    view: r.uint(),
    rank: r.uint(),
    received: r.uhyper(),
  };
}

export const xdr_group_fetch: Xdr<group_fetch> = { encode: encode_group_fetch, decode: decode_group_fetch };

export interface group_probe {
  view: number;
  token: number;
}

export function encode_group_probe(w: XdrWriter, v: group_probe): void {
  w.uint(v.view);
  w.uint(v.token);
}

export function decode_group_probe(r: XdrReader): group_probe {
  return {
    view: r.uint(),
    token: r.uint(),
  };
}

export const xdr_group_probe: Xdr<group_probe> = { encode: encode_group_probe, decode: decode_group_probe };

export interface group_pull {
  view: number;
  /** chunks before this one have come */
  next: number;
  /** and so many more may be sent */
  credit: number;
}

export function encode_group_pull(w: XdrWriter, v: group_pull): void {
  w.uint(v.view);
  w.uint(v.next);
  w.uint(v.credit);
}

export function decode_group_pull(r: XdrReader): group_pull {
  return {
    view: r.uint(),
    next: r.uint(),
    credit: r.uint(),
  };
}

export const xdr_group_pull: Xdr<group_pull> = { encode: encode_group_pull, decode: decode_group_pull };

export interface group_chunk {
  view: number;
  index: number;
  isLast: boolean;
  /** of its first byte in the state */
  offset: bigint;
  /** crc32 of all bytes up to the end of this chunk */
  crc: number;
  bytes: Uint8Array;
}

export function encode_group_chunk(w: XdrWriter, v: group_chunk): void {
  w.uint(v.view);
  w.uint(v.index);
  w.bool(v.isLast);
  w.uhyper(v.offset);
  w.uint(v.crc);
  w.opaque(v.bytes, 1048576);
}

export function decode_group_chunk(r: XdrReader): group_chunk {
  return {
    view: r.uint(),
    index: r.uint(),
    isLast: r.bool(),
    offset: r.uhyper(),
    crc: r.uint(),
    bytes: r.opaque(1048576),
  };
}

export const xdr_group_chunk: Xdr<group_chunk> = { encode: encode_group_chunk, decode: decode_group_chunk };

export const group_kind = {
  GROUP_BUNDLE: 1,
  GROUP_ACK: 2,
  GROUP_CONFIRM: 3,
  GROUP_LOOSE: 4,
  GROUP_HELLO: 5,
  GROUP_NEWS: 6,
  GROUP_SUSPICIONS: 7,
  GROUP_JOIN: 8,
  GROUP_LEAVE: 9,
  GROUP_PREPARE: 10,
  GROUP_PROMISE: 11,
  GROUP_PROPOSE: 12,
  GROUP_ACCEPTED: 13,
  GROUP_REFUSED: 14,
  GROUP_DECIDE: 15,
  GROUP_FETCH: 16,
  GROUP_LACK: 17,
  GROUP_PROBE: 18,
  GROUP_ALIVE: 19,
  GROUP_PULL: 20,
  GROUP_CHUNK: 21,
  GROUP_DETECTOR: 22,
} as const;
export type group_kind = (typeof group_kind)[keyof typeof group_kind];

function check_group_kind(value: number): group_kind {
  if (value >= 1 && value <= 22) return value as group_kind;
  throw new XdrError("XDR_RANGE", `group_kind: ${value} is none of its values`);
}

export function encode_group_kind(w: XdrWriter, v: group_kind): void {
  w.int(check_group_kind(v));
}

export function decode_group_kind(r: XdrReader): group_kind {
  return check_group_kind(r.int());
}

export const xdr_group_kind: Xdr<group_kind> = { encode: encode_group_kind, decode: decode_group_kind };

export type group_message =
  | { kind: 1; bundle: group_bundle }
  | { kind: 2; ack: group_ack }
  | { kind: 3; confirm: group_confirm }
  | { kind: 4; loose: group_loose }
  | { kind: 5; hello: group_hello }
  | { kind: 6; news: group_news }
  | { kind: 7; suspicions: group_suspicions }
  | { kind: 8; join: group_join }
  | { kind: 9; leaver: group_member }
  | { kind: 10; prepare: group_prepare }
  | { kind: 11; promise: group_promise }
  | { kind: 12; propose: group_propose }
  | { kind: 13; accepted: group_vote }
  | { kind: 14; refused: group_vote }
  | { kind: 15; decide: group_decide }
  | { kind: 16 | 17; fetch: group_fetch }
  | { kind: 18 | 19; probe: group_probe }
  | { kind: 20; pull: group_pull }
  | { kind: 21; chunk: group_chunk }
  | { kind: 22; detector: Uint8Array };

export function encode_group_message(w: XdrWriter, v: group_message): void {
  encode_group_kind(w, v.kind);
  switch (v.kind) {
    case 1:
      encode_group_bundle(w, v.bundle);
      return;
    case 2:
      encode_group_ack(w, v.ack);
      return;
    case 3:
      encode_group_confirm(w, v.confirm);
      return;
    case 4:
      encode_group_loose(w, v.loose);
      return;
    case 5:
      encode_group_hello(w, v.hello);
      return;
    case 6:
      encode_group_news(w, v.news);
      return;
    case 7:
      encode_group_suspicions(w, v.suspicions);
      return;
    case 8:
      encode_group_join(w, v.join);
      return;
    case 9:
      encode_group_member(w, v.leaver);
      return;
    case 10:
      encode_group_prepare(w, v.prepare);
      return;
    case 11:
      encode_group_promise(w, v.promise);
      return;
    case 12:
      encode_group_propose(w, v.propose);
      return;
    case 13:
      encode_group_vote(w, v.accepted);
      return;
    case 14:
      encode_group_vote(w, v.refused);
      return;
    case 15:
      encode_group_decide(w, v.decide);
      return;
    case 16:
    case 17:
      encode_group_fetch(w, v.fetch);
      return;
    case 18:
    case 19:
      encode_group_probe(w, v.probe);
      return;
    case 20:
      encode_group_pull(w, v.pull);
      return;
    case 21:
      encode_group_chunk(w, v.chunk);
      return;
    case 22:
      w.opaque(v.detector, 65536);
      return;
  }
}

export function decode_group_message(r: XdrReader): group_message {
  const d = decode_group_kind(r);
  switch (d) {
    case 1:
      return { kind: d, bundle: decode_group_bundle(r) };
    case 2:
      return { kind: d, ack: decode_group_ack(r) };
    case 3:
      return { kind: d, confirm: decode_group_confirm(r) };
    case 4:
      return { kind: d, loose: decode_group_loose(r) };
    case 5:
      return { kind: d, hello: decode_group_hello(r) };
    case 6:
      return { kind: d, news: decode_group_news(r) };
    case 7:
      return { kind: d, suspicions: decode_group_suspicions(r) };
    case 8:
      return { kind: d, join: decode_group_join(r) };
    case 9:
      return { kind: d, leaver: decode_group_member(r) };
    case 10:
      return { kind: d, prepare: decode_group_prepare(r) };
    case 11:
      return { kind: d, promise: decode_group_promise(r) };
    case 12:
      return { kind: d, propose: decode_group_propose(r) };
    case 13:
      return { kind: d, accepted: decode_group_vote(r) };
    case 14:
      return { kind: d, refused: decode_group_vote(r) };
    case 15:
      return { kind: d, decide: decode_group_decide(r) };
    case 16:
    case 17:
      return { kind: d, fetch: decode_group_fetch(r) };
    case 18:
    case 19:
      return { kind: d, probe: decode_group_probe(r) };
    case 20:
      return { kind: d, pull: decode_group_pull(r) };
    case 21:
      return { kind: d, chunk: decode_group_chunk(r) };
    case 22:
      return { kind: d, detector: r.opaque(65536) };
  }
}

export const xdr_group_message: Xdr<group_message> = { encode: encode_group_message, decode: decode_group_message };

/** What a node keeps on its disk. */
export interface group_record {
  release: number;
  /** the highest that was used */
  incarnation: number;
  /** whose successor is to be decided */
  view: group_view;
  promised: number;
  accepted: group_accepted_value | null;
  /** how this view came about, if the node was told */
  decided: group_decide | null;
}

export function encode_group_record(w: XdrWriter, v: group_record): void {
  w.uint(v.release);
  w.uint(v.incarnation);
  encode_group_view(w, v.view);
  w.uint(v.promised);
  if (v.accepted === null) w.bool(false);
  else {
    w.bool(true);
    encode_group_accepted_value(w, v.accepted);
  }
  if (v.decided === null) w.bool(false);
  else {
    w.bool(true);
    encode_group_decide(w, v.decided);
  }
}

export function decode_group_record(r: XdrReader): group_record {
  return {
    release: r.uint(),
    incarnation: r.uint(),
    view: decode_group_view(r),
    promised: r.uint(),
    accepted: r.bool() ? decode_group_accepted_value(r) : null,
    decided: r.bool() ? decode_group_decide(r) : null,
  };
}

export const xdr_group_record: Xdr<group_record> = { encode: encode_group_record, decode: decode_group_record };
