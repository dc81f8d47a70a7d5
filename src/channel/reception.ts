/**
 * What comes in at an endpoint: each packet goes to the session or the handshake whose id it names. Data packets come first, as they are
 * most of all; of the others each is decoded, and answered at most by one packet that is no larger.
 */
import { readUint32 } from "../marshal/index.ts";
import { type Address, formatAddress } from "../world/index.ts";
import type { Accepting, HalfOpen } from "./accepting.ts";
import type { Connecting } from "./connecting.ts";
import type { Credentials } from "./exchange.ts";
import type { initiation } from "./gen/channel.gen.ts";
import type { EndpointCounts, EndpointLimits } from "./options.ts";
import { isSameAddress } from "./path.ts";
import type { Session, SessionParties } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import { TokenBucket } from "./token-bucket.ts";
import {
  DATA_HEAD_BYTES,
  decodePacket,
  encodePacket,
  idHighOf,
  idLowOf,
  idOf,
  MIN_PACKET_BYTES,
  PACKET_DATA,
  PACKET_INITIATION,
  PACKET_RESET,
  PACKET_RESPONSE,
  PACKET_RETRY,
  RESET_BYTES,
} from "./wire.ts";

/** What a reception has of its endpoint. */
export interface ReceptionHost {
  readonly counts: EndpointCounts;
  readonly local: Address;
  nowMs(): number;
  post(packet: Uint8Array, to: Address): void;
  /** A session for a channel that a peer opens, which is given up after `patienceMs`. */
  open(parties: SessionParties, patienceMs: number): Session;
  enqueue(session: Session): void;
  /** Nothing refers to the packet any more. */
  release(packet: Uint8Array): void;
}

/** Who answers handshakes, and who knows the sessions. */
export interface ReceptionParts {
  readonly sessions: SessionTable;
  readonly accepting: Accepting;
  readonly connecting: Connecting;
  readonly credentials: Credentials;
}

export class Reception {
  readonly #host: ReceptionHost;
  readonly #sessions: SessionTable;
  readonly #accepting: Accepting;
  readonly #connecting: Connecting;
  readonly #credentials: Credentials;
  readonly #limits: EndpointLimits;
  readonly #resets: TokenBucket;
  readonly #halfOpen = new Map<Session, HalfOpen>();

  constructor(host: ReceptionHost, parts: ReceptionParts, limits: EndpointLimits) {
    this.#host = host;
    this.#sessions = parts.sessions;
    this.#accepting = parts.accepting;
    this.#connecting = parts.connecting;
    this.#credentials = parts.credentials;
    this.#limits = limits;
    this.#resets = new TokenBucket(limits.resetsPerSecond);
  }

  /** Channels that peers have begun to open. */
  get halfOpen(): number {
    return this.#halfOpen.size;
  }

  /** The session is open, or over: it is half-open no more, if it was. */
  settled(session: Session): void {
    const halfOpen = this.#halfOpen.get(session);
    if (halfOpen === undefined) return;
    this.#accepting.forget(halfOpen);
    this.#halfOpen.delete(session);
  }

  receive(data: Uint8Array, from: Address): void {
    if (data.length >= DATA_HEAD_BYTES && readUint32(data, 0) === PACKET_DATA) this.#receiveData(data, from);
    else if (!this.#receiveOther(data, from)) this.#host.counts.packetsForeign++;
  }

  #receiveData(data: Uint8Array, from: Address): void {
    const session = this.#sessions.find(idHighOf(data), idLowOf(data));
    if (session === undefined) this.#answerUnknown(data, from);
    // A channel stays at its addresses: the chapter says why.
    else if (isSameAddress(session.remote, from)) session.receive(data, this.#host.nowMs());
    else this.#host.counts.packetsStray++;
    // Messages are copies, and what waits is in a ring.
    this.#host.release(data);
  }

  /** False for what is no packet of ours. */
  #receiveOther(data: Uint8Array, from: Address): boolean {
    const { counts } = this.#host;
    const packet = data.length < MIN_PACKET_BYTES ? undefined : decodePacket(data);
    switch (packet?.kind) {
      case PACKET_INITIATION:
        this.#receiveInitiation(packet.initiation, from);
        return true;
      case PACKET_RESPONSE: {
        const { to, noise } = packet.response;
        if (!this.#connecting.response(to, noise, from, this.#host.nowMs())) counts.packetsStray++;
        return true;
      }
      case PACKET_RETRY: {
        const { to, cookie } = packet.retry;
        if (!this.#connecting.retry(to, cookie, from, this.#host.nowMs())) counts.packetsStray++;
        return true;
      }
      case PACKET_RESET:
        this.#receiveReset(packet.reset.token, from);
        return true;
      default:
        return false;
    }
  }

  #receiveInitiation(initiation: initiation, remote: Address): void {
    const { counts } = this.#host;
    const verdict = this.#accepting.receive(initiation, remote, this.#host.nowMs());
    if (verdict.kind === "drop") {
      if (verdict.why === "forged") counts.packetsForged++;
      else counts.initiationsDropped++;
      return;
    }
    if (verdict.kind === "open") this.#openHalf(verdict.halfOpen);
    else if (verdict.what === "retry") counts.retriesSent++;
    else if (verdict.what === "refusal") counts.refusalsSent++;
    this.#host.post(verdict.packet, remote);
  }

  #openHalf(halfOpen: HalfOpen): void {
    const { local } = this.#host;
    const { responder: self, initiator: peer, remote, peerKey, protection } = halfOpen;
    const parties = { isInitiator: false, self, peer, remote, local, peerKey, protection };
    const session = this.#host.open(parties, this.#limits.halfOpenMs);
    this.#halfOpen.set(session, halfOpen);
    this.#host.enqueue(session);
  }

  /** A packet of a channel that is over, or of another life of this endpoint: its sender should know. */
  #answerUnknown(data: Uint8Array, from: Address): void {
    const { counts, local } = this.#host;
    counts.packetsStray++;
    // An answer that is no smaller than its question could go back and forth for ever.
    if (data.length <= RESET_BYTES || !this.#resets.take(this.#host.nowMs())) return;
    const token = this.#credentials.resetToken(idOf(data), formatAddress(from), formatAddress(local));
    counts.resetsSent++;
    this.#host.post(encodePacket({ kind: PACKET_RESET, reset: { token } }), from);
  }

  #receiveReset(token: Uint8Array, from: Address): void {
    const session = this.#sessions.findByToken(token);
    if (session !== undefined && isSameAddress(session.remote, from)) session.reset();
    else this.#host.counts.packetsStray++;
  }
}
