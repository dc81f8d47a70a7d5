/**
 * Values as JSON and back, for command lines and logs.
 *
 * - Whole numbers are numbers; those of 64 bits are strings of digits where a number would lose some.
 * - Floating point: numbers, or "NaN", "Infinity", "-Infinity".
 * - The value of an enum is its name; its number is understood as well.
 * - Opaque data is its text where it is printable UTF-8, else `{"hex": "00ff"}`; both are understood.
 * - A list (a struct that ends in a link to the next) is an array of its nodes, without the links.
 * - Structs, unions, arrays, optional values, strings and booleans are what they are in TypeScript.
 */
import { CoterieError } from "../world/index.ts";
import { armOf, define, linkOf } from "./dynamic.ts";
import { armName } from "./generate/types.ts";
import {
  type EnumType,
  isBoxed,
  type NamedType,
  resolveAlias,
  type StructType,
  type Type,
  type UnionType,
} from "./model.ts";

/** JSON that nests deeper is refused. */
export const MAX_JSON_DEPTH = 512;

type Fields = Record<string, unknown>;

/** The value of `type` that the JSON means. Fails with IDL_JSON, which names the place. */
export function fromJson(type: Type, json: unknown): unknown {
  return read(type, json, "$", 0);
}

/** The JSON of a value of `type`. */
export function toJson(type: Type, value: unknown): unknown {
  return write(type, value, 0);
}

function fail(path: string, expected: string, found: unknown): never {
  const text = found === undefined ? "nothing" : (JSON.stringify(found) ?? typeof found).slice(0, 80);
  throw new CoterieError("IDL_JSON", `${path}: expected ${expected}, found ${text}`, {
    details: { path, expected },
  });
}

function read(type: Type, json: unknown, path: string, depth: number): unknown {
  if (depth > MAX_JSON_DEPTH) fail(path, `at most ${MAX_JSON_DEPTH} levels`, "more");
  switch (type.kind) {
    case "void":
      return json === undefined || json === null ? undefined : fail(path, "nothing (void)", json);
    case "bool":
      return typeof json === "boolean" ? json : fail(path, "true or false", json);
    case "string":
      return typeof json === "string" ? json : fail(path, "a string", json);
    case "float":
    case "double":
      return readFloat(json, path);
    case "hyper":
    case "uhyper":
      return readHyper(json, path);
    case "opaque":
    case "opaqueFixed":
    case "quadruple":
      return readBytes(json, path);
    case "array":
    case "vector":
      if (!Array.isArray(json)) return fail(path, "an array", json);
      return json.map((item, index) => read(type.element, item, `${path}[${index}]`, depth + 1));
    case "optional":
      if (isBoxed(type)) return readBoxed(type.element, json, path, depth);
      return readOptional(type.element, json, path, depth);
    case "named":
      return readNamed(type.type, json, path, depth);
    default:
      return typeof json === "number" && Number.isInteger(json) ? json : fail(path, "a whole number", json);
  }
}

function readFloat(json: unknown, path: string): number {
  if (typeof json === "number") return json;
  if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
  return fail(path, "a number", json);
}

function readHyper(json: unknown, path: string): bigint {
  if (typeof json === "bigint") return json;
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) return BigInt(json);
  return fail(path, "a whole number, or a string of digits", json);
}

function readBytes(json: unknown, path: string): Uint8Array {
  if (typeof json === "string") return new TextEncoder().encode(json);
  const hex = typeof json === "object" && json !== null ? (json as Fields).hex : undefined;
  if (typeof hex !== "string" || !/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    return fail(path, 'a string, or {"hex": "…"} with two digits for each byte', json);
  }
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function readBoxed(element: Type, json: unknown, path: string, depth: number): unknown {
  if (json === null) return null;
  return { value: read(element, readObject(json, path).value, `${path}.value`, depth + 1) };
}

/** An empty array, too, is a list of no nodes. */
function readOptional(element: Type, json: unknown, path: string, depth: number): unknown {
  if (json === null) return null;
  const target = resolveAlias(element);
  const isNodes =
    target.kind === "named" && target.type.kind === "struct" && linkOf(target.type) !== undefined;
  return isNodes && Array.isArray(json) && json.length === 0 ? null : read(element, json, path, depth + 1);
}

function readNamed(type: NamedType, json: unknown, path: string, depth: number): unknown {
  switch (type.kind) {
    case "alias":
      return read(type.target, json, path, depth);
    case "enum":
      return readEnum(type, json, path);
    case "struct": {
      const link = linkOf(type);
      return link === undefined
        ? readFields(type, json, path, depth)
        : readList(type, link, json, path, depth);
    }
    case "union":
      return readUnion(type, readObject(json, path), path, depth);
  }
}

function readEnum(type: EnumType, json: unknown, path: string): number {
  const found = type.values.find((value) => value.name === json || value.value === json);
  return found?.value ?? fail(path, `a value of enum ${type.name}`, json);
}

function readObject(json: unknown, path: string): Fields {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Fields;
  return fail(path, "an object", json);
}

function readFields(type: StructType, json: unknown, path: string, depth: number, link?: string): Fields {
  const object = readObject(json, path);
  const value: Fields = {};
  for (const field of type.fields) {
    const given = Object.hasOwn(object, field.name) ? object[field.name] : undefined;
    define(
      value,
      field.name,
      field.name === link ? null : read(field.type, given, `${path}.${field.name}`, depth + 1),
    );
  }
  const known = new Set(type.fields.map((field) => field.name));
  const stray = Object.keys(object).find((name) => !known.has(name));
  if (stray !== undefined) fail(`${path}.${stray}`, `a field of ${type.name}`, object[stray]);
  return value;
}

function readList(type: StructType, link: string, json: unknown, path: string, depth: number): Fields {
  if (!Array.isArray(json) || json.length === 0) return fail(path, "an array of at least one node", json);
  let next: Fields | null = null;
  for (let index = json.length - 1; index >= 0; index--) {
    const node = readFields(type, json[index], `${path}[${index}]`, depth + 1, link);
    define(node, link, next);
    next = node;
  }
  return next as Fields;
}

function readUnion(type: UnionType, object: Fields, path: string, depth: number): Fields {
  const { name } = type.discriminant;
  const discriminant = read(type.discriminant.type, object[name], `${path}.${name}`, depth + 1);
  const value: Fields = {};
  define(value, name, discriminant);
  const arm = armOf(type, Number(discriminant));
  if (arm.field === undefined) return value;
  const property = armName(type, arm);
  define(value, property, read(arm.field.type, object[property], `${path}.${property}`, depth + 1));
  return value;
}

function write(type: Type, value: unknown, depth: number): unknown {
  if (depth > MAX_JSON_DEPTH) fail("$", `at most ${MAX_JSON_DEPTH} levels`, "more");
  switch (type.kind) {
    case "void":
      return null;
    case "hyper":
    case "uhyper": {
      const number = Number(value as bigint);
      return Number.isSafeInteger(number) ? number : `${value as bigint}`;
    }
    case "float":
    case "double":
      return Number.isFinite(value) ? value : `${value as number}`;
    case "opaque":
    case "opaqueFixed":
    case "quadruple":
      return writeBytes(value as Uint8Array);
    case "array":
    case "vector":
      return (value as readonly unknown[]).map((item) => write(type.element, item, depth + 1));
    case "optional":
      if (value === null) return null;
      if (isBoxed(type)) return { value: write(type.element, (value as Fields).value, depth + 1) };
      return write(type.element, value, depth + 1);
    case "named":
      return writeNamed(type.type, value, depth);
    default:
      return value;
  }
}

function writeBytes(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!/\p{C}/u.test(text)) return text;
  } catch {
    // Not UTF-8: shown as hexadecimal digits.
  }
  return { hex: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

function writeNamed(type: NamedType, value: unknown, depth: number): unknown {
  switch (type.kind) {
    case "alias":
      return write(type.target, value, depth);
    case "enum":
      return type.values.find((candidate) => candidate.value === value)?.name ?? value;
    case "struct": {
      const link = linkOf(type);
      return link === undefined
        ? writeFields(type, value as Fields, depth)
        : writeList(type, link, value, depth);
    }
    case "union": {
      const object = value as Fields;
      const { name } = type.discriminant;
      const json: Fields = {};
      define(json, name, write(type.discriminant.type, object[name], depth + 1));
      const arm = armOf(type, Number(object[name]));
      const property = armName(type, arm);
      if (arm.field !== undefined) define(json, property, write(arm.field.type, object[property], depth + 1));
      return json;
    }
  }
}

function writeFields(type: StructType, value: Fields, depth: number, link?: string): Fields {
  const json: Fields = {};
  for (const field of type.fields) {
    if (field.name !== link) define(json, field.name, write(field.type, value[field.name], depth + 1));
  }
  return json;
}

function writeList(type: StructType, link: string, value: unknown, depth: number): Fields[] {
  const nodes: Fields[] = [];
  for (let node = value as Fields | null; node !== null; node = node[link] as Fields | null) {
    nodes.push(writeFields(type, node, depth + 1, link));
  }
  return nodes;
}
