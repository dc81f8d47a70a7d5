/**
 * The layers' records as bytes. Each ends with the CRC-32 of its key followed by the rest of it, so that one that was changed, cut, or put
 * in another's place is found. Numbers have their big end first.
 *
 *     table     format u32, era u32
 *     snapshot  branch u32, state u8, retired bytes and retired values (IEEE doubles, whole), label length u16, label, name
 *     branch    base snapshot u32, state u8, label length u16, label, name
 *     history   an u32 for each version, the newest first: its era times 2, and 1 more for a removal
 *     retired   the version u32, bytes of its value u32
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import { layersError } from "./errors.ts";

type Crc32 = World["crc32"];

export const FORMAT_VERSION = 1;
const CRC_BYTES = 4;
/** Eras are below this: twice one, and one more, has 32 bits. */
export const MAX_ERA: number = 2 ** 31 - 1;
export const MAX_LABEL_BYTES = 1024;

export type State = "live" | "dropped";

export interface SnapshotRecord {
  readonly branch: number;
  readonly state: State;
  /** What was replaced or removed since it was taken, and before the next one was: bytes, and values. */
  readonly retiredBytes: number;
  readonly retiredValues: number;
  /** What whoever took it says of it: bytes that mean nothing here. */
  readonly label: Uint8Array;
  readonly name: string;
}

export interface BranchRecord {
  readonly base: number;
  readonly state: State;
  readonly label: Uint8Array;
  readonly name: string;
}

/** A version of a key as a history has it: see `eraOf`, `isRemoval`. */
export type Version = number;

export function eraOf(version: Version): number {
  return version >>> 1;
}

export function isRemoval(version: Version): boolean {
  return (version & 1) === 1;
}

export function versionOf(era: number, isRemoved: boolean): Version {
  return era * 2 + (isRemoved ? 1 : 0);
}

export interface Retired {
  readonly version: Version;
  readonly bytes: number;
}

export class LayerRecords {
  readonly #crc32: Crc32;

  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  /** @throws CoterieError STORE_CORRUPT, as a store does of a value that it cannot give: it concerns the key alone. */
  history(key: Uint8Array, value: Uint8Array): Version[] {
    const length = this.#checked(key, value, "STORE_CORRUPT");
    const versions: Version[] = [];
    for (let at = 0; at < length; at += 4) versions.push(readUint32(value, at));
    return versions;
  }

  encodeHistory(key: Uint8Array, versions: readonly Version[]): Uint8Array {
    const value = new Uint8Array(4 * versions.length + CRC_BYTES);
    for (const [i, version] of versions.entries()) writeUint32(value, 4 * i, version);
    return this.#sealed(key, value);
  }

  /** @throws CoterieError STORE_CORRUPT. */
  retired(key: Uint8Array, value: Uint8Array): Retired {
    this.#checked(key, value, "STORE_CORRUPT");
    return { version: readUint32(value, 0), bytes: readUint32(value, 4) };
  }

  encodeRetired(key: Uint8Array, { version, bytes }: Retired): Uint8Array {
    const value = new Uint8Array(8 + CRC_BYTES);
    writeUint32(value, 0, version);
    writeUint32(value, 4, bytes);
    return this.#sealed(key, value);
  }

  /** The era. @throws CoterieError LAYERS_DAMAGED, as those that follow. */
  table(key: Uint8Array, value: Uint8Array): number {
    this.#checked(key, value, "LAYERS_DAMAGED");
    const format = readUint32(value, 0);
    if (format !== FORMAT_VERSION)
      throw layersError("LAYERS_DAMAGED", `the layers have the unknown format ${format}`);
    return readUint32(value, 4);
  }

  encodeTable(key: Uint8Array, era: number): Uint8Array {
    const value = new Uint8Array(8 + CRC_BYTES);
    writeUint32(value, 0, FORMAT_VERSION);
    writeUint32(value, 4, era);
    return this.#sealed(key, value);
  }

  snapshot(key: Uint8Array, value: Uint8Array): SnapshotRecord {
    const length = this.#checked(key, value, "LAYERS_DAMAGED");
    const view = new DataView(value.buffer, value.byteOffset, length);
    return {
      branch: view.getUint32(0),
      state: view.getUint8(4) === 0 ? "live" : "dropped",
      retiredBytes: view.getFloat64(5),
      retiredValues: view.getFloat64(13),
      ...labelled(value.subarray(21, length)),
    };
  }

  encodeSnapshot(key: Uint8Array, record: SnapshotRecord): Uint8Array {
    const tail = encodeLabelled(record);
    const value = new Uint8Array(21 + tail.length + CRC_BYTES);
    const view = new DataView(value.buffer);
    view.setUint32(0, record.branch);
    view.setUint8(4, record.state === "live" ? 0 : 1);
    view.setFloat64(5, record.retiredBytes);
    view.setFloat64(13, record.retiredValues);
    value.set(tail, 21);
    return this.#sealed(key, value);
  }

  branch(key: Uint8Array, value: Uint8Array): BranchRecord {
    const length = this.#checked(key, value, "LAYERS_DAMAGED");
    const base = readUint32(value, 0);
    return { base, state: value[4] === 0 ? "live" : "dropped", ...labelled(value.subarray(5, length)) };
  }

  encodeBranch(key: Uint8Array, record: BranchRecord): Uint8Array {
    const tail = encodeLabelled(record);
    const value = new Uint8Array(5 + tail.length + CRC_BYTES);
    writeUint32(value, 0, record.base);
    value[4] = record.state === "live" ? 0 : 1;
    value.set(tail, 5);
    return this.#sealed(key, value);
  }

  #sealed(key: Uint8Array, value: Uint8Array): Uint8Array {
    const length = value.length - CRC_BYTES;
    writeUint32(value, length, this.#crc32(value.subarray(0, length), this.#crc32(key)));
    return value;
  }

  /** How many bytes come before the checksum, which is right. */
  #checked(key: Uint8Array, value: Uint8Array, code: "STORE_CORRUPT" | "LAYERS_DAMAGED"): number {
    const length = value.length - CRC_BYTES;
    if (length >= 0 && this.#crc32(value.subarray(0, length), this.#crc32(key)) === readUint32(value, length))
      return length;
    throw new CoterieError(code, "a record of snapshots and clones does not match its checksum", {
      details: { key: hex(key) },
    });
  }
}

function labelled(bytes: Uint8Array): { label: Uint8Array; name: string } {
  const length = ((bytes[0] as number) << 8) | (bytes[1] as number);
  return {
    label: bytes.slice(2, 2 + length),
    name: new TextDecoder().decode(bytes.subarray(2 + length)),
  };
}

function encodeLabelled({ label, name }: { readonly label: Uint8Array; readonly name: string }): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(2 + label.length + text.length);
  bytes[0] = label.length >>> 8;
  bytes[1] = label.length;
  bytes.set(label, 2);
  bytes.set(text, 2 + label.length);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
