/**
 * Names from the wire are a stranger's. One is taken only if it can mean nothing but a file directly in the receiver's
 * directory, and nothing that a terminal or a script would stumble over.
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

/** Why a name is not taken, or undefined. */
export function complaintOfName(name: Uint8Array): string | undefined {
  if (name.length === 0) return "it is empty";
  if (name.length > MAX_NAME_BYTES) return `it has over ${MAX_NAME_BYTES} bytes`;
  if (name.includes(SLASH) || name.includes(BACKSLASH)) return "it holds a separator of paths";
  if (name.every((byte) => byte === DOT) && name.length <= 2) return "it means a directory";
  if (name.some((byte) => byte < 0x20 || byte === DELETE)) return "it holds control characters";
  if (PART_PREFIX.every((byte, at) => name[at] === byte)) return "it is one of unfinished files";
  return undefined;
}

/** @throws CoterieError TRANSFER_NAME. */
export function checkName(name: Uint8Array): void {
  const complaint = complaintOfName(name);
  if (complaint !== undefined) {
    throw new CoterieError("TRANSFER_NAME", `the name is not taken: ${complaint}`);
  }
}
