/**
 * The state machine of the benchmark: a map from keys to values, with snapshots that hold all of it, as those of a program would. A put is
 * an entry: the key's length in one byte, the key in Latin-1, the value. On its way from a client it has a number before it, which is
 * what it is answered with.
 */
import { createHash } from "node:crypto";

/** What is put: `key0` to `key9999`, over and over. */
export const KEYS = 10_000;
export const NUMBER_BYTES = 4;
const LENGTH_BYTES = 4;

export function putMessage(number: number, key: string, value: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(NUMBER_BYTES + 1 + key.length + value.length);
  message.writeUInt32BE(number);
  message[NUMBER_BYTES] = key.length;
  message.write(key, NUMBER_BYTES + 1, "latin1");
  message.set(value, NUMBER_BYTES + 1 + key.length);
  return message;
}

export class Values {
  /** Entries by their keys; none is ever written to. */
  #entries = new Map<string, Uint8Array>();

  /** The entry is kept, not copied. */
  put(entry: Uint8Array): void {
    const end = 1 + (entry[0] as number);
    this.#entries.set(Buffer.from(entry.buffer, entry.byteOffset + 1, end - 1).toString("latin1"), entry);
  }

  /** All that is there now, piece by piece; later puts do not show in it. */
  capture(): Iterable<Uint8Array> {
    return pieces([...this.#entries.values()]);
  }

  restore(given: Iterable<Uint8Array>): void {
    const all = Buffer.concat([...given]);
    this.#entries = new Map();
    for (let at = 0; at < all.length; ) {
      const start = at + LENGTH_BYTES;
      at = start + all.readUInt32BE(at);
      this.put(all.subarray(start, at));
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Equal where the same values were put last under the same keys, in whatever order. */
  digest(): string {
    const hash = createHash("sha256");
    for (const key of [...this.#entries.keys()].toSorted()) hash.update(this.#entries.get(key) as Uint8Array);
    return hash.digest("hex");
  }
}

function* pieces(entries: readonly Uint8Array[]): Iterable<Uint8Array> {
  for (const entry of entries) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(entry.length);
    yield length;
    yield entry;
  }
}
