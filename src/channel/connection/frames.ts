/**
 * The frames of `x/channel-frames.x`, read and written by hand where every packet passes: no object for a frame, no view
 * for a number. `frames.test.ts` holds this against the generated codec.
 */
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

const TWO_32 = 0x1_0000_0000;

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** An unsigned hyper; what is over 2^53 comes out as `Infinity`, which no check of ours accepts. */
export function readHyper(bytes: Uint8Array, at: number): number {
  const high = readUint32(bytes, at);
  return high < 0x20_0000 ? high * TWO_32 + readUint32(bytes, at + 4) : Number.POSITIVE_INFINITY;
}

export function writeHyper(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / TWO_32));
  writeUint32(bytes, at + 4, value % TWO_32);
}

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
