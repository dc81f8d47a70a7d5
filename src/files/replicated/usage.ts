/**
 * What a volume takes, and how much it may: both part of its state, so that every replica refuses the same call. What counts is the bytes of the
 * records in the volume's store, which are the same at all replicas: files, names, and what snapshots and clones keep; not what is noted of calls. What
 * an entry changes of them carries the new count, so the two are never apart.
 */
import type { Change, Store } from "../../world/index.ts";
import { RESERVED_PREFIX } from "../volume/types.ts";
import { replicaError } from "./errors.ts";
import { decode_volume_usage, encode_volume_usage, type volume_usage } from "./gen/volume-log.gen.ts";
import { nameOf } from "./held-changes.ts";
import { type Crc32, Sealed, seal, sealedKey, unseal } from "./sealed.ts";

const KEY = sealedKey(Sealed.usage);
/** Records whose sizes are known before all are forgotten. */
const MAX_KNOWN = 8192;
const NONE: readonly Change[] = [];

export class Usage {
  readonly #crc32: Crc32;
  #usedBytes: number;
  #quotaBytes: number;
  /** As the store has it, or will have with what is being changed. */
  #notedBytes: number;
  /** What records take that were changed lately, 0 for those that were removed: every change is counted, so they are as the store has them. */
  readonly #known = new Map<string, number>();

  constructor(crc32: Crc32, { used_bytes, quota_bytes }: volume_usage) {
    this.#crc32 = crc32;
    this.#usedBytes = this.#notedBytes = used_bytes;
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
    this.#notedBytes = this.#usedBytes;
    return seal(this.#crc32, KEY, encode_volume_usage, {
      used_bytes: this.#usedBytes,
      quota_bytes: this.#quotaBytes,
    });
  }

  /** The change that goes with what was counted; none if it makes no difference. */
  due(): readonly Change[] {
    return this.#usedBytes === this.#notedBytes ? NONE : [this.noted()];
  }

  /** Counts a batch that is about to become part of what `store` shows. */
  count(store: Pick<Store, "size">, batch: readonly Change[]): void {
    if (this.#known.size > MAX_KNOWN) this.#known.clear();
    // Of several changes of a key each is counted over the one before it.
    for (const { key, value } of batch) {
      if (key[0] === RESERVED_PREFIX) continue;
      const name = nameOf(key);
      const bytes = bytesIn(key, value?.length);
      const known = this.#known.get(name);
      if (known === bytes) continue;
      this.#usedBytes += bytes - (known ?? bytesIn(key, store.size(key)));
      this.#known.set(name, bytes);
    }
  }
}

function bytesIn(key: Uint8Array, valueBytes: number | undefined): number {
  return valueBytes === undefined ? 0 : key.length + valueBytes;
}
