/**
 * Which packets arrived and which are lost, and when the timer must look (RFC 6298, RFC 8985 and RFC 9002 as models). A packet is lost
 * when one sent three later was acknowledged, or when one sent later was and it is overdue by a share of the round trip. The timer
 * first sends a probe, because the end of a flight has no successors that could tell (tail loss probe), and then counts everything in
 * flight as lost and starts slowly.
 *
 * Acknowledgments name transmissions, so one for a packet that was declared lost proves that it was not. Then the window is
 * given back, and more reordering is tolerated from then on.
 */
import { Reordering } from "./reordering.ts";
import { RoundTrip } from "./rtt.ts";
import { ACKNOWLEDGED, EXPIRED, IS_PATH_PROBE, LOST, RESOLVED, SentPackets } from "./sent-packets.ts";
import type { CongestionWindow } from "./window.ts";

/** Probes of the end of a flight, each after twice the time of the one before, until everything in flight counts as lost. */
export const MAX_TAIL_PROBES = 6;

/** What the owner of what packets carry is told; `index` names a record. Called from within `acknowledge` and `wake`. */
export interface PacketFates {
  arrived(index: number): void;
  lost(index: number): void;
  /** It was declared lost, and probably was not. */
  revived(index: number): void;
  /** Something should be sent to make the peer speak. */
  probe(): void;
}

export class Recovery {
  readonly packets = new SentPackets();
  readonly rtt: RoundTrip;
  readonly window: CongestionWindow;
  inFlightBytes = 0;
  /** Packets that may be sent now whatever the window says. */
  probes = 0;
  private readonly fates: PacketFates;
  /** The oldest record that is neither acknowledged nor lost. */
  private unresolved = 0;
  private largestAcknowledged = 0;
  private readonly reordering = new Reordering();
  /** When the next packet is overdue. */
  private overdueAtMs = Number.POSITIVE_INFINITY;
  private timerStartMs = 0;
  private tailProbes = 0;
  private lastSentMs = Number.NEGATIVE_INFINITY;
  private newest = -1;
  private newBytes = 0;

  /** However often the timer expires, it looks again after `maxTimeoutMs`. */
  constructor(window: CongestionWindow, maxTimeoutMs: number, fates: PacketFates) {
    this.rtt = new RoundTrip(maxTimeoutMs);
    this.window = window;
    this.fates = fates;
  }

  /** How many times in a row the timer has expired. */
  get expirations(): number {
    return this.rtt.backOff;
  }

  /** The oldest packet that the peer should still tell of. */
  get oldestAwaited(): number {
    return this.packets.isEmpty ? Number.POSITIVE_INFINITY : this.packets.number(this.packets.head);
  }

  /** Whether the window allows another packet. */
  get isOpen(): boolean {
    if (this.packets.isFull) return false;
    return this.probes > 0 || this.inFlightBytes < this.window.bytes;
  }

  /** Whether it still does after one more packet of `bytes`. */
  isOpenAfter(bytes: number): boolean {
    return this.probes > 1 || this.inFlightBytes + bytes < this.window.bytes;
  }

  /** When the next packet may leave; at `nowMs` or before: at once. */
  pacedUntilMs(nowMs: number): number {
    return this.probes > 0 ? nowMs : this.window.readyAtMs(nowMs);
  }

  /** Packets have another size from now on. */
  setSegment(bytes: number): void {
    this.window.setSegment(bytes);
    this.setPace();
  }

  sent(number: number, nowMs: number, bytes: number, start: number, end: number, flags: number): void {
    if (this.inFlightBytes === 0) {
      this.timerStartMs = nowMs;
      const idleMs = nowMs - this.lastSentMs;
      if (this.packets.isEmpty && idleMs > this.rtt.timeoutMs) this.idled(idleMs);
    }
    this.packets.push(number, nowMs, bytes, start, end, flags);
    this.inFlightBytes += bytes;
    this.lastSentMs = nowMs;
    this.window.sent(bytes);
    if (this.probes > 0) this.probes--;
  }

  private idled(idleMs: number): void {
    if (idleMs === Number.POSITIVE_INFINITY) return;
    this.window.idled(Math.floor(idleMs / this.rtt.timeoutMs));
    this.setPace();
  }

  /** An acknowledgment names the packets from `low` to `high`. Several calls, then `acknowledged`. */
  acknowledge(low: number, high: number): void {
    const { packets } = this;
    const top = packets.lastUpTo(high);
    let index = packets.skipAcknowledged(top);
    while (index >= packets.head && packets.number(index) >= low) {
      this.arrived(index);
      index = packets.skipAcknowledged(index - 1);
    }
    if (top > index) packets.noteRun(index + 1, top);
  }

  private arrived(index: number): void {
    const { packets } = this;
    const flags = packets.flags(index);
    packets.setFlags(index, flags | ACKNOWLEDGED);
    if ((flags & LOST) === 0) this.inFlightBytes -= packets.bytes(index);
    else this.notLost(index, flags);
    this.newBytes += packets.bytes(index);
    if (index > this.newest) this.newest = index;
    this.fates.arrived(index);
  }

  /** All ranges of an acknowledgment were told; its newest packet is `largest`, which waited `delayMs` at the peer. */
  acknowledged(largest: number, delayMs: number, nowMs: number, nextNumber: number): void {
    const { newest, newBytes, packets } = this;
    if (newest >= 0) {
      const number = packets.number(newest);
      const sentAtMs = packets.sentAtMs(newest);
      this.newest = -1;
      this.newBytes = 0;
      this.rtt.answered();
      if (number === largest) this.sample(nowMs - sentAtMs, delayMs, number, nextNumber);
      this.largestAcknowledged = Math.max(this.largestAcknowledged, number);
      this.timerStartMs = nowMs;
      this.tailProbes = 0;
      this.window.arrived(newBytes, sentAtMs, this.inFlightBytes, nowMs, this.rtt.smoothedMs);
      this.detectLosses(nowMs);
      this.setPace();
    }
    this.prune(nowMs);
  }

  private sample(elapsedMs: number, delayMs: number, number: number, nextNumber: number): void {
    this.rtt.sample(elapsedMs, delayMs);
    this.window.sample(elapsedMs, number, nextNumber);
  }

  private setPace(): void {
    this.window.setPace(this.rtt.smoothedMs);
  }

  /** Looks at everything older than the newest that was acknowledged. */
  private detectLosses(nowMs: number): void {
    const { packets, largestAcknowledged } = this;
    const overdueMs = this.rtt.overdueMs(this.reordering.share);
    let lostSentAtMs = Number.NEGATIVE_INFINITY;
    let losses = 0;
    this.overdueAtMs = Number.POSITIVE_INFINITY;
    for (let index = this.unresolved; index < packets.tail; index++) {
      const number = packets.number(index);
      if (number >= largestAcknowledged) break;
      if ((packets.flags(index) & RESOLVED) !== 0) continue;
      const overdueAtMs = packets.sentAtMs(index) + overdueMs;
      if (largestAcknowledged - number < this.reordering.packets && overdueAtMs > nowMs) {
        this.overdueAtMs = Math.min(this.overdueAtMs, overdueAtMs);
        continue;
      }
      if ((packets.flags(index) & IS_PATH_PROBE) === 0) {
        lostSentAtMs = packets.sentAtMs(index);
        losses++;
      }
      this.declareLost(index, LOST);
    }
    this.skipResolved();
    this.window.lost(losses, lostSentAtMs, nowMs);
  }

  private declareLost(index: number, how: number): void {
    const { packets } = this;
    packets.setFlags(index, packets.flags(index) | how);
    this.inFlightBytes -= packets.bytes(index);
    this.fates.lost(index);
  }

  private skipResolved(): void {
    const { packets } = this;
    while (this.unresolved < packets.tail && (packets.flags(this.unresolved) & RESOLVED) !== 0)
      this.unresolved++;
  }

  /** A packet that was declared lost is acknowledged. */
  private notLost(index: number, flags: number): void {
    if ((flags & EXPIRED) !== 0) {
      this.reviveExpired();
      return;
    }
    if ((flags & IS_PATH_PROBE) !== 0) return;
    this.reordering.seen(this.largestAcknowledged - this.packets.number(index) + 1);
    this.window.notLost();
  }

  /** The timer was early: what it declared lost is still in flight. */
  private reviveExpired(): void {
    const { packets } = this;
    this.window.restore();
    for (let index = packets.head; index < packets.tail; index++) {
      const flags = packets.flags(index);
      if ((flags & EXPIRED) === 0) continue;
      packets.setFlags(index, flags & ~(LOST | EXPIRED));
      if ((flags & ACKNOWLEDGED) !== 0) continue;
      this.inFlightBytes += packets.bytes(index);
      this.unresolved = Math.min(this.unresolved, index);
      this.fates.revived(index);
    }
  }

  /** When `wake` has something to do. */
  get wakeAtMs(): number {
    if (this.overdueAtMs !== Number.POSITIVE_INFINITY) return this.overdueAtMs;
    if (this.inFlightBytes === 0) return Number.POSITIVE_INFINITY;
    if (this.isOnlyAsking) return this.timerStartMs + this.rtt.questionMs;
    return this.timerStartMs + (this.probesFirst ? this.probeAfterMs : this.rtt.timeoutMs);
  }

  /**
   * Nothing but a question is in flight. It is asked again at leisure: where thousands of idle channels ask at once and cannot be
   * answered as quickly, each that hurries keeps the others from their answers.
   */
  get isOnlyAsking(): boolean {
    const last = this.packets.tail - 1;
    return this.unresolved === last && this.packets.isQuestion(last);
  }

  /** One probe always goes before a timeout, and others if there is time for them: on a short path, a timeout is a hundred round trips. */
  private get probesFirst(): boolean {
    if (!this.rtt.hasSample || this.rtt.backOff > 0 || this.tailProbes >= MAX_TAIL_PROBES) return false;
    return this.tailProbes === 0 || this.probeAfterMs < this.rtt.timeoutMs;
  }

  private get probeAfterMs(): number {
    return this.rtt.tailProbeMs * 2 ** this.tailProbes;
  }

  wake(nowMs: number): void {
    if (nowMs < this.wakeAtMs) return;
    if (this.overdueAtMs <= nowMs) this.detectLosses(nowMs);
    else if (this.probesFirst && !this.isOnlyAsking) this.probe(nowMs);
    else this.expire(nowMs);
    this.setPace();
  }

  private probe(nowMs: number): void {
    this.tailProbes++;
    this.timerStartMs = nowMs;
    this.probes = 1;
    this.fates.probe();
  }

  private expire(nowMs: number): void {
    const { packets } = this;
    this.window.expired(this.rtt.backOff > 0, nowMs);
    this.rtt.expired();
    this.timerStartMs = nowMs;
    for (let index = this.unresolved; index < packets.tail; index++) {
      if ((packets.flags(index) & RESOLVED) === 0) this.declareLost(index, LOST | EXPIRED);
    }
    this.skipResolved();
    this.probes = 1;
  }

  /** Forgets the oldest records: the acknowledged ones, and lost ones that nobody will hear of any more. */
  private prune(nowMs: number): void {
    const { packets, rtt } = this;
    const patienceMs = 2 * (rtt.smoothedMs + 2 * rtt.variationMs) + 1;
    while (!packets.isEmpty) {
      const flags = packets.flags(packets.head);
      const isOld =
        nowMs - packets.sentAtMs(packets.head) > ((flags & EXPIRED) === 0 ? patienceMs : 2 * rtt.timeoutMs);
      if ((flags & ACKNOWLEDGED) === 0 && !((flags & LOST) !== 0 && (isOld || packets.isFull))) break;
      packets.shift();
    }
    this.unresolved = Math.max(this.unresolved, packets.head);
  }

  /** The connection is over: nothing is in flight. */
  clear(): void {
    const { packets } = this;
    while (!packets.isEmpty) packets.shift();
    this.inFlightBytes = 0;
    this.overdueAtMs = Number.POSITIVE_INFINITY;
  }
}
