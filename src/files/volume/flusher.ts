/**
 * Brings unstable writes into the store: at once for a commit, and in the background when they are many or old.
 * What was written out in the background is also made durable there, so that a later commit finds little to
 * wait for; when that fails, the store undoes it and the verifier changes, which tells every client to send its
 * uncommitted writes again.
 */
import { type Change, isCoterieError, type Timer } from "../../world/index.ts";
import { dropDirty } from "./content.ts";
import type { Core } from "./core.ts";
import type { DirtyChunk, DirtyFile } from "./dirty.ts";
import { chunkKey } from "./keys.ts";
import type { Slot } from "./slots.ts";

const RETRY_MS = 1_000;
/** Batches under way: while the disk takes one, the next is sealed. */
const MAX_UNDER_WAY = 2;

export class Flusher {
  private readonly core: Core;
  /** A batch is begun at the end of the turn, or after a failure some time later. */
  private planned = false;
  /** Batches in the background that are not yet durable, the oldest first; and the last batch of all. */
  private readonly underWay: number[] = [];
  private lastBatch = 0;
  private stopped = false;
  private ageTimer: Timer | undefined;

  constructor(core: Core) {
    this.core = core;
  }

  /**
   * To be called after unstable writes were gathered. Whoever writes when there are too many waits for the oldest batch
   * under way: writers that the disk cannot follow are slowed before they have to be stopped.
   */
  gathered(): void {
    const { core } = this;
    if (core.dirtyBytes > core.limits.maxDirtyBytes) {
      this.start();
      core.durability.saw(this.underWay[0] ?? this.lastBatch);
    } else this.ageTimer ??= core.world.timers.after(core.limits.maxDirtyAgeMs, () => this.onAge());
  }

  stop(): void {
    this.stopped = true;
    this.ageTimer?.cancel();
  }

  /** Applies all unstable writes of a file, in batches. @throws what the store throws; what is left stays dirty. */
  flushFile(file: DirtyFile): void {
    while (file.chunks.size > 0) this.flushBatch(file);
  }

  /** Applies the unstable writes of all files. */
  flushAll(): void {
    for (const file of [...this.core.dirtyFiles.values()]) this.flushFile(file);
  }

  private onAge(): void {
    this.ageTimer = undefined;
    if (!this.stopped && this.core.dirtyBytes > 0) this.start();
  }

  private start(): void {
    if (this.planned || this.stopped || this.underWay.length >= MAX_UNDER_WAY) return;
    this.planned = true;
    this.core.world.timers.soon(() => this.run());
  }

  /** One batch of the oldest file, made durable; then the next, while there are too many or too old ones. */
  private run(): void {
    this.planned = false;
    if (this.stopped) return;
    this.core.recover();
    const file = this.due();
    if (file === undefined) {
      if (this.core.dirtyBytes > 0 && this.underWay.length === 0) this.gathered();
      return;
    }
    try {
      this.flushBatch(file);
    } catch (error) {
      this.onFailure(error);
      return;
    }
    const number = this.lastBatch;
    this.underWay.push(number);
    this.core.store.sync().then(
      () => this.onDurable(number),
      (error: unknown) => this.onFailure(error),
    );
    this.start();
  }

  private onDurable(number: number): void {
    while (this.underWay.length > 0 && (this.underWay[0] as number) <= number) this.underWay.shift();
    this.start();
  }

  private due(): DirtyFile | undefined {
    const { core } = this;
    const oldest = core.dirtyFiles.values().next();
    if (oldest.done) return undefined;
    const ageMs = core.world.clock.monotonicMs() - oldest.value.sinceMs;
    const isDue = core.dirtyBytes > core.limits.maxDirtyBytes || ageMs >= core.limits.maxDirtyAgeMs;
    return isDue ? oldest.value : undefined;
  }

  /** The store has undone everything that was not durable, so no batch is under way any more. */
  private onFailure(error: unknown): void {
    this.underWay.length = 0;
    if (this.stopped || this.planned || isCoterieError(error, "STORE_CLOSED")) return;
    this.planned = true;
    this.core.world.log.warn("volume.flush-failed", { error: String(error) });
    this.core.world.timers.after(RETRY_MS, () => this.run());
  }

  /** Applies one batch of a file's chunks in the order in which they were first written. */
  private flushBatch(file: DirtyFile): void {
    const { core } = this;
    const { format } = core;
    const { inode } = file;
    const { storedSize, storedChunks } = inode;
    const batch: Change[] = [];
    const taken: DirtyChunk[] = [];
    const slots: Slot[] = [];
    let bytes = 0;
    for (const chunk of file.chunks.values()) {
      if (bytes >= core.limits.maxFlushBytes) break;
      const key = chunkKey(inode.handle.inode, chunk.index);
      const slot = chunk.toStore();
      const value = slot.bytes.subarray(0, format.headBytes + chunk.length);
      format.seal(key, value, inode.epoch);
      batch.push({ key, value });
      taken.push(chunk);
      slots.push(slot);
      bytes += value.length;
      if (chunk.fresh) inode.storedChunks++;
      inode.storedSize = Math.max(inode.storedSize, chunk.index * core.chunkBytes + chunk.length);
    }
    if (taken.length === file.chunks.size) inode.storedSize = inode.size;
    batch.push(core.writer.inode(inode));
    try {
      core.applyQuietly(batch, undefined, slots);
      inode.flushed = this.lastBatch = core.durability.applied;
    } catch (error) {
      inode.storedSize = storedSize;
      inode.storedChunks = storedChunks;
      throw error;
    }
    core.chunks.trim();
    for (const [i, chunk] of taken.entries()) {
      const slot = slots[i] as Slot;
      const length = format.headBytes + chunk.length;
      const content = slot.afterHead(format.headBytes, length);
      core.chunks.set(inode.handle.inode, chunk.index, slot.first(length), content, slot);
      dropDirty(core, file, chunk);
    }
    inode.touch();
  }
}
