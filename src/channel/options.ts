/** What an endpoint is told, and what it counts. */
import type { Address } from "../world/index.ts";
import { type Channel, MAX_MESSAGE_BYTES } from "./channel.ts";
import { MIN_WINDOW_BYTES } from "./connection/inbox.ts";
import type { ConnectionLimits } from "./connection/types.ts";
import type { Security } from "./exchange.ts";

/** The bounds of an endpoint, of which each channel's are the first four. */
export interface EndpointLimits {
  /** Bytes of messages that wait in a channel or are not acknowledged before `send` returns 0; one message may pass it. Default 8 MiB. */
  readonly maxPendingBytes: number;
  /** Bytes that a peer may send in a channel beyond what was delivered: its window, at most 64 MiB. Default 4 MiB. */
  readonly receiveWindowBytes: number;
  /** Silence of a peer that owes an answer, after which its channel is closed. Default 30,000. */
  readonly timeoutMs: number;
  /**
   * Silence after which a channel asks whether its peer is still there; 0 never asks. The side that accepted it waits a quarter
   * longer, so that one question serves both. Default 15,000.
   */
  readonly keepaliveMs: number;
  /** Channels that are open, or being opened from here or by peers. Default 262,144. */
  readonly maxChannels: number;
  /** Channels that `connect` is opening. Default 1024. */
  readonly maxOpenings: number;
  /** Channels that peers are opening: half-open ones. Default 1024. */
  readonly maxHalfOpen: number;
  /**
   * One host's share, or that of one /64 of IPv6: of half-open channels, and, once it has had to prove its address, of
   * initiations that are worked on in a second. Default 256.
   */
  readonly maxHalfOpenPerHost: number;
  /** Half-open channels from which on peers must prove their addresses first. Default 64. */
  readonly cookiesFrom: number;
  /** Peers that may open a channel in a second without proving their addresses first. Default 500. */
  readonly initiationsPerSecond: number;
  /** Answers in a second to packets of channels that are not known here. Default 500. */
  readonly resetsPerSecond: number;
  /** For how long a half-open channel waits for its initiator. Default 10,000. */
  readonly halfOpenMs: number;
}

/** The bounds of an endpoint for which nothing else is said. */
export const defaultEndpointLimits: EndpointLimits = {
  maxPendingBytes: 8 * 1024 * 1024,
  receiveWindowBytes: 4 * 1024 * 1024,
  timeoutMs: 30_000,
  keepaliveMs: 15_000,
  maxChannels: 262_144,
  maxOpenings: 1024,
  maxHalfOpen: 1024,
  maxHalfOpenPerHost: 256,
  cookiesFrom: 64,
  initiationsPerSecond: 500,
  resetsPerSecond: 500,
  halfOpenMs: 10_000,
};

/** The limits with their defaults. @throws RangeError for one that is out of its bounds. */
export function endpointLimits(asked: Partial<EndpointLimits> = {}): EndpointLimits {
  const limits = { ...defaultEndpointLimits, ...asked };
  for (const [name, value] of Object.entries(limits)) {
    if (value > 0 || (value === 0 && name === "keepaliveMs")) continue;
    throw new RangeError(`${name}: ${value} is not a number above 0`);
  }
  const { receiveWindowBytes } = limits;
  if (receiveWindowBytes < MIN_WINDOW_BYTES || receiveWindowBytes > MAX_MESSAGE_BYTES) {
    throw new RangeError(`receiveWindowBytes: ${receiveWindowBytes} is not of ${MIN_WINDOW_BYTES} to 64 MiB`);
  }
  return limits;
}

/** How much longer the side that accepted a channel waits before it asks: that both ask would cost twice as much and tell no more. */
const ACCEPTING_KEEPALIVE_SHARE = 1.25;

/** What there is to know of a connection before it begins. */
export interface ConnectionCircumstances {
  readonly isInitiator: boolean;
  /** Sizes of packets, and what the endpoint itself has of each. */
  readonly minPacketBytes: number;
  readonly maxPacketBytes: number;
  readonly maxFlightBytes: number;
  readonly overheadBytes: number;
  readonly roundTripMs: number | undefined;
}

/** What one connection of an endpoint may do. */
export function connectionLimits(limits: EndpointLimits, of: ConnectionCircumstances): ConnectionLimits {
  const { maxPendingBytes, receiveWindowBytes, timeoutMs, keepaliveMs } = limits;
  return {
    ...{ maxPendingBytes, receiveWindowBytes, timeoutMs },
    keepaliveMs: of.isInitiator ? keepaliveMs : keepaliveMs * ACCEPTING_KEEPALIVE_SHARE,
    minPayloadBytes: of.minPacketBytes - of.overheadBytes,
    maxPayloadBytes: of.maxPacketBytes - of.overheadBytes,
    maxFlightBytes: of.maxFlightBytes,
    ...(of.roundTripMs !== undefined && { roundTripMs: of.roundTripMs }),
  };
}

/** Where an endpoint listens, how packets are protected, and who may open channels to it. */
export interface EndpointOptions {
  /** The local address; port 0 lets the system choose. On a machine with several addresses, name one: answers come from it. */
  readonly bind: Address;
  /** Default: a checksum. */
  readonly security?: Security;
  /**
   * Called for each channel that a peer has opened; sets its handlers before it returns. Without it peers are refused.
   */
  readonly onChannel?: (channel: Channel) => void;
  readonly limits?: Partial<EndpointLimits>;
}

/** Made by `openEndpoint`. */
export interface Endpoint {
  readonly local: Address;
  /** Drawn when it was opened: another life of this program has another one. */
  readonly incarnation: bigint;
  /** With security of the kind identity: the key that peers name when they connect. */
  readonly publicKey: Uint8Array | undefined;
  /**
   * Opens a channel to the endpoint at `to`. Set the channel's handlers in the turn in which the promise resolves. When both
   * sides connect to each other there are two channels.
   * @throws CoterieError CHANNEL_TIMEOUT, CHANNEL_REFUSED, CHANNEL_VIOLATION, CHANNEL_LIMIT, CHANNEL_ENDPOINT_CLOSED,
   *   NET_NAME_UNKNOWN, NET_UNREACHABLE.
   * @throws TypeError when `peerKey` is missing, or given where peers have no keys.
   * @throws RangeError for a `peerKey` that is not of 32 bytes, or a `timeoutMs` that is not above 0.
   */
  connect(to: Address, options?: OpenChannelOptions): Promise<Channel>;
  stats(): EndpointStats;
  /** Drops all channels, tells their peers, and closes the socket. End channels first to lose nothing. */
  close(): Promise<void>;
}

/** Whom to expect at the other end, and how long to wait. */
export interface OpenChannelOptions {
  /** With security of the kind identity: the public key that must answer. */
  readonly peerKey?: Uint8Array | undefined;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What happened since the endpoint was opened, and what is there now. */
export interface EndpointStats {
  /** Now: channels that are open, ones that are being opened from here, and ones that peers are opening. */
  readonly channels: number;
  readonly openings: number;
  readonly halfOpen: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Packets that the socket did not take. */
  readonly packetsDropped: number;
  /** Packets that were none of ours, or malformed. */
  readonly packetsForeign: number;
  /** Packets that were altered or forged: of channels, and of handshakes. */
  readonly packetsForged: number;
  /** Packets that had been received before. */
  readonly packetsReplayed: number;
  /** Packets of channels that are not known here, or came from another address than their peer's. */
  readonly packetsStray: number;
  readonly resetsSent: number;
  readonly retriesSent: number;
  readonly refusalsSent: number;
  /** Initiations that were dropped at a bound. */
  readonly initiationsDropped: number;
}

/** `EndpointStats` being counted. */
export class EndpointCounts {
  packetsSent = 0;
  packetsReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  packetsDropped = 0;
  packetsForeign = 0;
  packetsForged = 0;
  packetsReplayed = 0;
  packetsStray = 0;
  resetsSent = 0;
  retriesSent = 0;
  refusalsSent = 0;
  initiationsDropped = 0;
}
