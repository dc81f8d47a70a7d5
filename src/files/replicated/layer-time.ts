/** The label of a snapshot or clone in a replicated volume: when it was made, by the volume's time. */
import type { WallTime } from "../../world/index.ts";

/** Seconds as an IEEE double, nanoseconds u32. */
const LABEL_BYTES = 12;

export function encodeTime({ seconds, nanoseconds }: WallTime): Uint8Array {
  const label = new Uint8Array(LABEL_BYTES);
  const view = new DataView(label.buffer);
  view.setFloat64(0, seconds);
  view.setUint32(8, nanoseconds);
  return label;
}

export function decodeTime(label: Uint8Array): WallTime {
  const view = new DataView(label.buffer, label.byteOffset, label.length);
  return { seconds: view.getFloat64(0), nanoseconds: view.getUint32(8) };
}
