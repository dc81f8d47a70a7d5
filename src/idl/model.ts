/**
 * A `.x` file as it is meant: every name looked up, every number computed and checked. The generator, the dynamic
 * codecs and tests all work from this.
 */
import type { Primitive } from "./ast.ts";
import type { Position } from "./source.ts";

/** Greatest length of what has none declared. */
export const UNBOUNDED = 0xffff_ffff;

/** The whole numbers of up to 32 bits, from the least to the greatest. */
export const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  char: [-128, 127],
  uchar: [0, 255],
  short: [-32_768, 32_767],
  ushort: [0, 65_535],
  int: [-(2 ** 31), 2 ** 31 - 1],
  uint: [0, 2 ** 32 - 1],
};

/**
 * Any type of XDR (RFC 4506), with names resolved and lengths computed. Lengths and bounds are in elements,
 * of `string` and `opaque` in bytes.
 */
export type Type =
  | { readonly kind: "void" }
  | { readonly kind: Primitive }
  /** UTF-8 of at most `max` bytes. */
  | { readonly kind: "string"; readonly max: number }
  | { readonly kind: "opaque"; readonly max: number }
  | { readonly kind: "opaqueFixed"; readonly length: number }
  | { readonly kind: "array"; readonly element: Type; readonly max: number }
  | { readonly kind: "vector"; readonly element: Type; readonly length: number }
  | { readonly kind: "optional"; readonly element: Type }
  | { readonly kind: "named"; readonly type: NamedType };

interface Named {
  readonly name: string;
  readonly at: Position;
  readonly doc: string | undefined;
}

/** A `const`: an integer, or the text of one that is a string. */
export interface Constant extends Named {
  readonly value: bigint | string;
}

/** An `enum`, with its values as they were written, in order. */
export interface EnumType extends Named {
  readonly kind: "enum";
  readonly values: readonly {
    readonly name: string;
    readonly value: number;
    readonly doc: string | undefined;
  }[];
}

/** A member of a struct, an arm's content, or an argument. */
export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly doc: string | undefined;
}

/** A `struct`. */
export interface StructType extends Named {
  readonly kind: "struct";
  readonly fields: readonly Field[];
}

/** One arm of a union: what it holds where the discriminant has one of its labels. */
export interface Arm {
  /** Values of the discriminant; of the default arm, those that it shares with `case` labels. */
  readonly labels: readonly number[];
  readonly isDefault: boolean;
  /** Undefined for void. */
  readonly field: Field | undefined;
}

/** A discriminated `union` (RFC 4506 section 4.15). */
export interface UnionType extends Named {
  readonly kind: "union";
  readonly discriminant: { readonly name: string; readonly type: Type };
  /** The default arm, if any, is last. */
  readonly arms: readonly Arm[];
}

/** A `typedef`. */
export interface AliasType extends Named {
  readonly kind: "alias";
  readonly target: Type;
}

/** A type that has a name of its own in the file. */
export type NamedType = EnumType | StructType | UnionType | AliasType;

/** One procedure of a program's version, as RFC 5531 section 12 declares them. */
export interface ModelProcedure extends Named {
  readonly number: number;
  /** Names are empty where the file gives none. */
  readonly args: readonly Field[];
  readonly result: Type;
  readonly idempotent: boolean;
}

/** One version of an ONC RPC program. */
export interface ModelVersion extends Named {
  readonly program: { readonly name: string; readonly number: number };
  readonly number: number;
  /** In the order of their numbers. */
  readonly procedures: readonly ModelProcedure[];
}

/** A whole `.x` file with everything that it includes: constants, types, and programs by version. */
export interface Model {
  readonly constants: readonly Constant[];
  /** In the order of their declaration, those taken from other files last. */
  readonly types: readonly NamedType[];
  readonly versions: readonly ModelVersion[];
}

/**
 * True if what is optional is optional itself, through a typedef. `null` cannot tell its two absences apart, so a
 * value that is present is wrapped as `{ value }`.
 */
export function isBoxed(optional: Type & { kind: "optional" }): boolean {
  return resolveAlias(optional.element).kind === "optional";
}

/** The type behind any number of typedefs. */
export function resolveAlias(type: Type): Type {
  let resolved = type;
  while (resolved.kind === "named" && resolved.type.kind === "alias") resolved = resolved.type.target;
  return resolved;
}

/** The types of a type's own parts: fields, arms, discriminant, or what a typedef stands for. */
export function partsOf(type: NamedType): Type[] {
  switch (type.kind) {
    case "enum":
      return [];
    case "alias":
      return [type.target];
    case "struct":
      return type.fields.map((field) => field.type);
    case "union": {
      const fields = type.arms.flatMap((arm) => (arm.field === undefined ? [] : [arm.field.type]));
      return [type.discriminant.type, ...fields];
    }
  }
}

/** The named types that a type's parts mention. */
export function namesIn(type: NamedType): NamedType[] {
  return partsOf(type).flatMap(namedType);
}

/** The named type that a type is or holds, as a list of none or one. */
export function namedType(type: Type): NamedType[] {
  if (type.kind === "named") return [type.type];
  if (type.kind === "array" || type.kind === "vector" || type.kind === "optional")
    return namedType(type.element);
  return [];
}
