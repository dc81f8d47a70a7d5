/**
 * What goes out: the next packet, put together of what is owed. An acknowledgment rides on whatever leaves; control frames
 * (END, DONE, PING) are few and wait for nothing; pieces of the stream wait for the congestion window, the pacer and the peer's
 * limit, what was lost before what is new. What a packet carried comes back here when it arrived or was lost.
 */
import { readHyper, readUint32 } from "../../marshal/index.ts";
import { CHANNEL_FIRST_LIMIT, channel_close_reason } from "../gen/channel-frames.gen.ts";
import { tellRanges } from "./ack-reader.ts";
import type { Acknowledger } from "./acknowledger.ts";
import type { Farewell } from "./farewell.ts";
import {
  ACK_HEAD_BYTES,
  CLOSE_BYTES,
  DATA_HEAD_BYTES,
  PING_BYTES,
  writeClose,
  writeDataHead,
  writeEnd,
  writePing,
} from "./frames.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import { PathMtu } from "./path-mtu.ts";
import { type PacketFates, Recovery } from "./recovery.ts";
import { EXPIRED, HAS_CREDIT, HAS_DONE, HAS_END, IS_PATH_PROBE } from "./sent-packets.ts";
import type { ConnectionLimits } from "./types.ts";
import { CongestionWindow } from "./window.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** Acknowledgments that are asked for while a window goes out: they pace what follows, and give samples of the round trip. */
const ASKS_PER_WINDOW = 8;

/** A silent peer is asked so many times at least before it is given up. */
const MIN_ATTEMPTS = 10;

/** What a sender has of its connection. */
export interface SenderParts {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly acknowledger: Acknowledger;
  readonly farewell: Farewell;
}

export class Sender implements PacketFates {
  /** Number of the next packet. */
  nextNumber = 1;
  /** Up to where the peer takes the stream. */
  peerLimit = CHANNEL_FIRST_LIMIT;
  /** The peer is to be asked for an answer; and to be told of room that it cannot know of. */
  needsPing = false;
  needsCredit = false;
  /** When the pacer lets the next piece go; `Infinity` when it does not hold any back. */
  pacedUntilMs = NEVER;
  readonly recovery: Recovery;
  private readonly mtu: PathMtu;
  private readonly outbox: Outbox;
  private readonly inbox: Inbox;
  private readonly acknowledger: Acknowledger;
  private readonly farewell: Farewell;
  /** Size of the probe of the path that goes next; 0: an ordinary packet. */
  private probeBytes = 0;
  /** Bytes of pieces since an acknowledgment was asked for. */
  private unaskedBytes = 0;
  private lastWord: channel_close_reason | undefined;
  private nowMs = 0;

  constructor(limits: ConnectionLimits, { outbox, inbox, acknowledger, farewell }: SenderParts) {
    const { minPayloadBytes, maxPayloadBytes, maxFlightBytes = NEVER, timeoutMs, roundTripMs } = limits;
    this.mtu = new PathMtu(minPayloadBytes, maxPayloadBytes);
    this.outbox = outbox;
    this.inbox = inbox;
    this.acknowledger = acknowledger;
    this.farewell = farewell;
    const window = new CongestionWindow(this.mtu.bytes, maxFlightBytes);
    this.recovery = new Recovery(window, timeoutMs / MIN_ATTEMPTS, this);
    if (roundTripMs !== undefined) this.recovery.rtt.sample(roundTripMs, 0);
  }

  /** The most that the next packet may take. */
  get payloadBytes(): number {
    return this.probeBytes > 0 ? this.probeBytes : this.mtu.bytes;
  }

  /** Something was sent that the peer has not acknowledged. */
  get isOwed(): boolean {
    return this.recovery.inFlightBytes > 0 || !this.outbox.lost.isEmpty;
  }

  /** The next packet, at `at` in `out`; returns its bytes, 0 for none. */
  produce(out: Uint8Array, at: number, nowMs: number): number {
    this.nowMs = nowMs;
    if (this.probeBytes > 0) return this.produceProbe(out, at);
    const hasData = this.mayProduceData();
    const hasControl =
      this.needsPing || this.needsCredit || this.farewell.needsEnd || this.farewell.needsDone;
    if (!hasData && !hasControl && this.acknowledger.dueAtMs > nowMs) return 0;
    const end = at + this.mtu.bytes;
    let to = this.acknowledger.isOwing || hasControl ? this.writeAck(out, at, end) : at;
    if (!hasData && !hasControl) return this.untracked(to - at);
    const flags = hasControl ? this.controlFlags() : 0;
    if (hasControl) to = this.writeControl(out, to);
    return hasData ? this.produceData(out, at, to, end, flags) : this.tracked(to - at, 0, 0, flags);
  }

  /** Whether there is a piece of the stream to send and it may be sent now. */
  private mayProduceData(): boolean {
    const { recovery } = this;
    this.pacedUntilMs = NEVER;
    if (!this.hasData) {
      recovery.window.wasLimited = false;
      return false;
    }
    const pacedUntilMs = recovery.isOpen ? recovery.pacedUntilMs(this.nowMs) : NEVER;
    if (pacedUntilMs <= this.nowMs) return true;
    recovery.window.wasLimited = true;
    this.pacedUntilMs = pacedUntilMs;
    return false;
  }

  /** Something is lost, or new and within the peer's limit. */
  private get hasData(): boolean {
    const { outbox } = this;
    return !outbox.lost.isEmpty || outbox.nextOffset < Math.min(outbox.endOffset, this.peerLimit);
  }

  private produceData(out: Uint8Array, at: number, from: number, end: number, flags: number): number {
    const { outbox } = this;
    const isRepeat = !outbox.lost.isEmpty;
    const start = isRepeat ? outbox.lost.start(0) : outbox.nextOffset;
    const available = isRepeat ? outbox.lost.end(0) : Math.min(outbox.endOffset, this.peerLimit);
    const stop = Math.min(available, start + ((end - from - DATA_HEAD_BYTES - PING_BYTES) & ~3));
    const oldest = Math.min(this.recovery.oldestAwaited, this.nextNumber);
    let to = writeDataHead(out, from, this.nextNumber - oldest, start, stop - start);
    to = outbox.write(out, to, start, stop);
    if (isRepeat) outbox.lost.remove(start, stop);
    this.unaskedBytes += to - at;
    if (this.isTimeToAsk(to - at)) {
      to = writePing(out, to);
      this.unaskedBytes = 0;
    }
    return this.tracked(to - at, start, stop, flags);
  }

  /** Behind a share of the window; and where nothing follows before the peer speaks, so that it waits for no other packet. */
  private isTimeToAsk(bytes: number): boolean {
    const { recovery } = this;
    if (this.unaskedBytes * ASKS_PER_WINDOW >= recovery.window.bytes) return true;
    return !this.hasData || !recovery.isOpenAfter(bytes);
  }

  private controlFlags(): number {
    const { needsEnd, needsDone } = this.farewell;
    return (needsEnd ? HAS_END : 0) | (needsDone ? HAS_DONE : 0) | (this.needsCredit ? HAS_CREDIT : 0);
  }

  private writeControl(out: Uint8Array, at: number): number {
    const { farewell } = this;
    let to = writePing(out, at);
    if (farewell.needsEnd) to = writeEnd(out, to, this.outbox.endOffset);
    if (farewell.needsDone) to = writeClose(out, to, channel_close_reason.CHANNEL_CLOSE_DONE);
    farewell.needsEnd = false;
    farewell.needsDone = false;
    this.needsPing = false;
    this.needsCredit = false;
    return to;
  }

  private writeAck(out: Uint8Array, at: number, end: number): number {
    // Room stays for control frames and some data.
    const room = Math.max(ACK_HEAD_BYTES, (end - at) >> 1);
    const { inbox } = this;
    return this.acknowledger.write(out, at, room, this.nowMs, inbox.delivered, inbox.announce());
  }

  /** The last packet of a closed connection, once; 0 when there is none to send. */
  produceLastWord(out: Uint8Array, at: number, nowMs: number): number {
    const { lastWord: reason } = this;
    if (reason === undefined) return 0;
    this.lastWord = undefined;
    this.nowMs = nowMs;
    const to = this.writeAck(out, at, at + this.mtu.bytes - CLOSE_BYTES);
    return this.untracked(writeClose(out, to, reason) - at);
  }

  private produceProbe(out: Uint8Array, at: number): number {
    const bytes = this.probeBytes;
    this.probeBytes = 0;
    this.mtu.sent();
    out.fill(0, writePing(out, at), at + bytes);
    return this.tracked(bytes, 0, 0, IS_PATH_PROBE);
  }

  /** A packet that wants an acknowledgment. */
  private tracked(bytes: number, start: number, end: number, flags: number): number {
    this.recovery.sent(this.nextNumber++, this.nowMs, bytes, start, end, flags);
    return bytes;
  }

  private untracked(bytes: number): number {
    this.nextNumber++;
    return bytes;
  }

  /** While there is more to send than fits a packet, it pays to know whether packets may be larger. */
  planProbe(nowMs: number): void {
    const { mtu, outbox } = this;
    if (outbox.endOffset - outbox.nextOffset < mtu.bytes || !this.recovery.isOpen) return;
    this.probeBytes = mtu.wanted(nowMs);
  }

  /** The valid ACK frame at `at` of `frames` came. */
  acknowledged(frames: Uint8Array, at: number, nowMs: number): void {
    this.nowMs = nowMs;
    tellRanges(frames, at, this.recovery);
    const delayMs = readUint32(frames, at + 12) / 1000;
    this.recovery.acknowledged(readHyper(frames, at + 4), delayMs, nowMs, this.nextNumber);
  }

  wake(nowMs: number): void {
    this.nowMs = nowMs;
    this.pacedUntilMs = NEVER;
    const { recovery, mtu } = this;
    const { expirations } = recovery;
    recovery.wake(nowMs);
    if (recovery.expirations <= expirations) return;
    if (mtu.timedOut(recovery.expirations)) recovery.setSegment(mtu.bytes);
  }

  arrived(index: number): void {
    const { packets } = this.recovery;
    const flags = packets.flags(index);
    if (packets.end(index) > 0) this.outbox.rangeArrived(packets.start(index), packets.end(index));
    if ((flags & HAS_END) !== 0) this.farewell.arrivedEnd();
    if ((flags & HAS_DONE) !== 0) this.farewell.arrivedDone();
    if ((flags & IS_PATH_PROBE) === 0) return;
    this.mtu.arrived(packets.bytes(index), this.nowMs);
    this.recovery.setSegment(this.mtu.bytes);
  }

  lost(index: number): void {
    const { packets } = this.recovery;
    const flags = packets.flags(index);
    if (packets.end(index) > 0) this.outbox.rangeLost(packets.start(index), packets.end(index));
    if ((flags & HAS_END) !== 0) this.farewell.lostEnd();
    if ((flags & HAS_DONE) !== 0) this.farewell.needsDone = true;
    if ((flags & HAS_CREDIT) !== 0) this.needsCredit = true;
    if ((flags & IS_PATH_PROBE) !== 0) this.mtu.lost(packets.bytes(index), this.nowMs);
    // Nobody has answered: whatever the packet held, the next thing to know is whether anybody is there.
    if ((flags & EXPIRED) !== 0 && this.outbox.lost.isEmpty) this.needsPing = true;
  }

  revived(index: number): void {
    const { packets } = this.recovery;
    if (packets.end(index) > 0) this.outbox.rangeRevived(packets.start(index), packets.end(index));
  }

  /** New data if there is any, else the end of the flight once more, else nothing but the question. */
  probe(): void {
    if (this.hasData) return;
    const { packets } = this.recovery;
    const last = packets.tail - 1;
    this.outbox.rangeLost(packets.start(last), packets.end(last));
    if (this.outbox.lost.isEmpty) this.needsPing = true;
  }

  /** Nothing is sent any more but the last word: a reason, if the peer is to hear one. */
  close(lastWord: channel_close_reason | undefined): void {
    this.lastWord = lastWord;
    this.probeBytes = 0;
    this.recovery.clear();
    this.outbox.clear();
  }
}
