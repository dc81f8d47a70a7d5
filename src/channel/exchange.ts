/**
 * One handshake's cryptography, the same to the rest for every kind of security: a payload each way, and then what
 * protects the packets. And what an endpoint has of secrets: how it proves itself, and how it takes back channels that a
 * former life of it knew.
 */
import { readUint32, writeUint32 } from "../marshal/index.ts";
import { type Crypto, type KeyAgreement, type Random, X25519_BYTES } from "../world/index.ts";
import { crc32c } from "./crc32c.ts";
import { CHANNEL_TOKEN_BYTES, type party } from "./gen/channel.gen.ts";
import { NoiseHandshake, type NoisePattern } from "./noise.ts";
import { AeadProtection, ChecksumProtection, type Protection } from "./protection.ts";
import { encodeInitiator } from "./wire.ts";

/** What channels of an endpoint are safe from. Both sides must have the same kind. */
export type Security =
  /** Damage by accident: CRC32C. Whoever can send packets can read, forge and drop everything. */
  | { readonly kind: "checksum" }
  /** Everybody who has not this secret of 32 random bytes. */
  | { readonly kind: "shared-key"; readonly key: Uint8Array }
  /**
   * Everybody but the peer: the one who connects names the public key that must answer, and the one who accepts asks
   * `isAllowed` about the proven public key of who connects. An identity belongs to one endpoint at a time.
   */
  | {
      readonly kind: "identity";
      readonly privateKey: Uint8Array;
      readonly isAllowed: (publicKey: Uint8Array) => boolean;
    };

/** One side of one handshake. */
export interface Exchange {
  /** This side's message around `payload`; undefined when the peer's key is one that no honest peer has. */
  write(payload: Uint8Array): Uint8Array | undefined;
  /** The payload of the peer's message; undefined when it is not authentic, which changes nothing. */
  read(message: Uint8Array): Uint8Array | undefined;
  /** The peer's proven public key, after its message. */
  readonly peerKey: Uint8Array | undefined;
  /** What protects the packets, after both messages. */
  protection(initiator: party, responder: party): Protection;
}

/** Both sides must speak of the same protocol. */
const PROLOGUE = new TextEncoder().encode("coterie channel 1");
const RESET_LABEL = new TextEncoder().encode("coterie channel reset");
const NO_BYTES = new Uint8Array(0);
const SHARED_KEY_BYTES = 32;

export class Credentials {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #security: Security;
  readonly #identity: KeyAgreement | undefined;
  readonly #resetKey: Uint8Array;

  /** @throws RangeError for keys of another size. */
  constructor(crypto: Crypto, random: Random, security: Security) {
    this.#crypto = crypto;
    this.#random = random;
    this.#security = security;
    if (security.kind === "identity") this.#identity = crypto.x25519(security.privateKey);
    if (security.kind === "shared-key" && security.key.length !== SHARED_KEY_BYTES) {
      throw new RangeError(`a shared key has ${SHARED_KEY_BYTES} bytes, not ${security.key.length}`);
    }
    this.#resetKey = crypto.hkdfSha256(secretOf(security), NO_BYTES, RESET_LABEL, SHARED_KEY_BYTES);
  }

  /** This endpoint's public key, where it has one. */
  get publicKey(): Uint8Array | undefined {
    return this.#identity?.publicKey;
  }

  /** @throws TypeError when `peerKey` is missing, or given where peers have no keys. */
  initiator(peerKey: Uint8Array | undefined): Exchange {
    if ((peerKey !== undefined) !== (this.#identity !== undefined)) {
      throw new TypeError("connect: peerKey goes with security of the kind identity, and only with it");
    }
    return this.#exchange(true, peerKey);
  }

  responder(): Exchange {
    return this.#exchange(false, undefined);
  }

  isAllowed(peerKey: Uint8Array | undefined): boolean {
    return this.#security.kind !== "identity" || (peerKey !== undefined && this.#security.isAllowed(peerKey));
  }

  /**
   * What proves to the peer at `address` that it is this endpoint, or a later life of it bound to the same `own` address,
   * which no longer knows the channel `id`. Both addresses are in it so that no other endpoint with the same secret, the peer
   * itself among them, can be made to give it away by sending it what was meant for this one. Endpoints that are bound
   * to all addresses of their machines are told apart by their ports alone.
   */
  resetToken(id: Uint8Array, address: string, own: string): Uint8Array {
    const parties = new TextEncoder().encode(`${address} ${own}`);
    return this.#crypto.hmacSha256(this.#resetKey, id, parties).slice(0, CHANNEL_TOKEN_BYTES);
  }

  #exchange(isInitiator: boolean, peerIdentity: Uint8Array | undefined): Exchange {
    const security = this.#security;
    if (security.kind === "checksum") return new ChecksumExchange();
    const pattern: NoisePattern = security.kind === "identity" ? "IK" : "NNpsk0";
    return new NoiseExchange(this.#crypto, {
      pattern,
      isInitiator,
      prologue: PROLOGUE,
      makeEphemeral: () => this.#crypto.x25519(this.#random.bytes(X25519_BYTES)),
      ...(this.#identity && { identity: this.#identity }),
      ...(peerIdentity && { peerIdentity }),
      ...(security.kind === "shared-key" && { sharedKey: security.key }),
    });
  }
}

/** What outlives a restart, for the reset key. Without keys it is no secret: there the id alone is hard to guess. */
function secretOf(security: Security): Uint8Array {
  if (security.kind === "identity") return security.privateKey;
  return security.kind === "shared-key" ? security.key : RESET_LABEL;
}

class NoiseExchange implements Exchange {
  readonly #crypto: Crypto;
  readonly #handshake: NoiseHandshake;

  constructor(crypto: Crypto, options: ConstructorParameters<typeof NoiseHandshake>[1]) {
    this.#crypto = crypto;
    this.#handshake = new NoiseHandshake(crypto, options);
  }

  write(payload: Uint8Array): Uint8Array | undefined {
    return this.#handshake.write(payload);
  }

  read(message: Uint8Array): Uint8Array | undefined {
    return this.#handshake.read(message);
  }

  get peerKey(): Uint8Array | undefined {
    return this.#handshake.peerIdentity;
  }

  protection(): Protection {
    return new AeadProtection(this.#crypto, this.#handshake.split());
  }
}

const CRC_BYTES = 4;

/** Payloads in the clear, with a CRC32C. */
class ChecksumExchange implements Exchange {
  readonly peerKey = undefined;

  write(payload: Uint8Array): Uint8Array {
    const message = new Uint8Array(payload.length + CRC_BYTES);
    message.set(payload);
    writeUint32(message, payload.length, crc32c(payload));
    return message;
  }

  read(message: Uint8Array): Uint8Array | undefined {
    const end = message.length - CRC_BYTES;
    if (end < 0 || crc32c(message, 0, 0, end) !== readUint32(message, end)) return undefined;
    return message.subarray(0, end);
  }

  protection(initiator: party, responder: party): Protection {
    return new ChecksumProtection(crc32c(encodeInitiator(responder), crc32c(encodeInitiator(initiator))));
  }
}
