/**
 * The content of files: chunks of one size, each with its checksum, kept only where something was written. A
 * chunk's value holds its bytes up to the last one written; zeros follow. What the store holds is read through
 * the cache of verified chunks; unstable writes lie above both.
 */
import type { Core } from "./core.ts";
import { DirtyChunk, DirtyFile, roundUp } from "./dirty.ts";
import { IO } from "./faults.ts";
import { type Inode, NONE } from "./inode.ts";
import { chunkKey, readUint32 } from "./keys.ts";
import { CHUNK_EXTRA_BYTES, CHUNK_HEAD_BYTES, chunkContent, isDead, isIntact, sealChunk } from "./records.ts";
import type { Slot } from "./slots.ts";
import { Fault } from "./types.ts";

const EMPTY = new Uint8Array(0);

/** The stored content of a chunk, verified; undefined for a hole. It is good until the cache is trimmed or the chunk written. */
export function storedChunk(core: Core, inode: Inode, index: number): Uint8Array | Fault | undefined {
  const number = inode.handle.inode;
  const cached = core.chunks.get(number, index);
  if (cached !== undefined) return cached;
  if (index * core.chunkBytes >= inode.storedSize) return undefined;
  const key = chunkKey(number, index);
  const value = core.store.borrow(key);
  if (value === undefined) return inode.isDense(core.chunkBytes) ? damaged(core, inode, index) : undefined;
  if (!isIntact(core.world.crc32, key, value) || value.length > largestValue(core)) {
    return damaged(core, inode, index);
  }
  if (isDead(inode, index, readUint32(value, 0))) return undefined;
  const slot = core.slots.take(value.length);
  slot.bytes.set(value);
  const content = chunkContent(slot.bytes.subarray(0, value.length));
  core.chunks.set(number, index, content, slot);
  slot.release();
  return content;
}

function largestValue(core: Core): number {
  return core.chunkBytes + CHUNK_EXTRA_BYTES;
}

function damaged(core: Core, inode: Inode, index: number): Fault {
  core.reportDamage("chunk", { inode: inode.handle.inode, chunk: index });
  return IO;
}

/** The bytes of a file from `offset` to `end`, which lies within its size, in an array of their own. */
export function readContent(core: Core, inode: Inode, offset: number, end: number): Uint8Array | Fault {
  if (offset >= end) return EMPTY;
  const pieces = contentPieces(core, inode, offset, end);
  if (pieces instanceof Fault) return pieces;
  const data = new Uint8Array(end - offset);
  let at = 0;
  for (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  return data;
}

/**
 * The same as pieces of the chunks in memory, good until the next operation: no byte is copied, and none is made but
 * the zeros of holes.
 */
export function contentPieces(core: Core, inode: Inode, offset: number, end: number): Uint8Array[] | Fault {
  const pieces: Uint8Array[] = [];
  const chunkBytes = core.chunkBytes;
  const dirty = inode.dirty?.chunks;
  for (let at = offset; at < end; ) {
    const index = Math.floor(at / chunkBytes);
    const from = at - index * chunkBytes;
    const to = Math.min(chunkBytes, end - index * chunkBytes);
    const content = dirty?.get(index)?.content() ?? storedChunk(core, inode, index);
    if (content instanceof Fault) return content;
    const length = content?.length ?? 0;
    if (content !== undefined && from < length) pieces.push(content.subarray(from, Math.min(to, length)));
    if (length < to) pieces.push(new Uint8Array(to - Math.max(from, length)));
    at += to - from;
  }
  return pieces;
}

/** True when the store holds something under the chunk's key. `stored`: the chunk, when it was read. */
function isStored(core: Core, inode: Inode, index: number, stored: Uint8Array | undefined): boolean {
  if (stored !== undefined) return true;
  if (inode.deadFrom === NONE && index * core.chunkBytes >= inode.storedSize) return false;
  if (inode.isDense(core.chunkBytes)) return true;
  return core.store.borrow(chunkKey(inode.handle.inode, index)) !== undefined;
}

/** Whether writing `from` to `end` of the file leaves nothing of what the chunk at `start` held. */
function replaces(core: Core, inode: Inode, start: number, from: number, end: number): boolean {
  return from <= start && (end >= start + core.chunkBytes || end >= inode.size);
}

/** Reads the chunks that a write changes in part, which are the first and the last: damage there is a fault. */
export function checkPartialChunks(core: Core, inode: Inode, offset: number, end: number): Fault | undefined {
  const chunkBytes = core.chunkBytes;
  const first = Math.floor(offset / chunkBytes);
  const last = Math.floor((end - 1) / chunkBytes);
  for (let index = first; ; index = last) {
    const start = index * chunkBytes;
    if (inode.dirty?.chunks.get(index) === undefined && !replaces(core, inode, start, offset, end)) {
      const stored = storedChunk(core, inode, index);
      if (stored instanceof Fault) return stored;
    }
    if (index === last) return undefined;
  }
}

/** Gathers an unstable write whose partial chunks were checked. */
export function gather(core: Core, inode: Inode, offset: number, data: Uint8Array): void {
  const chunkBytes = core.chunkBytes;
  const end = offset + data.length;
  const file = dirtyFile(core, inode);
  let index = Math.floor(offset / chunkBytes);
  for (let start = index * chunkBytes; start < end; index++, start += chunkBytes) {
    const from = Math.max(offset, start);
    const to = Math.min(end, start + chunkBytes);
    const chunk = file.chunks.get(index) ?? newDirtyChunk(core, file, index, from, to);
    const before = chunk.capacity;
    chunk.write(from - start, data.subarray(from - offset, to - offset), chunkBytes);
    const grown = chunk.capacity - before;
    file.bytes += grown;
    core.dirtyBytes += grown;
  }
  if (end > inode.size) inode.size = end;
}

function dirtyFile(core: Core, inode: Inode): DirtyFile {
  if (inode.dirty === undefined) {
    inode.dirty = new DirtyFile(inode, core.world.clock.monotonicMs());
    core.dirtyFiles.set(inode.handle.inode, inode.dirty);
  }
  return inode.dirty;
}

function newDirtyChunk(core: Core, file: DirtyFile, index: number, from: number, to: number): DirtyChunk {
  const { inode } = file;
  const start = index * core.chunkBytes;
  const stored = replaces(core, inode, start, from, to) ? undefined : storedChunk(core, inode, index);
  if (stored instanceof Fault) throw new Error("invariant broken: a partial chunk was not checked");
  const isFresh = !isStored(core, inode, index, stored);
  const capacity = index === 0 ? Math.min(core.chunkBytes, roundUp(to)) : core.chunkBytes;
  const chunk = new DirtyChunk(core.slots, index, capacity, isFresh, stored);
  file.add(chunk);
  core.dirtyBytes += chunk.capacity;
  return chunk;
}

/** Takes a chunk out of the unstable writes, and lets go of its memory. */
export function dropDirty(core: Core, file: DirtyFile, chunk: DirtyChunk): void {
  core.dirtyBytes -= file.delete(chunk);
  if (file.chunks.size > 0) return;
  file.inode.dirty = undefined;
  core.dirtyFiles.delete(file.inode.handle.inode);
}

/** Puts a stable write whose partial chunks were checked into the batch. */
export function store(core: Core, inode: Inode, offset: number, data: Uint8Array): void {
  const chunkBytes = core.chunkBytes;
  const end = offset + data.length;
  let index = Math.floor(offset / chunkBytes);
  for (let start = index * chunkBytes; start < end; index++, start += chunkBytes) {
    const from = Math.max(offset, start);
    const to = Math.min(end, start + chunkBytes);
    const part = data.subarray(from - offset, to - offset);
    const dirty = inode.dirty?.chunks.get(index);
    if (inode.dirty !== undefined && dirty !== undefined) {
      dirty.write(from - start, part, chunkBytes);
      if (dirty.fresh) inode.storedChunks++;
      inode.storedSize = Math.max(inode.storedSize, start + dirty.length);
      putChunk(core, inode, index, dirty.toStore(), dirty.length);
      core.noteDirtyTaken();
      dropDirty(core, inode.dirty, dirty);
    } else {
      storePart(core, inode, index, from, to, part);
    }
  }
  if (end > inode.storedSize) inode.storedSize = end;
  if (end > inode.size) inode.size = end;
}

function storePart(
  core: Core,
  inode: Inode,
  index: number,
  from: number,
  to: number,
  part: Uint8Array,
): void {
  const start = index * core.chunkBytes;
  const stored = replaces(core, inode, start, from, to) ? undefined : storedChunk(core, inode, index);
  if (stored instanceof Fault) throw new Error("invariant broken: a partial chunk was not checked");
  if (!isStored(core, inode, index, stored)) inode.storedChunks++;
  const length = Math.max(stored?.length ?? 0, to - start);
  const slot = core.slots.take(length + CHUNK_EXTRA_BYTES);
  const { bytes } = slot;
  const before = stored === undefined ? 0 : stored.length;
  if (stored !== undefined) bytes.set(stored, CHUNK_HEAD_BYTES);
  if (before < from - start) bytes.fill(0, CHUNK_HEAD_BYTES + before, CHUNK_HEAD_BYTES + from - start);
  bytes.set(part, CHUNK_HEAD_BYTES + from - start);
  putChunk(core, inode, index, slot, length);
}

/** Puts a chunk with `length` bytes of content into the batch and the cache: `slot`, which is the batch's to use up. */
export function putChunk(core: Core, inode: Inode, index: number, slot: Slot, length: number): void {
  const number = inode.handle.inode;
  const value = slot.bytes.subarray(0, length + CHUNK_EXTRA_BYTES);
  const key = chunkKey(number, index);
  sealChunk(core.world.crc32, key, value, inode.epoch);
  core.pushLent({ key, value }, slot);
  core.chunks.set(number, index, chunkContent(value), slot);
}
