/** The system's generator, drawn from in large pieces because each call to it costs about a microsecond. */
import { randomFillSync } from "node:crypto";
import type { Random } from "../world/index.ts";

const POOL_BYTES = 4096;

class NodeRandom implements Random {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  uint32(): number {
    const at = this.#take(4);
    const value = this.#pool.readUInt32LE(at);
    // What was handed out must not be found in memory later.
    this.#pool.fill(0, at, at + 4);
    return value;
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    if (length > POOL_BYTES >> 2) return randomFillSync(result);
    const at = this.#take(length);
    result.set(this.#pool.subarray(at, at + length));
    this.#pool.fill(0, at, at + length);
    return result;
  }

  #take(length: number): number {
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}

export function createNodeRandom(): Random {
  return new NodeRandom();
}
