/**
 * Cryptography as protocol code sees it: pure, synchronous functions. Nothing here draws a random number: keys come from
 * `World.random`, so that a simulated run repeats itself to the last bit of every ciphertext.
 *
 * One suite, and no choice to get wrong: SHA-256, HMAC and HKDF over it, X25519, Ed25519, AES-256-GCM.
 */

/** Bytes of an X25519 private key, public key and shared secret. */
export const X25519_BYTES = 32;
/** Bytes of a private key of Ed25519, and of a public one. */
export const ED25519_BYTES = 32;

/** Bytes of a signature (RFC 8032). */
export const ED25519_SIGNATURE_BYTES = 64;
/** Bytes of a key of the AEAD, of its nonce, and of the tag by which a sealed text is longer than the plain one. */
export const AEAD_KEY_BYTES = 32;

/** Bytes of the nonce of AES-256-GCM. */
export const AEAD_NONCE_BYTES = 12;

/** Bytes that sealing adds: the tag of AES-256-GCM. */
export const AEAD_TAG_BYTES = 16;
/** Bytes of a digest of SHA-256. */
export const SHA256_BYTES = 32;

/** A private key of X25519 (RFC 7748), ready to be used many times. */
export interface KeyAgreement {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret with the holder of `peerKey`, 32 bytes; undefined when it would be zero whatever the private key
   * is (RFC 7748 section 6.1): then `peerKey` is no honest one. @throws RangeError unless `peerKey` has 32 bytes.
   */
  agree(peerKey: Uint8Array): Uint8Array | undefined;
}

/** A private key of Ed25519 (RFC 8032), ready to sign many times. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes, the same for the same message: no random number is drawn. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * AES-256-GCM (NIST SP 800-38D) under one key. A nonce must never be used for two texts under one key: that reveals both,
 * and lets anybody forge.
 */
export interface Aead {
  /** Writes the sealed text, `plain.length + AEAD_TAG_BYTES` bytes, into `out` from `at` on; `associated` is vouched for and not hidden. */
  seal(nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array, out: Uint8Array, at: number): void;
  /** The plain text, in bytes that belong to the caller; undefined when anything was altered. */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

/**
 * Hashes, message authentication, key agreement, signatures and authenticated encryption, all synchronous and
 * without chance.
 */
export interface Crypto {
  /** FIPS 180-4; of all parts, one after the other. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** RFC 2104; of all parts, one after the other. */
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** HKDF of RFC 5869 with SHA-256: at most 255 × 32 bytes. An empty salt is one of zeros. */
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** @throws RangeError unless `privateKey` has 32 bytes. */
  x25519(privateKey: Uint8Array): KeyAgreement;
  /** @throws RangeError unless `privateKey` has 32 bytes. */
  ed25519(privateKey: Uint8Array): SigningKey;
  /** Whether the holder of `publicKey` signed so. @throws RangeError unless `publicKey` has 32 bytes. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** @throws RangeError unless `key` has 32 bytes. */
  aead(key: Uint8Array): Aead;
  /** Whether both hold the same bytes, in a time that depends on their lengths alone. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
