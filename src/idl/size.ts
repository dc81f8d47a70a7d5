/**
 * The fewest bytes that a value of a type takes: bounds what a decoder allocates for a count that it was told, and
 * finds types that contain themselves without an end.
 */
import type { NamedType, Type } from "./model.ts";

export type Sizes = ReadonlyMap<NamedType, number>;

/** Sizes of all the types; Infinity for one that no value can have. Least fixed point, from above. */
export function minimumBytes(types: readonly NamedType[]): Sizes {
  const sizes = new Map<NamedType, number>(types.map((type) => [type, Number.POSITIVE_INFINITY]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const type of types) {
      const size = namedSize(type, sizes);
      if (size === sizes.get(type)) continue;
      sizes.set(type, size);
      changed = true;
    }
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
      return type.length === 0 ? 0 : type.length * sizeOf(type.element, sizes);
    case "named":
      return sizes.get(type.type) ?? Number.POSITIVE_INFINITY;
    default:
      return 4;
  }
}
