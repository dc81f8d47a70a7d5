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
 * Bounded by entries, by bytes of replies, and by age. What is still running is never forgotten: the server's bound
 * on calls in flight bounds it. Pure: the caller tells the time.
 */
import type { IncomingCall } from "./incoming-call.ts";

export interface CacheEntry {
  readonly digest: number;
  readonly length: number;
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly host: string;
  /** 0 over TCP. */
  readonly port: number;
  /** When it began, and then when it was done. */
  sinceMs: number;
  /** The call that runs, until it is done. */
  running: IncomingCall | undefined;
  /** The encoded reply, without a record mark; undefined while it runs, and if it was too large to keep. */
  reply: Uint8Array | undefined;
  /** Others of the same digest. */
  nextInBucket: CacheEntry | undefined;
  /** Neighbours in the order of `sinceMs`. */
  older: CacheEntry | undefined;
  newer: CacheEntry | undefined;
}

/** Bytes that an entry is taken to cost besides its reply. */
const ENTRY_BYTES = 200;

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
  private readonly buckets = new Map<number, CacheEntry>();
  private oldest: CacheEntry | undefined;
  private newest: CacheEntry | undefined;

  constructor(limits: DuplicateCacheLimits) {
    this.limits = limits;
  }

  /** The entry of the call's first arrival, if it is remembered. */
  find(call: IncomingCall, digest: number, length: number, nowMs: number): CacheEntry | undefined {
    this.expire(nowMs);
    let entry = this.buckets.get(digest);
    while (entry !== undefined && !isSame(entry, call, length)) entry = entry.nextInBucket;
    return entry;
  }

  /** Remembers that the call runs now. */
  begin(call: IncomingCall, digest: number, length: number, nowMs: number): CacheEntry {
    const entry: CacheEntry = {
      digest,
      length,
      xid: call.xid,
      program: call.program,
      version: call.version,
      procedure: call.procedure,
      host: call.remote.host,
      port: call.transport === "tcp" ? 0 : call.remote.port,
      sinceMs: nowMs,
      running: call,
      reply: undefined,
      nextInBucket: this.buckets.get(digest),
      older: undefined,
      newer: undefined,
    };
    this.buckets.set(digest, entry);
    this.append(entry);
    this.entries++;
    this.bytes += ENTRY_BYTES;
    this.shrink();
    return entry;
  }

  /**
   * The call is done: keeps a copy of its reply. One of more than a quarter of the cache is not kept, only that the
   * call ran: its retry is then refused instead of run.
   */
  finish(entry: CacheEntry, reply: Uint8Array, nowMs: number): void {
    entry.running = undefined;
    entry.sinceMs = nowMs;
    this.unlink(entry);
    this.append(entry);
    if (reply.length * 4 > this.limits.maxCachedReplyBytes) return;
    entry.reply = reply.slice();
    this.bytes += reply.length;
    this.shrink();
  }

  /** The call did not run after all: a retry shall. */
  forget(entry: CacheEntry): void {
    const first = this.buckets.get(entry.digest);
    if (first === entry) {
      if (entry.nextInBucket === undefined) this.buckets.delete(entry.digest);
      else this.buckets.set(entry.digest, entry.nextInBucket);
    } else {
      let before = first;
      while (before !== undefined && before.nextInBucket !== entry) before = before.nextInBucket;
      if (before !== undefined) before.nextInBucket = entry.nextInBucket;
    }
    this.unlink(entry);
    this.entries--;
    this.bytes -= ENTRY_BYTES + (entry.reply?.length ?? 0);
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

function isSame(entry: CacheEntry, call: IncomingCall, length: number): boolean {
  return (
    entry.xid === call.xid &&
    entry.length === length &&
    entry.procedure === call.procedure &&
    entry.version === call.version &&
    entry.program === call.program &&
    entry.host === call.remote.host &&
    entry.port === (call.transport === "tcp" ? 0 : call.remote.port)
  );
}
