/**
 * `Crypto` over a platform's primitives in the shape of Node's `crypto` module, which both worlds hand in: only they may
 * import it. A public key of X25519 enters as a JWK (RFC 8037), which the platform parses five times as fast as DER. A private one
 * cannot, because its JWK has to hold the public key that is yet to be known.
 */
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  type Crypto,
  type KeyAgreement,
  SHA256_BYTES,
  X25519_BYTES,
} from "./crypto.ts";
import { jwk, privateKeyPem } from "./key-formats.ts";
import { PlatformSigningKey, PlatformVerifier, type SigningPlatform } from "./platform-signing.ts";

interface Hashing {
  update(data: Uint8Array): Hashing;
  digest(): Uint8Array;
}

interface SealingCipher {
  setAAD(data: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}

interface OpeningCipher {
  setAAD(data: Uint8Array): unknown;
  setAuthTag(tag: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** What is used of Node's `crypto`. `Key` is its KeyObject. */
export interface CryptoPlatform<Key> extends SigningPlatform<Key> {
  createHash(algorithm: "sha256"): Hashing;
  createHmac(algorithm: "sha256", key: Uint8Array): Hashing;
  createCipheriv(algorithm: "aes-256-gcm", key: Uint8Array, nonce: Uint8Array): SealingCipher;
  createDecipheriv(
    algorithm: "aes-256-gcm",
    key: Uint8Array,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): OpeningCipher;
  diffieHellman(keys: { privateKey: NoInfer<Key>; publicKey: NoInfer<Key> }): Uint8Array;
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

/** The u-coordinate of the base point: what a private key agrees upon with it is its public key. */
const BASE_POINT = Uint8Array.from({ length: X25519_BYTES }, (_, at) => (at === 0 ? 9 : 0));
const NO_SALT = new Uint8Array(SHA256_BYTES);
const MAX_HKDF_BYTES = 255 * SHA256_BYTES;

/** The `Crypto` of a platform that has the functions of `node:crypto`. */
export function createCrypto<Key>(platform: CryptoPlatform<Key>): Crypto {
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]) =>
    finish(platform.createHmac("sha256", key), parts);
  const verifier = new PlatformVerifier(platform);
  return {
    sha256: (...parts) => finish(platform.createHash("sha256"), parts),
    hmacSha256: hmac,
    hkdfSha256: (secret, salt, info, length) => expand(hmac, secret, salt, info, length),
    x25519: (privateKey) => new PlatformKeyAgreement(platform, privateKey),
    ed25519: (privateKey) => new PlatformSigningKey(platform, privateKey),
    verifyEd25519: (publicKey, message, signature) => verifier.verify(publicKey, message, signature),
    aead: (key) => new PlatformAead(platform, key),
    equal: (a, b) => a.length === b.length && platform.timingSafeEqual(a, b),
  };
}

function finish(hashing: Hashing, parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) hashing.update(part);
  return plainBytes(hashing.digest());
}

/** The platform's arrays have methods of their own: a `slice` that does not copy, and another look in JSON. */
function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** RFC 5869 sections 2.2 and 2.3. The platform's own does the same in ten times the time, as it makes a job of it. */
function expand(
  hmac: Crypto["hmacSha256"],
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > MAX_HKDF_BYTES) {
    throw new RangeError(`HKDF of ${length} bytes: it gives 0 to ${MAX_HKDF_BYTES}`);
  }
  const extracted = hmac(salt.length === 0 ? NO_SALT : salt, secret);
  const result = new Uint8Array(length);
  const counter = new Uint8Array(1);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < length; at += SHA256_BYTES) {
    counter[0] = at / SHA256_BYTES + 1;
    block = hmac(extracted, block, info, counter);
    result.set(block.subarray(0, length - at), at);
  }
  return result;
}

class PlatformKeyAgreement<Key> implements KeyAgreement {
  readonly publicKey: Uint8Array;
  readonly #platform: CryptoPlatform<Key>;
  readonly #key: Key;

  constructor(platform: CryptoPlatform<Key>, privateKey: Uint8Array) {
    checkLength("private key of X25519", privateKey, X25519_BYTES);
    this.#platform = platform;
    this.#key = platform.createPrivateKey({ key: privateKeyPem("X25519", privateKey), format: "pem" });
    this.publicKey = this.#agree(BASE_POINT);
  }

  agree(peerKey: Uint8Array): Uint8Array | undefined {
    checkLength("public key of X25519", peerKey, X25519_BYTES);
    try {
      return this.#agree(peerKey);
    } catch {
      // The platform refuses a secret of zeros, and there is nothing else that it can refuse.
      return undefined;
    }
  }

  #agree(peerKey: Uint8Array): Uint8Array {
    const publicKey = this.#platform.createPublicKey({ key: jwk("X25519", peerKey), format: "jwk" });
    return new Uint8Array(this.#platform.diffieHellman({ privateKey: this.#key, publicKey }));
  }
}

class PlatformAead<Key> implements Aead {
  readonly #platform: CryptoPlatform<Key>;
  readonly #key: Uint8Array;

  constructor(platform: CryptoPlatform<Key>, key: Uint8Array) {
    checkLength("key of AES-256-GCM", key, AEAD_KEY_BYTES);
    this.#platform = platform;
    this.#key = new Uint8Array(key);
  }

  seal(nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array, out: Uint8Array, at: number): void {
    checkLength("nonce of AES-256-GCM", nonce, AEAD_NONCE_BYTES);
    const cipher = this.#platform.createCipheriv("aes-256-gcm", this.#key, nonce);
    cipher.setAAD(associated);
    out.set(cipher.update(plain), at);
    cipher.final();
    out.set(cipher.getAuthTag(), at + plain.length);
  }

  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    checkLength("nonce of AES-256-GCM", nonce, AEAD_NONCE_BYTES);
    const length = sealed.length - AEAD_TAG_BYTES;
    if (length < 0) return undefined;
    const cipher = this.#platform.createDecipheriv("aes-256-gcm", this.#key, nonce, TAG_OPTIONS);
    cipher.setAAD(associated);
    cipher.setAuthTag(sealed.subarray(length));
    const plain = cipher.update(sealed.subarray(0, length));
    try {
      cipher.final();
    } catch {
      return undefined;
    }
    return plainBytes(plain);
  }
}

const TAG_OPTIONS = { authTagLength: AEAD_TAG_BYTES };

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${what}: ${bytes.length} bytes instead of ${length}`);
}
