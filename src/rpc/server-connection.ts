/**
 * One TCP connection of a server. Every read event is worked off record by record into one writer and answered with
 * one write. Between two records it may stop: while too many of its calls are in flight, too many of the whole
 * server's, or too many reply bytes wait for the peer. Then the stream is paused, so the peer is slowed by its
 * window, and the rest of what was read is kept until there is room.
 */
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import type { Address, Stream, Timer, World } from "../world/index.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { LAST_FRAGMENT, RecordReader } from "./record.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { CallConnection, RpcServerLimits } from "./types.ts";

const WRITER_BYTES = 8 * 1024;
/** Replies of one turn are written early from this size on. */
const FLUSH_BYTES = 256 * 1024;
/**
 * How long a peer may take to have the last reply when it is to be left. A stream that is closed before lets the replies
 * which are under way arrive, but answers whatever the peer sends meanwhile with a reset, and that destroys them.
 */
export const LINGER_MS = 1000;

/** What a connection needs of its server. */
export interface ConnectionOwner {
  readonly world: World;
  readonly limits: RpcServerLimits;
  readonly dispatcher: Dispatcher;
  /** Replies were committed outside a read event: `flush` the connection at the end of this turn. */
  flushSoon(connection: ServerConnection): void;
  /** The connection stopped reading because the whole server is full: `proceed` it when there is room. */
  waitForRoom(connection: ServerConnection): void;
  closed(connection: ServerConnection): void;
  dropped(connection: ServerConnection, why: string): void;
}

export class ServerConnection implements ReplySink, CallConnection {
  readonly transport = "tcp" as const;
  readonly openedMs: number;
  open = true;
  callsInFlight = 0;
  readonly writer = new XdrWriter(WRITER_BYTES);
  /** Something was read or answered since the server's last sweep: one that is quiet for several sweeps is idle. */
  stirred = true;
  quietSweeps = 0;
  /** Whether `flushSoon` was asked for. */
  flushPending = false;
  private readonly owner: ConnectionOwner;
  private readonly stream: Stream;
  private readonly records: RecordReader;
  private reader = new XdrReader(new Uint8Array(0));
  /** Chunks that came while it was stopped. */
  private held: Uint8Array[] = [];
  private stopped = false;
  /** Bytes written that the network had not taken when last asked. */
  private unsent = 0;
  /** The buffer that the stream keeps until it drains, and one that came back: large replies go on in it. */
  private lent: Uint8Array | undefined;
  private spare: Uint8Array | undefined;
  /** The peer sends no more; what it sent is still answered. */
  private peerEnded = false;
  /** No more calls are read: the peer was told off, or the server closes. */
  private ending = false;
  /** When the network took the last reply. */
  private repliedMs = Number.NEGATIVE_INFINITY;
  /** Runs from when the peer is to be left; it may leave first. */
  private lingering: Timer | undefined = undefined;

  constructor(owner: ConnectionOwner, stream: Stream) {
    this.owner = owner;
    this.openedMs = owner.world.clock.monotonicMs();
    this.stream = stream;
    this.records = new RecordReader(owner.limits.maxRecordBytes);
    stream.onData = (chunk) => this.receive(chunk);
    stream.onEnd = () => {
      this.stirred = true;
      this.peerEnded = true;
      this.endWhenDone();
    };
    stream.onDrain = () => this.drained();
    stream.onClose = () => this.onClose();
  }

  get local(): Address {
    return this.stream.local;
  }

  get remote(): Address {
    return this.stream.remote;
  }

  get connection(): CallConnection {
    return this;
  }

  drop(why: string): void {
    if (this.open && !this.ending) this.tellOff(why);
  }

  /** Calls run, and their caller is there: it has not ended, and the stream is read, so that it would be seen going. */
  get awaited(): boolean {
    return this.callsInFlight > 0 && !this.peerEnded && !this.stopped;
  }

  begin(): number {
    return this.writer.reserve(4) + 4;
  }

  commit(start: number): void {
    if (!this.open) this.writer.reset();
    else this.writer.patchUint(start - 4, (LAST_FRAGMENT | (this.writer.position - start)) >>> 0);
  }

  settled(): void {
    if (!this.open) return;
    this.stirred = true;
    // Large replies of one turn need no room beside each other, as long as the network takes them.
    if (this.lent === undefined && this.writer.position >= FLUSH_BYTES) this.write();
    if (!this.flushPending) {
      this.flushPending = true;
      this.owner.flushSoon(this);
    }
  }

  /** Writes what was committed. */
  flush(): void {
    this.flushPending = false;
    this.write();
  }

  private write(): void {
    const { writer } = this;
    if (writer.position === 0 || !this.open) return;
    if (this.stream.write(writer.encoded())) {
      writer.reset();
      this.repliedMs = this.owner.world.clock.monotonicMs();
    } else {
      this.lent = writer.bytes;
      writer.exchange(this.spare ?? new Uint8Array(WRITER_BYTES));
      this.spare = undefined;
      this.unsent = this.stream.pendingBytes;
    }
  }

  /** Calls were answered or there is room again: writes, goes on with what was kept, ends when all is done. */
  proceed(): void {
    if (this.stopped && this.open) {
      if (this.mustStop()) this.waitIfServerIsFull();
      else {
        this.stopped = false;
        this.stream.resume();
        this.consume();
      }
    }
    this.flush();
    this.endWhenDone();
  }

  /** Reads no more calls, ends the stream once those in flight are answered, and leaves when the peer has the replies. */
  finish(): void {
    this.ending = true;
    this.held = [];
    if (this.stopped) {
      // What still comes is thrown away, and the peer's end is seen.
      this.stopped = false;
      this.stream.resume();
    }
    this.endWhenDone();
  }

  /** Drops it at once. */
  destroy(): void {
    this.stream.destroy();
  }

  /** Gives back memory that only a burst needed. */
  trim(): void {
    this.spare = undefined;
    this.records.trim();
    if (this.writer.position === 0 && this.writer.bytes.length > FLUSH_BYTES)
      this.writer.detach(WRITER_BYTES);
  }

  private receive(chunk: Uint8Array): void {
    this.stirred = true;
    if (this.ending) return;
    if (this.stopped) {
      this.held.push(chunk);
      return;
    }
    this.records.feed(chunk);
    this.consume();
    this.flush();
  }

  private consume(): void {
    const { records, owner } = this;
    while (!this.ending && this.open) {
      if (this.mustStop()) {
        this.stop();
        return;
      }
      const state = records.next();
      if (state === "record") {
        const inFlight = this.callsInFlight;
        if (!owner.dispatcher.dispatch(this.target(), this, this.stream.remote)) this.tellOff("not a call");
        // Answered already, so nobody looks at its bytes any more.
        else if (this.callsInFlight === inFlight) records.recycle();
      } else if (state === "more") {
        this.stream.release(records.spent);
        const next = this.held.shift();
        if (next === undefined) break;
        records.feed(next);
      } else {
        this.refuse(state);
      }
    }
  }

  /** A reader at the record; one serves all records of a chunk. */
  private target(): XdrReader {
    const { bytes, start, end } = this.records;
    if (this.reader.bytes !== bytes) this.reader = new XdrReader(bytes);
    this.reader.retarget(start, end);
    return this.reader;
  }

  private mustStop(): boolean {
    const { limits, dispatcher } = this.owner;
    if (this.callsInFlight >= limits.maxCallsPerConnection) return true;
    if (dispatcher.callsInFlight >= limits.maxCalls) return true;
    if (this.writer.position >= FLUSH_BYTES) this.flush();
    return this.unsent + this.writer.position >= limits.maxPendingReplyBytes;
  }

  private stop(): void {
    this.stopped = true;
    this.stream.pause();
    this.waitIfServerIsFull();
  }

  private waitIfServerIsFull(): void {
    if (this.owner.dispatcher.callsInFlight >= this.owner.limits.maxCalls) this.owner.waitForRoom(this);
  }

  private refuse(state: "oversize" | "fragments"): void {
    if (state === "oversize") this.owner.dispatcher.refuseOversize(this.target(), this, this.stream.remote);
    else this.owner.dispatcher.badMessages++;
    this.tellOff(state === "oversize" ? "record over maxRecordBytes" : "record of too many fragments");
  }

  /** What was answered so far still leaves; then the connection ends, whatever else the peer sends. */
  private tellOff(why: string): void {
    this.ending = true;
    this.owner.dropped(this, why);
    this.lingering = this.owner.world.timers.after(LINGER_MS, () => this.destroy());
    this.endWhenDone();
  }

  private endWhenDone(): void {
    if (!this.open || this.callsInFlight > 0) return;
    if (this.ending || (this.peerEnded && !this.stopped)) {
      this.flush();
      this.stream.end();
      if (this.ending) this.linger();
    }
  }

  /** The stream ends; nobody has to wait for a peer that leaves it open, once it has the replies. */
  private linger(): void {
    if (this.lingering !== undefined || this.unsent > 0) return;
    const { clock, timers } = this.owner.world;
    const leftMs = this.repliedMs + LINGER_MS - clock.monotonicMs();
    this.lingering = timers.after(Math.max(0, leftMs), () => this.destroy());
  }

  private drained(): void {
    this.unsent = 0;
    this.repliedMs = this.owner.world.clock.monotonicMs();
    this.spare = this.lent;
    this.lent = undefined;
    if (this.stopped) this.proceed();
    else this.endWhenDone();
  }

  private onClose(): void {
    this.open = false;
    this.lingering?.cancel();
    this.held = [];
    this.lent = undefined;
    this.spare = undefined;
    this.writer.detach(0);
    this.owner.closed(this);
  }
}
