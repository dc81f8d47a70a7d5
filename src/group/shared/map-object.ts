/** A map as the group's state: keys, and bytes with a version. A write may say which version it replaces. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { toCount } from "../api/frames.ts";
import { type ActiveObject, type Context, Refusal } from "../machine/object.ts";
import type { Member } from "../types.ts";
import {
  decode_map_command,
  decode_map_state,
  encode_map_reply,
  encode_map_state,
  map_action,
} from "./gen/group-shared.gen.ts";
import { decoded, encoded } from "./wire.ts";

/** What a shared map may hold; a write beyond it is refused with GROUP_FULL. */
export interface MapLimits {
  /** Default 100,000. */
  readonly maxEntries: number;
  /** Of keys and values together. Default 64 MiB. */
  readonly maxBytes: number;
}

export const defaultMapLimits: MapLimits = { maxEntries: 100_000, maxBytes: 64 * 1024 * 1024 };

export interface StoredEntry {
  readonly version: number;
  readonly value: Uint8Array;
}

export type StoredEntries = ReadonlyMap<string, StoredEntry>;

export interface MapWatch {
  /** An entry is another one now, by this member's doing; undefined: it is not there. */
  changed(key: string, before: StoredEntry | undefined, after: StoredEntry | undefined, by: Member): void;
  /** The state is another one, and what lies between was not told. */
  replaced(before: StoredEntries): void;
}

export class MapObject implements ActiveObject {
  readonly mode = "active";
  readonly kind: string;
  readonly #limits: MapLimits;
  readonly #watch: MapWatch;
  #entries = new Map<string, StoredEntry>();
  #bytes = 0;

  constructor(limits: MapLimits, watch: MapWatch) {
    this.#limits = limits;
    // Members with other limits would not agree on what is refused.
    this.kind = `map/${limits.maxEntries}/${limits.maxBytes}`;
    this.#watch = watch;
  }

  get entries(): StoredEntries {
    return this.#entries;
  }

  apply(bytes: Uint8Array, { sender, position }: Context): Uint8Array {
    const command = decoded(decode_map_command, bytes);
    switch (command.action) {
      case map_action.MAP_SET: {
        const { key, expected, value } = command.set;
        return this.#put(key, expected, { version: position, value: value.slice() }, sender);
      }
      case map_action.MAP_DELETE:
        return this.#put(command.gone.key, command.gone.expected, undefined, sender);
      case map_action.MAP_CLEAR:
        for (const key of [...this.#entries.keys()]) this.#change(key, undefined, sender);
        return reply(true, 0);
    }
  }

  #put(key: string, expected: bigint | null, entry: StoredEntry | undefined, by: Member): Uint8Array {
    const before = this.#entries.get(key);
    const version = before?.version ?? 0;
    if (expected !== null && toCount(expected) !== version) return reply(false, version);
    if (before === undefined && entry === undefined) return reply(false, 0);
    if (entry !== undefined) this.#checkRoom(key, before, entry);
    this.#change(key, entry, by);
    return reply(true, entry?.version ?? version);
  }

  #checkRoom(key: string, before: StoredEntry | undefined, entry: StoredEntry): void {
    const { maxEntries, maxBytes } = this.#limits;
    if (before === undefined && this.#entries.size >= maxEntries)
      throw new Refusal(`the map has ${maxEntries} entries, the most that it may`, "GROUP_FULL");
    const bytes = this.#bytes - bytesOf(key, before) + bytesOf(key, entry);
    if (bytes > maxBytes)
      throw new Refusal(`the map would have ${bytes} bytes: the most is ${maxBytes}`, "GROUP_FULL");
  }

  #change(key: string, entry: StoredEntry | undefined, by: Member): void {
    const before = this.#entries.get(key);
    this.#bytes += bytesOf(key, entry) - bytesOf(key, before);
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    this.#watch.changed(key, before, entry, by);
  }

  viewChanged(): void {}

  save(writer: XdrWriter): void {
    const entries = [...this.#entries].map(([key, { version, value }]) => ({
      key,
      at: BigInt(version),
      value,
    }));
    encode_map_state(writer, entries);
  }

  restore(reader: XdrReader | undefined): void {
    const before = this.#entries;
    const entries = reader === undefined ? [] : decode_map_state(reader);
    this.#entries = new Map(
      entries.map(({ key, at, value }) => [key, { version: toCount(at), value: value.slice() }]),
    );
    this.#bytes = [...this.#entries].reduce((sum, [key, entry]) => sum + bytesOf(key, entry), 0);
    this.#watch.replaced(before);
  }
}

function reply(isDone: boolean, version: number): Uint8Array {
  return encoded(encode_map_reply, { is_done: isDone, at: BigInt(version) });
}

function bytesOf(key: string, entry: StoredEntry | undefined): number {
  return entry === undefined ? 0 : key.length + entry.value.length;
}
