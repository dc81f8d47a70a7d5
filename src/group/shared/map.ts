/** A map that the members of a group share. */

import { type Codec, Typed } from "../api/codec.ts";
import { toCount } from "../api/frames.ts";
import type { StandardSchema } from "../api/schema.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost } from "../machine/declaration.ts";
import type { Member } from "../types.ts";
import {
  decode_map_reply,
  encode_map_command,
  map_action,
  type map_command,
  SHARED_MAX_KEY,
} from "./gen/group-shared.gen.ts";
import {
  defaultMapLimits,
  type MapLimits,
  MapObject,
  type StoredEntries,
  type StoredEntry,
} from "./map-object.ts";
import { type ListenOptions, type Unsubscribe, Watchers } from "./watchers.ts";
import { decoded, encoded } from "./wire.ts";

/** A value with its version. */
export interface MapEntry<Value> {
  readonly value: Value;
  /** Another one for each write; compare it only with versions of the same key. */
  readonly version: number;
}

/** An entry that is another one than before; undefined: it is not there. */
export interface EntryChange<Value> {
  readonly key: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** What became of a map. */
export type MapEvent<Value> =
  | ({ readonly kind: "changed"; readonly by: Member } & EntryChange<Value>)
  /** An entry changed, to or from what is no value here. */
  | { readonly kind: "unreadable"; readonly key: string; readonly error: Error }
  /** This process was out, and has the group's state again: what is different now. What changed and changed back is not told. */
  | { readonly kind: "missed"; readonly changes: readonly EntryChange<Value>[] };

/** Which keys are watched. Default: all. */
export interface MapWatchOptions extends ListenOptions {
  /** Only this key, or only keys that begin so. */
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
}

/** How a map's values are checked and encoded, and how much it may hold. The same at all members. */
export interface MapOptions<Value> {
  readonly schema?: StandardSchema<unknown, Value> | undefined;
  readonly codec?: Codec<unknown> | undefined;
  readonly limits?: Partial<MapLimits> | undefined;
}

const utf8 = new TextEncoder();

/**
 * A map that all members have and change. `get` sees everything that anybody was told before; `peek` looks at
 * this member's copy.
 */
export class SharedMap<Value> {
  readonly #host: ObjectHost;
  readonly #values: Typed<Value>;
  readonly #object: MapObject;
  readonly #watchers: Watchers<MapEvent<Value>>;

  /** @internal Declare it with `sharedMap`. */
  constructor(host: ObjectHost, values: Typed<Value>, limits: MapLimits) {
    this.#host = host;
    this.#values = values;
    this.#watchers = new Watchers(host.log);
    this.#object = new MapObject(limits, {
      changed: (key, before, after, by) => this.#changed(key, before, after, by),
      replaced: (before) => this.#replaced(before),
    });
  }

  /** @internal */
  get object(): MapObject {
    return this.#object;
  }

  /** Sets an entry. Resolves with its version when all members have it. */
  async set(key: string, value: Value, options?: RequestOptions): Promise<number> {
    const { at } = await this.#ask(this.#setting(key, value, null), options);
    return toCount(at);
  }

  /** Sets an entry if it has this version now; 0: if there is none. Resolves with its new version; undefined: it has another, and stays. */
  async compareAndSet(
    key: string,
    version: number,
    value: Value,
    options?: RequestOptions,
  ): Promise<number | undefined> {
    const { is_done: isDone, at } = await this.#ask(this.#setting(key, value, BigInt(version)), options);
    return isDone ? toCount(at) : undefined;
  }

  /** Resolves with whether there was one; with `version`: and it had this one. */
  async delete(
    key: string,
    { version, ...options }: RequestOptions & { readonly version?: number } = {},
  ): Promise<boolean> {
    checkKey(key);
    const expected = version === undefined ? null : BigInt(version);
    const reply = await this.#ask({ action: map_action.MAP_DELETE, gone: { key, expected } }, options);
    return reply.is_done;
  }

  async clear(options?: RequestOptions): Promise<void> {
    await this.#ask({ action: map_action.MAP_CLEAR }, options);
  }

  #setting(key: string, value: Value, expected: bigint | null): map_command {
    checkKey(key);
    return { action: map_action.MAP_SET, set: { key, expected, value: this.#values.encode(value) } };
  }

  async #ask(command: map_command, options?: RequestOptions) {
    return decoded(decode_map_reply, await this.#host.ask(encoded(encode_map_command, command), options));
  }

  /** The value as it is now, everywhere. */
  async get(key: string, options?: RequestOptions): Promise<Value | undefined> {
    return (await this.entry(key, options))?.value;
  }

  /** The value and its version, as they are now, everywhere. */
  entry(key: string, options?: RequestOptions): Promise<MapEntry<Value> | undefined> {
    return this.#host.read(() => this.#decoded(this.#object.entries.get(key)), options);
  }

  /** All entries as they are now, everywhere. */
  entries(options?: RequestOptions): Promise<Map<string, Value>> {
    return this.#host.read(() => this.peekAll(), options);
  }

  /** The value as it is here: others may have seen a later one, and while this member is cut off it can be very old. */
  peek(key: string): Value | undefined {
    return this.#decoded(this.#object.entries.get(key))?.value;
  }

  peekAll(): Map<string, Value> {
    const all = new Map<string, Value>();
    for (const [key, { value }] of this.#object.entries) all.set(key, this.#values.decode(value));
    return all;
  }

  /** How many entries there are here. */
  get size(): number {
    return this.#object.entries.size;
  }

  /** Tells of every change from now on, in the order in which the changes happen. */
  watch(handler: (event: MapEvent<Value>) => unknown, options: MapWatchOptions = {}): Unsubscribe {
    const { key, prefix = "" } = options;
    const isMeant = (each: string) => (key === undefined ? each.startsWith(prefix) : each === key);
    return this.#watchers.add((event) => {
      if (event.kind === "missed") {
        const changes = event.changes.filter((change) => isMeant(change.key));
        return handler({ kind: "missed", changes });
      }
      return isMeant(event.key) ? handler(event) : undefined;
    }, options);
  }

  #decoded(entry: StoredEntry | undefined): MapEntry<Value> | undefined {
    return entry === undefined
      ? undefined
      : { value: this.#values.decode(entry.value), version: entry.version };
  }

  #changed(key: string, before: StoredEntry | undefined, after: StoredEntry | undefined, by: Member): void {
    if (this.#watchers.isEmpty) return;
    const change = this.#change(key, before, after);
    this.#watchers.tell("error" in change ? change : { kind: "changed", by, ...change });
  }

  #replaced(before: StoredEntries): void {
    if (this.#watchers.isEmpty) return;
    const after = this.#object.entries;
    const changes: EntryChange<Value>[] = [];
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      if (isSame(before.get(key), after.get(key))) continue;
      const change = this.#change(key, before.get(key), after.get(key));
      if ("error" in change) this.#watchers.tell(change);
      else changes.push(change);
    }
    this.#watchers.tell({ kind: "missed", changes });
  }

  #change(
    key: string,
    before: StoredEntry | undefined,
    after: StoredEntry | undefined,
  ): EntryChange<Value> | (MapEvent<Value> & { readonly kind: "unreadable" }) {
    try {
      return { key, before: this.#decoded(before)?.value, after: this.#decoded(after)?.value };
    } catch (error) {
      return { kind: "unreadable", key, error: error as Error };
    }
  }
}

/** Declares a map, from texts of 1 to 1024 bytes to values. Its limits are the same at all members. */
export function sharedMap<Value = unknown>(options: MapOptions<Value> = {}): Declaration<SharedMap<Value>> {
  const limits = { ...defaultMapLimits, ...options.limits };
  return {
    open: (host) => {
      const handle = new SharedMap(host, new Typed(options.schema, options.codec), limits);
      return { handle, object: handle.object };
    },
  };
}

/** @throws RangeError for a key that is too long or empty. */
function checkKey(key: string): void {
  const { length } = utf8.encode(key);
  if (length < 1 || length > SHARED_MAX_KEY)
    throw new RangeError(`a key of ${length} bytes: 1 to ${SHARED_MAX_KEY} are allowed`);
}

function isSame(a: StoredEntry | undefined, b: StoredEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.value.length === b.value.length && a.value.every((byte, at) => byte === b.value[at]);
}
