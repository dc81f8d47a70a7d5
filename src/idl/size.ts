/**
 * The fewest bytes that a value of a type takes: bounds what a decoder allocates for a count that it was told, and
 * finds types that contain themselves without an end.
 */
import { type NamedType, namesIn, type Type } from "./model.ts";

export type Sizes = ReadonlyMap<NamedType, number>;

/**
 * Sizes of all the types; Infinity for one that no value can have. A least fixed point, from above: a type is computed
 * again when one that it is made of has changed.
 */
export function minimumBytes(types: readonly NamedType[]): Sizes {
  const sizes = new Map<NamedType, number>(types.map((type) => [type, Number.POSITIVE_INFINITY]));
  const users = new Map<NamedType, NamedType[]>(types.map((type) => [type, []]));
  for (const type of types) for (const part of namesIn(type)) users.get(part)?.push(type);
  const waiting = new Set(types);
  for (const type of waiting) {
    waiting.delete(type);
    const size = namedSize(type, sizes);
    if (size === sizes.get(type)) continue;
    sizes.set(type, size);
    for (const user of users.get(type) ?? []) waiting.add(user);
  }
  return sizes;
}

function namedSize(type: NamedType, sizes: Sizes): number {
  switch (type.kind) {
    case "enum":
      return 4;
    case "alias":
      return sizeOf(type.target, sizes);
    case "struct":
      return type.fields.reduce((sum, field) => sum + sizeOf(field.type, sizes), 0);
    case "union":
      return (
        4 + Math.min(...type.arms.map((arm) => (arm.field === undefined ? 0 : sizeOf(arm.field.type, sizes))))
      );
  }
}

/** The fewest bytes of a value of the type, given those of the named ones. */
export function sizeOf(type: Type, sizes: Sizes): number {
  switch (type.kind) {
    case "void":
      return 0;
    case "hyper":
    case "uhyper":
    case "double":
      return 8;
    case "quadruple":
      return 16;
    case "opaqueFixed":
      return Math.ceil(type.length / 4) * 4;
    case "vector":
      return type.length === 0 ? 0 : times(type.length, sizeOf(type.element, sizes));
    case "named":
      return sizes.get(type.type) ?? Number.POSITIVE_INFINITY;
    default:
      return 4;
  }
}

/** Arrays of arrays may take more than a number counts, and yet they end. */
function times(length: number, size: number): number {
  return size === Number.POSITIVE_INFINITY ? size : Math.min(length * size, Number.MAX_SAFE_INTEGER);
}
