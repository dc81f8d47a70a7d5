/**
 * Values as bytes. The codec that is used unless another is given is JSON that can also hold bytes: a first byte of 0 and plain JSON, or
 * a word that begins with 1, the byte strings, and JSON in which `{"~bytes": n}` stands for the n-th of them. In such a text a key of
 * people's own that begins with `~` has one more of it.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { isCoterieError } from "../../world/index.ts";
import { type Fate, groupError } from "../errors.ts";
import { type StandardSchema, validate } from "./schema.ts";

/** Values as bytes and back. */
export interface Codec<Value> {
  /** @throws for a value that has no bytes. */
  encode(value: Value): Uint8Array;
  /** The bytes are lent. @throws for bytes that are no value. */
  decode(bytes: Uint8Array): Value;
}

const PLAIN = 0;
const WITH_BYTES = 1;
const MARK = "~bytes";
/** How deep arrays and objects with bytes in them may nest. */
const MAX_DEPTH = 256;
const MAX_BYTE_STRINGS = 65_536;
const NOTHING = new Uint8Array(0);

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** JSON, and `Uint8Array` anywhere in it. `undefined` is a value too. */
export const jsonCodec: Codec<unknown> = {
  encode(value) {
    if (value === undefined) return NOTHING;
    const found: Uint8Array[] = [];
    return hasBytes(value, 0) ? encodeWithBytes(marked(value, found), found) : encodePlain(value);
  },
  decode(bytes) {
    if (bytes.length === 0) return undefined;
    if (bytes[0] === PLAIN) return JSON.parse(fromUtf8.decode(bytes.subarray(1)));
    if (bytes[0] !== WITH_BYTES) throw new TypeError(`no value begins with byte ${bytes[0]}`);
    const reader = new XdrReader(bytes, 4);
    const found: Uint8Array[] = [];
    const count = reader.count(MAX_BYTE_STRINGS);
    for (let i = 0; i < count; i++) found.push(reader.opaque().slice());
    return unmarked(JSON.parse(fromUtf8.decode(bytes.subarray(reader.position))), found);
  },
};

function encodePlain(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON`);
  const bytes = new Uint8Array(1 + 3 * text.length);
  return bytes.subarray(0, 1 + utf8.encodeInto(text, bytes.subarray(1)).written);
}

function encodeWithBytes(value: unknown, found: readonly Uint8Array[]): Uint8Array {
  const writer = new XdrWriter(1024);
  writer.uint(WITH_BYTES * 0x100_0000);
  writer.count(found.length, MAX_BYTE_STRINGS);
  for (const each of found) writer.opaque(each);
  writer.raw(utf8.encode(JSON.stringify(value)));
  return writer.detach();
}

function hasBytes(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Uint8Array) return true;
  if (depth > MAX_DEPTH) throw new RangeError(`a value nests over ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return value.some((each) => hasBytes(each, depth + 1));
  for (const key in value) if (hasBytes((value as Record<string, unknown>)[key], depth + 1)) return true;
  return false;
}

/** The value, in which `hasBytes` found some, with marks where bytes were. */
function marked(value: unknown, found: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return { [MARK]: found.push(value) - 1 };
  if (Array.isArray(value)) return value.map((each) => marked(each, found));
  if ("toJSON" in value && typeof value.toJSON === "function") return value.toJSON();
  return mapEntries(value, (key, each) => [key.startsWith("~") ? `~${key}` : key, marked(each, found)]);
}

function unmarked(value: unknown, found: readonly Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => unmarked(each, found));
  if (Object.hasOwn(value, MARK)) {
    const bytes = found[(value as Record<string, unknown>)[MARK] as number];
    if (bytes === undefined) throw new TypeError("a value has a mark, and not its bytes");
    return bytes;
  }
  return mapEntries(value, (key, each) => [key.startsWith("~") ? key.slice(1) : key, unmarked(each, found)]);
}

function mapEntries(value: object, change: (key: string, each: unknown) => [string, unknown]): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => change(key, each)));
}

/** A codec and a schema in one: what does not validate is neither encoded nor decoded. */
export class Typed<Value> {
  readonly #codec: Codec<unknown>;
  readonly #schema: StandardSchema<unknown, Value> | undefined;

  constructor(schema: StandardSchema<unknown, Value> | undefined, codec: Codec<unknown> = jsonCodec) {
    this.#schema = schema;
    this.#codec = codec;
  }

  /** @throws CoterieError GROUP_INVALID_MESSAGE, fate never. */
  encode(value: Value): Uint8Array {
    if (this.#schema !== undefined) validate(this.#schema, value, "never");
    return attempt("the value has no bytes", "never", () => this.#codec.encode(value));
  }

  /** @throws CoterieError GROUP_INVALID_MESSAGE. */
  decode(bytes: Uint8Array, fate: Fate = "done"): Value {
    const value = attempt("the bytes are no value", fate, () => this.#codec.decode(bytes));
    return this.#schema === undefined ? (value as Value) : validate(this.#schema, value, fate);
  }
}

function attempt<Result>(what: string, fate: Fate, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (isCoterieError(error) && !(error instanceof XdrError)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw groupError("GROUP_INVALID_MESSAGE", `${what}: ${why}`, fate, error);
  }
}
