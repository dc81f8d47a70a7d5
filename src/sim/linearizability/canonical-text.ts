/**
 * Plain values as text, one text for equal values: the key of states, inputs and outputs, and how people see them.
 * Objects are written with their keys in order, so that `{ a, b }` and `{ b, a }` are equal.
 */

/** Levels of arrays and objects within each other. */
export const MAX_DEPTH = 64;

/**
 * The text of a value made of undefined, null, booleans, numbers, bigints, strings, `Uint8Array`s, arrays and plain objects.
 * @throws TypeError for anything else; RangeError beyond `MAX_DEPTH`.
 */
export function canonicalText(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "undefined":
    case "boolean":
      return String(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "string":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : textOfObject(value, depth);
    default:
      throw new TypeError(`a ${typeof value} is no plain value: give the model a key of its own`);
  }
}

function textOfObject(value: object, depth: number): string {
  if (depth === MAX_DEPTH) throw new RangeError(`a value has more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + canonicalText(value[i], depth + 1);
    return `${text}]`;
  }
  if (value instanceof Uint8Array) return textOfBytes(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("an object of a class is no plain value: give the model a key of its own");
  }
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalText(field, depth + 1)}`).join()}}`;
}

function textOfBytes(bytes: Uint8Array): string {
  let text = "bytes(";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return `${text})`;
}

/** Whether two plain values are equal. */
export function samePlain(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return canonicalText(a) === canonicalText(b);
}
