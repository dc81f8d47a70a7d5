/**
 * Probing as in SWIM (Das, Gupta and Motivala, 2002), for large groups: each period everybody asks one other whether it
 * lives, each once in a round of random order. If no answer comes in time, a few others are asked to ask; a peer that neither answers
 * directly nor through them for some periods in a row is suspected. Everybody's load is the same however large the
 * group is, and it takes one period, on average a little more, until somebody asks a process that failed. A link between two
 * that fails alone makes nobody suspected. Who is suspected is told to all by the group, which is why nothing is gossiped here.
 */
import { type Random, randomBelow } from "../../world/index.ts";
import {
  DETECTOR_ACK,
  DETECTOR_PING,
  DETECTOR_PING_ACK,
  DETECTOR_PING_REQUEST,
  type DetectorMessage,
  decodeDetectorMessage,
  encodeDetectorMessage,
} from "./messages.ts";
import { atLeast, positive } from "./options.ts";
import type { Detector, DetectorOutput } from "./types.ts";

/** How a `SwimDetector` probes. Times are in milliseconds. */
export interface SwimOptions {
  /** Between two probes. Default 200 ms. */
  readonly periodMs?: number;
  /** How long an answer may take before others are asked. Default 80 ms, less than a period. */
  readonly answerMs?: number;
  /** How many others are asked. Default 3. */
  readonly indirect?: number;
  /** Periods in a row without an answer after which a peer is suspected. Default 2. */
  readonly periods?: number;
}

/** Questions on behalf of others that are not yet answered; the oldest is forgotten beyond. */
const MAX_RELAYED = 1024;

interface Watched {
  /** Periods in a row in which it did not answer. */
  missed: number;
  isSuspected: boolean;
}

interface Probe {
  readonly peer: string;
  readonly number: number;
  /** When others are asked; infinite when they were. */
  askMs: number;
  isAnswered: boolean;
}

/**
 * Suspects whoever answers neither a probe nor those who ask in one's place (SWIM; Das and others, 2002).
 * Costs each member the same however many there are.
 */
export class SwimDetector implements Detector {
  readonly #output: DetectorOutput;
  readonly #random: Random;
  readonly #periodMs: number;
  readonly #answerMs: number;
  readonly #indirect: number;
  readonly #periods: number;
  readonly #peers = new Map<string, Watched>();
  /** Whom to ask in this round. */
  #round: string[] = [];
  #probe: Probe | undefined;
  #lastNumber = 0;
  #periodEndMs = Number.POSITIVE_INFINITY;
  /** By number of our question: whom we asked, who asked us to, and the number of theirs. */
  readonly #relayed = new Map<
    number,
    { readonly node: string; readonly asker: string; readonly number: number }
  >();

  constructor(output: DetectorOutput, random: Random, options: SwimOptions = {}) {
    this.#output = output;
    this.#random = random;
    this.#periodMs = positive("periodMs", options.periodMs ?? 200);
    this.#answerMs = positive("answerMs", options.answerMs ?? Math.min(80, 0.4 * this.#periodMs));
    this.#indirect = atLeast("indirect", options.indirect ?? 3, 0);
    this.#periods = atLeast("periods", options.periods ?? 2, 1);
    if (this.#answerMs >= this.#periodMs)
      throw new RangeError(`answerMs must be less than periodMs: ${this.#answerMs}, ${this.#periodMs}`);
  }

  get nextMs(): number {
    return Math.min(this.#periodEndMs, this.#probe?.askMs ?? Number.POSITIVE_INFINITY);
  }

  watch(peers: readonly string[], nowMs: number): void {
    for (const peer of [...this.#peers.keys()]) if (!peers.includes(peer)) this.#peers.delete(peer);
    for (const peer of peers)
      if (!this.#peers.has(peer)) this.#peers.set(peer, { missed: 0, isSuspected: false });
    this.#round = this.#round.filter((peer) => this.#peers.has(peer));
    if (this.#probe !== undefined && !this.#peers.has(this.#probe.peer)) this.#probe = undefined;
    if (this.#peers.size === 0) this.#periodEndMs = Number.POSITIVE_INFINITY;
    else if (this.#periodEndMs === Number.POSITIVE_INFINITY) this.#periodEndMs = nowMs;
  }

  heard(peer: string): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined) return;
    watched.missed = 0;
    if (this.#probe?.peer === peer) this.#answered(this.#probe);
    if (!watched.isSuspected) return;
    watched.isSuspected = false;
    this.#output.trust(peer);
  }

  receive(peer: string, bytes: Uint8Array): void {
    const message = decodeDetectorMessage(bytes);
    if (message === undefined || !this.#peers.has(peer)) return;
    this.heard(peer);
    switch (message.type) {
      case DETECTOR_PING:
        this.#send(peer, { type: DETECTOR_ACK, number: message.number });
        return;
      case DETECTOR_PING_REQUEST:
        this.#askFor(peer, message.question.node, message.question.number);
        return;
      case DETECTOR_ACK:
        this.#answerFor(peer, message.number);
        return;
      case DETECTOR_PING_ACK:
        if (this.#probe?.number === message.number) this.heard(this.#probe.peer);
        return;
    }
  }

  linkUp(): void {}

  /** No need to wait for an answer: the others may have a link. */
  linkDown(peer: string, nowMs: number): void {
    if (this.#probe?.peer === peer && !this.#probe.isAnswered)
      this.#probe.askMs = Math.min(this.#probe.askMs, nowMs);
  }

  tick(nowMs: number): void {
    const lateMs = nowMs - this.nextMs;
    // This process was held up: whatever answer there is waits in its sockets.
    if (lateMs > this.#answerMs && this.#probe !== undefined) this.#probe.isAnswered = true;
    if (this.#probe !== undefined && nowMs >= this.#probe.askMs) this.#askOthers(this.#probe);
    if (nowMs >= this.#periodEndMs) this.#startPeriod(nowMs);
  }

  #startPeriod(nowMs: number): void {
    const last = this.#probe;
    this.#probe = undefined;
    this.#periodEndMs = nowMs + this.#periodMs;
    const peer = last === undefined || last.isAnswered ? this.#next() : this.#miss(last.peer);
    if (peer === undefined) return;
    this.#probe = { peer, number: this.#number(), askMs: nowMs + this.#answerMs, isAnswered: false };
    this.#send(peer, { type: DETECTOR_PING, number: this.#probe.number });
  }

  /** Whom to ask after one that did not answer: the same again, until it is suspected. */
  #miss(peer: string): string | undefined {
    const watched = this.#peers.get(peer);
    if (watched === undefined || watched.isSuspected) return this.#next();
    watched.missed++;
    if (watched.missed < this.#periods) return peer;
    watched.isSuspected = true;
    this.#output.suspect(
      peer,
      `it did not answer for ${watched.missed} periods, neither directly nor through others`,
    );
    return this.#next();
  }

  #next(): string | undefined {
    if (this.#round.length === 0) this.#round = this.#shuffled([...this.#peers.keys()]);
    return this.#round.pop();
  }

  #askOthers(probe: Probe): void {
    probe.askMs = Number.POSITIVE_INFINITY;
    const others = [...this.#peers].filter(([peer, { isSuspected }]) => peer !== probe.peer && !isSuspected);
    for (const peer of this.#shuffled(others.map(([name]) => name)).slice(0, this.#indirect))
      this.#send(peer, { type: DETECTOR_PING_REQUEST, question: { number: probe.number, node: probe.peer } });
  }

  #askFor(asker: string, node: string, number: number): void {
    if (!this.#peers.has(node)) return;
    const own = this.#number();
    this.#relayed.set(own, { node, asker, number });
    if (this.#relayed.size > MAX_RELAYED) {
      const [oldest] = this.#relayed.keys();
      this.#relayed.delete(oldest as number);
    }
    this.#send(node, { type: DETECTOR_PING, number: own });
  }

  #answerFor(node: string, number: number): void {
    const relayed = this.#relayed.get(number);
    if (relayed?.node !== node) return;
    this.#relayed.delete(number);
    if (this.#peers.has(relayed.asker))
      this.#send(relayed.asker, { type: DETECTOR_PING_ACK, number: relayed.number });
  }

  #answered(probe: Probe): void {
    probe.isAnswered = true;
    probe.askMs = Number.POSITIVE_INFINITY;
  }

  #number(): number {
    this.#lastNumber = (this.#lastNumber + 1) >>> 0;
    return this.#lastNumber;
  }

  #send(to: string, message: DetectorMessage): void {
    this.#output.send(to, encodeDetectorMessage(message));
  }

  /** Fisher and Yates. */
  #shuffled(names: string[]): string[] {
    for (let i = names.length - 1; i > 0; i--) {
      const j = randomBelow(this.#random, i + 1);
      [names[i], names[j]] = [names[j] as string, names[i] as string];
    }
    return names;
  }
}
