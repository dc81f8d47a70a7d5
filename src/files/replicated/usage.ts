/**
 * What a volume takes, and how much it may: both part of its state, so that every replica refuses the same call. What counts is the bytes of the
 * records in the volume's store, which are the same at all replicas: files, names, and what snapshots and clones keep; not what is noted of calls. The
 * batch that changes them carries the new count, so the two are never apart.
 */
import type { Change, Store } from "../../world/index.ts";
import { RESERVED_PREFIX } from "../volume/types.ts";
import { replicaError } from "./errors.ts";
import { decode_volume_usage, encode_volume_usage, type volume_usage } from "./gen/volume-log.gen.ts";
import { type Crc32, Sealed, seal, sealedKey, unseal } from "./sealed.ts";

const KEY = sealedKey(Sealed.usage);

export class Usage {
  readonly #crc32: Crc32;
  #usedBytes: number;
  #quotaBytes: number;

  constructor(crc32: Crc32, { used_bytes, quota_bytes }: volume_usage) {
    this.#crc32 = crc32;
    this.#usedBytes = used_bytes;
    this.#quotaBytes = quota_bytes;
  }

  /** As a store has it. @throws CoterieError REPLICA_DAMAGED. */
  static of(crc32: Crc32, store: Pick<Store, "get">): Usage {
    const value = store.get(KEY);
    if (value === undefined)
      throw replicaError("REPLICA_DAMAGED", "the record of what the volume takes is missing");
    return new Usage(crc32, unseal(crc32, KEY, decode_volume_usage, value));
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** 0: there is no limit. */
  get quotaBytes(): number {
    return this.#quotaBytes;
  }

  /** Whether `bytes` more are too many. What takes no more room is never refused. */
  isOver(bytes: number): boolean {
    return this.#quotaBytes > 0 && bytes > 0 && this.#usedBytes + bytes > this.#quotaBytes;
  }

  /** The change that notes a limit; 0: none. */
  limited(quotaBytes: number): Change {
    this.#quotaBytes = quotaBytes;
    return this.noted();
  }

  noted(): Change {
    return seal(this.#crc32, KEY, encode_volume_usage, {
      used_bytes: this.#usedBytes,
      quota_bytes: this.#quotaBytes,
    });
  }

  /** Counts a batch that is about to be applied; the change that belongs to it, if it makes a difference. */
  count(store: Pick<Store, "size">, batch: readonly Change[]): Change | undefined {
    const before = this.#usedBytes;
    // The last change of a key is the one that holds.
    const seen = new Set<string>();
    for (let at = batch.length - 1; at >= 0; at--) {
      const { key, value } = batch[at] as Change;
      if (key[0] === RESERVED_PREFIX) continue;
      const name = nameOf(key);
      if (seen.has(name)) continue;
      seen.add(name);
      this.#usedBytes += bytesIn(key, value?.length) - bytesIn(key, store.size(key));
    }
    return this.#usedBytes === before ? undefined : this.noted();
  }
}

function bytesIn(key: Uint8Array, valueBytes: number | undefined): number {
  return valueBytes === undefined ? 0 : key.length + valueBytes;
}

/** One character for each byte. */
function nameOf(key: Uint8Array): string {
  return String.fromCharCode.apply(undefined, key as unknown as number[]);
}
