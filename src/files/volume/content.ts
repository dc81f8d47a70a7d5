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
import { CHECKSUM_BYTES, CHUNK_HEAD_BYTES, chunkContent, isDead, isIntact, sealChunk } from "./records.ts";
import { Fault } from "./types.ts";

const EMPTY = new Uint8Array(0);

/** The stored content of a chunk, verified; undefined for a hole. */
export function storedChunk(core: Core, inode: Inode, index: number): Uint8Array | Fault | undefined {
  const number = inode.handle.inode;
  const cached = core.chunks.get(number, index);
  if (cached !== undefined) return cached;
  if (index * core.chunkBytes >= inode.storedSize) return undefined;
  const key = chunkKey(number, index);
  const value = core.store.get(key);
  if (value === undefined) return inode.isDense(core.chunkBytes) ? damaged(core, inode, index) : undefined;
  if (!isIntact(core.world.crc32, key, value) || value.length > largestValue(core)) {
    return damaged(core, inode, index);
  }
  if (isDead(inode, index, readUint32(value, 0))) return undefined;
  const content = chunkContent(value);
  core.chunks.set(number, index, content);
  return content;
}

function largestValue(core: Core): number {
  return CHUNK_HEAD_BYTES + core.chunkBytes + CHECKSUM_BYTES;
}

function damaged(core: Core, inode: Inode, index: number): Fault {
  core.reportDamage("chunk", { inode: inode.handle.inode, chunk: index });
  return IO;
}

/** The bytes of a file from `offset` to `end`, which lies within its size. Nobody writes to them again. */
export function readContent(core: Core, inode: Inode, offset: number, end: number): Uint8Array | Fault {
  if (offset >= end) return EMPTY;
  const chunkBytes = core.chunkBytes;
  const first = Math.floor(offset / chunkBytes);
  const start = first * chunkBytes;
  const dirty = inode.dirty?.chunks;
  if (end <= start + chunkBytes && dirty?.get(first) === undefined) {
    const content = storedChunk(core, inode, first);
    if (content instanceof Fault) return content;
    if (content !== undefined && end - start <= content.length) {
      return content.subarray(offset - start, end - start);
    }
  }
  const data = new Uint8Array(end - offset);
  for (let index = first, at = start; at < end; index++, at += chunkBytes) {
    const content = dirty?.get(index)?.content() ?? storedChunk(core, inode, index);
    if (content instanceof Fault) return content;
    if (content !== undefined) copyPart(content, at, data, offset, end);
  }
  return data;
}

/**
 * The same as pieces of the chunks in memory: no byte is copied but those of unstable writes, which may still change,
 * and none is made but the zeros of holes.
 */
export function contentPieces(core: Core, inode: Inode, offset: number, end: number): Uint8Array[] | Fault {
  const pieces: Uint8Array[] = [];
  const chunkBytes = core.chunkBytes;
  const dirty = inode.dirty?.chunks;
  for (let at = offset; at < end; ) {
    const index = Math.floor(at / chunkBytes);
    const from = at - index * chunkBytes;
    const to = Math.min(chunkBytes, end - index * chunkBytes);
    const unstable = dirty?.get(index)?.content();
    const content = unstable ?? storedChunk(core, inode, index);
    if (content instanceof Fault) return content;
    const length = content?.length ?? 0;
    if (content !== undefined && from < length) {
      const piece = content.subarray(from, Math.min(to, length));
      pieces.push(unstable === undefined ? piece : piece.slice());
    }
    if (length < to) pieces.push(new Uint8Array(to - Math.max(from, length)));
    at += to - from;
  }
  return pieces;
}

/** Copies what a chunk that begins at `at` in the file has of `offset` to `end`. */
function copyPart(content: Uint8Array, at: number, data: Uint8Array, offset: number, end: number): void {
  const from = Math.max(0, offset - at);
  const to = Math.min(content.length, end - at);
  if (from < to) data.set(content.subarray(from, to), at + from - offset);
}

/** True when the store holds something under the chunk's key. `stored`: the chunk, when it was read. */
function isStored(core: Core, inode: Inode, index: number, stored: Uint8Array | undefined): boolean {
  if (stored !== undefined) return true;
  if (inode.deadFrom === NONE && index * core.chunkBytes >= inode.storedSize) return false;
  if (inode.isDense(core.chunkBytes)) return true;
  return core.store.get(chunkKey(inode.handle.inode, index)) !== undefined;
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
  const capacity = index === 0 ? Math.min(core.chunkBytes, roundUp(to)) : core.chunkBytes;
  const chunk = new DirtyChunk(index, capacity, !isStored(core, inode, index, stored), stored);
  file.add(chunk);
  core.dirtyBytes += chunk.capacity;
  return chunk;
}

/** Takes a chunk out of the unstable writes. */
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
      putChunk(core, inode, index, dirty.toValue());
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
  const value = new Uint8Array(CHUNK_HEAD_BYTES + length + CHECKSUM_BYTES);
  if (stored !== undefined) value.set(stored, CHUNK_HEAD_BYTES);
  value.set(part, CHUNK_HEAD_BYTES + from - start);
  putChunk(core, inode, index, value);
}

/** Puts a chunk's value into the batch and its content into the cache. */
export function putChunk(core: Core, inode: Inode, index: number, value: Uint8Array): void {
  const number = inode.handle.inode;
  const key = chunkKey(number, index);
  sealChunk(core.world.crc32, key, value, inode.epoch);
  core.push({ key, value });
  core.chunks.set(number, index, chunkContent(value));
}
