/**
 * What is multicast on behalf of people, as bytes: `x/group-frames.x`. Counts are numbers here, and stay below 2^53; what is not
 * below is no frame. Decoded frames look into the bytes that they were decoded from.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { Fate, GroupErrorCode } from "../errors.ts";
import {
  decode_direct,
  decode_frame,
  type direct,
  direct_kind,
  encode_direct,
  encode_frame,
  FRAME_MAX_NAME,
  FRAME_MAX_TEXT,
  type frame,
  frame_kind,
  type outcome,
  outcome_kind,
} from "./gen/group-frames.gen.ts";

/** What became of a request. Refusals are part of the state, so they are the same everywhere. */
export type Outcome = outcome;

export interface Request {
  readonly session: string;
  readonly number: number;
  readonly done: number;
  readonly object: string;
  readonly command: Uint8Array;
}

export interface Change {
  readonly session: string;
  readonly number: number;
  readonly object: string;
  readonly change: Uint8Array;
  readonly result: Outcome;
}

export type Frame =
  | { readonly kind: "message"; readonly message: Uint8Array }
  | { readonly kind: "call"; readonly number: number; readonly request: Uint8Array }
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "change"; readonly change: Change }
  | { readonly kind: "mark"; readonly mark: number };

/** From member to member: which lives are meant, and what is said. */
export interface Direct {
  readonly from: number;
  readonly to: number;
  readonly number: number;
  /** Undefined asks for it. */
  readonly result: Outcome | undefined;
}

const writer = new XdrWriter(4096);
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** The frame, in bytes that the next call of this module writes over. */
export function encodeFrame(frame: Frame): Uint8Array {
  return write(() => encode_frame(writer, toWire(frame)));
}

/** Undefined for bytes that are no frame. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  return read(bytes, (reader) => fromWire(decode_frame(reader)));
}

/** In bytes that the next call of this module writes over. */
export function encodeDirect({ from, to, number, result }: Direct): Uint8Array {
  const body: direct["body"] =
    result === undefined
      ? { kind: direct_kind.DIRECT_ASK, number: BigInt(number) }
      : { kind: direct_kind.DIRECT_REPLY, reply: { number: BigInt(number), result } };
  return write(() => encode_direct(writer, { from, to, body }));
}

/** Undefined for bytes that are no message of this kind. */
export function decodeDirect(bytes: Uint8Array): Direct | undefined {
  return read(bytes, (reader) => {
    const { from, to, body } = decode_direct(reader);
    if (body.kind === direct_kind.DIRECT_ASK)
      return { from, to, number: toCount(body.number), result: undefined };
    return { from, to, number: toCount(body.reply.number), result: body.reply.result };
  });
}

function write(encode: () => void): Uint8Array {
  writer.reset();
  encode();
  return writer.encoded();
}

function read<Result>(bytes: Uint8Array, decode: (reader: XdrReader) => Result): Result | undefined {
  try {
    const reader = new XdrReader(bytes);
    const result = decode(reader);
    reader.finish();
    return result;
  } catch (error) {
    if (error instanceof XdrError) return undefined;
    throw error;
  }
}

/** @throws XdrError for what no number here is. */
export function toCount(value: bigint): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count)) throw new XdrError("XDR_RANGE", `${value} counts nothing`);
  return count;
}

function toWire(frame: Frame): frame {
  switch (frame.kind) {
    case "message":
      return { kind: frame_kind.FRAME_MESSAGE, message: frame.message };
    case "call":
      return { kind: frame_kind.FRAME_CALL, call: { number: BigInt(frame.number), request: frame.request } };
    case "request": {
      const { session, number, done, object, command } = frame.request;
      const request = {
        session,
        number: BigInt(number),
        done: BigInt(done),
        object,
        command,
      };
      return { kind: frame_kind.FRAME_REQUEST, request };
    }
    case "change":
      return {
        kind: frame_kind.FRAME_CHANGE,
        change: { ...frame.change, number: BigInt(frame.change.number) },
      };
    case "mark":
      return { kind: frame_kind.FRAME_MARK, mark: BigInt(frame.mark) };
  }
}

function fromWire(frame: frame): Frame {
  switch (frame.kind) {
    case frame_kind.FRAME_MESSAGE:
      return { kind: "message", message: frame.message };
    case frame_kind.FRAME_CALL:
      return { kind: "call", number: toCount(frame.call.number), request: frame.call.request };
    case frame_kind.FRAME_REQUEST: {
      const { session, number, done, object, command } = frame.request;
      const request = { session, number: toCount(number), done: toCount(done), object, command };
      return { kind: "request", request };
    }
    case frame_kind.FRAME_CHANGE:
      return { kind: "change", change: { ...frame.change, number: toCount(frame.change.number) } };
    case frame_kind.FRAME_MARK:
      return { kind: "mark", mark: toCount(frame.mark) };
  }
}

export function done(reply: Uint8Array): Outcome {
  return { kind: outcome_kind.OUTCOME_DONE, reply };
}

export const LOST: Outcome = { kind: outcome_kind.OUTCOME_LOST };

/** What somebody threw, as others can be told. */
export function refused(code: string, error: unknown): Outcome {
  const text = error instanceof Error ? error.message : String(error);
  return {
    kind: outcome_kind.OUTCOME_REFUSED,
    refusal: { code: cut(code, FRAME_MAX_NAME), text: cut(text, FRAME_MAX_TEXT) },
  };
}

/** At most so many bytes of UTF-8, whole characters, and none that has no UTF-8. */
function cut(text: string, maxBytes: number): string {
  const room = new Uint8Array(maxBytes);
  return fromUtf8.decode(room.subarray(0, utf8.encodeInto(text, room).written));
}

/** The refusal of a reply, and not of what was asked for. */
export const CARRIED_OUT: GroupErrorCode = "GROUP_REPLY_LOST";

/** The reply, or an error: what was refused, with the fate that a refusal has, or, when nobody knows the reply any more, `lost`. */
export function replyOf(result: Outcome, fate: Fate, lost: () => CoterieError): Uint8Array | CoterieError {
  switch (result.kind) {
    case outcome_kind.OUTCOME_DONE:
      return result.reply;
    case outcome_kind.OUTCOME_REFUSED:
      return new CoterieError(result.refusal.code, result.refusal.text, {
        details: { fate: result.refusal.code === CARRIED_OUT ? "done" : fate },
      });
    case outcome_kind.OUTCOME_LOST:
      return lost();
  }
}
