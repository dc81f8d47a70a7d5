/** Programs: numbers in range, and every version and procedure once. */
import type { Declaration, ProcedureDefinition, ProgramDefinition, Value, VersionDefinition } from "./ast.ts";
import { checkUnique } from "./check-unique.ts";
import type { Constants } from "./constants.ts";
import type { Field, ModelProcedure, ModelVersion } from "./model.ts";
import type { Position } from "./source.ts";

const UINT_MAX = 2 ** 32 - 1;

type FieldOf = (declaration: Declaration) => Field;

export function resolveProgram(
  definition: ProgramDefinition,
  constants: Constants,
  fieldOf: FieldOf,
): ModelVersion[] {
  const { name } = definition;
  const program = { name, number: numberOf(definition.number, name, constants) };
  const seen = new Map<string, Position>();
  return definition.versions.map((version) => {
    const resolved = resolveVersion(version, program, constants, fieldOf);
    checkUnique(seen, version.name, version.at, `version of ${name}`);
    checkUnique(seen, `${resolved.number}`, version.at, `version number of ${name}`);
    return resolved;
  });
}

function numberOf(value: Value, name: string, constants: Constants): number {
  return constants.numberIn(value, 0, UINT_MAX, `the number of ${name}`);
}

function resolveVersion(
  definition: VersionDefinition,
  program: ModelVersion["program"],
  constants: Constants,
  fieldOf: FieldOf,
): ModelVersion {
  const { name, at, doc } = definition;
  const seen = new Map<string, Position>();
  const procedures = definition.procedures.map((procedure) => {
    const resolved = resolveProcedure(procedure, constants, fieldOf);
    checkUnique(seen, procedure.name, procedure.at, `procedure of ${name}`);
    checkUnique(seen, `${resolved.number}`, procedure.at, `procedure number of ${name}`);
    return resolved;
  });
  procedures.sort((a, b) => a.number - b.number);
  return { name, at, doc, program, number: numberOf(definition.number, name, constants), procedures };
}

function resolveProcedure(
  { name, at, doc, args, result, number, idempotent }: ProcedureDefinition,
  constants: Constants,
  fieldOf: FieldOf,
): ModelProcedure {
  return {
    name,
    at,
    doc,
    number: numberOf(number, name, constants),
    args: args.map(fieldOf),
    result: fieldOf(result).type,
    idempotent,
  };
}
