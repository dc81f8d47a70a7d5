/**
 * The duplicate request cache: what makes a procedure that is not idempotent run at most once. A retry finds the
 * first run's reply here, or finds it still running (Juszczak, "Improving the Performance and Correctness of an NFS
 * Server", 1989).
 *
 * A retry is told by its xid, program, version, procedure, length and CRC-32 of the whole message, and by who sends
 * it: over UDP host and port, over TCP the host alone, because a client that reconnects comes from another port.
 * Two programs of one host that send the very same bytes under the same xid within the entry's life are taken for
 * one; the stamp in AUTH_SYS, which differs between clients, keeps them apart.
 *
 * Every call that is not idempotent passes here, so nothing is allocated for one that is forgotten again: replies are
 * copied into slabs that are shared by many, and an entry that was forgotten serves again.
 *
 * Bounded by entries, by bytes of replies, and by age. What is still running is never forgotten: the server's bound
 * on calls in flight bounds it. Pure: the caller tells the time.
 */
import type { IncomingCall } from "./incoming-call.ts";

export class CacheEntry {
  digest = 0;
  length = 0;
  xid = 0;
  program = 0;
  version = 0;
  procedure = 0;
  host = "";
  /** 0 over TCP. */
  port = 0;
  /** When it began, and then when it was done. */
  sinceMs = 0;
  /** The call that runs, until it is done. */
  running: IncomingCall | undefined = undefined;
  /** Others of the same bucket. */
  nextInBucket: CacheEntry | undefined = undefined;
  /** Neighbours in the order of `sinceMs`. */
  older: CacheEntry | undefined = undefined;
  newer: CacheEntry | undefined = undefined;
  private slab: Uint8Array | undefined = undefined;
  private start = 0;
  private end = 0;

  /** The encoded reply, without a record mark; undefined while it runs, and if it was too large to keep. */
  get reply(): Uint8Array | undefined {
    return this.slab?.subarray(this.start, this.end);
  }

  get replyBytes(): number {
    return this.end - this.start;
  }

  keep(slab: Uint8Array, start: number, end: number): void {
    this.slab = slab;
    this.start = start;
    this.end = end;
  }

  /** Becomes the entry of a call. */
  fill(call: IncomingCall, digest: number, length: number, nowMs: number): void {
    this.digest = digest;
    this.length = length;
    this.xid = call.xid;
    this.program = call.program;
    this.version = call.version;
    this.procedure = call.procedure;
    this.host = call.remote.host;
    this.port = portOf(call);
    this.sinceMs = nowMs;
    this.running = call;
  }

  /** Lets go of what it held. */
  empty(): void {
    this.running = undefined;
    this.slab = undefined;
    this.start = 0;
    this.end = 0;
  }
}

/** Bytes that an entry is taken to cost besides its reply. */
const ENTRY_BYTES = 200;
/** Replies are copied into slabs of this size; one of more than a quarter has a slab of its own. */
const SLAB_BYTES = 64 * 1024;
/** Forgotten entries that wait to serve again. */
const MAX_SPARE_ENTRIES = 64;

export interface DuplicateCacheLimits {
  readonly maxCachedReplies: number;
  readonly maxCachedReplyBytes: number;
  readonly cachedReplyMs: number;
}

export class DuplicateCache {
  /** Entries now, and bytes that they are taken to cost. */
  entries = 0;
  bytes = 0;
  private readonly limits: DuplicateCacheLimits;
  private readonly buckets: (CacheEntry | undefined)[];
  private readonly mask: number;
  private readonly spare: CacheEntry[] = [];
  private oldest: CacheEntry | undefined;
  private newest: CacheEntry | undefined;
  private slab = new Uint8Array(0);
  private slabUsed = 0;

  constructor(limits: DuplicateCacheLimits) {
    this.limits = limits;
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, Math.min(limits.maxCachedReplies, 1 << 16))));
    this.buckets = new Array<CacheEntry | undefined>(size).fill(undefined);
    this.mask = size - 1;
  }

  /** The entry of the call's first arrival, if it is remembered. */
  find(call: IncomingCall, digest: number, length: number, nowMs: number): CacheEntry | undefined {
    this.expire(nowMs);
    let entry = this.buckets[digest & this.mask];
    while (entry !== undefined && !isSame(entry, call, digest, length)) entry = entry.nextInBucket;
    return entry;
  }

  /** Remembers that the call runs now. */
  begin(call: IncomingCall, digest: number, length: number, nowMs: number): CacheEntry {
    const entry = this.spare.pop() ?? new CacheEntry();
    entry.fill(call, digest, length, nowMs);
    const bucket = digest & this.mask;
    entry.nextInBucket = this.buckets[bucket];
    this.buckets[bucket] = entry;
    this.append(entry);
    this.entries++;
    this.bytes += ENTRY_BYTES;
    this.shrink();
    return entry;
  }

  /**
   * The call is done: keeps a copy of its reply, which is `bytes` from `start` to `end`. One of more than a quarter
   * of the cache is not kept, only that the call ran: its retry is then refused instead of run.
   */
  finish(entry: CacheEntry, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    entry.running = undefined;
    entry.sinceMs = nowMs;
    this.unlink(entry);
    this.append(entry);
    if ((end - start) * 4 > this.limits.maxCachedReplyBytes) return;
    this.copy(entry, bytes.subarray(start, end));
    this.bytes += end - start;
    this.shrink();
  }

  /** The call did not run after all: a retry shall. */
  forget(entry: CacheEntry): void {
    this.unbucket(entry);
    this.unlink(entry);
    this.entries--;
    this.bytes -= ENTRY_BYTES + entry.replyBytes;
    entry.empty();
    if (this.spare.length < MAX_SPARE_ENTRIES) this.spare.push(entry);
  }

  private copy(entry: CacheEntry, reply: Uint8Array): void {
    if (reply.length * 4 > SLAB_BYTES) {
      entry.keep(reply.slice(), 0, reply.length);
      return;
    }
    if (this.slabUsed + reply.length > this.slab.length) {
      this.slab = new Uint8Array(SLAB_BYTES);
      this.slabUsed = 0;
    }
    const start = this.slabUsed;
    this.slab.set(reply, start);
    this.slabUsed += reply.length;
    entry.keep(this.slab, start, this.slabUsed);
  }

  private unbucket(entry: CacheEntry): void {
    const bucket = entry.digest & this.mask;
    let before = this.buckets[bucket];
    if (before === entry) {
      this.buckets[bucket] = entry.nextInBucket;
      return;
    }
    while (before !== undefined && before.nextInBucket !== entry) before = before.nextInBucket;
    if (before !== undefined) before.nextInBucket = entry.nextInBucket;
  }

  private append(entry: CacheEntry): void {
    entry.older = this.newest;
    entry.newer = undefined;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
  }

  private unlink(entry: CacheEntry): void {
    if (entry.older === undefined) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.newest = entry.older;
    else entry.newer.older = entry.older;
  }

  private expire(nowMs: number): void {
    const sinceBefore = nowMs - this.limits.cachedReplyMs;
    let entry = this.oldest;
    while (entry !== undefined && entry.sinceMs < sinceBefore) {
      const next: CacheEntry | undefined = entry.newer;
      if (entry.running === undefined) this.forget(entry);
      entry = next;
    }
  }

  private shrink(): void {
    let entry = this.oldest;
    while (entry !== undefined && this.isOver()) {
      const next: CacheEntry | undefined = entry.newer;
      if (entry.running === undefined) this.forget(entry);
      entry = next;
    }
  }

  private isOver(): boolean {
    return this.entries > this.limits.maxCachedReplies || this.bytes > this.limits.maxCachedReplyBytes;
  }
}

/** Over TCP a caller that reconnects comes from another port. */
function portOf(call: IncomingCall): number {
  return call.transport === "tcp" ? 0 : call.remote.port;
}

function isSame(entry: CacheEntry, call: IncomingCall, digest: number, length: number): boolean {
  return (
    entry.xid === call.xid &&
    entry.digest === digest &&
    entry.length === length &&
    entry.procedure === call.procedure &&
    entry.version === call.version &&
    entry.program === call.program &&
    entry.host === call.remote.host &&
    entry.port === portOf(call)
  );
}
