/**
 * Which packets came, and when to say so. An acknowledgment names ranges of packet numbers (cumulative and selective in one); it waits
 * a little, so that one serves several packets or rides on data, and goes at once when packets come out of order, because then the
 * peer must decide what is lost (RFC 9000 section 13.2). How often is the sender's to say, which knows how much it has under
 * way and asks for as many as it needs (as in QUIC's draft-ietf-quic-ack-frequency): each is a system call on both sides.
 *
 * What the sender no longer waits for is forgotten: each DATA frame says how far back it still looks.
 */
import { writeHyper, writeUint32 } from "../../marshal/index.ts";
import { CHANNEL_MAX_GAPS } from "../gen/channel-frames.gen.ts";
import { ACK_HEAD_BYTES, CHANNEL_ACK, GAP_BYTES } from "./frames.ts";
import { RangeSet } from "./ranges.ts";

/** Ranges that are remembered; the oldest are forgotten, and what was in them is sent again. */
export const MAX_RANGES = CHANNEL_MAX_GAPS + 1;
/** Packets that one acknowledgment may wait for, when the sender does not ask for it before. */
export const PACKETS_PER_ACK = 10;
const MAX_UINT32 = 0xffff_ffff;

export class Acknowledger {
  /** The packet that is being read wants its acknowledgment at once. */
  private isHurried = false;
  /** When an acknowledgment must go; `Infinity` while none is owed. */
  dueAtMs = Number.POSITIVE_INFINITY;
  private waiting = 0;
  /** The newest packet, when it came, and the oldest without a gap between; 0 before the first. */
  private largest = 0;
  private largestAtMs = 0;
  private lowest = 0;
  /** The packets that came before them. */
  private readonly older = new RangeSet();

  /** Something came that is to be acknowledged and was not yet. */
  get isOwing(): boolean {
    return this.waiting > 0;
  }

  has(number: number): boolean {
    if (number >= this.lowest) return number <= this.largest;
    return this.older.has(number);
  }

  /** Packet `number` came, and was not here. `wantsAck`: it held more than acknowledgments. `delayMs`: how long to wait. */
  received(number: number, wantsAck: boolean, nowMs: number, delayMs: number): void {
    const isNext = number === this.largest + 1;
    if (number > this.largest) this.advance(number, isNext, nowMs);
    else this.fill(number);
    if (!wantsAck) return;
    this.waiting++;
    const isDue = this.isHurried || !isNext || this.waiting >= PACKETS_PER_ACK;
    this.dueAtMs = Math.min(this.dueAtMs, isDue ? nowMs : nowMs + delayMs);
    this.isHurried = false;
  }

  /** The packet that comes next to `received` shall be acknowledged at once. */
  hurry(): void {
    this.isHurried = true;
  }

  private advance(number: number, isNext: boolean, nowMs: number): void {
    if (!isNext) {
      if (this.largest > 0) this.older.add(this.lowest, this.largest + 1);
      this.lowest = number;
      this.bound();
    } else if (this.lowest === 0) this.lowest = number;
    this.largest = number;
    this.largestAtMs = nowMs;
  }

  /** A packet came that others have overtaken. */
  private fill(number: number): void {
    const { older } = this;
    older.add(number, number + 1);
    const last = older.count - 1;
    if (older.end(last) === this.lowest) {
      this.lowest = older.start(last);
      older.remove(this.lowest, number + 1);
    }
    this.bound();
  }

  private bound(): void {
    if (this.older.count >= MAX_RANGES) this.older.remove(0, this.older.end(0));
  }

  /** Nothing below `floor` is of interest to the peer. The newest range stays: it costs nothing. */
  forget(floor: number): void {
    if (!this.older.isEmpty) this.older.remove(0, floor);
  }

  /** Writes an ACK frame into at most `room` bytes, at least `ACK_HEAD_BYTES`, and returns the place behind it. */
  write(out: Uint8Array, at: number, room: number, nowMs: number, delivered: number, limit: number): number {
    const { older, largest } = this;
    const gaps = Math.max(
      0,
      Math.min(older.count, CHANNEL_MAX_GAPS, Math.floor((room - ACK_HEAD_BYTES) / GAP_BYTES)),
    );
    const delayUs = Math.round((nowMs - this.largestAtMs) * 1000);
    writeUint32(out, at, CHANNEL_ACK);
    writeHyper(out, at + 4, largest);
    writeUint32(out, at + 12, largest === 0 ? 0 : clamp(delayUs));
    writeHyper(out, at + 16, delivered);
    writeHyper(out, at + 24, limit);
    writeUint32(out, at + 32, largest === 0 ? 0 : clamp(largest - this.lowest + 1));
    writeUint32(out, at + 36, gaps);
    let to = at + ACK_HEAD_BYTES;
    let low = this.lowest;
    for (let index = older.count - 1; to < at + ACK_HEAD_BYTES + gaps * GAP_BYTES; index--, to += GAP_BYTES) {
      writeUint32(out, to, low - older.end(index));
      low = older.start(index);
      writeUint32(out, to + 4, clamp(older.end(index) - low));
    }
    this.waiting = 0;
    this.dueAtMs = Number.POSITIVE_INFINITY;
    return to;
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(value, MAX_UINT32));
}
