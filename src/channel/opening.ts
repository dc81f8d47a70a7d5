/**
 * The initiator's side of a handshake: a state machine without clock or socket. It has one packet to send, again and again
 * with growing delays, until an authentic answer comes or the time is over. Whatever else comes changes nothing.
 */
import type { Exchange } from "./exchange.ts";
import { type party, refusal as refusals } from "./gen/channel.gen.ts";
import type { Protection } from "./protection.ts";
import { decodeAnswer, encodeInitiator, encodePacket, PACKET_INITIATION } from "./wire.ts";

/** Delays before an initiation is sent again: the first, doubling up to the last. */
export const FIRST_RETRY_MS = 250;
export const MAX_RETRY_MS = 4000;
/** Cookies that one opening takes: a forger must not have it send without end. */
export const MAX_COOKIES = 8;

export type Answer =
  | {
      readonly accepted: true;
      readonly responder: party;
      readonly protection: Protection;
      /** From the question to the answer; undefined when it was asked more than once (Karn). */
      readonly roundTripMs: number | undefined;
    }
  /** `violation`: it is the peer's, and holds what no correct peer says. */
  | { readonly accepted: false; readonly reason: "key" | "full" | "not-listening" | "self" | "violation" };

export class Opening {
  /** Answers that were not authentic. */
  forged = 0;
  /** When the packet is sent next. */
  sendAtMs: number;
  readonly giveUpAtMs: number;
  readonly #exchange: Exchange;
  readonly #self: party;
  readonly #noise: Uint8Array;
  #cookie: Uint8Array = new Uint8Array(0);
  #cookies = 0;
  #delayMs = FIRST_RETRY_MS;
  /** When it was sent, as long as that was once. */
  #onlySentMs: number | undefined;
  #isSent = false;

  /** Undefined when no channel can be opened with a peer of this key: it is none that an honest peer has. */
  static begin(exchange: Exchange, self: party, nowMs: number, timeoutMs: number): Opening | undefined {
    const noise = exchange.write(encodeInitiator(self));
    return noise && new Opening(exchange, self, noise, nowMs, timeoutMs);
  }

  private constructor(exchange: Exchange, self: party, noise: Uint8Array, nowMs: number, timeoutMs: number) {
    this.#exchange = exchange;
    this.#self = self;
    this.#noise = noise;
    this.sendAtMs = nowMs;
    this.giveUpAtMs = nowMs + timeoutMs;
  }

  get peerKey(): Uint8Array | undefined {
    return this.#exchange.peerKey;
  }

  /** The packet to send now. `stretch`, of 0 to 1, spreads the retries of many who began at once. */
  send(nowMs: number, stretch: number): Uint8Array {
    this.#onlySentMs = this.#isSent ? undefined : nowMs;
    this.#isSent = true;
    this.sendAtMs = nowMs + this.#delayMs * (1 + stretch / 4);
    this.#delayMs = Math.min(2 * this.#delayMs, MAX_RETRY_MS);
    const { id } = this.#self;
    return encodePacket({
      kind: PACKET_INITIATION,
      initiation: { from: id, cookie: this.#cookie, noise: this.#noise },
    });
  }

  /** The peer is busy and wants the cookie back, at once. */
  retry(cookie: Uint8Array, nowMs: number): void {
    if (this.#cookies++ >= MAX_COOKIES) return;
    this.#cookie = cookie;
    this.sendAtMs = nowMs;
  }

  /**
   * What the peer says; undefined when it is not authentic. Any other answer is the last: the handshake is over. Where many share a secret, somebody between could send this
   * endpoint's own initiation back to it, and have it answer itself: that is no peer, unless `mayBeSelf`.
   */
  answer(noise: Uint8Array, nowMs: number, mayBeSelf: boolean): Answer | undefined {
    const payload = this.#exchange.read(noise);
    if (payload === undefined) {
      this.forged++;
      return undefined;
    }
    const answer = decodeAnswer(payload);
    if (answer === undefined) return { accepted: false, reason: "violation" };
    if (!answer.accepted) return { accepted: false, reason: REASONS[answer.refusal] };
    const { responder } = answer;
    const isSelf = responder.incarnation === this.#self.incarnation;
    if (isSelf && !mayBeSelf) return { accepted: false, reason: "self" };
    const protection = this.#exchange.protection(this.#self, responder);
    const roundTripMs = this.#onlySentMs === undefined ? undefined : nowMs - this.#onlySentMs;
    return { accepted: true, responder, protection, roundTripMs };
  }
}

const REASONS = {
  [refusals.REFUSAL_KEY]: "key",
  [refusals.REFUSAL_FULL]: "full",
  [refusals.REFUSAL_NOT_LISTENING]: "not-listening",
} as const;
