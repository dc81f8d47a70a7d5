/** The ranges of an ACK frame: checked first, then told, so that a frame that is wrong changes nothing. */
import { readHyper, readUint32 } from "../../marshal/index.ts";
import { ACK_HEAD_BYTES, GAP_BYTES } from "./frames.ts";
import type { Recovery } from "./recovery.ts";

/** Whether the ranges of the frame at `at` name packets below `nextNumber` only, in order, from 1 up. */
export function areRangesValid(frames: Uint8Array, at: number, nextNumber: number): boolean {
  const largest = readHyper(frames, at + 4);
  const received = readUint32(frames, at + 32);
  if (largest >= nextNumber || received > largest || (received === 0 && largest > 0)) return false;
  let low = largest - received + 1;
  const gaps = readUint32(frames, at + 36);
  for (let gap = 0; gap < gaps; gap++) {
    const missing = readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES);
    const more = readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES + 4);
    low -= missing + more;
    if (missing === 0 || more === 0 || low < 1) return false;
  }
  return true;
}

/** Tells `recovery` of every packet that the valid frame at `at` names. */
export function tellRanges(frames: Uint8Array, at: number, recovery: Recovery): void {
  let high = readHyper(frames, at + 4);
  if (high === 0) return;
  let low = high - readUint32(frames, at + 32) + 1;
  recovery.acknowledge(low, high);
  const gaps = readUint32(frames, at + 36);
  for (let gap = 0; gap < gaps; gap++) {
    high = low - readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES) - 1;
    low = high - readUint32(frames, at + ACK_HEAD_BYTES + gap * GAP_BYTES + 4) + 1;
    recovery.acknowledge(low, high);
  }
}
