/**
 * Chunks as the store has them, read through the cache. What is cached came from the store or is on its way there; its
 * blocks are checked when somebody first looks at them. A stable write of a part of a chunk is made here: it checks
 * the blocks that it leaves in part, and tells the store which bytes are new.
 */
import { compareKeys } from "../../world/index.ts";
import type { CachedChunk } from "./chunk-cache.ts";
import type { Core } from "./core.ts";
import { isUnreadable } from "./damage.ts";
import { IO } from "./faults.ts";
import { type Inode, NONE } from "./inode.ts";
import { chunkKey } from "./keys.ts";
import { isDead } from "./records.ts";
import type { Slot } from "./slots.ts";
import { Fault } from "./types.ts";

/**
 * The stored content of a chunk, of which the bytes `from` to `to` are verified; undefined for a hole. It is good until
 * the cache is trimmed or the chunk written.
 */
export function storedChunk(
  core: Core,
  inode: Inode,
  index: number,
  from = 0,
  to: number = core.chunkBytes,
): Uint8Array | Fault | undefined {
  const chunk = load(core, inode, index);
  if (chunk === undefined || chunk instanceof Fault) return chunk;
  if (chunk.unverified === 0) return chunk.content;
  return verify(core, chunk, core.format.blocksOf(from, to)) ?? chunk.content;
}

/** A chunk of the store, nothing of which needs to be verified; undefined for a hole. */
function load(core: Core, inode: Inode, index: number): CachedChunk | Fault | undefined {
  const { format } = core;
  const number = inode.handle.inode;
  const cached = core.chunks.get(number, index);
  if (cached !== undefined) return cached;
  if (index * core.chunkBytes >= inode.storedSize) return undefined;
  const value = chunkValue(core, number, index);
  if (value instanceof Fault) return value;
  if (value === undefined) return inode.isDense(core.chunkBytes) ? damaged(core, number, index) : undefined;
  if (!format.isSized(value)) return damaged(core, number, index);
  // Its epoch says whether it is dead, and every block vouches for that.
  if (inode.deadFrom !== NONE && !format.isIntact(chunkKey(number, index), value)) {
    return damaged(core, number, index);
  }
  if (isDead(inode, index, format.epoch(value))) return undefined;
  const slot = core.slots.take(value.length);
  slot.bytes.set(value);
  const chunk = cache(core, number, index, slot, value.length);
  chunk.unverified = format.allBlocks;
  slot.release();
  return chunk;
}

/** What lies in the first `length` bytes of `slot` is the chunk from now on. */
function cache(core: Core, number: number, index: number, slot: Slot, length: number): CachedChunk {
  const content = slot.afterHead(core.format.headBytes, length);
  return core.chunks.set(number, index, slot.first(length), content, slot);
}

/** Checks those of the blocks that were not yet. */
function verify(core: Core, chunk: CachedChunk, blocks: number): Fault | undefined {
  const set = chunk.unverified & blocks;
  if (set === 0) return undefined;
  if (!core.format.isIntact(chunkKey(chunk.inode, chunk.index), chunk.value, set))
    return damaged(core, chunk.inode, chunk.index);
  chunk.unverified &= ~set;
  return undefined;
}

/** What the store has under a chunk's key, good until its next call. What the disk does not give is damage. */
export function chunkValue(core: Core, number: number, index: number): Uint8Array | Fault | undefined {
  try {
    return core.store.borrow(chunkKey(number, index));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return damaged(core, number, index);
  }
}

export function damaged(core: Core, number: number, index: number): Fault {
  core.reportDamage("chunk", { inode: number, chunk: index });
  return IO;
}

/** True when the store holds something under the chunk's key. `stored`: the chunk, when it was read. */
export function isStored(core: Core, inode: Inode, index: number, stored: unknown): boolean {
  if (stored !== undefined) return true;
  if (inode.deadFrom === NONE && index * core.chunkBytes >= inode.storedSize) return false;
  if (inode.isDense(core.chunkBytes)) return true;
  return hasKey(core, chunkKey(inode.handle.inode, index));
}

/** Without the value, which need not be readable. */
function hasKey(core: Core, key: Uint8Array): boolean {
  for (const found of core.store.range({ from: key, limit: 1, keysOnly: true })) {
    return compareKeys(found.key, key) === 0;
  }
  return false;
}

/** Whether writing `from` to `end` of the file leaves nothing of what the chunk at `start` held. */
export function replaces(core: Core, inode: Inode, start: number, from: number, end: number): boolean {
  return from <= start && (end >= start + core.chunkBytes || end >= inode.size);
}

/** The chunk that a write of its bytes `from` to `to` changes in part, with what the write needs of it verified. */
function partlyWritten(
  core: Core,
  inode: Inode,
  index: number,
  from: number,
  to: number,
): CachedChunk | Fault | undefined {
  const chunk = load(core, inode, index);
  if (chunk === undefined || chunk instanceof Fault || chunk.unverified === 0) return chunk;
  return verify(core, chunk, neededBlocks(core, inode, chunk, from, to)) ?? chunk;
}

/**
 * The blocks that a write changes and does not replace; all, where it gives the chunk another epoch. So too in a replica: it does not write
 * again what it did not look at, or a read that the disk got wrong once would stay, and be no more what others have.
 */
function neededBlocks(core: Core, inode: Inode, chunk: CachedChunk, from: number, to: number): number {
  const { format } = core;
  if (core.upkeep === "log" || format.epoch(chunk.value) !== inode.epoch) return format.allBlocks;
  const { length } = chunk.content;
  const start = Math.min(from, length);
  const head = start % format.blockBytes === 0 ? 0 : format.blocksOf(start, start + 1);
  const tail = to >= length || to % format.blockBytes === 0 ? 0 : format.blocksOf(to, to + 1);
  return head | tail;
}

/** A fault if a stable write of bytes `from` to `to` of a chunk cannot be made because what it leaves is damaged. */
export function checkPartlyWritten(
  core: Core,
  inode: Inode,
  index: number,
  from: number,
  to: number,
): Fault | undefined {
  const chunk = partlyWritten(core, inode, index, from, to);
  return chunk instanceof Fault ? chunk : undefined;
}

/** Puts bytes `from` to `to` of the file, which lie in one chunk and were checked, into the batch. */
export function storePart(
  core: Core,
  inode: Inode,
  index: number,
  from: number,
  to: number,
  part: Uint8Array,
): void {
  const { format } = core;
  const start = index * core.chunkBytes;
  const isWhole = replaces(core, inode, start, from, to);
  const stored = isWhole ? undefined : partlyWritten(core, inode, index, from - start, to - start);
  if (stored instanceof Fault) throw new Error("invariant broken: a partial chunk was not checked");
  if (!isStored(core, inode, index, stored)) inode.storedChunks++;
  const before = stored === undefined ? 0 : stored.content.length;
  const length = Math.max(before, to - start);
  const isPatched = stored !== undefined && format.epoch(stored.value) === inode.epoch;
  const slot = isPatched ? slotToPatch(core, stored, length) : slotWith(core, stored, length);
  const at = format.headBytes + from - start;
  if (before < from - start) slot.bytes.fill(0, format.headBytes + before, at);
  slot.bytes.set(part, at);
  if (isPatched) putPatched(core, stored, slot, length, Math.min(from - start, before), to - start);
  else putChunk(core, inode, index, slot, length);
}

/** Room for so much content, which begins as what is stored: the batch's. */
function slotWith(core: Core, stored: CachedChunk | undefined, length: number): Slot {
  const slot = core.slots.take(core.format.headBytes + length);
  if (stored !== undefined) slot.bytes.set(stored.value);
  return slot;
}

/** The same: where the cached bytes lie, if only the cache uses them. Its next reader is to find them changed in any case. */
function slotToPatch(core: Core, stored: CachedChunk, length: number): Slot {
  const { slot } = stored;
  const hasRoom = core.format.headBytes + length <= slot.bytes.length;
  return slot.isSole && hasRoom ? slot.retain() : slotWith(core, stored, length);
}

/** Puts a chunk with `length` bytes of content into the batch and the cache: `slot`, which is the batch's to use up. */
export function putChunk(core: Core, inode: Inode, index: number, slot: Slot, length: number): void {
  const { format } = core;
  const number = inode.handle.inode;
  const value = slot.first(format.headBytes + length);
  const key = chunkKey(number, index);
  format.seal(key, value, inode.epoch);
  core.pushLent({ key, value }, slot);
  cache(core, number, index, slot, value.length);
}

/** The same for one that differs from what is stored in the bytes `from` to `to` of its content. */
function putPatched(
  core: Core,
  stored: CachedChunk,
  slot: Slot,
  length: number,
  from: number,
  to: number,
): void {
  const { format } = core;
  const { inode, index } = stored;
  const key = chunkKey(inode, index);
  const value = slot.first(format.headBytes + length);
  const blocks = format.blocksOf(from, to);
  const unverified = stored.unverified & ~blocks;
  format.sealBlocks(key, value, blocks);
  const checksums = format.checksumSpan(from, to);
  const bytes = { from: format.headBytes + from, to: format.headBytes + to };
  const spans = checksums.to < bytes.from ? [checksums, bytes] : [{ from: checksums.from, to: bytes.to }];
  core.pushLent({ key, value, spans }, slot);
  cache(core, inode, index, slot, value.length).unverified = unverified;
}
