/**
 * One session between two incarnations: frames in, frames out, events to its owner; no clock, no socket, no promise. It joins
 * the parts of this folder: outbox and sender, inbox and acknowledgments, the peer's liveness and the farewell.
 */
import { readHyper, readUint32 } from "../../marshal/index.ts";
import type { CoterieError } from "../../world/index.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import { channel_close_reason } from "../gen/channel-frames.gen.ts";
import { areRangesValid } from "./ack-reader.ts";
import { Acknowledger } from "./acknowledger.ts";
import { closeError, isCloseReason, timeoutError, violationError } from "./close-reason.ts";
import { Farewell } from "./farewell.ts";
import {
  CHANNEL_ACK,
  CHANNEL_CLOSE,
  CHANNEL_DATA,
  CHANNEL_END,
  CHANNEL_PADDING,
  CHANNEL_PING,
  DATA_HEAD_BYTES,
  frameBytes,
} from "./frames.ts";
import { Inbox, type Verdict } from "./inbox.ts";
import { checkLimits } from "./limits.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { Sender } from "./sender.ts";
import type { ConnectionCore, ConnectionEvents, ConnectionLimits } from "./types.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** The state machine of one session; its owner has the clock and the socket. */
export class Connection implements ConnectionCore {
  isClosed = false;
  private readonly events: ConnectionEvents;
  private readonly maxPendingBytes: number;
  private readonly outbox = new Outbox();
  private readonly inbox: Inbox;
  private readonly acknowledger = new Acknowledger();
  private readonly farewell: Farewell;
  private readonly sender: Sender;
  private readonly liveness: Liveness;
  private wantsDrain = false;

  /** @throws RangeError for limits out of their bounds. */
  constructor(limits: ConnectionLimits, events: ConnectionEvents, nowMs: number) {
    checkLimits(limits);
    this.events = events;
    this.maxPendingBytes = limits.maxPendingBytes;
    this.inbox = new Inbox(limits.receiveWindowBytes, events);
    this.farewell = new Farewell(this.inbox, this.outbox);
    const { outbox, inbox, acknowledger, farewell } = this;
    this.sender = new Sender(limits, { outbox, inbox, acknowledger, farewell });
    this.liveness = new Liveness(limits.timeoutMs, limits.keepaliveMs, nowMs);
  }

  get nextPacketNumber(): number {
    return this.sender.nextNumber;
  }

  get payloadBytes(): number {
    return this.sender.payloadBytes;
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

  /** Bytes that are kept for the peer's messages: the unfinished one, and what came out of order. */
  get heldBytes(): number {
    return this.inbox.heldBytes;
  }

  send(message: Uint8Array): number {
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes is over ${MAX_MESSAGE_BYTES}`);
    }
    if (this.isClosed || this.farewell.isEnding) return 0;
    if (!this.outbox.hasRoom(this.maxPendingBytes)) {
      this.wantsDrain = true;
      return 0;
    }
    const number = this.outbox.push(message);
    this.events.ready();
    return number;
  }

  pause(): void {
    this.inbox.isPaused = true;
  }

  resume(): void {
    if (this.isClosed || !this.inbox.isPaused) return;
    this.judge(this.inbox.resume(), "a stream that is no messages");
    if (this.isClosed) return;
    // The packets that brought this are acknowledged already: nothing else would tell the peer.
    if (this.inbox.hasNews) this.sender.needsCredit = true;
    this.settle();
    this.events.ready();
  }

  end(): void {
    if (this.isClosed || this.farewell.isEnding) return;
    this.farewell.end();
    this.events.ready();
  }

  destroy(): void {
    this.close(undefined, channel_close_reason.CHANNEL_CLOSE_DROPPED);
  }

  fail(error: CoterieError): void {
    this.close(this.farewell.isDone ? undefined : error, undefined);
  }

  receive(packetNumber: number, frames: Uint8Array, nowMs: number): void {
    if (this.isClosed || this.acknowledger.has(packetNumber)) return;
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
      else this.receiveControl(type, frames, at, nowMs);
      if (this.isClosed) return;
      wantsAck ||= type !== CHANNEL_ACK && type !== CHANNEL_PADDING;
      at += bytes;
    }
    if (this.inbox.isWindowOld) this.acknowledger.hurry();
    if (!isRefused)
      this.acknowledger.received(packetNumber, wantsAck, nowMs, this.sender.recovery.rtt.ackDelayMs);
    this.liveness.heard(nowMs, this.sender.isOwed);
    this.settle();
    if (!this.isClosed) this.sender.planProbe(nowMs);
    this.events.ready();
  }

  private receiveData(packetNumber: number, frames: Uint8Array, at: number): Verdict {
    const awaited = readUint32(frames, at + 4);
    if (awaited >= packetNumber) {
      this.violated("a packet that waits for none");
      return "violation";
    }
    this.acknowledger.forget(packetNumber - awaited);
    const length = readUint32(frames, at + 16);
    const verdict = this.inbox.receive(readHyper(frames, at + 8), frames, at + DATA_HEAD_BYTES, length);
    this.judge(verdict, "data beyond its limits, or that is no messages");
    return verdict;
  }

  private receiveControl(type: number, frames: Uint8Array, at: number, nowMs: number): void {
    if (type === CHANNEL_ACK) this.receiveAck(frames, at, nowMs);
    else if (type === CHANNEL_PING) this.acknowledger.hurry();
    else if (type === CHANNEL_END)
      this.judge(this.inbox.end(readHyper(frames, at + 4)), "an end that is none");
    else if (type === CHANNEL_CLOSE) this.receiveClose(readUint32(frames, at + 4));
  }

  private receiveAck(frames: Uint8Array, at: number, nowMs: number): void {
    const { outbox, sender } = this;
    const delivered = readHyper(frames, at + 16);
    const limit = readHyper(frames, at + 24);
    const isValid = areRangesValid(frames, at, sender.nextNumber) && outbox.canHaveDelivered(delivered);
    if (!isValid || limit === NEVER) {
      this.violated("an acknowledgment of what was not sent");
      return;
    }
    const isNews = delivered > outbox.acknowledged;
    if (isNews) outbox.delivered(delivered);
    sender.peerLimit = Math.max(sender.peerLimit, limit - (limit % 4));
    sender.acknowledged(frames, at, nowMs);
    if (isNews) this.tellAcknowledged();
  }

  private tellAcknowledged(): void {
    this.events.acknowledged();
    // Half of the room at least: an application that fills it up again has something to do.
    if (!this.wantsDrain || this.isClosed || !this.outbox.hasRoom(this.maxPendingBytes / 2)) return;
    this.wantsDrain = false;
    this.events.drain();
  }

  private receiveClose(reason: number): void {
    if (reason === channel_close_reason.CHANNEL_CLOSE_DONE) this.receiveDone();
    else if (!isCloseReason(reason)) this.violated("a farewell for no reason");
    else this.close(this.farewell.isDone ? undefined : closeError(reason), undefined);
  }

  private receiveDone(): void {
    const { farewell } = this;
    farewell.peerIsDone();
    if (!farewell.isDone) {
      this.violated("a farewell before everything was said");
      return;
    }
    this.tellPeerEnd();
    this.close(undefined, farewell.isSaid ? undefined : channel_close_reason.CHANNEL_CLOSE_DONE);
  }

  /** After anything came or was handed over: the peer's end, and the end of all. */
  private settle(): void {
    this.tellPeerEnd();
    if (this.isClosed) return;
    if (this.farewell.isOver) this.close(undefined, undefined);
    else this.farewell.finish();
  }

  private tellPeerEnd(): void {
    if (!this.inbox.isEnded || this.farewell.isPeerEndTold) return;
    this.farewell.isPeerEndTold = true;
    this.events.ended();
  }

  produce(out: Uint8Array, at: number, nowMs: number): number {
    if (this.isClosed) return this.sender.produceLastWord(out, at, nowMs);
    const bytes = this.sender.produce(out, at, nowMs);
    if (bytes > 0 && this.sender.isOwed) this.liveness.asked(nowMs);
    return bytes;
  }

  get wakeAtMs(): number {
    if (this.isClosed) return NEVER;
    return Math.min(
      this.acknowledger.dueAtMs,
      this.sender.pacedUntilMs,
      this.sender.recovery.wakeAtMs,
      this.liveness.deadlineMs,
      this.askAtMs,
    );
  }

  private get askAtMs(): number {
    return this.sender.needsPing ? NEVER : this.liveness.askAtMs(this.outbox.acknowledged < this.outbox.sent);
  }

  wantsToAsk(nowMs: number): boolean {
    if (this.isClosed) return false;
    if (nowMs >= this.liveness.deadlineMs || nowMs >= this.askAtMs) return true;
    const { recovery } = this.sender;
    return recovery.isOnlyAsking && nowMs >= recovery.wakeAtMs;
  }

  wake(nowMs: number): void {
    if (this.isClosed) return;
    this.liveness.excuse(Math.min(this.sender.recovery.wakeAtMs, this.liveness.deadlineMs), nowMs);
    if (nowMs >= this.liveness.deadlineMs) this.timedOut();
    else {
      if (nowMs >= this.askAtMs) this.sender.needsPing = true;
      this.sender.wake(nowMs);
      // A question that is about to be asked again is owed its answer since it was asked first.
      if (!this.sender.isOwed && !this.sender.needsPing) this.liveness.settled();
      this.events.ready();
    }
  }

  private timedOut(): void {
    if (this.farewell.isDone) {
      this.close(undefined, undefined);
      return;
    }
    this.close(timeoutError(), channel_close_reason.CHANNEL_CLOSE_TIMEOUT);
  }

  private judge(verdict: Verdict, what: string): void {
    if (verdict === "violation") this.violated(what);
  }

  private violated(what: string): void {
    this.close(violationError(what), channel_close_reason.CHANNEL_CLOSE_VIOLATION);
  }

  private close(error: CoterieError | undefined, lastWord: channel_close_reason | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.sender.close(lastWord);
    this.inbox.close();
    this.events.closed(error);
    if (lastWord !== undefined) this.events.ready();
  }
}
