/** Reading and writing what a file or a symbolic link holds. */

import { isCoterieError } from "../../world/index.ts";
import { checkPartialChunks, contentPieces, gather, readContent, store } from "./content.ts";
import type { Core } from "./core.ts";
import { ACCES, FBIG, INVAL, IO, ISDIR, NOSPC } from "./faults.ts";
import type { Flusher } from "./flusher.ts";
import type { Inode } from "./inode.ts";
import { Kind, numberKey } from "./keys.ts";
import { mayRead, mayWrite, withoutPrivilege } from "./permissions.ts";
import { CHECKSUM_BYTES, isIntact } from "./records.ts";
import {
  type Attributes,
  type Context,
  Fault,
  type Handle,
  MAX_FILE_BYTES,
  type Outcome,
  type ReadPieces,
  type ReadResult,
  type Stability,
} from "./types.ts";

/** Far more than any transfer: what a mistaken length could make us allocate. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** The inode of a handle if it is a file. */
function loadFile(core: Core, handle: Handle): Inode | Fault {
  const inode = core.load(handle);
  if (inode instanceof Fault || inode.type === "file") return inode;
  return inode.type === "directory" ? ISDIR : INVAL;
}

export function read(
  core: Core,
  context: Context,
  handle: Handle,
  offset: number,
  length: number,
): Outcome<ReadResult> {
  const inode = readable(core, context, handle, offset, length);
  if (inode instanceof Fault) return inode;
  const { size } = inode;
  const end = Math.min(offset + Math.min(length, MAX_READ_BYTES), size);
  const data = readContent(core, inode, offset, end);
  if (data instanceof Fault) return data;
  return { data, eof: end >= size };
}

export function readPieces(
  core: Core,
  context: Context,
  handle: Handle,
  offset: number,
  length: number,
): Outcome<ReadPieces> {
  const inode = readable(core, context, handle, offset, length);
  if (inode instanceof Fault) return inode;
  const { size } = inode;
  const end = Math.min(offset + Math.min(length, MAX_READ_BYTES), size);
  const pieces = contentPieces(core, inode, offset, end);
  if (pieces instanceof Fault) return pieces;
  return { pieces, length: Math.max(0, end - offset), eof: end >= size };
}

function readable(
  core: Core,
  context: Context,
  handle: Handle,
  offset: number,
  length: number,
): Inode | Fault {
  const inode = loadFile(core, handle);
  if (inode instanceof Fault) return inode;
  if (!mayRead(inode, context.credentials)) return ACCES;
  core.chunks.trim();
  return offset >= 0 && length >= 0 ? inode : INVAL;
}

export function readlink(core: Core, handle: Handle): Outcome<Uint8Array> {
  const inode = core.load(handle);
  if (inode instanceof Fault) return inode;
  if (inode.type !== "symlink") return INVAL;
  const key = numberKey(Kind.target, handle.inode);
  const value = core.store.get(key);
  if (value !== undefined && isIntact(core.world.crc32, key, value)) {
    return value.subarray(0, value.length - CHECKSUM_BYTES);
  }
  core.reportDamage("target", { inode: handle.inode });
  return IO;
}

export function write(
  core: Core,
  flusher: Flusher,
  context: Context,
  handle: Handle,
  offset: number,
  data: Uint8Array,
  stability: Stability,
): Outcome<Attributes> {
  const inode = loadFile(core, handle);
  if (inode instanceof Fault) return inode;
  if (!mayWrite(inode, context.credentials)) return ACCES;
  if (!(offset >= 0)) return INVAL;
  const length = data.length;
  if (length === 0) return core.finishWith(context, inode);
  if (offset + length > MAX_FILE_BYTES) return FBIG;
  if (!core.hasRoom(length)) return NOSPC;
  core.chunks.trim();
  const unstable = stability === "unstable" && core.dirtyBytes + length <= core.limits.maxDirtyHardBytes;
  const fault = checkPartialChunks(core, inode, offset, offset + length, unstable);
  if (fault !== undefined) return fault;
  if (unstable) gather(core, inode, offset, data);
  else store(core, inode, offset, data);
  noteWritten(inode, context);
  if (unstable) flusher.gathered();
  else core.put(inode);
  return core.finishWith(context, inode);
}

/** What `write` says before it looks at content and space; a file that holds it may be gone when it is made. */
export function writeFault(
  core: Core,
  context: Context,
  handle: Handle,
  from: number,
  to: number,
): Fault | undefined {
  const inode = loadFile(core, handle);
  if (inode instanceof Fault) return inode;
  if (!mayWrite(inode, context.credentials)) return ACCES;
  if (!(from >= 0)) return INVAL;
  return to > MAX_FILE_BYTES ? FBIG : undefined;
}

function noteWritten(inode: Inode, context: Context): void {
  inode.modified = context.now;
  inode.changed = context.now;
  if (context.credentials.uid !== 0) inode.mode = withoutPrivilege(inode.mode);
  inode.touch();
}

export function commit(core: Core, flusher: Flusher, context: Context, handle: Handle): Outcome<Attributes> {
  const inode = loadFile(core, handle);
  if (inode instanceof Fault) return inode;
  if (!mayWrite(inode, context.credentials)) return ACCES;
  if (inode.dirty !== undefined) {
    try {
      flusher.flushFile(inode.dirty);
    } catch (error) {
      if (isCoterieError(error, "STORE_FULL")) return NOSPC;
      throw error;
    }
  }
  // What was written out, now or in the background, and of this file alone.
  core.durability.saw(inode.flushed);
  return core.finishWith(context, inode);
}
