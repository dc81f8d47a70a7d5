/** A `.x` file as it is written: names not looked up yet. The parser's output and the resolver's input. */
import type { Position } from "./source.ts";

/** A number, or the name of a constant; strings occur as values of constants alone. */
export type Value =
  | { readonly kind: "number"; readonly value: bigint; readonly at: Position }
  | { readonly kind: "string"; readonly value: string; readonly at: Position }
  | { readonly kind: "name"; readonly name: string; readonly at: Position };

export const PRIMITIVES = [
  "bool",
  "char",
  "uchar",
  "short",
  "ushort",
  "int",
  "uint",
  "hyper",
  "uhyper",
  "float",
  "double",
  "quadruple",
] as const;

/** The types of the language that have no parts. `long` is `int` on the wire. */
export type Primitive = (typeof PRIMITIVES)[number];

export type TypeSpec =
  | { readonly kind: "primitive"; readonly name: Primitive; readonly at: Position }
  | { readonly kind: "string" | "opaque" | "void"; readonly at: Position }
  | {
      readonly kind: "name";
      readonly name: string;
      /** As written before the name, in C's manner. */
      readonly prefix: "struct" | "union" | "enum" | undefined;
      readonly at: Position;
    };

/** What stands around the declared name: `x`, `*x`, `x[n]`, `x<n>`. */
export type Shape =
  | { readonly kind: "plain" }
  | { readonly kind: "pointer" }
  | { readonly kind: "fixed"; readonly length: Value }
  | { readonly kind: "variable"; readonly max: Value | undefined };

/** A field, an arm of a union, an argument of a procedure, or what a typedef names. */
export interface Declaration {
  readonly type: TypeSpec;
  readonly shape: Shape;
  /** Empty for void, and for an argument without a name. */
  readonly name: string;
  readonly at: Position;
  readonly doc: string | undefined;
}

interface Defined {
  readonly name: string;
  readonly at: Position;
  readonly doc: string | undefined;
}

export interface ConstDefinition extends Defined {
  readonly kind: "const";
  readonly value: Value;
}

export interface Enumerator extends Defined {
  /** Undefined: one more than the one before, or 0. */
  readonly value: Value | undefined;
}

export interface EnumDefinition extends Defined {
  readonly kind: "enum";
  readonly values: readonly Enumerator[];
}

export interface StructDefinition extends Defined {
  readonly kind: "struct";
  readonly fields: readonly Declaration[];
}

export interface UnionArm {
  /** The labels before the declaration; the default arm has none. */
  readonly labels: readonly Value[];
  readonly isDefault: boolean;
  readonly declaration: Declaration;
}

export interface UnionDefinition extends Defined {
  readonly kind: "union";
  readonly discriminant: Declaration;
  readonly arms: readonly UnionArm[];
}

export interface TypedefDefinition extends Defined {
  readonly kind: "typedef";
  readonly declaration: Declaration;
}

export interface ProcedureDefinition extends Defined {
  readonly result: Declaration;
  /** Empty for `(void)`. */
  readonly args: readonly Declaration[];
  readonly number: Value;
  readonly idempotent: boolean;
}

export interface VersionDefinition extends Defined {
  readonly procedures: readonly ProcedureDefinition[];
  readonly number: Value;
}

export interface ProgramDefinition extends Defined {
  readonly kind: "program";
  readonly versions: readonly VersionDefinition[];
  readonly number: Value;
}

export type TypeDefinition = EnumDefinition | StructDefinition | UnionDefinition | TypedefDefinition;
export type Definition = ConstDefinition | TypeDefinition | ProgramDefinition;
