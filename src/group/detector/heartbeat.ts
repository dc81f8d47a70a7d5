/**
 * Everybody tells everybody that it lives, at an interval. A peer is suspected when its silence is so long that phi
 * (`arrivals.ts`) reaches a threshold: what is usual on this network and these machines is learned. For groups of a
 * few members: the cost grows with the square of their number.
 *
 * A process that was itself held up sees everybody silent. What a tick came too late is taken off everybody's
 * silence: the messages of that time are still in its sockets. And pauses teach patience (`pauses.ts`): after one, of a peer or of this
 * process, which knows then that it is on a busy machine and its judgement is poor, twice as long is nothing unusual for a while
 * (local health, as in Lifeguard: Dadgar, Phillips and Currey, 2017). A link that went down is a hint: a process that was killed
 * takes its links with it at once, so if it does not come up again soon, its peer is suspected without the usual wait: but for what is known of pauses.
 */
import { Arrivals } from "./arrivals.ts";
import { DETECTOR_HEARTBEAT, decodeDetectorMessage, encodeDetectorMessage } from "./messages.ts";
import { positive } from "./options.ts";
import { Pauses } from "./pauses.ts";
import type { Detector, DetectorOutput } from "./types.ts";

/** When a `HeartbeatDetector` suspects. Times are in milliseconds. */
export interface HeartbeatOptions {
  /** Between two signs of life. Default 100 ms. */
  readonly intervalMs?: number;
  /** Suspect at this phi. Default 8. */
  readonly threshold?: number;
  /** A silence that is nothing unusual, on top of what was learned: a garbage collection, a busy machine. Default 2 s. */
  readonly pauseMs?: number;
  /** Suspect after this silence, whatever was learned. Default 5 s. */
  readonly maxSilenceMs?: number;
  /** How long a link may be down, where nobody was held up of late; else up to 600 ms, if that is longer. Default 250 ms. */
  readonly linkDownMs?: number;
}

/** Of how many intervals the usual one is learned. */
const WINDOW = 200;
/** The deviation is never taken for less: timers are not better. */
const MIN_DEVIATION_MS = 20;
/** After a pause one that is so many times as long is nothing unusual. */
const PATIENCE = 2;
/** Where somebody was held up of late, a link may be down for so long: who was killed is to be missed soon on a busy machine, too. */
const HELD_UP_LINK_MS = 600;
/** Peers whose pauses are remembered, also while they are not watched; the oldest is forgotten beyond. */
const MAX_REMEMBERED = 1024;

interface Watched {
  readonly arrivals: Arrivals;
  readonly pauses: Pauses;
  /** When anything, and when a heartbeat, came from it last. */
  lastMs: number;
  lastBeatMs: number;
  /** The silence, and the time without a link, at which it is suspected: computed anew with each heartbeat, not with each message. */
  silenceMs: number;
  linkDownMs: number;
  /** Since when its link is down. */
  downMs: number;
  isSuspected: boolean;
}

/**
 * Suspects whoever has not been heard of for unusually long (phi-accrual; Hayashibara and others, 2004). Each
 * member sends to each other.
 */
export class HeartbeatDetector implements Detector {
  readonly #output: DetectorOutput;
  readonly #intervalMs: number;
  readonly #threshold: number;
  readonly #pauseMs: number;
  readonly #maxSilenceMs: number;
  readonly #linkDownMs: number;
  readonly #peers = new Map<string, Watched>();
  /** Of peers, and of this process. */
  readonly #pauses = new Map<string, Pauses>();
  readonly #own = new Pauses();
  readonly #heartbeat = encodeDetectorMessage({ type: DETECTOR_HEARTBEAT });
  #beatMs = Number.POSITIVE_INFINITY;
  nextMs = Number.POSITIVE_INFINITY;

  constructor(output: DetectorOutput, options: HeartbeatOptions = {}) {
    this.#output = output;
    this.#intervalMs = positive("intervalMs", options.intervalMs ?? 100);
    this.#threshold = positive("threshold", options.threshold ?? 8);
    this.#pauseMs = positive("pauseMs", options.pauseMs ?? 2000);
    this.#maxSilenceMs = positive("maxSilenceMs", options.maxSilenceMs ?? 5000);
    this.#linkDownMs = positive("linkDownMs", options.linkDownMs ?? 250);
  }

  /** How sure it is that a peer has failed, for people to look at; 0 for one that is not watched. */
  phi(peer: string, nowMs: number): number {
    const watched = this.#peers.get(peer);
    return watched === undefined
      ? 0
      : watched.arrivals.phi(nowMs - watched.lastMs, this.#patienceMs(watched, nowMs));
  }

  watch(peers: readonly string[], nowMs: number): void {
    for (const peer of [...this.#peers.keys()]) if (!peers.includes(peer)) this.#peers.delete(peer);
    for (const peer of peers) if (!this.#peers.has(peer)) this.#peers.set(peer, this.#watched(peer, nowMs));
    if (this.#peers.size === 0) this.#beatMs = Number.POSITIVE_INFINITY;
    else if (this.#beatMs === Number.POSITIVE_INFINITY) this.#beatMs = nowMs;
    this.#setNext();
  }

  heard(peer: string, nowMs: number): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined) return;
    watched.lastMs = Math.max(watched.lastMs, nowMs);
    if (!watched.isSuspected) return;
    watched.isSuspected = false;
    this.#setNext();
    this.#output.trust(peer);
  }

  receive(peer: string, message: Uint8Array, nowMs: number): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined || decodeDetectorMessage(message)?.type !== DETECTOR_HEARTBEAT) return;
    // Only heartbeats teach what is usual: other messages come in crowds, and then not for hours.
    const intervalMs = nowMs - watched.lastBeatMs;
    if (intervalMs >= 0) {
      watched.pauses.note(intervalMs - this.#intervalMs, nowMs);
      if (!watched.isSuspected) watched.arrivals.add(Math.min(intervalMs, this.#maxSilenceMs));
      this.#learn(watched, nowMs);
    }
    watched.lastBeatMs = nowMs;
    this.heard(peer, nowMs);
  }

  linkUp(peer: string): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined) return;
    watched.downMs = Number.POSITIVE_INFINITY;
    this.#setNext();
  }

  linkDown(peer: string, nowMs: number): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined) return;
    watched.downMs = nowMs;
    this.#setNext();
  }

  tick(nowMs: number): void {
    const lateMs = nowMs - this.nextMs;
    if (lateMs > this.#intervalMs / 2) this.#forgive(lateMs, nowMs);
    if (nowMs >= this.#beatMs) this.#beat(nowMs);
    for (const [peer, watched] of this.#peers) {
      if (watched.isSuspected || nowMs < this.#dueMs(watched)) continue;
      watched.isSuspected = true;
      this.#output.suspect(peer, this.#reason(watched, nowMs));
    }
    this.#setNext();
  }

  #watched(peer: string, nowMs: number): Watched {
    const watched = {
      arrivals: new Arrivals(WINDOW, this.#intervalMs, MIN_DEVIATION_MS),
      pauses: this.#remembered(peer),
      lastMs: nowMs,
      lastBeatMs: nowMs,
      silenceMs: 0,
      linkDownMs: 0,
      downMs: Number.POSITIVE_INFINITY,
      isSuspected: false,
    };
    this.#learn(watched, nowMs);
    return watched;
  }

  #remembered(peer: string): Pauses {
    const pauses = this.#pauses.get(peer) ?? new Pauses();
    this.#pauses.delete(peer);
    this.#pauses.set(peer, pauses);
    if (this.#pauses.size > MAX_REMEMBERED) {
      const [oldest] = this.#pauses.keys();
      this.#pauses.delete(oldest as string);
    }
    return pauses;
  }

  #beat(nowMs: number): void {
    for (const peer of this.#peers.keys()) this.#output.send(peer, this.#heartbeat);
    this.#beatMs = nowMs + this.#intervalMs;
  }

  /** This process was held up for so long. */
  #forgive(lateMs: number, nowMs: number): void {
    this.#own.note(lateMs, nowMs);
    for (const watched of this.#peers.values()) {
      this.#learn(watched, nowMs);
      watched.lastMs += lateMs;
      watched.lastBeatMs += lateMs;
      watched.downMs += lateMs;
    }
  }

  #learn(watched: Watched, nowMs: number): void {
    const silenceMs = watched.arrivals.silenceMs(this.#threshold, this.#patienceMs(watched, nowMs));
    watched.silenceMs = Math.min(this.#maxSilenceMs, silenceMs);
    // Making a link takes both processes, and either may be held up meanwhile.
    const heldUpMs = Math.min(HELD_UP_LINK_MS, PATIENCE * this.#longestPauseMs(watched, nowMs));
    watched.linkDownMs = Math.max(this.#linkDownMs, heldUpMs);
  }

  /** Of a silence, what is nothing unusual now. */
  #patienceMs(watched: Watched, nowMs: number): number {
    return Math.max(this.#pauseMs, PATIENCE * this.#longestPauseMs(watched, nowMs));
  }

  #longestPauseMs({ pauses }: Watched, nowMs: number): number {
    return Math.max(pauses.longestMs(nowMs), this.#own.longestMs(nowMs));
  }

  #dueMs({ lastMs, silenceMs, downMs, linkDownMs }: Watched): number {
    return Math.min(lastMs + silenceMs, downMs + linkDownMs);
  }

  #reason({ lastMs, downMs, linkDownMs }: Watched, nowMs: number): string {
    if (nowMs >= downMs + linkDownMs) return `its link was down for ${Math.round(nowMs - downMs)} ms`;
    return `it was silent for ${Math.round(nowMs - lastMs)} ms`;
  }

  #setNext(): void {
    let nextMs = this.#beatMs;
    for (const watched of this.#peers.values())
      if (!watched.isSuspected) nextMs = Math.min(nextMs, this.#dueMs(watched));
    this.nextMs = nextMs;
  }
}
