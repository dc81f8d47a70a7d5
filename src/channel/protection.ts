/**
 * What stands between frames and the network: a packet that was altered, forged or received before is a lost packet.
 *
 * With keys it is AES-256-GCM with the packet's number as nonce and its head as associated data. The keys change by
 * themselves: packet numbers fall into epochs of `EPOCH_PACKETS`, and the key of each is made from the one before by
 * Noise's REKEY, which cannot be turned around. So no signal is needed, both sides always agree, and no key ever
 * comes near what one may encrypt (RFC 9001 appendix B.1: 2^28 packets of 2 KiB; ours are 2^20 of at most 64 KiB).
 *
 * Without keys it is a CRC32C, begun with a salt of the session's own, so that packets of another session fail it.
 */
import { readUint32, writeUint32 } from "../marshal/index.ts";
import { AEAD_KEY_BYTES, AEAD_TAG_BYTES, type Aead, type Crypto } from "../world/index.ts";
import { crc32c } from "./crc32c.ts";
import { noiseNonce } from "./noise.ts";
import { REPLAY_WINDOW_PACKETS } from "./replay-window.ts";
import { DATA_HEAD_BYTES } from "./wire.ts";

export const EPOCH_PACKETS = 2 ** 20;

/** One session's packets, out and in. A packet's number is the caller's to read, write, and keep from repeating. */
export interface Protection {
  /** Bytes by which a packet is longer than its head and its frames. */
  readonly tagBytes: number;
  /** Protects the packet whose head and frames are the first `length` bytes of `out`; returns its length then. */
  seal(out: Uint8Array, length: number, number: number): number;
  /**
   * The frames of an authentic packet, else undefined. They may lie in `packet`. `highest` is the highest number of
   * an authentic packet so far: much higher ones are not believed.
   */
  open(packet: Uint8Array, number: number, highest: number): Uint8Array | undefined;
}

const CRC_BYTES = 4;

export class ChecksumProtection implements Protection {
  readonly tagBytes = CRC_BYTES;
  readonly #salt: number;

  constructor(salt: number) {
    this.#salt = salt;
  }

  seal(out: Uint8Array, length: number): number {
    writeUint32(out, length, crc32c(out, this.#salt, 0, length));
    return length + CRC_BYTES;
  }

  open(packet: Uint8Array): Uint8Array | undefined {
    const end = packet.length - CRC_BYTES;
    if (end < DATA_HEAD_BYTES || crc32c(packet, this.#salt, 0, end) !== readUint32(packet, end))
      return undefined;
    return packet.subarray(DATA_HEAD_BYTES, end);
  }
}

/** The nonce of the packet at hand: used within one call. */
const nonce = noiseNonce(0);

export class AeadProtection implements Protection {
  readonly tagBytes = AEAD_TAG_BYTES;
  readonly #send: KeyChain;
  readonly #receive: KeyChain;

  constructor(crypto: Crypto, keys: { readonly send: Uint8Array; readonly receive: Uint8Array }) {
    this.#send = new KeyChain(crypto, keys.send);
    this.#receive = new KeyChain(crypto, keys.receive);
  }

  seal(out: Uint8Array, length: number, number: number): number {
    const epoch = epochOf(number);
    const key = this.#send.key(epoch);
    this.#send.forgetBefore(epoch);
    const head = out.subarray(0, DATA_HEAD_BYTES);
    key.seal(noiseNonce(number, nonce), head, out.subarray(DATA_HEAD_BYTES, length), out, DATA_HEAD_BYTES);
    return length + AEAD_TAG_BYTES;
  }

  open(packet: Uint8Array, number: number, highest: number): Uint8Array | undefined {
    const epoch = epochOf(number);
    const present = epochOf(highest);
    // A forger may name any number: never is more than one key made for it.
    if (epoch > present + 1 || epoch < present - 1) return undefined;
    const key = this.#receive.key(epoch);
    const frames = key.open(
      noiseNonce(number, nonce),
      packet.subarray(0, DATA_HEAD_BYTES),
      packet.subarray(DATA_HEAD_BYTES),
    );
    // The last epoch's key is kept for as long as its packets are within the replay window.
    if (frames !== undefined && number >= highest) {
      this.#receive.forgetBefore(number % EPOCH_PACKETS > REPLAY_WINDOW_PACKETS ? epoch : epoch - 1);
    }
    return frames;
  }
}

function epochOf(number: number): number {
  return Math.floor(number / EPOCH_PACKETS);
}

/** The keys of one direction: those of the epochs from `#first` on that are not forgotten yet. */
class KeyChain {
  readonly #crypto: Crypto;
  #first = 0;
  readonly #keys: Aead[];

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#keys = [crypto.aead(key)];
  }

  /** The key of an epoch that is not forgotten, and of one after the newest. Callers bound how far. */
  key(epoch: number): Aead {
    while (epoch - this.#first >= this.#keys.length) this.#extend();
    return this.#keys[epoch - this.#first] ?? NO_KEY;
  }

  forgetBefore(epoch: number): void {
    while (this.#first < epoch && this.#keys.length > 1) {
      this.#keys.shift();
      this.#first++;
    }
  }

  /** REKEY of section 4.2: what the old key makes of 32 zeros and the greatest nonce. */
  #extend(): void {
    const old = this.#keys[this.#keys.length - 1] as Aead;
    const sealed = new Uint8Array(AEAD_KEY_BYTES + AEAD_TAG_BYTES);
    old.seal(REKEY_NONCE, NOTHING, new Uint8Array(AEAD_KEY_BYTES), sealed, 0);
    this.#keys.push(this.#crypto.aead(sealed.subarray(0, AEAD_KEY_BYTES)));
  }
}

const NOTHING = new Uint8Array(0);
const REKEY_NONCE = Uint8Array.from({ length: 12 }, (_, at) => (at < 4 ? 0 : 0xff));
/** Of an epoch that is forgotten: opens nothing. */
const NO_KEY: Aead = {
  seal() {
    throw new Error("invariant broken: packets are sealed in the order of their numbers");
  },
  open: () => undefined,
};
