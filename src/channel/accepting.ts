/**
 * The responder's side of handshakes: a state machine without clock or socket, which answers each initiation with at most
 * one packet that is not larger.
 *
 * What it remembers of one is a half-open channel, until the initiator's first authentic data packet makes it a channel, or
 * it is forgotten. An initiation that is received again while it is remembered gets the same answer; one that comes later,
 * or was recorded and is played back, makes a half-open channel that nobody can confirm, as its keys and its id are new.
 * When many are half-open, or strangers ask too often, a cookie comes first and costs nothing to remember.
 */
import { type Address, type Crypto, formatAddress, type Random } from "../world/index.ts";
import { Cookies } from "./cookies.ts";
import type { Credentials, Exchange } from "./exchange.ts";
import { type initiation, type party, refusal as refusals } from "./gen/channel.gen.ts";
import { networkOf } from "./path.ts";
import type { Protection } from "./protection.ts";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";
import { decodeInitiator, encodeAnswer, encodePacket, PACKET_RESPONSE, PACKET_RETRY } from "./wire.ts";

export interface AcceptingLimits {
  /** Half-open channels at once. */
  readonly maxHalfOpen: number;
  /** One host's share, or that of one /64 of IPv6: of half-open channels, and of initiations that are worked on in a second. */
  readonly maxHalfOpenPerHost: number;
  /** Half-open channels from which on a cookie is asked for. */
  readonly cookiesFrom: number;
  /** Initiations without a cookie that are worked on in a second; one costs some 0.5 ms with keys. */
  readonly initiationsPerSecond: number;
}

/** A channel that this side has agreed to, and that its initiator has not confirmed. */
export interface HalfOpen {
  readonly key: string;
  readonly remote: Address;
  readonly initiator: party;
  readonly responder: party;
  readonly protection: Protection;
  readonly peerKey: Uint8Array | undefined;
}

export type Verdict =
  /** Nothing to answer: damaged, forged, or too many. */
  | { readonly kind: "drop"; readonly why: "forged" | "limit" }
  /** `packet` goes back, and nothing was made. */
  | { readonly kind: "answer"; readonly packet: Uint8Array; readonly what: "retry" | "repeat" | "refusal" }
  | { readonly kind: "open"; readonly packet: Uint8Array; readonly halfOpen: HalfOpen };

/** What the endpoint adds: who it is, and whether there is room. */
export interface Host {
  /** Draws a new party for a channel with this address. */
  party(address: string): party;
  /** Why no channel is taken at all, or undefined. */
  refusal(): "full" | "not-listening" | undefined;
}

/** Hosts that have proved their addresses, of which it is counted what is worked on for them. */
const MAX_PROVEN_HOSTS = 1024;

/** The shortest first message of a handshake, which is one without keys. What is shorter could have a longer answer: RETRY. */
const MIN_NOISE_BYTES = 36;

/** What an initiation got that is remembered. */
interface Answered {
  readonly noise: Uint8Array;
  readonly packet: Uint8Array;
}

export class Accepting {
  readonly #credentials: Credentials;
  readonly #host: Host;
  readonly #limits: AcceptingLimits;
  readonly #cookies: Cookies;
  readonly #bucket: TokenBucket;
  readonly #proven: TokenBuckets;
  readonly #halfOpen = new Map<string, Answered>();
  /** Half-open channels, by `networkOf` their hosts. */
  readonly #perHost = new Map<string, number>();

  constructor(crypto: Crypto, random: Random, credentials: Credentials, host: Host, limits: AcceptingLimits) {
    this.#credentials = credentials;
    this.#host = host;
    this.#limits = limits;
    this.#cookies = new Cookies(crypto, random);
    this.#bucket = new TokenBucket(limits.initiationsPerSecond);
    this.#proven = new TokenBuckets(limits.maxHalfOpenPerHost, MAX_PROVEN_HOSTS);
  }

  get halfOpen(): number {
    return this.#halfOpen.size;
  }

  receive({ from, cookie, noise }: initiation, remote: Address, nowMs: number): Verdict {
    if (noise.length < MIN_NOISE_BYTES) return FORGED;
    const address = formatAddress(remote);
    const key = `${address} ${from.join(".")}`;
    const answered = this.#halfOpen.get(key);
    if (answered !== undefined) {
      // Whoever saw an id could else have long answers sent to its owner for little.
      return isSame(answered.noise, noise)
        ? { kind: "answer", packet: answered.packet, what: "repeat" }
        : FORGED;
    }
    const isProven = cookie.length > 0 && this.#cookies.isGood(cookie, address, from, nowMs);
    if (!isProven && this.#isBusy(nowMs)) {
      const fresh = this.#cookies.make(address, from, nowMs);
      return { kind: "answer", packet: retryPacket(from, fresh), what: "retry" };
    }
    const network = networkOf(remote.host);
    if (!this.#hasRoomFor(network)) return LIMIT;
    // A cookie proves an address, and nothing about what comes with it: that may be made up, and costs as much.
    if (isProven && !this.#proven.take(network, nowMs)) return LIMIT;
    return this.#work(key, from, noise, remote, address);
  }

  /** The initiator has confirmed it, or it is given up: its initiation is not known any more. */
  forget({ key, remote }: HalfOpen): void {
    if (!this.#halfOpen.delete(key)) return;
    this.#count(remote.host, -1);
  }

  #count(host: string, change: 1 | -1): void {
    const network = networkOf(host);
    const count = (this.#perHost.get(network) ?? 0) + change;
    if (count > 0) this.#perHost.set(network, count);
    else this.#perHost.delete(network);
  }

  #isBusy(nowMs: number): boolean {
    return this.#halfOpen.size >= this.#limits.cookiesFrom || !this.#bucket.take(nowMs);
  }

  #hasRoomFor(network: string): boolean {
    const { maxHalfOpen, maxHalfOpenPerHost } = this.#limits;
    return this.#halfOpen.size < maxHalfOpen && (this.#perHost.get(network) ?? 0) < maxHalfOpenPerHost;
  }

  /** The part that costs. */
  #work(key: string, from: Uint8Array, noise: Uint8Array, remote: Address, address: string): Verdict {
    const exchange = this.#credentials.responder();
    const payload = exchange.read(noise);
    const initiator = payload && decodeInitiator(payload);
    if (initiator === undefined || !isSame(initiator.id, from)) return FORGED;
    const refusal = this.#refusal(exchange.peerKey);
    if (refusal !== undefined) {
      const packet = responsePacket(exchange, from, encodeAnswer({ accepted: false, refusal }));
      return packet === undefined ? FORGED : { kind: "answer", packet, what: "refusal" };
    }
    const responder = this.#host.party(address);
    const packet = responsePacket(exchange, from, encodeAnswer({ accepted: true, responder }));
    if (packet === undefined) return FORGED;
    this.#halfOpen.set(key, { noise: noise.slice(), packet });
    this.#count(remote.host, 1);
    const protection = exchange.protection(initiator, responder);
    const { peerKey } = exchange;
    return { kind: "open", packet, halfOpen: { key, remote, initiator, responder, protection, peerKey } };
  }

  #refusal(peerKey: Uint8Array | undefined): refusals | undefined {
    if (!this.#credentials.isAllowed(peerKey)) return refusals.REFUSAL_KEY;
    const refusal = this.#host.refusal();
    if (refusal === undefined) return undefined;
    return refusal === "full" ? refusals.REFUSAL_FULL : refusals.REFUSAL_NOT_LISTENING;
  }
}

const FORGED: Verdict = { kind: "drop", why: "forged" };
const LIMIT: Verdict = { kind: "drop", why: "limit" };

function retryPacket(to: Uint8Array, cookie: Uint8Array): Uint8Array {
  return encodePacket({ kind: PACKET_RETRY, retry: { to, cookie } });
}

function responsePacket(exchange: Exchange, to: Uint8Array, payload: Uint8Array): Uint8Array | undefined {
  const noise = exchange.write(payload);
  return noise && encodePacket({ kind: PACKET_RESPONSE, response: { to, noise } });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
