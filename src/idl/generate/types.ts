/** The TypeScript types of a model's types. */
import { type Arm, isBoxed, type NamedType, resolveAlias, type Type, type UnionType } from "../model.ts";
import { docLines, propertyKey } from "./names.ts";
import type { Scope } from "./scope.ts";

/** A type as an expression. */
export function typeText(type: Type, scope: Scope): string {
  switch (type.kind) {
    case "void":
      return "void";
    case "bool":
      return "boolean";
    case "hyper":
    case "uhyper":
      return "bigint";
    case "string":
      return "string";
    case "quadruple":
    case "opaque":
    case "opaqueFixed":
      return "Uint8Array";
    case "array":
    case "vector":
      return `${typeText(type.element, scope)}[]`;
    case "optional":
      if (isBoxed(type)) return `{ value: ${typeText(type.element, scope)} } | null`;
      return `${typeText(type.element, scope)} | null`;
    case "named":
      return scope.nameOf(type.type);
    default:
      return "number";
  }
}

/** The declaration of a named type. */
export function typeDeclaration(type: NamedType, scope: Scope): string[] {
  const name = scope.nameOf(type);
  const doc = docLines(type.doc);
  switch (type.kind) {
    case "enum": {
      const values = type.values.flatMap((value) => [
        ...docLines(value.doc, "  "),
        `  ${propertyKey(value.name)}: ${value.value},`,
      ]);
      const union = `export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
      return [...doc, `export const ${name} = {`, ...values, "} as const;", union];
    }
    case "struct": {
      const fields = type.fields.flatMap((field) => [
        ...docLines(field.doc, "  "),
        `  ${propertyKey(field.name)}: ${typeText(field.type, scope)};`,
      ]);
      return [...doc, `export interface ${name} {`, ...fields, "}"];
    }
    case "union":
      return [...doc, `export type ${name} =`, ...unionVariants(type, scope)];
    case "alias":
      return [...doc, `export type ${name} = ${typeText(type.target, scope)};`];
  }
}

function unionVariants(type: UnionType, scope: Scope): string[] {
  return type.arms.map((arm, index) => {
    const discriminant = `${propertyKey(type.discriminant.name)}: ${discriminantType(type, arm, scope)}`;
    const field = arm.field === undefined ? "" : `; ${armKey(type, arm)}: ${typeText(arm.field.type, scope)}`;
    return `  | { ${discriminant}${field} }${index === type.arms.length - 1 ? ";" : ""}`;
  });
}

/** The property that holds an arm's value. One named like the discriminant gets underscores until no arm has the name. */
export function armName(type: UnionType, arm: Arm): string {
  let name = arm.field?.name ?? "";
  if (name !== type.discriminant.name) return name;
  do name += "_";
  while (type.arms.some(({ field }) => field?.name === name));
  return name;
}

function armKey(type: UnionType, arm: Arm): string {
  return propertyKey(armName(type, arm));
}

function discriminantType(type: UnionType, arm: Arm, scope: Scope): string {
  const literals = arm.labels.map((label) => discriminantLiteral(type, label));
  if (!arm.isDefault) return literals.join(" | ");
  const whole = typeText(type.discriminant.type, scope);
  const others = type.arms.filter((other) => other !== arm).flatMap((other) => other.labels);
  if (!hasUnitValues(type) || others.length === 0) return whole;
  return `Exclude<${whole}, ${others.map((label) => discriminantLiteral(type, label)).join(" | ")}>`;
}

/** A value of the discriminant as a literal. */
export function discriminantLiteral(type: UnionType, label: number): string {
  return resolveAlias(type.discriminant.type).kind === "bool" ? `${label === 1}` : `${label}`;
}

/** True if TypeScript knows every value of the discriminant one by one, and so can tell the default arm. */
export function hasUnitValues(type: UnionType): boolean {
  const { kind } = resolveAlias(type.discriminant.type);
  return kind === "named" || kind === "bool";
}

/** True if an arm is there for every value that the discriminant may have. */
export function coversAll(type: UnionType): boolean {
  return type.arms.at(-1)?.isDefault || labelsCoverAll(type);
}

/** True if the labels alone name every value that the discriminant may have. */
export function labelsCoverAll(type: UnionType): boolean {
  const labels = new Set(type.arms.flatMap((arm) => arm.labels));
  const discriminant = resolveAlias(type.discriminant.type);
  if (discriminant.kind === "bool") return labels.size === 2;
  if (discriminant.kind !== "named" || discriminant.type.kind !== "enum") return false;
  return discriminant.type.values.every(({ value }) => labels.has(value));
}
