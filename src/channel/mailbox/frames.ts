/**
 * The frames of mail as bytes (`x/mailbox.x`). A mail is encoded once, when it is buffered, by hand and into one array, because
 * every mail passes here; the numbers that are only known when it leaves, its mailbox's and its request's, are put into their
 * places then. `frames.test.ts` holds the result against what the compiled encoder makes.
 */
import { writeUint32, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { isCoterieError } from "../../world/index.ts";
import {
  decode_mailbox_frame,
  encode_mailbox_frame,
  type mailbox_frame,
  mailbox_frame_type,
  type mailbox_refusal,
  mailbox_until,
} from "./gen/mailbox.gen.ts";
import type { Until } from "./outbox.ts";

export type Frame = mailbox_frame;
export const FrameType = mailbox_frame_type;
export type Refusal = mailbox_refusal;

const UNTIL: Readonly<Record<Until, mailbox_until>> = {
  buffered: mailbox_until.MAILBOX_UNTIL_BUFFERED,
  delivered: mailbox_until.MAILBOX_UNTIL_DELIVERED,
  received: mailbox_until.MAILBOX_UNTIL_RECEIVED,
};

/** Where a mail's frame has its mailbox's number, what its sender waits for, its request's number, and its message. */
const BOX_AT = 4;
const UNTIL_AT = 8;
const REQUEST_AT = 12;
const LENGTH_AT = 16;
const MESSAGE_AT = 20;

/** What a frame has beside its message, at most. */
const SMALL_FRAME = 256;

export function encodeFrame(frame: Frame): Uint8Array {
  const message = frame.type === FrameType.MAILBOX_REPLY ? frame.reply.message.length + 3 : 0;
  const writer = new XdrWriter(SMALL_FRAME + message);
  encode_mailbox_frame(writer, frame);
  return writer.encoded();
}

/** @throws XdrError for bytes that are no frame. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new XdrReader(bytes);
  const frame = decode_mailbox_frame(reader);
  reader.finish();
  return frame;
}

/** The frame, or what is wrong with bytes that are none. */
export function readFrame(bytes: Uint8Array): Frame | string {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (isCoterieError(error)) return error.message;
    throw error;
  }
}

/** A mail's frame without its numbers: a copy of the message, which may be changed from then on. */
export function mailFrame(message: Uint8Array, until: Until): Uint8Array {
  const frame = new Uint8Array(MESSAGE_AT + message.length + (-message.length & 3));
  writeUint32(frame, 0, FrameType.MAILBOX_MAIL);
  writeUint32(frame, UNTIL_AT, UNTIL[until]);
  writeUint32(frame, LENGTH_AT, message.length);
  frame.set(message, MESSAGE_AT);
  return frame;
}

export function numberMail(frame: Uint8Array, box: number, request: number): void {
  writeUint32(frame, BOX_AT, box);
  writeUint32(frame, REQUEST_AT, request);
}

/** The message in a mail's frame, not a copy. */
export function messageOf(frame: Uint8Array, length: number): Uint8Array {
  return frame.subarray(MESSAGE_AT, MESSAGE_AT + length);
}
