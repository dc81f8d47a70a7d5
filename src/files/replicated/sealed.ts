/** Records that a replica keeps beside the volume: what x/volume-log.x says, behind a checksum of key and value. */
import { readUint32, writeUint32, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Change, World } from "../../world/index.ts";
import { RESERVED_PREFIX } from "../volume/types.ts";
import { replicaError } from "./errors.ts";

export type Crc32 = World["crc32"];

/** What records are of; after the prefix that the volume leaves to others. 1 is the ring of a server without a log. */
export const Sealed = { bounds: 2, sessions: 3, done: 4, usage: 5, cover: 16, scrub: 17 } as const;
export type Sealed = (typeof Sealed)[keyof typeof Sealed];

const CHECKSUM_BYTES = 4;

export function sealedKey(kind: Sealed): Uint8Array {
  return Uint8Array.of(RESERVED_PREFIX, kind);
}

/** The key of one of many records of a kind. */
export function sealedPlace(kind: Sealed, place: number): Uint8Array {
  const key = Uint8Array.of(RESERVED_PREFIX, kind, 0, 0, 0, 0);
  writeUint32(key, 2, place);
  return key;
}

/** `expectedBytes`: what it takes, about. */
export function seal<T>(
  crc32: Crc32,
  key: Uint8Array,
  encode: (w: XdrWriter, value: T) => void,
  value: T,
  expectedBytes = 256,
): Change {
  const w = new XdrWriter(expectedBytes);
  encode(w, value);
  const at = w.reserve(CHECKSUM_BYTES);
  w.patchUint(at, crc32(w.bytes.subarray(0, at), crc32(key)));
  return { key, value: w.encoded() };
}

/** @throws CoterieError REPLICA_DAMAGED for what was not sealed under the key. */
export function unseal<T>(crc32: Crc32, key: Uint8Array, decode: (r: XdrReader) => T, value: Uint8Array): T {
  const end = value.length - CHECKSUM_BYTES;
  if (end >= 0 && crc32(value.subarray(0, end), crc32(key)) === readUint32(value, end)) {
    return decode(new XdrReader(value, 0, end));
  }
  throw replicaError("REPLICA_DAMAGED", `a record of kind ${key[1]} beside the volume is damaged`);
}
