/**
 * Proof that a sender receives at the address that it writes on its packets, without remembering anything about it: a
 * keyed digest of the address and of the id that its answer goes to, under a secret that changes.
 */
import type { Crypto, Random } from "../world/index.ts";

const COOKIE_BYTES = 16;
/** For how long a secret is used; for as long again its cookies are good. */
export const COOKIE_SECRET_MS = 60_000;

export class Cookies {
  readonly #crypto: Crypto;
  readonly #random: Random;
  #secret: Uint8Array;
  #former: Uint8Array;
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(crypto: Crypto, random: Random) {
    this.#crypto = crypto;
    this.#random = random;
    this.#secret = random.bytes(32);
    this.#former = this.#secret;
  }

  make(address: string, id: Uint8Array, nowMs: number): Uint8Array {
    this.#turn(nowMs);
    return this.#cookie(this.#secret, address, id);
  }

  isGood(cookie: Uint8Array, address: string, id: Uint8Array, nowMs: number): boolean {
    this.#turn(nowMs);
    return [this.#secret, this.#former].some((secret) =>
      this.#crypto.equal(cookie, this.#cookie(secret, address, id)),
    );
  }

  #cookie(secret: Uint8Array, address: string, id: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha256(secret, id, new TextEncoder().encode(address)).slice(0, COOKIE_BYTES);
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#sinceMs < COOKIE_SECRET_MS) return;
    // After a long rest the former one is too old as well.
    const isLongAgo = nowMs - this.#sinceMs >= 2 * COOKIE_SECRET_MS;
    this.#former = isLongAgo ? this.#random.bytes(32) : this.#secret;
    this.#secret = this.#random.bytes(32);
    this.#sinceMs = nowMs;
  }
}
