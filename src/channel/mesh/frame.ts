/**
 * Frames as bytes, by hand (`mesh_frame` of `x/mesh.x`; a test holds them against the generated codec): the port's number, the message's length,
 * the message, and zeros up to a multiple of four.
 */
import { writeUint32 } from "../../marshal/index.ts";

/** Bytes before a message. */
export const FRAME_HEAD_BYTES = 8;
/** The port of what links say to each other. */
export const CONTROL_PORT = 0;

export function paddedBytes(length: number): number {
  return (length + 3) & ~3;
}

/** Bytes of the frame around a message of `length` bytes. */
export function frameBytes(length: number): number {
  return FRAME_HEAD_BYTES + paddedBytes(length);
}

/** Writes `frameBytes(message.length)` bytes from `at` on. */
export function writeFrame(out: Uint8Array, at: number, port: number, message: Uint8Array): void {
  const { length } = message;
  writeUint32(out, at, port);
  writeUint32(out, at + 4, length);
  const start = at + FRAME_HEAD_BYTES;
  out.set(message, start);
  const end = start + paddedBytes(length);
  for (let each = start + length; each < end; each++) out[each] = 0;
}
