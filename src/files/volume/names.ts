/** Which names a directory can hold: bytes of any encoding, as POSIX has it. */
import { INVAL, NAMETOOLONG } from "./faults.ts";
import { type Fault, MAX_NAME_BYTES } from "./types.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

/** Why `name` cannot be looked up, or undefined. */
export function nameFault(name: Uint8Array): Fault | undefined {
  const length = name.length;
  if (length === 0) return INVAL;
  if (length > MAX_NAME_BYTES) return NAMETOOLONG;
  for (let i = 0; i < length; i++) {
    const byte = name[i];
    if (byte === SLASH || byte === 0) return INVAL;
  }
  return undefined;
}

/** 1 for `.`, 2 for `..`, 0 for every other name. */
export function dots(name: Uint8Array): 0 | 1 | 2 {
  if (name[0] !== DOT) return 0;
  if (name.length === 1) return 1;
  return name.length === 2 && name[1] === DOT ? 2 : 0;
}

/** For logs and messages, where a name of any encoding must not do harm. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
