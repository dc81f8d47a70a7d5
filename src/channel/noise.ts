/**
 * The Noise Protocol Framework (Trevor Perrin, revision 34) for the two handshakes that channels use, with X25519,
 * AES-256-GCM and SHA-256:
 *
 *   IK      the initiator knows the responder's public key and shows its own, encrypted, in its first message
 *   NNpsk0  both know a secret of 32 bytes
 *
 * A handshake is a list of tokens for each message. Writing and reading walk the same list and mix the same things into
 * the same state, so that both sides end with the same keys, or one of them stops at the first tag that is wrong.
 */
import { writeHyper } from "../marshal/index.ts";
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  assert,
  type Crypto,
  type KeyAgreement,
  SHA256_BYTES,
  X25519_BYTES,
} from "../world/index.ts";

export type NoisePattern = "IK" | "NNpsk0";

type Token = "e" | "s" | "ee" | "es" | "se" | "ss" | "psk";

interface Messages {
  /** Whether the initiator knows the responder's static key beforehand: the pre-message "<- s". */
  readonly knowsResponder: boolean;
  readonly tokens: readonly (readonly Token[])[];
}

/** Sections 7.5 and 9.4. */
const PATTERNS: Readonly<Record<NoisePattern, Messages>> = {
  IK: {
    knowsResponder: true,
    tokens: [
      ["e", "es", "s", "ss"],
      ["e", "ee", "se"],
    ],
  },
  NNpsk0: {
    knowsResponder: false,
    tokens: [
      ["psk", "e"],
      ["e", "ee"],
    ],
  },
};

const EMPTY = new Uint8Array(0);

export interface NoiseOptions {
  readonly pattern: NoisePattern;
  readonly isInitiator: boolean;
  /** What both must agree upon beside the keys. */
  readonly prologue: Uint8Array;
  /** Makes a key of this handshake's own, from fresh random bytes; called once, when it is first needed. */
  readonly makeEphemeral: () => KeyAgreement;
  /** IK: this side's own key. */
  readonly identity?: KeyAgreement;
  /** IK, initiator: the responder's public key. */
  readonly peerIdentity?: Uint8Array;
  /** NNpsk0: 32 bytes. */
  readonly sharedKey?: Uint8Array;
}

/** The keys of the two directions, 32 bytes each. */
export interface NoiseKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

export class NoiseHandshake {
  readonly #options: NoiseOptions;
  readonly #messages: Messages;
  #state: SymmetricState;
  #next = 0;
  #ephemeral: KeyAgreement | undefined;
  #peerEphemeral: Uint8Array | undefined;
  #peerIdentity: Uint8Array | undefined;

  /** @throws RangeError for keys of another size. */
  constructor(crypto: Crypto, options: NoiseOptions) {
    this.#options = options;
    this.#messages = PATTERNS[options.pattern];
    this.#peerIdentity = options.peerIdentity;
    this.#state = new SymmetricState(crypto, `Noise_${options.pattern}_25519_AESGCM_SHA256`);
    this.#state.mixHash(options.prologue);
    if (this.#messages.knowsResponder) this.#state.mixHash(this.#responderIdentity());
  }

  /** The peer's public key, once its message has brought it and was authentic. */
  get peerIdentity(): Uint8Array | undefined {
    return this.#peerIdentity;
  }

  /** The next message, around `payload`; undefined when the peer's key is one that no honest peer has. */
  write(payload: Uint8Array): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    for (const token of this.#take()) {
      if (token === "e") {
        const { publicKey } = this.#ownEphemeral();
        parts.push(publicKey);
        this.#mixEphemeral(publicKey);
      } else if (token === "s") {
        parts.push(this.#state.encryptAndHash(this.#identity().publicKey));
      } else if (!this.#mix(token)) return undefined;
    }
    parts.push(this.#state.encryptAndHash(payload));
    return concatenated(parts);
  }

  /**
   * The payload of the peer's next message; undefined when it is not authentic, and then the state is as before, so that a
   * forged message spoils nothing.
   */
  read(message: Uint8Array): Uint8Array | undefined {
    const [state, peerIdentity] = [this.#state.clone(), this.#peerIdentity];
    const payload = this.#read(message);
    if (payload === undefined) {
      this.#state = state;
      this.#peerIdentity = peerIdentity;
      this.#next--;
    }
    return payload;
  }

  #read(message: Uint8Array): Uint8Array | undefined {
    let at = 0;
    for (const token of this.#take()) {
      if (token === "e") {
        if (message.length - at < X25519_BYTES) return undefined;
        this.#peerEphemeral = message.slice(at, at + X25519_BYTES);
        this.#mixEphemeral(this.#peerEphemeral);
        at += X25519_BYTES;
      } else if (token === "s") {
        const end = at + X25519_BYTES + AEAD_TAG_BYTES;
        const key = message.length < end ? undefined : this.#state.decryptAndHash(message.subarray(at, end));
        if (key === undefined) return undefined;
        this.#peerIdentity = new Uint8Array(key);
        at = end;
      } else if (!this.#mix(token)) return undefined;
    }
    return this.#state.decryptAndHash(message.subarray(at));
  }

  /** The keys, after the last message. */
  split(): NoiseKeys {
    assert(this.#next === this.#messages.tokens.length, "a handshake gives keys when it is complete");
    const [first, second] = this.#state.split();
    return this.#options.isInitiator ? { send: first, receive: second } : { send: second, receive: first };
  }

  #take(): readonly Token[] {
    const tokens = this.#messages.tokens[this.#next++];
    assert(tokens !== undefined, "a handshake has two messages");
    return tokens;
  }

  /** With a pre-shared key an ephemeral one is mixed into the key as well (section 9.2). */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#state.mixHash(publicKey);
    if (this.#options.sharedKey !== undefined) this.#state.mixKey(publicKey);
  }

  /** False for a key with which everybody agrees upon zero. */
  #mix(token: Exclude<Token, "e" | "s">): boolean {
    if (token === "psk") {
      assert(this.#options.sharedKey !== undefined, "a handshake with a shared key has one");
      this.#state.mixKeyAndHash(this.#options.sharedKey);
      return true;
    }
    // The token names the initiator's key first.
    const own = token[this.#options.isInitiator ? 0 : 1];
    const peers = token[this.#options.isInitiator ? 1 : 0];
    const agreement = own === "e" ? this.#ownEphemeral() : this.#identity();
    const peerKey = peers === "e" ? this.#peerEphemeral : this.#peerIdentity;
    assert(peerKey !== undefined, "a handshake mixes keys that it knows");
    const secret = agreement.agree(peerKey);
    if (secret === undefined) return false;
    this.#state.mixKey(secret);
    return true;
  }

  #ownEphemeral(): KeyAgreement {
    this.#ephemeral ??= this.#options.makeEphemeral();
    return this.#ephemeral;
  }

  #identity(): KeyAgreement {
    assert(this.#options.identity !== undefined, "a handshake with identities has one");
    return this.#options.identity;
  }

  #responderIdentity(): Uint8Array {
    if (!this.#options.isInitiator) return this.#identity().publicKey;
    assert(this.#options.peerIdentity !== undefined, "an initiator knows whom it calls");
    if (this.#options.peerIdentity.length !== X25519_BYTES) {
      throw new RangeError(
        `a public key has ${X25519_BYTES} bytes, not ${this.#options.peerIdentity.length}`,
      );
    }
    return this.#options.peerIdentity;
  }
}

/** Section 5.2, with the cipher state of section 5.1 in it. */
class SymmetricState {
  readonly #crypto: Crypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: Aead | undefined;
  #nonce = 0;

  constructor(crypto: Crypto, name: string) {
    const bytes = new TextEncoder().encode(name);
    this.#crypto = crypto;
    if (bytes.length <= SHA256_BYTES) {
      this.#hash = new Uint8Array(SHA256_BYTES);
      this.#hash.set(bytes);
    } else this.#hash = crypto.sha256(bytes);
    this.#chainingKey = this.#hash;
  }

  /** What is kept is never changed in place, so that a copy shares it. */
  clone(): SymmetricState {
    const copy = new SymmetricState(this.#crypto, "");
    copy.#chainingKey = this.#chainingKey;
    copy.#hash = this.#hash;
    copy.#cipher = this.#cipher;
    copy.#nonce = this.#nonce;
    return copy;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.sha256(this.#hash, data);
  }

  mixKey(secret: Uint8Array): void {
    this.#setKey(this.#derive(secret, 2));
  }

  mixKeyAndHash(secret: Uint8Array): void {
    const derived = this.#derive(secret, 3);
    this.mixHash(derived.subarray(SHA256_BYTES, 2 * SHA256_BYTES));
    this.#setKey(derived);
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    let sealed = plain;
    if (this.#cipher !== undefined) {
      sealed = new Uint8Array(plain.length + AEAD_TAG_BYTES);
      this.#cipher.seal(noiseNonce(this.#nonce++), this.#hash, plain, sealed, 0);
    }
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plain =
      this.#cipher === undefined ? sealed : this.#cipher.open(noiseNonce(this.#nonce++), this.#hash, sealed);
    this.mixHash(sealed);
    return plain;
  }

  split(): [Uint8Array, Uint8Array] {
    const derived = this.#derive(EMPTY, 2);
    return [derived.slice(0, SHA256_BYTES), derived.slice(SHA256_BYTES)];
  }

  /** Section 4.3: its HKDF is RFC 5869's with the chaining key as salt and no info. */
  #derive(secret: Uint8Array, outputs: number): Uint8Array {
    return this.#crypto.hkdfSha256(secret, this.#chainingKey, EMPTY, outputs * SHA256_BYTES);
  }

  /** The first of the derived outputs chains on, the last is the cipher's new key. */
  #setKey(derived: Uint8Array): void {
    this.#chainingKey = derived.slice(0, SHA256_BYTES);
    this.#cipher = this.#crypto.aead(derived.subarray(derived.length - SHA256_BYTES));
    this.#nonce = 0;
  }
}

/** Section 12.4: 32 bits of zeros and the counter, the most significant byte first. */
export function noiseNonce(counter: number, into: Uint8Array = new Uint8Array(AEAD_NONCE_BYTES)): Uint8Array {
  writeHyper(into, 4, counter);
  return into;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
