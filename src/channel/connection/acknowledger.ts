/**
 * Which packets came, and when to say so. An acknowledgment names ranges of packet numbers (cumulative and selective in one); it waits
 * a little, so that one serves two packets or rides on data, and goes at once when packets come out of order, because then the
 * peer must decide what is lost (RFC 9000 section 13.2).
 *
 * What the sender no longer waits for is forgotten: each DATA frame says how far back it still looks.
 */
import { CHANNEL_MAX_GAPS } from "../gen/channel-frames.gen.ts";
import { ACK_HEAD_BYTES, CHANNEL_ACK, GAP_BYTES, writeHyper, writeUint32 } from "./frames.ts";

/** Ranges that are remembered; the oldest are forgotten, and what was in them is sent again. */
export const MAX_RANGES = CHANNEL_MAX_GAPS + 1;
/** Packets that one acknowledgment may wait for. */
const PACKETS_PER_ACK = 2;
const MAX_UINT32 = 0xffff_ffff;

export class Acknowledger {
  /** The packet that is being read wants its acknowledgment at once. */
  private isHurried = false;
  /** When an acknowledgment must go; `Infinity` while none is owed. */
  dueAtMs = Number.POSITIVE_INFINITY;
  private waiting = 0;
  private largestAtMs = 0;
  /** The newest range lies last. */
  private readonly lows: number[] = [];
  private readonly highs: number[] = [];

  get largest(): number {
    return this.highs.length === 0 ? 0 : (this.highs[this.highs.length - 1] as number);
  }

  /** Something came that is to be acknowledged and was not yet. */
  get isOwing(): boolean {
    return this.waiting > 0;
  }

  has(number: number): boolean {
    for (let index = this.highs.length - 1; index >= 0; index--) {
      if (number > (this.highs[index] as number)) return false;
      if (number >= (this.lows[index] as number)) return true;
    }
    return false;
  }

  /** Packet `number` came, and was not here. `wantsAck`: it held more than acknowledgments. `delayMs`: how long to wait. */
  received(number: number, wantsAck: boolean, nowMs: number, delayMs: number): void {
    const last = this.highs.length - 1;
    const isNext = last >= 0 && number === (this.highs[last] as number) + 1;
    const isFirst = last < 0 && number === 1;
    if (number > this.largest) this.largestAtMs = nowMs;
    if (isNext) this.highs[last] = number;
    else this.insert(number);
    if (!wantsAck) return;
    this.waiting++;
    const isDue = this.isHurried || !(isNext || isFirst) || this.waiting >= PACKETS_PER_ACK;
    this.dueAtMs = Math.min(this.dueAtMs, isDue ? nowMs : nowMs + delayMs);
    this.isHurried = false;
  }

  /** The packet that comes next to `received` shall be acknowledged at once. */
  hurry(): void {
    this.isHurried = true;
  }

  /** Nothing below `floor` is of interest to the peer. */
  forget(floor: number): void {
    const { lows, highs } = this;
    let count = 0;
    while (count < highs.length - 1 && (highs[count] as number) < floor) count++;
    if (count > 0) {
      lows.splice(0, count);
      highs.splice(0, count);
    }
    // The newest range stays, whatever the peer says.
    const last = highs[0];
    if (last !== undefined && (lows[0] as number) < floor) lows[0] = Math.min(floor, last);
  }

  /** Writes an ACK frame into at most `room` bytes, at least `ACK_HEAD_BYTES`, and returns the place behind it. */
  write(out: Uint8Array, at: number, room: number, nowMs: number, delivered: number, limit: number): number {
    const { lows, highs } = this;
    const last = highs.length - 1;
    const gaps = Math.max(
      0,
      Math.min(last, CHANNEL_MAX_GAPS, Math.floor((room - ACK_HEAD_BYTES) / GAP_BYTES)),
    );
    const delayUs = Math.round((nowMs - this.largestAtMs) * 1000);
    writeUint32(out, at, CHANNEL_ACK);
    writeHyper(out, at + 4, this.largest);
    writeUint32(out, at + 12, last < 0 ? 0 : Math.max(0, Math.min(delayUs, MAX_UINT32)));
    writeHyper(out, at + 16, delivered);
    writeHyper(out, at + 24, limit);
    writeUint32(out, at + 32, last < 0 ? 0 : rangeCount(lows, highs, last));
    writeUint32(out, at + 36, gaps);
    let to = at + ACK_HEAD_BYTES;
    for (let index = last - 1; index >= last - gaps; index--, to += GAP_BYTES) {
      writeUint32(out, to, (lows[index + 1] as number) - (highs[index] as number) - 1);
      writeUint32(out, to + 4, rangeCount(lows, highs, index));
    }
    this.waiting = 0;
    this.dueAtMs = Number.POSITIVE_INFINITY;
    return to;
  }

  private insert(number: number): void {
    const { lows, highs } = this;
    let index = highs.length;
    while (index > 0 && (lows[index - 1] as number) > number) index--;
    // It lies behind range index - 1 and before range index, and may join either or both.
    const joinsLower = index > 0 && (highs[index - 1] as number) >= number - 1;
    const joinsUpper = index < lows.length && lows[index] === number + 1;
    if (joinsLower && joinsUpper) {
      highs[index - 1] = highs[index] as number;
      lows.splice(index, 1);
      highs.splice(index, 1);
    } else if (joinsLower) highs[index - 1] = Math.max(number, highs[index - 1] as number);
    else if (joinsUpper) lows[index] = number;
    else this.insertAlone(index, number);
  }

  private insertAlone(index: number, number: number): void {
    this.lows.splice(index, 0, number);
    this.highs.splice(index, 0, number);
    if (this.lows.length <= MAX_RANGES) return;
    this.lows.shift();
    this.highs.shift();
  }
}

function rangeCount(lows: readonly number[], highs: readonly number[], index: number): number {
  return Math.min((highs[index] as number) - (lows[index] as number) + 1, MAX_UINT32);
}
