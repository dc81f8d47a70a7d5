/**
 * Taking content away, in batches that are never larger than a bound. Few chunks go in the operation's own
 * batch. Many are declared dead by it, in constant time, and an orphan record in the same batch says that they
 * are to be reaped: for a removed file all under its number; for a truncated one those from `deadFrom` on that
 * were written in an older epoch than the file is in now.
 */
import { readUint32 } from "../../marshal/index.ts";
import { dropDirty } from "./content.ts";
import type { Core } from "./core.ts";
import { IO } from "./faults.ts";
import { type Inode, NONE } from "./inode.ts";
import { chunkKey, Kind, numberKey } from "./keys.ts";
import type { Reaper } from "./reaper.ts";
import { putChunk, storedChunk } from "./stored-chunks.ts";
import { Fault } from "./types.ts";

/** Puts the removal of all of a file's content into the batch. */
export function discardContent(core: Core, reaper: Reaper, inode: Inode): void {
  const number = inode.handle.inode;
  dropDirtyFrom(core, inode, 0);
  core.chunks.deleteFrom(number, 0);
  if (inode.storedChunks === 0 && inode.deadFrom === NONE) return;
  const found = inode.deadFrom === NONE ? chunksFrom(core, inode, 0) : undefined;
  if (found === undefined) {
    core.push(core.writer.orphan(number, "removed"));
    reaper.add(number);
  } else {
    for (const key of found) core.pushRemoval(key);
  }
}

/**
 * Makes a file's size `size` in memory and, as far as chunks go, in the batch; the caller puts the inode. A
 * chunk that is cut is read first: damage there is a fault.
 */
export function resize(core: Core, reaper: Reaper, inode: Inode, size: number): Fault | undefined {
  if (size < inode.size) {
    const fault = shrink(core, reaper, inode, size);
    if (fault !== undefined) return fault;
  }
  inode.size = size;
  inode.storedSize = size;
  return undefined;
}

function shrink(core: Core, reaper: Reaper, inode: Inode, size: number): Fault | undefined {
  core.chunks.trim();
  const keep = Math.ceil(size / core.chunkBytes);
  const tail = size - Math.floor(size / core.chunkBytes) * core.chunkBytes;
  const cut = tail === 0 ? undefined : storedChunk(core, inode, keep - 1);
  if (cut instanceof Fault) return cut;
  const found = inode.storedChunks === 0 ? [] : chunksFrom(core, inode, keep);
  // Two regions of dead chunks are more than an inode can describe: finish with the first, which comes in
  // batches of its own, before this one is begun.
  if (found === undefined && inode.deadFrom < keep && !reaper.finish(inode)) return IO;
  dropDirtyFrom(core, inode, keep);
  const dirty = tail === 0 ? undefined : inode.dirty?.chunks.get(keep - 1);
  if (dirty !== undefined && dirty.length > tail) {
    dirty.cut(tail);
    core.noteDirtyTaken();
  }
  core.chunks.deleteFrom(inode.handle.inode, keep);
  if (found === undefined) declareDead(core, reaper, inode, keep);
  else removeChunks(core, inode, found, keep);
  if (cut !== undefined && cut.length > tail) {
    const { headBytes } = core.format;
    const slot = core.slots.take(headBytes + tail);
    slot.bytes.set(cut.subarray(0, tail), headBytes);
    putChunk(core, inode, keep - 1, slot, tail);
  }
  return undefined;
}

/** Keys of the stored chunks from `index` on, dead ones included; undefined when they are too many for one batch. */
function chunksFrom(core: Core, inode: Inode, index: number): Uint8Array[] | undefined {
  const { maxInlineChunks } = core.limits;
  const number = inode.handle.inode;
  const keys: Uint8Array[] = [];
  if (inode.isDense(core.chunkBytes)) {
    if (inode.storedChunks - index > maxInlineChunks) return undefined;
    for (let i = index; i < inode.storedChunks; i++) keys.push(chunkKey(number, i));
    return keys;
  }
  const range = {
    from: chunkKey(number, index),
    to: numberAfter(number),
    limit: maxInlineChunks + 1,
    keysOnly: true,
  };
  for (const { key } of core.store.range(range)) keys.push(key);
  return keys.length > maxInlineChunks ? undefined : keys;
}

/** Where the chunks of a file end in the order of keys. */
export function numberAfter(inode: number): Uint8Array {
  return numberKey(Kind.chunk, inode + 1);
}

function removeChunks(core: Core, inode: Inode, keys: readonly Uint8Array[], keep: number): void {
  for (const key of keys) core.pushRemoval(key);
  inode.storedChunks -= keys.length;
  if (inode.deadFrom !== NONE && inode.deadFrom >= keep) {
    inode.deadFrom = NONE;
    core.pushRemoval(numberKey(Kind.orphan, inode.handle.inode));
  }
}

function declareDead(core: Core, reaper: Reaper, inode: Inode, keep: number): void {
  inode.epoch++;
  inode.deadFrom = keep;
  core.push(core.writer.orphan(inode.handle.inode, "truncated"));
  reaper.add(inode.handle.inode);
}

function dropDirtyFrom(core: Core, inode: Inode, index: number): void {
  const file = inode.dirty;
  if (file === undefined) return;
  for (const chunk of file.chunks.values()) {
    if (chunk.index < index) continue;
    core.noteDirtyTaken();
    dropDirty(core, file, chunk);
  }
}

/** The chunk that a key names. */
export function indexOfKey(key: Uint8Array): number {
  return readUint32(key, 7);
}
