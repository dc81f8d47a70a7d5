/** Plain data: what JSON gives back as it was. */

/** Deeper data is no plan: a structure that contains itself, most likely. */
const MAX_DEPTH = 64;

/**
 * Why `value` would not come back from JSON as it is, or undefined. A field that is undefined goes missing, which a
 * reader cannot tell from one that is not there, so it may be.
 */
export function notPlain(value: unknown, path: string, depth = 0): string | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return undefined;
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? undefined
      : `${path} is ${Object.is(value, -0) ? "-0" : value}`;
  }
  if (typeof value !== "object") return `${path} is of type ${typeof value}`;
  if (depth === MAX_DEPTH) return `${path} lies deeper than ${MAX_DEPTH} levels`;
  if (!Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      return `${path} is a ${value.constructor?.name ?? "object"}`;
  }
  for (const [name, item] of Object.entries(value)) {
    const why =
      item === undefined && !Array.isArray(value) ? undefined : notPlain(item, `${path}.${name}`, depth + 1);
    if (why !== undefined) return why;
  }
  return undefined;
}
