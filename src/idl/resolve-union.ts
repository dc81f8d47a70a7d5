/** The arms of a union: labels of the discriminant's type, each once, and an arm for every value that may occur. */
import type { Declaration, UnionDefinition, Value } from "./ast.ts";
import { checkUnique } from "./check-unique.ts";
import type { Constants } from "./constants.ts";
import { IdlError } from "./errors.ts";
import { type Arm, type Field, RANGES, resolveAlias, type Type } from "./model.ts";
import type { Position } from "./source.ts";

export function resolveUnionArms(
  definition: UnionDefinition,
  discriminant: Type,
  constants: Constants,
  fieldOf: (declaration: Declaration) => Field,
): Arm[] {
  const labelOf = labelReader(definition, resolveAlias(discriminant), constants);
  const seen = new Set<number>();
  const names = new Map<string, Position>();
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
    const { declaration, isDefault } = arm;
    if (declaration.type.kind === "void") return { labels, isDefault, field: undefined };
    checkUnique(names, declaration.name, declaration.at, `arm of ${definition.name}`);
    return { labels, isDefault, field: fieldOf(declaration) };
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
  const range = type.kind === "bool" ? ([0, 1] as const) : RANGES[type.kind];
  if (range === undefined) {
    const expected = "expected a discriminant of type int, unsigned int, bool or an enum";
    throw new IdlError("IDL_TYPE", definition.discriminant.type.at, `union ${definition.name}: ${expected}`);
  }
  return (label) => constants.numberIn(label, range[0], range[1], "the case");
}
