/**
 * Takes dead chunks away in the background, a bounded batch at a time, each durable before the next: the disk's
 * space comes back while others are served. What is to be reaped stands in orphan records, so that it goes on
 * after a restart; in memory there is only how far a scan has come.
 */
import { type Change, isCoterieError } from "../../world/index.ts";
import type { Core } from "./core.ts";
import { type Inode, NONE } from "./inode.ts";
import { chunkKey, Kind, numberKey, readNumber } from "./keys.ts";
import { decodeOrphan, isDead, isIntact, type OrphanReason } from "./records.ts";
import { chunkValue, damaged } from "./stored-chunks.ts";
import { indexOfKey, numberAfter } from "./truncate.ts";
import { Fault } from "./types.ts";

const RETRY_MS = 1_000;
/** Orphan records read at once. */
const PAGE = 256;

/**
 * One batch of removals as a command that a log can carry: what it takes away depends on the volume and on the step alone. One
 * that does not fit the volume any more does nothing.
 */
export interface ReapStep {
  readonly inode: number;
  readonly reason: OrphanReason;
  /** Of a truncated file, in which its dead chunks were told from others; 0 for a removed one. */
  readonly epoch: number;
  /** The chunk at which the scan goes on: all dead ones before it are gone. */
  readonly from: number;
}

export class Reaper {
  private readonly core: Core;
  /** Inode numbers with an orphan record, and the chunk at which their scan goes on. */
  private readonly queue = new Map<number, number>();
  private running = false;
  private stopped = false;
  /** More orphan records are in the store than in the queue. */
  private more = false;

  constructor(core: Core) {
    this.core = core;
  }

  /** True when nothing is left to be reaped. */
  get idle(): boolean {
    return this.queue.size === 0 && !this.more;
  }

  /** The orphan record of `inode` is in the batch that is about to be applied. */
  add(inode: number): void {
    this.queue.set(inode, 0);
    this.start();
  }

  /** Fills the queue from the store. */
  load(): void {
    this.queue.clear();
    let found = 0;
    const range = {
      from: numberKey(Kind.orphan, 0),
      to: Uint8Array.of(Kind.orphan + 1),
      limit: PAGE,
      keysOnly: true,
    };
    for (const { key } of this.core.store.range(range)) {
      this.queue.set(readNumber(key, 1), 0);
      found++;
    }
    this.more = found === PAGE;
    if (found > 0) this.start();
  }

  stop(): void {
    this.stopped = true;
  }

  private start(): void {
    if (this.running || this.stopped || this.core.upkeep === "log") return;
    this.running = true;
    this.core.world.timers.soon(() => this.run());
  }

  private run(): void {
    this.running = false;
    if (this.stopped) return;
    this.core.recover();
    if (this.queue.size === 0 && this.more) this.load();
    // Loading the queue again has begun another run.
    if (this.running) return;
    const next = this.queue.keys().next();
    if (next.done) return;
    this.running = true;
    this.stepDurably(next.value).then(
      () => this.core.world.timers.soon(() => this.run()),
      (error: unknown) => this.onFailure(error),
    );
  }

  private async stepDurably(number: number): Promise<void> {
    this.step(number);
    await this.core.store.sync();
  }

  private onFailure(error: unknown): void {
    if (this.stopped || isCoterieError(error, "STORE_CLOSED")) return;
    this.core.world.log.warn("volume.reaping-failed", { error: String(error) });
    this.core.world.timers.after(RETRY_MS, () => this.run());
  }

  /** The step that is due, where a log carries them. */
  due(): ReapStep | undefined {
    if (this.queue.size === 0 && this.more) this.load();
    for (const [inode, from] of this.queue) {
      const reason = this.reasonOf(inode);
      if (reason === undefined) this.queue.delete(inode);
      else return { inode, reason, epoch: this.epochOf(inode, reason), from };
    }
    return undefined;
  }

  /** Applies a step; false when it is none any more. */
  reap({ inode, reason, epoch, from }: ReapStep): boolean {
    if (this.reasonOf(inode) !== reason || this.epochOf(inode, reason) !== epoch) return false;
    this.queue.set(inode, from);
    return this.step(inode);
  }

  private reasonOf(number: number): OrphanReason | undefined {
    const key = numberKey(Kind.orphan, number);
    const value = this.core.store.get(key);
    if (value === undefined) return undefined;
    const reason = isIntact(this.core.world.crc32, key, value) ? decodeOrphan(value) : undefined;
    if (reason === undefined) this.core.reportDamage("orphan", { inode: number });
    return reason;
  }

  private epochOf(number: number, reason: OrphanReason): number {
    const inode = reason === "truncated" ? this.core.resident(number) : undefined;
    return inode === undefined || inode instanceof Fault ? 0 : inode.epoch;
  }

  /** Reaps all dead chunks of a file now; false when damage keeps it from that. */
  finish(inode: Inode): boolean {
    while (inode.deadFrom !== NONE) if (!this.step(inode.handle.inode)) return false;
    return true;
  }

  /** Applies one batch of removals under an inode number; false when there is none to apply. */
  private step(number: number): boolean {
    const { core } = this;
    const key = numberKey(Kind.orphan, number);
    const value = core.store.get(key);
    // A batch that the store refused left the number here without its record.
    if (value === undefined) {
      this.queue.delete(number);
      return false;
    }
    const reason = isIntact(core.world.crc32, key, value) ? decodeOrphan(value) : undefined;
    if (reason === "removed") return this.reapRemoved(number, key);
    return reason === "truncated" ? this.reapTruncated(number, key) : this.giveUp(number);
  }

  private giveUp(number: number): false {
    this.core.reportDamage("orphan", { inode: number });
    this.queue.delete(number);
    return false;
  }

  private reapRemoved(number: number, orphan: Uint8Array): true {
    const limit = this.core.limits.maxReapedChunks;
    const batch: Change[] = [];
    // Not from the first chunk again: a store may have to pass over everything that was removed lately.
    const start = this.queue.get(number) ?? 0;
    let next = start;
    for (const { key } of this.core.store.range({
      from: chunkKey(number, start),
      to: numberAfter(number),
      limit,
      keysOnly: true,
    })) {
      batch.push({ key, value: undefined });
      next = indexOfKey(key) + 1;
    }
    const done = batch.length < limit;
    if (done) batch.push({ key: orphan, value: undefined });
    this.core.applyQuietly(batch, undefined);
    if (done) this.queue.delete(number);
    else this.queue.set(number, next);
    return true;
  }

  private reapTruncated(number: number, orphan: Uint8Array): boolean {
    const { core } = this;
    const inode = core.resident(number);
    if (inode === undefined || inode instanceof Fault || inode.deadFrom === NONE) {
      return this.giveUp(number);
    }
    const limit = core.limits.maxReapedChunks;
    const start = Math.max(this.queue.get(number) ?? 0, inode.deadFrom);
    const range = { from: chunkKey(number, start), to: numberAfter(number), limit, keysOnly: true };
    const keys = Array.from(core.store.range(range), ({ key }) => key);
    const batch: Change[] = [];
    let next = start;
    for (const key of keys) {
      const index = indexOfKey(key);
      next = index + 1;
      if (this.isToGo(inode, index, key)) batch.push({ key, value: undefined });
    }
    this.applyTruncated(inode, batch, keys.length < limit, next, orphan);
    return true;
  }

  /** Within the file only a chunk's epoch tells, and that of a damaged one is not believed: it stays, to be found as damage. */
  private isToGo(inode: Inode, index: number, key: Uint8Array): boolean {
    const { core } = this;
    if (index * core.chunkBytes >= inode.storedSize) return true;
    const value = chunkValue(core, inode.handle.inode, index);
    if (value === undefined || value instanceof Fault) return false;
    if (core.format.isIntact(key, value)) return isDead(inode, index, core.format.epoch(value));
    damaged(core, inode.handle.inode, index);
    return false;
  }

  private applyTruncated(
    inode: Inode,
    batch: Change[],
    done: boolean,
    next: number,
    orphan: Uint8Array,
  ): void {
    const number = inode.handle.inode;
    const { storedChunks, deadFrom } = inode;
    const removals = batch.slice();
    inode.storedChunks -= removals.length;
    if (done) {
      inode.deadFrom = NONE;
      batch.push({ key: orphan, value: undefined });
    }
    inode.touch();
    batch.push(this.core.writer.inode(inode));
    try {
      this.core.applyQuietly(batch, inode);
    } catch (error) {
      inode.storedChunks = storedChunks;
      inode.deadFrom = deadFrom;
      throw error;
    }
    for (const { key } of removals) this.markRemoved(inode, indexOfKey(key));
    if (done) this.queue.delete(number);
    else this.queue.set(number, next);
  }

  /** An unstable write over a dead chunk now lies over nothing. */
  private markRemoved(inode: Inode, index: number): void {
    const dirty = inode.dirty?.chunks.get(index);
    if (inode.dirty !== undefined && dirty !== undefined) inode.dirty.markFresh(dirty, true);
    inode.touch();
  }
}
