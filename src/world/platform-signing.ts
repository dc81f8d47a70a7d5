/** Ed25519 over a platform's primitives. Keys that were seen lately are kept ready: making one costs as much as a signature. */
import { ED25519_BYTES, ED25519_SIGNATURE_BYTES, type SigningKey } from "./crypto.ts";
import { fromBase64, hex, type Jwk, jwk, privateKeyPem } from "./key-formats.ts";

/** What is used of Node's `crypto`. `Key` is its KeyObject. */
export interface SigningPlatform<Key> {
  createPrivateKey(input: { key: string; format: "pem" }): Key;
  createPublicKey(input: { key: Jwk; format: "jwk" }): Key;
  createPublicKey(input: { key: string; format: "pem" }): Key & {
    export(options: { format: "jwk" }): { x?: string | undefined };
  };
  sign(algorithm: null, data: Uint8Array, key: NoInfer<Key>): Uint8Array;
  verify(algorithm: null, data: Uint8Array, key: NoInfer<Key>, signature: Uint8Array): boolean;
}

/** Public keys that a verifier keeps ready. */
const MAX_READY_KEYS = 256;

export class PlatformSigningKey<Key> implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly #platform: SigningPlatform<Key>;
  readonly #key: Key;

  constructor(platform: SigningPlatform<Key>, privateKey: Uint8Array) {
    checkLength("private key of Ed25519", privateKey, ED25519_BYTES);
    const key = privateKeyPem("Ed25519", privateKey);
    this.#platform = platform;
    this.#key = platform.createPrivateKey({ key, format: "pem" });
    const { x = "" } = platform.createPublicKey({ key, format: "pem" }).export({ format: "jwk" });
    this.publicKey = fromBase64(x) as Uint8Array;
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(this.#platform.sign(null, message, this.#key));
  }
}

export class PlatformVerifier<Key> {
  readonly #platform: SigningPlatform<Key>;
  readonly #ready = new Map<string, Key>();

  constructor(platform: SigningPlatform<Key>) {
    this.#platform = platform;
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    checkLength("public key of Ed25519", publicKey, ED25519_BYTES);
    if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
    try {
      return this.#platform.verify(null, message, this.#key(publicKey), signature);
    } catch {
      // Bytes that are no point of the curve.
      return false;
    }
  }

  #key(publicKey: Uint8Array): Key {
    const name = hex(publicKey);
    let key = this.#ready.get(name);
    if (key === undefined) {
      if (this.#ready.size >= MAX_READY_KEYS) this.#ready.clear();
      key = this.#platform.createPublicKey({ key: jwk("Ed25519", publicKey), format: "jwk" });
      this.#ready.set(name, key);
    }
    return key;
  }
}

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${what}: ${bytes.length} bytes instead of ${length}`);
}
