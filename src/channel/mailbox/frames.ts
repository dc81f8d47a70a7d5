/**
 * The frames of mail as bytes (`x/mailbox.x`). A mail is encoded once, when it is buffered; the numbers that are only known when
 * it leaves, its mailbox's and its request's, are put into their places then.
 */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
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

/** Where a mail's frame has its mailbox's number and its request's, and its message. */
const BOX_AT = 4;
const REQUEST_AT = 12;
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
  const writer = new XdrWriter(MESSAGE_AT + message.length + 3);
  const mail = { box: 0, until: UNTIL[until], request: 0, message };
  encode_mailbox_frame(writer, { type: FrameType.MAILBOX_MAIL, mail });
  return writer.encoded();
}

export function numberMail(frame: Uint8Array, box: number, request: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint32(BOX_AT, box);
  view.setUint32(REQUEST_AT, request);
}

/** The message in a mail's frame, not a copy. */
export function messageOf(frame: Uint8Array, length: number): Uint8Array {
  return frame.subarray(MESSAGE_AT, MESSAGE_AT + length);
}
