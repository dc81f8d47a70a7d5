/** What a mesh is told. */
import {
  type Address,
  CoterieError,
  type Credentials,
  formatAddress,
  type Stream,
} from "../../world/index.ts";
import type { Security } from "../exchange.ts";
import type { EndpointLimits } from "../options.ts";
import { isLoopback } from "../path.ts";
import { FRAME_HEAD_BYTES } from "./frame.ts";
import { MAX_MESH_MESSAGE_BYTES, MAX_PEER_NAME_BYTES } from "./types.ts";

/** Bounds of a mesh. */
export interface MeshLimits {
  /** Bytes of messages that wait for a peer before `send` refuses. Default 16 MiB. */
  readonly maxQueuedBytes: number;
  /** Waiting bytes from which on `onDrain` tells when all have left. Default 256 KiB. */
  readonly drainMarkBytes: number;
  /** Peers that were added, that are linked, or both. Default 1024. */
  readonly maxPeers: number;
  /** Ports of this process, and those that one peer may open. Default 65,536. */
  readonly maxPorts: number;
  /** Connections whose other side has not yet said who it is, and contacts under way. Default 256. */
  readonly maxHandshakes: number;
  /** For how long a connection, and then a handshake, is waited for. Default 5000. */
  readonly handshakeMs: number;
  /** A link on which nothing came for so long asks; 0 never does. Default 5000. */
  readonly pingMs: number;
  /** So many pings without a byte in return, and the link is given up. Default 3. */
  readonly maxLostPings: number;
  /** The delays between attempts to reach a peer: doubled from the first to the last, each shortened at random by up to half. Default 50 and 5000. */
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
}

/** The bounds of a mesh for which nothing else is said. */
export const defaultMeshLimits: MeshLimits = {
  maxQueuedBytes: 16 * 1024 * 1024,
  drainMarkBytes: 256 * 1024,
  maxPeers: 1024,
  maxPorts: 65_536,
  maxHandshakes: 256,
  handshakeMs: 5000,
  pingMs: 5000,
  maxLostPings: 3,
  firstBackOffMs: 50,
  maxBackOffMs: 5000,
};

/** One TCP stream for each pair of peers. */
export interface TcpCarrierOptions {
  readonly kind: "tcp";
  /**
   * What all processes of the mesh know and nobody else, at least 16 bytes: each side proves to the other that it knows it, when a link is
   * made. It hides nothing, and whoever can change packets on their way can take over a link: against those use channels.
   */
  readonly secret?: Uint8Array;
  /** Nobody else can reach this network: a mesh without a secret may listen on it. Default false. */
  readonly isTrustedNetwork?: boolean;
}

/** One channel over UDP for each pair of peers: encrypted with keys, and each peer proven by its own. */
export interface ChannelCarrierOptions {
  readonly kind: "channels";
  /** As an endpoint's. */
  readonly security: Security;
  /** With security of the kind identity: the public key of a peer by its name, undefined for a name that is none's. */
  readonly keyOf?: (name: string) => Uint8Array | undefined;
  /** Nobody else can reach this network: a mesh without keys may listen on it. Default false. */
  readonly isTrustedNetwork?: boolean;
  readonly limits?: Partial<EndpointLimits>;
}

/** One stream of TLS 1.3 for each pair of peers, each proven by a certificate of the cell's authority. */
export interface TlsCarrierOptions {
  readonly kind: "tls";
  /** The process's own name is that of its certificate. Asked at each connection: certificates may be renewed meanwhile. */
  readonly credentials: Credentials;
  /** Takes streams of those who have no certificate and want no link, but to join the cell; they are refused where it is missing. */
  readonly onStranger?: (stream: Stream) => void;
}

/** What carries the links of a mesh. */
export type CarrierOptions = TcpCarrierOptions | ChannelCarrierOptions | TlsCarrierOptions;

/**
 * What several peers are sent leaves once, by IP multicast; what of it is lost is repaired over their links. Sealed with a key that the
 * links carry: see the README for who knows it.
 */
export interface MulticastOptions {
  /** The same at all processes of the mesh, and not another mesh's: an address such as 239.255.20.1. */
  readonly group: string;
  readonly port: number;
  /** Routers that may be passed, and one. Default 1: none. */
  readonly hops?: number;
  /** Beyond it messages go over the links. Default 64 MiB. */
  readonly maxBytesPerSecond?: number;
}

/** Who this process is in a mesh, where it listens, and what carries its links. */
export interface MeshOptions {
  /** This process's name, of 1 to 255 bytes. No two processes of a mesh have the same. */
  readonly name: string;
  /** Where it listens; port 0 lets the system choose. */
  readonly bind: Address;
  /** Where peers reach it, if that is not where it listens. */
  readonly advertise?: Address;
  /** Default: TCP. */
  readonly carrier?: CarrierOptions;
  /** Default: none. */
  readonly multicast?: MulticastOptions;
  readonly limits?: Partial<MeshLimits>;
}

const MIN_SECRET_BYTES = 16;

const utf8 = new TextEncoder();

/** @throws RangeError unless the name has 1 to 255 bytes and is UTF-8. */
export function checkName(what: string, name: string): void {
  const { length } = utf8.encode(name);
  const isText = name.length === length || !/\p{Surrogate}/u.test(name);
  if (length >= 1 && length <= MAX_PEER_NAME_BYTES && isText) return;
  throw new RangeError(`${what}: a name has 1 to ${MAX_PEER_NAME_BYTES} bytes of UTF-8, not ${length}`);
}

/** The limits with their defaults. @throws RangeError for one that is out of its bounds. */
export function meshLimits(asked: Partial<MeshLimits> = {}): MeshLimits {
  const limits = { ...defaultMeshLimits, ...asked };
  for (const [name, value] of Object.entries(limits)) {
    if (value > 0 || (value === 0 && name === "pingMs")) continue;
    throw new RangeError(`${name}: ${value} is not a number above 0`);
  }
  const least = MAX_MESH_MESSAGE_BYTES + FRAME_HEAD_BYTES;
  if (limits.maxQueuedBytes < least) {
    throw new RangeError(`maxQueuedBytes: ${limits.maxQueuedBytes} is not of ${least} or more`);
  }
  if (limits.drainMarkBytes > limits.maxQueuedBytes) {
    throw new RangeError(`drainMarkBytes: ${limits.drainMarkBytes} is over maxQueuedBytes`);
  }
  return limits;
}

/** @throws RangeError for a group's port, hops or bytes that are out of their bounds. */
export function checkMulticast(options: MulticastOptions | undefined): void {
  if (options === undefined) return;
  const { group, port, hops = 1, maxBytesPerSecond = 1 } = options;
  const first = Number.parseInt(group, 10);
  if (!(first >= 224 && first <= 239) && !/^ff[0-9a-f]{2}:/i.test(group))
    throw new RangeError(`multicast: ${group} is no address of a group`);
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw new RangeError(`multicast: ${port} is no port of 1 to 65,535`);
  if (!(Number.isInteger(hops) && hops >= 1 && hops <= 255))
    throw new RangeError(`multicast: ${hops} are no hops of 1 to 255`);
  if (!(maxBytesPerSecond > 0))
    throw new RangeError(`maxBytesPerSecond: ${maxBytesPerSecond} is not above 0`);
}

/** @throws CoterieError MESH_UNPROTECTED. @throws RangeError for a secret that is too short, TypeError for keys without names. */
export function checkProtection(bind: Address, carrier: CarrierOptions): void {
  if (isProven(carrier) || isLoopback(bind.host)) return;
  if (carrier.kind !== "tls" && carrier.isTrustedNetwork) return;
  const where = formatAddress(bind);
  throw new CoterieError(
    "MESH_UNPROTECTED",
    `cannot listen on ${where} without a secret or keys: other machines could speak for any process`,
    { details: { ...bind } },
  );
}

/** Whether peers prove that they are of the mesh. */
function isProven(carrier: CarrierOptions): boolean {
  if (carrier.kind === "tls") return true;
  if (carrier.kind === "channels") {
    if (carrier.security.kind === "identity" && carrier.keyOf === undefined) {
      throw new TypeError("keyOf: security of the kind identity needs to know whose a key is");
    }
    return carrier.security.kind !== "checksum";
  }
  const { secret } = carrier;
  if (secret !== undefined && secret.length < MIN_SECRET_BYTES) {
    throw new RangeError(`secret: ${secret.length} bytes are under ${MIN_SECRET_BYTES}`);
  }
  return secret !== undefined;
}
