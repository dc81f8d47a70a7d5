/**
 * The content of files: chunks of one size, each with its checksums, kept only where something was written. What the
 * store holds is read through the cache (stored-chunks.ts); unstable writes lie above both.
 */
import type { Core } from "./core.ts";
import { DirtyChunk, DirtyFile, roundUp } from "./dirty.ts";
import type { Inode } from "./inode.ts";
import { checkPartlyWritten, isStored, putChunk, replaces, storedChunk, storePart } from "./stored-chunks.ts";
import { Fault } from "./types.ts";

const EMPTY = new Uint8Array(0);

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
    const content = dirty?.get(index)?.content() ?? storedChunk(core, inode, index, from, to);
    if (content instanceof Fault) return content;
    const length = content?.length ?? 0;
    if (content !== undefined && from < length) pieces.push(content.subarray(from, Math.min(to, length)));
    if (length < to) pieces.push(new Uint8Array(to - Math.max(from, length)));
    at += to - from;
  }
  return pieces;
}

/**
 * Reads the chunks that a write changes in part, which are the first and the last: damage there is a fault. An unstable
 * write takes them over whole, a stable one changes its blocks.
 */
export function checkPartialChunks(
  core: Core,
  inode: Inode,
  offset: number,
  end: number,
  isUnstable: boolean,
): Fault | undefined {
  const chunkBytes = core.chunkBytes;
  const first = Math.floor(offset / chunkBytes);
  const last = Math.floor((end - 1) / chunkBytes);
  for (let index = first; ; index = last) {
    const start = index * chunkBytes;
    if (inode.dirty?.chunks.get(index) === undefined && !replaces(core, inode, start, offset, end)) {
      const from = Math.max(0, offset - start);
      const to = Math.min(chunkBytes, end - start);
      const fault = isUnstable
        ? storedChunk(core, inode, index)
        : checkPartlyWritten(core, inode, index, from, to);
      if (fault instanceof Fault) return fault;
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
    writeDirty(core, file, chunk, from - start, data.subarray(from - offset, to - offset));
  }
  if (end > inode.size) inode.size = end;
}

/** The chunk may need more memory for it, which counts. */
function writeDirty(core: Core, file: DirtyFile, chunk: DirtyChunk, at: number, data: Uint8Array): void {
  const before = chunk.capacity;
  chunk.write(at, data, core.chunkBytes);
  const grown = chunk.capacity - before;
  file.bytes += grown;
  core.dirtyBytes += grown;
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
  const chunk = new DirtyChunk(core.slots, core.format.headBytes, index, capacity, isFresh, stored);
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
    const part = to - from === data.length ? data : data.subarray(from - offset, to - offset);
    const dirty = inode.dirty?.chunks.get(index);
    if (inode.dirty !== undefined && dirty !== undefined) {
      writeDirty(core, inode.dirty, dirty, from - start, part);
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
