/**
 * Names from the wire are a stranger's. One is taken only if it can mean nothing but a file directly in the receiver's
 * directory, and holds nothing that a terminal would obey.
 */
import { CoterieError } from "../../world/index.ts";

/** Bytes of a name, as most file systems have it. */
export const MAX_NAME_BYTES = 255;
/** What the names of unfinished files begin with, of copies and of transfers. */
const PART_PREFIX = new TextEncoder().encode(".coterie-part-");

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const DELETE = 0x7f;
/** What the controls of Latin-1, U+0080 to U+009F, begin with in UTF-8. */
const LATIN_CONTROL = 0xc2;

/** Why a name is not taken, or undefined. */
export function complaintOfName(name: Uint8Array): string | undefined {
  if (name.length === 0) return "it is empty";
  if (name.length > MAX_NAME_BYTES) return `it has over ${MAX_NAME_BYTES} bytes`;
  if (name.includes(SLASH) || name.includes(BACKSLASH)) return "it holds a separator of paths";
  if (name.every((byte) => byte === DOT) && name.length <= 2) return "it means a directory";
  if (name.some((_, at) => isControl(name, at))) return "it holds control characters";
  if (PART_PREFIX.every((byte, at) => name[at] === byte)) return "it is one of unfinished files";
  return undefined;
}

function isControl(name: Uint8Array, at: number): boolean {
  const byte = name[at] as number;
  if (byte < 0x20 || byte === DELETE) return true;
  const next = name[at + 1] ?? 0;
  return byte === LATIN_CONTROL && next >= 0x80 && next <= 0x9f;
}

/** @throws CoterieError TRANSFER_NAME. */
export function checkName(name: Uint8Array): void {
  const complaint = complaintOfName(name);
  if (complaint !== undefined) {
    throw new CoterieError("TRANSFER_NAME", `the name is not taken: ${complaint}`);
  }
}
