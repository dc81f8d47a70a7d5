/**
 * One session between two incarnations: frames in, frames out, events to its owner; no clock, no socket, no promise. It joins
 * the parts of this folder: the outbox and what was lost of it, the inbox, the acknowledgments that are owed, recovery and
 * congestion, the search for the path's size, the peer's liveness, and the farewell.
 */
import { CoterieError } from "../../world/index.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import type { ChannelErrorCode } from "../errors.ts";
import { CHANNEL_FIRST_LIMIT, channel_close_reason } from "../gen/channel-frames.gen.ts";
import { areRangesValid, tellRanges } from "./ack-reader.ts";
import { Acknowledger } from "./acknowledger.ts";
import { Farewell } from "./farewell.ts";
import {
  ACK_HEAD_BYTES,
  CHANNEL_ACK,
  CHANNEL_CLOSE,
  CHANNEL_DATA,
  CHANNEL_END,
  CHANNEL_PADDING,
  CHANNEL_PING,
  CLOSE_BYTES,
  DATA_HEAD_BYTES,
  frameBytes,
  PING_BYTES,
  readHyper,
  readUint32,
  writeClose,
  writeDataHead,
  writeEnd,
  writePing,
} from "./frames.ts";
import { Inbox, type Verdict } from "./inbox.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { PathMtu } from "./path-mtu.ts";
import { type PacketFates, Recovery } from "./recovery.ts";
import { GRANULARITY_MS, MAX_ACK_DELAY_MS } from "./rtt.ts";
import { HAS_CREDIT, HAS_DONE, HAS_END, IS_PATH_PROBE } from "./sent-packets.ts";
import type { ConnectionCore, ConnectionEvents, ConnectionLimits } from "./types.ts";

/** Room for every frame that a packet may need beside data. */
export const MIN_PAYLOAD_BYTES = 512;
/** Retransmission timeouts to wait for the answer to DONE. */
const FAREWELL_TIMEOUTS = 3;
const NEVER = Number.POSITIVE_INFINITY;

export class Connection implements ConnectionCore, PacketFates {
  nextPacketNumber = 1;
  isClosed = false;
  private readonly events: ConnectionEvents;
  private readonly maxPendingBytes: number;
  private readonly outbox = new Outbox();
  private readonly inbox: Inbox;
  private readonly acknowledger = new Acknowledger();
  private readonly recovery: Recovery;
  private readonly mtu: PathMtu;
  private readonly liveness: Liveness;
  private readonly farewell: Farewell;
  /** Up to where the peer takes the stream. */
  private peerLimit = CHANNEL_FIRST_LIMIT;
  private wantsDrain = false;
  private needsPing = false;
  private needsCredit = false;
  /** What the peer was told last of messages delivered. */
  private toldDelivered = 0;
  private pacedUntilMs = NEVER;
  /** Size of the probe of the path that goes next; 0: an ordinary packet. */
  private probeBytes = 0;
  /** Why, in the last packet of a closed connection; undefined: there is none. */
  private lastWord: channel_close_reason | undefined;
  private nowMs: number;

  constructor(limits: ConnectionLimits, events: ConnectionEvents, nowMs: number) {
    const { minPayloadBytes, maxPayloadBytes, maxPendingBytes } = limits;
    if (
      !(
        minPayloadBytes >= MIN_PAYLOAD_BYTES &&
        minPayloadBytes <= maxPayloadBytes &&
        maxPayloadBytes < 65_536
      )
    ) {
      throw new RangeError(
        `payloads of ${minPayloadBytes} to ${maxPayloadBytes} bytes are not within 512 to 65,535`,
      );
    }
    if (!(maxPendingBytes > 0)) throw new RangeError(`maxPendingBytes ${maxPendingBytes} is not above 0`);
    this.events = events;
    this.nowMs = nowMs;
    this.maxPendingBytes = maxPendingBytes;
    this.inbox = new Inbox(limits.receiveWindowBytes, (message) => events.message(message));
    this.mtu = new PathMtu(minPayloadBytes, maxPayloadBytes);
    this.recovery = new Recovery(this.mtu.bytes, this);
    this.liveness = new Liveness(limits.timeoutMs, limits.keepaliveMs, nowMs);
    this.farewell = new Farewell(this.inbox, this.outbox);
  }

  get sent(): number {
    return this.outbox.sent;
  }

  get acknowledged(): number {
    return this.outbox.acknowledged;
  }

  get pendingBytes(): number {
    return this.outbox.pendingBytes;
  }

  get payloadBytes(): number {
    return this.probeBytes > 0 ? this.probeBytes : this.mtu.bytes;
  }

  /** Bytes that are kept for the peer's messages: the unfinished one, and what came out of order. */
  get heldBytes(): number {
    return this.inbox.heldBytes;
  }

  send(message: Uint8Array): number {
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes is over ${MAX_MESSAGE_BYTES}`);
    }
    if (this.isClosed || this.farewell.isEnding) return 0;
    if (!this.hasRoom) {
      this.wantsDrain = true;
      return 0;
    }
    const number = this.outbox.push(message);
    this.events.ready();
    return number;
  }

  private get hasRoom(): boolean {
    return this.outbox.pendingBytes < this.maxPendingBytes && !this.outbox.isFull;
  }

  pause(): void {
    this.inbox.isPaused = true;
  }

  resume(nowMs: number): void {
    if (this.isClosed || !this.inbox.isPaused) return;
    this.nowMs = nowMs;
    this.judge(this.inbox.resume(), "a stream that is no messages");
    if (this.isClosed) return;
    // The packets that brought this are acknowledged already: nothing else would tell the peer.
    if (this.inbox.delivered > this.toldDelivered || this.inbox.unannouncedBytes > 0) this.needsCredit = true;
    this.settle(nowMs);
    this.events.ready();
  }

  end(nowMs: number): void {
    if (this.isClosed || this.farewell.isEnding) return;
    this.nowMs = nowMs;
    this.farewell.end();
    this.events.ready();
  }

  destroy(nowMs: number): void {
    this.nowMs = nowMs;
    this.close(undefined, channel_close_reason.CHANNEL_CLOSE_DROPPED);
  }

  fail(error: CoterieError): void {
    this.close(this.farewell.isDone ? undefined : error, undefined);
  }

  // --- packets in ---

  receive(packetNumber: number, frames: Uint8Array, nowMs: number): void {
    if (this.isClosed || this.acknowledger.has(packetNumber)) return;
    this.nowMs = nowMs;
    let wantsAck = false;
    let isRefused = false;
    for (let at = 0; at < frames.length; ) {
      const bytes = frameBytes(frames, at, frames.length);
      if (bytes === 0) {
        this.violated("bytes that are no frame");
        return;
      }
      const type = readUint32(frames, at);
      if (type === CHANNEL_DATA)
        isRefused = this.receiveData(packetNumber, frames, at) === "refused" || isRefused;
      else this.receiveControl(type, frames, at);
      if (this.isClosed) return;
      wantsAck ||= type !== CHANNEL_ACK && type !== CHANNEL_PADDING;
      at += bytes;
    }
    if (!isRefused) this.acknowledger.received(packetNumber, wantsAck, nowMs, this.ackDelayMs);
    this.liveness.heard(nowMs, this.isOwed);
    this.settle(nowMs);
    this.planProbe(nowMs);
    this.events.ready();
  }

  private receiveData(packetNumber: number, frames: Uint8Array, at: number): Verdict {
    const awaited = readUint32(frames, at + 4);
    const length = readUint32(frames, at + 16);
    if (awaited >= packetNumber) this.violated("a packet that awaits none");
    else this.acknowledger.forget(packetNumber - awaited);
    if (this.isClosed) return "violation";
    const offset = readHyper(frames, at + 8);
    const verdict = this.inbox.receive(offset, frames, at + DATA_HEAD_BYTES, length);
    this.judge(verdict, "data beyond its limits, or that is no messages");
    return verdict;
  }

  private receiveControl(type: number, frames: Uint8Array, at: number): void {
    if (type === CHANNEL_ACK) this.receiveAck(frames, at);
    else if (type === CHANNEL_PING) this.acknowledger.hurry();
    else if (type === CHANNEL_END)
      this.judge(this.inbox.end(readHyper(frames, at + 4)), "an end that is none");
    else if (type === CHANNEL_CLOSE) this.receiveClose(readUint32(frames, at + 4));
  }

  private receiveAck(frames: Uint8Array, at: number): void {
    const delivered = readHyper(frames, at + 16);
    const limit = readHyper(frames, at + 24);
    const isValid =
      areRangesValid(frames, at, this.nextPacketNumber) && this.outbox.canHaveDelivered(delivered);
    if (!isValid || limit === NEVER) {
      this.violated("an acknowledgment of what was not sent");
      return;
    }
    if (limit > this.peerLimit) this.peerLimit = limit;
    const isNews = delivered > this.outbox.acknowledged;
    if (isNews) this.outbox.delivered(delivered);
    tellRanges(frames, at, this.recovery);
    const delayMs = readUint32(frames, at + 12) / 1000;
    this.recovery.acknowledged(readHyper(frames, at + 4), delayMs, this.nowMs, this.nextPacketNumber);
    if (isNews) this.events.acknowledged();
    if (!this.wantsDrain || !this.hasRoom || this.isClosed) return;
    this.wantsDrain = false;
    this.events.drain();
  }

  private receiveClose(reason: number): void {
    if (reason === channel_close_reason.CHANNEL_CLOSE_DONE) {
      this.receiveDone();
      return;
    }
    const [code, message] = closeMeaning(reason);
    this.close(this.farewell.isDone ? undefined : new CoterieError(code, message), undefined);
  }

  private receiveDone(): void {
    this.farewell.peerIsDone();
    if (!this.farewell.isDone) {
      this.violated("a farewell before everything was said");
      return;
    }
    this.tellPeerEnd();
    this.close(undefined, channel_close_reason.CHANNEL_CLOSE_DONE);
  }

  /** Half the senders' packets come alone: how long to wait for a second before acknowledging the first. */
  private get ackDelayMs(): number {
    const { rtt } = this.recovery;
    return rtt.hasSample
      ? Math.min(MAX_ACK_DELAY_MS, Math.max(GRANULARITY_MS, rtt.smoothedMs / 4))
      : MAX_ACK_DELAY_MS;
  }

  private get isOwed(): boolean {
    return this.recovery.inFlightBytes > 0 || !this.outbox.lost.isEmpty;
  }

  /** After anything came or was handed over: ends, and the end of all. */
  private settle(nowMs: number): void {
    this.tellPeerEnd();
    if (this.isClosed) return;
    if (this.farewell.finish(nowMs, FAREWELL_TIMEOUTS * this.recovery.rtt.timeoutMs)) this.events.ready();
  }

  private tellPeerEnd(): void {
    if (!this.inbox.isEnded || this.farewell.isPeerEndTold) return;
    this.farewell.isPeerEndTold = true;
    this.events.ended();
  }

  // --- packets out ---

  produce(out: Uint8Array, at: number, nowMs: number): number {
    this.nowMs = nowMs;
    if (this.isClosed) return this.produceLastWord(out, at);
    if (this.probeBytes > 0) return this.produceProbe(out, at);
    const { farewell } = this;
    const hasData = this.mayProduceData();
    const hasControl = this.needsPing || this.needsCredit || farewell.needsEnd || farewell.needsDone;
    if (!hasData && !hasControl && this.acknowledger.dueAtMs > nowMs) return 0;
    const end = at + this.mtu.bytes;
    let to = this.acknowledger.isOwing || hasControl ? this.writeAck(out, at, end) : at;
    if (!hasData && !hasControl) return this.untracked(to - at);
    const control = hasControl ? this.controlFlags() : 0;
    if (hasControl) to = this.writeControl(out, to);
    return hasData ? this.produceData(out, at, to, end, control) : this.tracked(to - at, 0, 0, control);
  }

  /** Whether there is a piece of the stream to send and it may be sent now. */
  private mayProduceData(): boolean {
    const { outbox, recovery } = this;
    this.pacedUntilMs = NEVER;
    if (outbox.lost.isEmpty && outbox.nextOffset >= Math.min(outbox.endOffset, this.peerLimit)) {
      recovery.wasLimited = false;
      return false;
    }
    if (!recovery.isOpen) {
      recovery.wasLimited = true;
      return false;
    }
    const pacedUntilMs = recovery.pacedUntilMs(this.nowMs);
    if (pacedUntilMs <= this.nowMs) return true;
    recovery.wasLimited = true;
    this.pacedUntilMs = pacedUntilMs;
    return false;
  }

  private produceData(out: Uint8Array, at: number, from: number, end: number, flags: number): number {
    const { outbox } = this;
    const isRepeat = !outbox.lost.isEmpty;
    const start = isRepeat ? outbox.lost.start(0) : outbox.nextOffset;
    const most = (end - from - DATA_HEAD_BYTES - PING_BYTES) & ~3;
    const stop = Math.min(
      start + most,
      isRepeat ? outbox.lost.end(0) : Math.min(outbox.endOffset, this.peerLimit),
    );
    const oldest = Math.min(this.recovery.oldestAwaited, this.nextPacketNumber);
    let to = writeDataHead(out, from, this.nextPacketNumber - oldest, start, stop - start);
    to = outbox.write(out, to, start, stop);
    if (isRepeat) outbox.lost.remove(start, stop);
    // Nothing follows: the peer need not wait for a second packet with its acknowledgment.
    if (outbox.nextOffset === outbox.endOffset && outbox.lost.isEmpty) to = writePing(out, to);
    return this.tracked(to - at, start, stop, flags);
  }

  private controlFlags(): number {
    const { farewell } = this;
    return (
      (farewell.needsEnd ? HAS_END : 0) |
      (farewell.needsDone ? HAS_DONE : 0) |
      (this.needsCredit ? HAS_CREDIT : 0)
    );
  }

  private writeControl(out: Uint8Array, at: number): number {
    const { farewell } = this;
    let to = at;
    if (farewell.needsEnd) to = writeEnd(out, to, this.outbox.endOffset);
    if (farewell.needsDone) to = writeClose(out, to, channel_close_reason.CHANNEL_CLOSE_DONE);
    if (this.needsPing || this.needsCredit || to > at) to = writePing(out, to);
    farewell.needsEnd = false;
    farewell.needsDone = false;
    this.needsPing = false;
    this.needsCredit = false;
    return to;
  }

  private writeAck(out: Uint8Array, at: number, end: number): number {
    const { acknowledger, inbox } = this;
    // Room stays for control frames and some data.
    const room = Math.max(ACK_HEAD_BYTES, (end - at) >> 1);
    this.toldDelivered = inbox.delivered;
    return acknowledger.write(out, at, room, this.nowMs, inbox.delivered, inbox.announce());
  }

  private produceProbe(out: Uint8Array, at: number): number {
    const bytes = this.probeBytes;
    this.probeBytes = 0;
    this.mtu.sent();
    const to = writePing(out, at);
    out.fill(0, to, at + bytes);
    return this.tracked(bytes, 0, 0, IS_PATH_PROBE);
  }

  private produceLastWord(out: Uint8Array, at: number): number {
    if (this.lastWord === undefined) return 0;
    const to = writeClose(out, this.writeAck(out, at, at + this.mtu.bytes - CLOSE_BYTES), this.lastWord);
    this.lastWord = undefined;
    return this.untracked(to - at);
  }

  /** A packet that wants an acknowledgment. */
  private tracked(bytes: number, start: number, end: number, flags: number): number {
    this.recovery.sent(this.nextPacketNumber++, this.nowMs, bytes, start, end, flags);
    this.liveness.asked(this.nowMs);
    return bytes;
  }

  private untracked(bytes: number): number {
    this.nextPacketNumber++;
    return bytes;
  }

  /** While there is more to send than fits a packet, it pays to know whether packets may be larger. */
  private planProbe(nowMs: number): void {
    const { mtu, outbox, recovery } = this;
    if (this.isClosed || outbox.endOffset - outbox.nextOffset < mtu.bytes || !recovery.isOpen) return;
    this.probeBytes = mtu.wanted(nowMs);
  }

  // --- what became of packets (PacketFates) ---

  arrived(index: number): void {
    const { packets } = this.recovery;
    const flags = packets.flags(index);
    if (packets.end(index) > 0) this.outbox.rangeArrived(packets.start(index), packets.end(index));
    if ((flags & HAS_END) !== 0) this.farewell.arrivedEnd();
    if ((flags & HAS_DONE) !== 0) this.farewell.giveUpAtMs = this.nowMs;
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
    else if (this.outbox.lost.isEmpty) this.needsPing = true;
  }

  revived(index: number): void {
    const { packets } = this.recovery;
    if (packets.end(index) > 0) this.outbox.rangeRevived(packets.start(index), packets.end(index));
  }

  probe(): void {
    const { outbox, recovery } = this;
    const { packets } = recovery;
    if (!outbox.lost.isEmpty || outbox.nextOffset < Math.min(outbox.endOffset, this.peerLimit)) return;
    const last = packets.tail - 1;
    outbox.rangeLost(packets.start(last), packets.end(last));
    if (outbox.lost.isEmpty) this.needsPing = true;
  }

  // --- time ---

  get wakeAtMs(): number {
    if (this.isClosed) return NEVER;
    return Math.min(
      this.acknowledger.dueAtMs,
      this.pacedUntilMs,
      this.recovery.wakeAtMs,
      this.liveness.deadlineMs,
      this.farewell.giveUpAtMs,
      this.needsPing ? NEVER : this.liveness.askAtMs(this.isPending),
    );
  }

  private get isPending(): boolean {
    return this.outbox.acknowledged < this.outbox.sent;
  }

  wake(nowMs: number): void {
    if (this.isClosed) return;
    this.nowMs = nowMs;
    if (nowMs >= this.farewell.giveUpAtMs) {
      this.close(undefined, undefined);
      return;
    }
    if (nowMs >= this.liveness.deadlineMs) {
      this.timedOut();
      return;
    }
    if (nowMs >= this.liveness.askAtMs(this.isPending)) this.needsPing = true;
    this.pacedUntilMs = NEVER;
    const { expirations } = this.recovery;
    this.recovery.wake(nowMs);
    if (this.recovery.expirations > expirations && this.mtu.timedOut(this.recovery.expirations, nowMs)) {
      this.recovery.setSegment(this.mtu.bytes);
    }
    this.events.ready();
  }

  // --- the end ---

  private timedOut(): void {
    if (this.farewell.isDone) {
      this.close(undefined, undefined);
      return;
    }
    const error = new CoterieError(
      "CHANNEL_TIMEOUT" satisfies ChannelErrorCode,
      "the peer did not answer in time",
    );
    this.close(error, channel_close_reason.CHANNEL_CLOSE_TIMEOUT);
  }

  private judge(verdict: Verdict, what: string): void {
    if (verdict === "violation" && !this.isClosed) this.violated(what);
  }

  private violated(what: string): void {
    const error = new CoterieError("CHANNEL_VIOLATION" satisfies ChannelErrorCode, `the peer sent ${what}`);
    this.close(error, channel_close_reason.CHANNEL_CLOSE_VIOLATION);
  }

  private close(error: CoterieError | undefined, lastWord: channel_close_reason | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.lastWord = lastWord;
    this.probeBytes = 0;
    this.recovery.clear();
    this.inbox.close();
    this.outbox.clear();
    this.events.closed(error);
    if (lastWord !== undefined) this.events.ready();
  }
}

function closeMeaning(reason: number): readonly [ChannelErrorCode, string] {
  switch (reason) {
    case channel_close_reason.CHANNEL_CLOSE_DROPPED:
      return ["CHANNEL_CLOSED", "the peer dropped the channel"];
    case channel_close_reason.CHANNEL_CLOSE_TIMEOUT:
      return ["CHANNEL_TIMEOUT", "the peer heard nothing from here for too long"];
    default:
      return ["CHANNEL_VIOLATION", "the peer says that it was sent what no correct peer sends"];
  }
}
