/**
 * A replica's snapshots: taking its own when the log has grown, giving it to those who need it, and taking a leader's. One is
 * written at a time. What the log holds is given up only in the batch that makes the snapshot what the replica begins with.
 */
import type { Change } from "../world/index.ts";
import type { Crc32 } from "./entry.ts";
import type { LogStore, Mark } from "./log-store.ts";
import type { Chunk, Offer, TransferMessage, Want } from "./message.ts";
import type { SnapshotLimits } from "./options.ts";
import type { Prefix } from "./prefix.ts";
import { SnapshotSender, WINDOW_CHUNKS } from "./snapshot-sender.ts";
import { SnapshotReceiver, SnapshotWriter } from "./snapshot-writer.ts";

/** Chunks of an own snapshot that are written in a turn. */
const TURN_CHUNKS = 4;
/** Keys that are removed in a turn. */
const TURN_REMOVALS = 1000;

export interface SnapshotHost {
  readonly logStore: LogStore;
  readonly crc32: Crc32;
  readonly heartbeatMs: number;
  readonly limits: SnapshotLimits;
  send(to: number, message: TransferMessage): void;
  /** Applies changes; `then` is called when they are durable, unless the replica ended. */
  write(changes: readonly Change[], then: () => void): void;
  /** An own snapshot is whole: entries before this slot may go with the batch that holds its mark. */
  taken(mark: Change, first: number): void;
  /** Whether a snapshot up to this slot would bring anything new. */
  isWanted(slot: number): boolean;
  /** A leader's snapshot is whole, in the store but for its mark, which is to be written before this returns. */
  received(mark: Mark, change: Change): void;
}

export class Snapshots {
  mark: Mark;
  readonly #host: SnapshotHost;
  readonly #sender: SnapshotSender;
  #writer: SnapshotWriter | undefined;
  #receiver: SnapshotReceiver | undefined;
  #from = 0;
  #generation: number;
  #bytesSince = 0;
  #wantMs = 0;

  constructor(host: SnapshotHost, mark: Mark) {
    this.#host = host;
    this.mark = mark;
    this.#generation = mark.generation;
    this.#sender = new SnapshotSender(host.logStore, host.heartbeatMs, (to, message) =>
      host.send(to, message),
    );
  }

  /** A snapshot's bytes, read and checked piece by piece. */
  *pieces({ chunks, generation }: Mark): Iterable<Uint8Array> {
    for (let number = 0; number < chunks; number++) yield this.#host.logStore.chunk(generation, number);
  }

  /** So many bytes of entries were applied; a snapshot begins if it is time. */
  applied(bytes: number, prefix: Prefix, nowMs: number, take: () => Iterable<Uint8Array>): void {
    this.#bytesSince += bytes;
    const { snapshotEntries, snapshotBytes } = this.#host.limits;
    const isDue = prefix.slot - this.mark.prefix.slot >= snapshotEntries || this.#bytesSince >= snapshotBytes;
    if (!isDue || prefix.slot <= this.mark.prefix.slot) return;
    if (this.#writer !== undefined || this.#receiver !== undefined || this.#sender.isBusy(nowMs)) return;
    const { logStore, crc32 } = this.#host;
    this.#bytesSince = 0;
    this.#writer = new SnapshotWriter(logStore, ++this.#generation, prefix.value(), take(), crc32);
    this.#step(this.#writer);
  }

  #step(writer: SnapshotWriter): void {
    if (this.#writer !== writer) return;
    const changes = writer.step(TURN_CHUNKS);
    if (changes !== undefined) {
      this.#host.write(changes, () => this.#step(writer));
      return;
    }
    this.#writer = undefined;
    this.mark = writer.mark;
    const first = writer.prefix.slot + 1 - this.#host.limits.keptEntries;
    this.#host.taken(this.#host.logStore.markChange(this.mark), Math.max(1, first));
    this.#removeStale();
  }

  #removeStale(): void {
    const kept = new Set([this.mark.generation]);
    if (this.#writer !== undefined) kept.add(this.#writer.generation);
    if (this.#receiver !== undefined) kept.add(this.#receiver.generation);
    const changes = this.#host.logStore.staleChunks(kept, TURN_REMOVALS);
    if (changes.length > 0) this.#host.write(changes, () => this.#removeStale());
  }

  /** At the start: what an earlier life left unfinished goes. */
  clean(): void {
    this.#removeStale();
  }

  offerTo(nowMs: number, laggards: ReadonlySet<number>, ballot: number): void {
    if (this.mark.prefix.slot > 0) this.#sender.offer(nowMs, laggards, ballot, this.mark);
  }

  wanted(nowMs: number, from: number, message: Want): void {
    this.#sender.wanted(nowMs, from, message, this.mark);
  }

  offered(nowMs: number, from: number, { snapshot }: Offer): void {
    this.#from = from;
    const { slot } = snapshot.prefix;
    if (!this.#receiver?.isOf(slot, snapshot.checksum)) {
      this.#writer = undefined;
      const { logStore, crc32 } = this.#host;
      this.#receiver = new SnapshotReceiver(logStore, ++this.#generation, snapshot, crc32);
      this.#removeStale();
    }
    this.#want(nowMs);
    this.#finish();
  }

  chunk(nowMs: number, from: number, { slot, checksum, number, bytes }: Chunk): void {
    const receiver = this.#receiver;
    if (from !== this.#from || !receiver?.isOf(slot, checksum)) return;
    const change = receiver.take(number, bytes);
    if (change === undefined) return;
    // More is asked for when the disk has this: memory holds a window's worth at most.
    this.#host.write([change], () => {
      if (this.#receiver === receiver && !receiver.isComplete) this.#want(nowMs);
    });
    this.#finish();
  }

  #want(nowMs: number): void {
    const receiver = this.#receiver as SnapshotReceiver;
    const { next, offered } = receiver;
    this.#wantMs = nowMs;
    const until = Math.min(next + WINDOW_CHUNKS, offered.chunks);
    const { checksum, prefix } = offered;
    this.#host.send(this.#from, { kind: "want", slot: prefix.slot, checksum, next, until });
  }

  #finish(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || !receiver.isComplete) return;
    this.#receiver = undefined;
    const { mark } = receiver;
    if (mark !== undefined && this.#host.isWanted(mark.prefix.slot)) {
      this.mark = mark;
      this.#bytesSince = 0;
      this.#host.received(mark, this.#host.logStore.markChange(mark));
    }
    // The chunks of before go after the mark was written, never with it or ahead of it.
    this.#removeStale();
  }

  /** A transfer that stands still is asked for again, or given up when entries came instead. */
  tick(nowMs: number, committed: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (receiver.offered.prefix.slot <= committed) {
      this.#receiver = undefined;
      this.#removeStale();
    } else if (nowMs >= this.#wantMs + 10 * this.#host.heartbeatMs) this.#want(nowMs);
  }
}
