// Generated from detector.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError } from "../../../marshal/index.ts";

/** bytes of a node's name */
export const DETECTOR_MAX_NAME = 255;

export type detector_node = string;

export function encode_detector_node(w: XdrWriter, v: detector_node): void {
  w.string(v, 255);
}

export function decode_detector_node(r: XdrReader): detector_node {
  return r.string(255);
}

export const xdr_detector_node: Xdr<detector_node> = { encode: encode_detector_node, decode: decode_detector_node };

export const detector_message_type = {
  /** I live */
  DETECTOR_HEARTBEAT: 0,
  /** do you? */
  DETECTOR_PING: 1,
  /** I do, as you asked */
  DETECTOR_ACK: 2,
  /** does this one, which I cannot hear? */
  DETECTOR_PING_REQUEST: 3,
  /** it does, as you asked */
  DETECTOR_PING_ACK: 4,
} as const;
export type detector_message_type = (typeof detector_message_type)[keyof typeof detector_message_type];

function check_detector_message_type(value: number): detector_message_type {
  if (value >= 0 && value <= 4) return value as detector_message_type;
  throw new XdrError("XDR_RANGE", `detector_message_type: ${value} is none of its values`);
}

export function encode_detector_message_type(w: XdrWriter, v: detector_message_type): void {
  w.int(check_detector_message_type(v));
}

export function decode_detector_message_type(r: XdrReader): detector_message_type {
  return check_detector_message_type(r.int());
}

export const xdr_detector_message_type: Xdr<detector_message_type> = { encode: encode_detector_message_type, decode: decode_detector_message_type };

export interface detector_question {
  number: number;
  node: detector_node;
}

export function encode_detector_question(w: XdrWriter, v: detector_question): void {
  w.uint(v.number);
  encode_detector_node(w, v.node);
}

export function decode_detector_question(r: XdrReader): detector_question {
  return {
    number: r.uint(),
    node: decode_detector_node(r),
  };
}

export const xdr_detector_question: Xdr<detector_question> = { encode: encode_detector_question, decode: decode_detector_question };

export type detector_message =
  | { type: 0 }
  | { type: 1 | 2 | 4; number: number }
  | { type: 3; question: detector_question };

export function encode_detector_message(w: XdrWriter, v: detector_message): void {
  encode_detector_message_type(w, v.type);
  switch (v.type) {
    case 0:
      return;
    case 1:
    case 2:
    case 4:
      w.uint(v.number);
      return;
    case 3:
      encode_detector_question(w, v.question);
      return;
  }
}

export function decode_detector_message(r: XdrReader): detector_message {
  const d = decode_detector_message_type(r);
  switch (d) {
    case 0:
      return { type: d };
    case 1:
    case 2:
    case 4:
      return { type: d, number: r.uint() };
    case 3:
      return { type: d, question: decode_detector_question(r) };
  }
}

export const xdr_detector_message: Xdr<detector_message> = { encode: encode_detector_message, decode: decode_detector_message };
