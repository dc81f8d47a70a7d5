/** The arms of a union: labels of the discriminant's type, each once, and an arm for every value that may occur. */
import type { Declaration, UnionDefinition, Value } from "./ast.ts";
import type { Constants } from "./constants.ts";
import { IdlError } from "./errors.ts";
import { type Arm, type Field, resolveAlias, type Type } from "./model.ts";

/** Whole numbers that a discriminant may be, other than an enum's. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  bool: [0, 1],
  char: [-128, 127],
  uchar: [0, 255],
  short: [-32_768, 32_767],
  ushort: [0, 65_535],
  int: [-(2 ** 31), 2 ** 31 - 1],
  uint: [0, 2 ** 32 - 1],
};

export function resolveUnionArms(
  definition: UnionDefinition,
  discriminant: Type,
  constants: Constants,
  fieldOf: (declaration: Declaration) => Field,
): Arm[] {
  const labelOf = labelReader(definition, resolveAlias(discriminant), constants);
  const seen = new Set<number>();
  return definition.arms.map((arm) => {
    const labels = arm.labels.map((label) => {
      const value = labelOf(label);
      if (seen.has(value)) {
        throw new IdlError(
          "IDL_DUPLICATE",
          label.at,
          `union ${definition.name}: case ${value} is there already`,
        );
      }
      seen.add(value);
      return value;
    });
    const isVoid = arm.declaration.type.kind === "void";
    return { labels, isDefault: arm.isDefault, field: isVoid ? undefined : fieldOf(arm.declaration) };
  });
}

function labelReader(
  definition: UnionDefinition,
  type: Type,
  constants: Constants,
): (label: Value) => number {
  if (type.kind === "named" && type.type.kind === "enum") {
    const { name, values } = type.type;
    const allowed = new Set(values.map((value) => value.value));
    return (label) => {
      const value = Number(constants.number(label));
      if (allowed.has(value)) return value;
      throw new IdlError("IDL_RANGE", label.at, `case ${value}: expected a value of enum ${name}`);
    };
  }
  const range = RANGES[type.kind];
  if (range === undefined) {
    const expected = "expected a discriminant of type int, unsigned int, bool or an enum";
    throw new IdlError("IDL_TYPE", definition.discriminant.type.at, `union ${definition.name}: ${expected}`);
  }
  return (label) => constants.numberIn(label, range[0], range[1], "the case");
}
