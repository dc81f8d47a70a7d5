/** When the last scrub of a volume was asked for: a record beside the volume, which the entry of each scrub replaces. */
import { type Change, isCoterieError, type Store } from "../../world/index.ts";
import { decode_volume_time, encode_volume_time, type volume_time } from "./gen/volume-log.gen.ts";
import { type Crc32, Sealed, seal, sealedKey, unseal } from "./sealed.ts";

export function scrubNote(crc32: Crc32, asked: volume_time): Change {
  return seal(crc32, sealedKey(Sealed.scrub), encode_volume_time, asked);
}

/** In seconds since 1970; undefined if there is no note, or it cannot be read. */
export function scrubbedSecondsIn(crc32: Crc32, store: Store): number | undefined {
  const key = sealedKey(Sealed.scrub);
  try {
    const value = store.get(key);
    return value && unseal(crc32, key, decode_volume_time, value).seconds;
  } catch (error) {
    if (isCoterieError(error)) return undefined;
    throw error;
  }
}
