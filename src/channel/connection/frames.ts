/**
 * The frames of `x/channel-frames.x`, read and written by hand where every packet passes: no object for a frame, no view
 * for a number. `frames.test.ts` holds this against the generated codec.
 */
import { readUint32, writeHyper, writeUint32 } from "../../marshal/index.ts";
import {
  CHANNEL_MAX_GAPS,
  type channel_close_reason,
  channel_frame_type,
} from "../gen/channel-frames.gen.ts";

export const { CHANNEL_PADDING, CHANNEL_DATA, CHANNEL_ACK, CHANNEL_PING, CHANNEL_END, CHANNEL_CLOSE } =
  channel_frame_type;

/** Sizes of frames in bytes, with their type: of DATA before the piece, of ACK before the gaps. */
export const DATA_HEAD_BYTES = 20;
export const ACK_HEAD_BYTES = 40;
export const GAP_BYTES = 8;
export const PING_BYTES = 4;
export const END_BYTES = 12;
export const CLOSE_BYTES = 8;

/** The head of a DATA frame; the piece follows. Returns where. */
export function writeDataHead(
  out: Uint8Array,
  at: number,
  awaited: number,
  offset: number,
  pieceBytes: number,
): number {
  writeUint32(out, at, CHANNEL_DATA);
  writeUint32(out, at + 4, awaited);
  writeHyper(out, at + 8, offset);
  writeUint32(out, at + 16, pieceBytes);
  return at + DATA_HEAD_BYTES;
}

export function writePing(out: Uint8Array, at: number): number {
  writeUint32(out, at, CHANNEL_PING);
  return at + PING_BYTES;
}

export function writeEnd(out: Uint8Array, at: number, offset: number): number {
  writeUint32(out, at, CHANNEL_END);
  writeHyper(out, at + 4, offset);
  return at + END_BYTES;
}

export function writeClose(out: Uint8Array, at: number, reason: channel_close_reason): number {
  writeUint32(out, at, CHANNEL_CLOSE);
  writeUint32(out, at + 4, reason);
  return at + CLOSE_BYTES;
}

/**
 * How many bytes the frame at `at` takes, judged by its type and counts alone, or 0 when it is no frame or does not end before
 * `end`. After this, its fixed fields can be read without a look at the bounds.
 */
export function frameBytes(frames: Uint8Array, at: number, end: number): number {
  const left = end - at;
  if (left < 4) return 0;
  const bytes = announcedBytes(frames, at, left);
  return bytes <= left ? bytes : 0;
}

function announcedBytes(frames: Uint8Array, at: number, left: number): number {
  switch (readUint32(frames, at)) {
    case CHANNEL_PADDING:
      return left;
    case CHANNEL_DATA:
      return left < DATA_HEAD_BYTES ? 0 : DATA_HEAD_BYTES + readUint32(frames, at + 16);
    case CHANNEL_ACK:
      return left < ACK_HEAD_BYTES ? 0 : ackBytes(readUint32(frames, at + 36));
    case CHANNEL_PING:
      return PING_BYTES;
    case CHANNEL_END:
      return END_BYTES;
    case CHANNEL_CLOSE:
      return CLOSE_BYTES;
    default:
      return 0;
  }
}

function ackBytes(gaps: number): number {
  return gaps <= CHANNEL_MAX_GAPS ? ACK_HEAD_BYTES + gaps * GAP_BYTES : 0;
}
