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
import { QUADRUPLE_BYTES } from "../marshal/index.ts";
import { CoterieError } from "../world/index.ts";
import { armOf, define, findArm, linkOf } from "./dynamic.ts";
import { armName } from "./generate/types.ts";
import {
  type EnumType,
  isBoxed,
  type NamedType,
  RANGES,
  resolveAlias,
  type StructType,
  type Type,
  type UnionType,
} from "./model.ts";

/** JSON that nests deeper is refused. */
export const MAX_JSON_DEPTH = 512;

type Fields = Record<string, unknown>;

const utf8 = new TextEncoder();

/** The value of `type` that the JSON means. Fails with IDL_JSON, which names the place. */
export function fromJson(type: Type, json: unknown): unknown {
  return read(type, json, "$", 0);
}

/** The JSON of a value of `type`. */
export function toJson(type: Type, value: unknown): unknown {
  return write(type, value, 0);
}

function fail(path: string, expected: string, found: unknown): never {
  const text = describe(found).slice(0, 80);
  throw new CoterieError("IDL_JSON", `${path}: expected ${expected}, found ${text}`, {
    details: { path, expected },
  });
}

function describe(found: unknown): string {
  if (found === undefined) return "nothing";
  return typeof found === "bigint" ? `${found}` : (JSON.stringify(found) ?? typeof found);
}

function read(type: Type, json: unknown, path: string, depth: number): unknown {
  if (depth > MAX_JSON_DEPTH) fail(path, `at most ${MAX_JSON_DEPTH} levels`, "more");
  switch (type.kind) {
    case "void":
      return json === undefined || json === null ? undefined : fail(path, "nothing (void)", json);
    case "bool":
      return typeof json === "boolean" ? json : fail(path, "true or false", json);
    case "string":
      if (typeof json !== "string") return fail(path, "a string", json);
      if (/\p{Surrogate}/u.test(json)) return fail(path, "a string without half surrogate pairs", json);
      checkLength(utf8.encode(json).length, 0, type.max, "bytes", path);
      return json;
    case "float":
    case "double":
      return readFloat(json, path);
    case "hyper":
    case "uhyper":
      return readHyper(json, type.kind === "hyper", path);
    case "opaque":
      return readBytes(json, 0, type.max, path);
    case "opaqueFixed":
      return readBytes(json, type.length, type.length, path);
    case "quadruple":
      return readBytes(json, QUADRUPLE_BYTES, QUADRUPLE_BYTES, path);
    case "array":
    case "vector":
      if (!Array.isArray(json)) return fail(path, "an array", json);
      if (type.kind === "array") checkLength(json.length, 0, type.max, "elements", path);
      else checkLength(json.length, type.length, type.length, "elements", path);
      return json.map((item, index) => read(type.element, item, `${path}[${index}]`, depth + 1));
    case "optional":
      if (isBoxed(type)) return readBoxed(type.element, json, path, depth);
      return readOptional(type.element, json, path, depth);
    case "named":
      return readNamed(type.type, json, path, depth);
    default:
      return readWhole(type.kind, json, path);
  }
}

function readWhole(kind: string, json: unknown, path: string): number {
  const [low, high] = RANGES[kind] as readonly [number, number];
  if (typeof json !== "number" || !Number.isInteger(json)) return fail(path, "a whole number", json);
  return json >= low && json <= high ? json : fail(path, `a whole number of ${low} to ${high}`, json);
}

function checkLength(length: number, low: number, high: number, unit: string, path: string): void {
  if (length < low || length > high) {
    fail(path, `${low === high ? "" : "at most "}${high} ${unit}`, length);
  }
}

function readFloat(json: unknown, path: string): number {
  if (typeof json === "number") return json;
  if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
  return fail(path, "a number", json);
}

function readHyper(json: unknown, isSigned: boolean, path: string): bigint {
  const isExact = typeof json === "bigint" || Number.isSafeInteger(json);
  if (!isExact && !(typeof json === "string" && /^-?\d{1,20}$/.test(json))) {
    return fail(path, "a whole number of at most 2^53 - 1, or a string of digits", json);
  }
  const value = BigInt(json as bigint | number | string);
  const fits = (isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value;
  return fits ? value : fail(path, isSigned ? "a number of 64 bits" : "a number of 0 to 2^64 - 1", json);
}

function readBytes(json: unknown, low: number, high: number, path: string): Uint8Array {
  const bytes = bytesOf(json, path);
  checkLength(bytes.length, low, high, "bytes", path);
  return bytes;
}

function bytesOf(json: unknown, path: string): Uint8Array {
  if (typeof json === "string") return utf8.encode(json);
  const hex = typeof json === "object" && json !== null ? (json as Fields).hex : undefined;
  if (typeof hex !== "string" || !/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    return fail(path, 'a string, or {"hex": "…"} with two digits for each byte', json);
  }
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function readBoxed(element: Type, json: unknown, path: string, depth: number): unknown {
  if (json === null) return null;
  const object = readObject(json, path);
  refuseStray(object, ["value"], 'the one property "value"', path);
  return { value: read(element, object.value, `${path}.value`, depth + 1) };
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
    const given = own(object, field.name);
    define(
      value,
      field.name,
      field.name === link ? null : read(field.type, given, `${path}.${field.name}`, depth + 1),
    );
  }
  const known = type.fields.map((field) => field.name);
  refuseStray(object, known, `a field of ${type.name}`, path);
  return value;
}

/** What the JSON itself says, and not what every object inherits. */
function own(object: Fields, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function refuseStray(object: Fields, known: readonly string[], expected: string, path: string): void {
  const names = new Set(known);
  const stray = Object.keys(object).find((name) => !names.has(name));
  if (stray !== undefined) fail(`${path}.${stray}`, expected, object[stray]);
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
  const given = own(object, name);
  const discriminant = read(type.discriminant.type, given, `${path}.${name}`, depth + 1);
  const value: Fields = {};
  define(value, name, discriminant);
  const arm = findArm(type, Number(discriminant));
  if (arm === undefined) return fail(`${path}.${name}`, `a case of union ${type.name}`, given);
  const property = arm.field === undefined ? name : armName(type, arm);
  refuseStray(object, [name, property], `${type.name} to have no such property in this case`, path);
  if (arm.field === undefined) return value;
  define(value, property, read(arm.field.type, own(object, property), `${path}.${property}`, depth + 1));
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
