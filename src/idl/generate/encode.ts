/** Encoders: one function for a named type, a statement for each part, no tables and no interpretation. */
import {
  type Arm,
  type EnumType,
  isBoxed,
  type NamedType,
  type StructType,
  type Type,
  UNBOUNDED,
  type UnionType,
} from "../model.ts";
import { propertyKey, propertyOf } from "./names.ts";
import { isList } from "./recursion.ts";
import type { Scope } from "./scope.ts";
import { armName, coversAll, discriminantLiteral, hasUnitValues, labelsCoverAll } from "./types.ts";

/** The statements that encode the expression `value`. */
export function encodeStatements(type: Type, value: string, scope: Scope): string[] {
  switch (type.kind) {
    case "void":
      return [];
    case "string":
    case "opaque":
      return [`w.${type.kind}(${value}${limit(type.max)});`];
    case "opaqueFixed":
      return [`w.opaqueFixed(${value}, ${type.length});`];
    case "quadruple":
      return [`w.opaqueFixed(${value}, 16);`];
    case "array":
      return [`w.count(${value}.length${limit(type.max)});`, ...encodeEach(type.element, value, scope)];
    case "vector":
      return [`w.vector(${value}.length, ${type.length});`, ...encodeEach(type.element, value, scope)];
    case "optional":
      return [
        `if (${value} === null) w.bool(false);`,
        "else {",
        "  w.bool(true);",
        ...indent(encodeStatements(type.element, isBoxed(type) ? `${value}.value` : value, scope)),
        "}",
      ];
    case "named":
      return [`${scope.of("encode", type.type)}(w, ${value});`];
    default:
      return [`w.${type.kind}(${value});`];
  }
}

function limit(max: number): string {
  return max === UNBOUNDED ? "" : `, ${max}`;
}

function encodeEach(element: Type, value: string, scope: Scope): string[] {
  return [`for (const item of ${value}) {`, ...indent(encodeStatements(element, "item", scope)), "}"];
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** `encode_T` and what it needs. */
export function encoder(type: NamedType, scope: Scope): string[] {
  const name = scope.of("encode", type);
  const head = `export function ${name}(w: XdrWriter, v: ${scope.nameOf(type)}): void {`;
  const body = encoderBody(type, scope);
  const before = type.kind === "struct" && isList(type) ? listNodeEncoder(type, scope) : [];
  if (!scope.recursive.has(type)) return [...before, head, ...indent(body), "}"];
  const bounded = ["w.enter();", "try {", ...indent(body), "} finally {", "  w.leave();", "}"];
  return [...before, head, ...indent(bounded), "}"];
}

function encoderBody(type: NamedType, scope: Scope): string[] {
  switch (type.kind) {
    case "enum":
      return [`w.int(${scope.of("check", type)}(v));`];
    case "alias":
      return encodeStatements(type.target, "v", scope);
    case "struct":
      return isList(type) ? listBody(type, scope) : structBody(type.fields, scope);
    case "union":
      return unionBody(type, scope);
  }
}

function structBody(fields: StructType["fields"], scope: Scope): string[] {
  return fields.flatMap((field) => encodeStatements(field.type, propertyOf("v", field.name), scope));
}

/** Encodes all of a list's node but its link. */
function listNodeEncoder(type: StructType, scope: Scope): string[] {
  const name = scope.of("encode", type, "_node");
  const head = `function ${name}(w: XdrWriter, v: ${scope.nameOf(type)}): void {`;
  return [head, ...indent(structBody(type.fields.slice(0, -1), scope)), "}", ""];
}

function listBody(type: StructType, scope: Scope): string[] {
  const link = propertyOf("node", type.fields.at(-1)?.name ?? "");
  return [
    `let node: ${scope.nameOf(type)} | null = v;`,
    "while (node !== null) {",
    `  ${scope.of("encode", type, "_node")}(w, node);`,
    `  node = ${link};`,
    "  w.bool(node !== null);",
    "}",
  ];
}

function unionBody(type: UnionType, scope: Scope): string[] {
  const discriminant = propertyOf("v", type.discriminant.name);
  // A default arm that no value is left for is never reached, and TypeScript knows.
  const arms = labelsCoverAll(type) ? type.arms.filter((arm) => arm.labels.length > 0) : type.arms;
  const cases = arms.flatMap((arm) => {
    const labels = arm.labels.map((label) => `case ${discriminantLiteral(type, label)}:`);
    if (arm.isDefault) labels.push("default:");
    const body = armBody(type, arm, scope);
    if (body[0]?.startsWith("const "))
      return [...labels.slice(0, -1), `${labels.at(-1)} {`, ...indent([...body, "return;"]), "}"];
    return [...labels, ...indent([...body, "return;"])];
  });
  // Where every arm is excluded, TypeScript takes the value for impossible; at run time it may be there.
  const impossible = propertyOf(
    `(v as { ${propertyKey(type.discriminant.name)}: unknown })`,
    type.discriminant.name,
  );
  const unknown = coversAll(type) ? [] : noSuchArm(type, impossible, scope);
  return [
    ...encodeStatements(type.discriminant.type, discriminant, scope),
    `switch (${discriminant}) {`,
    ...indent([...cases, ...unknown]),
    "}",
  ];
}

function armBody(type: UnionType, arm: Arm, scope: Scope): string[] {
  if (arm.field === undefined) return [];
  const name = armName(type, arm);
  if (hasUnitValues(type)) return encodeStatements(arm.field.type, propertyOf("v", name), scope);
  // Where the discriminant is a plain number, TypeScript cannot tell the arms apart by it.
  const value = `(v as Extract<${scope.nameOf(type)}, { ${propertyKey(name)}: unknown }>)`;
  return [`const arm = ${propertyOf(value, name)};`, ...encodeStatements(arm.field.type, "arm", scope)];
}

/** The default of a switch over a union whose arms leave values out. */
export function noSuchArm(type: UnionType, discriminant: string, scope: Scope): string[] {
  const message = `\`${scope.nameOf(type)}: no arm for ${type.discriminant.name} = \${${discriminant}}\``;
  return ["default:", `  throw new XdrError("XDR_RANGE", ${message});`];
}

/** `check_E`: passes the numbers that are values of an enum. */
export function enumChecker(type: EnumType, scope: Scope): string[] {
  const values = [...new Set(type.values.map((value) => value.value))].sort((a, b) => a - b);
  const name = scope.nameOf(type);
  const low = values[0] ?? 0;
  const high = values.at(-1) ?? 0;
  const contiguous = high - low === values.length - 1;
  const test = contiguous
    ? [`if (value >= ${low} && value <= ${high}) return value as ${name};`]
    : ["switch (value) {", ...values.map((value) => `  case ${value}:`), `    return value as ${name};`, "}"];
  return [
    `function ${scope.of("check", type)}(value: number): ${name} {`,
    ...indent(test),
    `  throw new XdrError("XDR_RANGE", \`${name}: \${value} is none of its values\`);`,
    "}",
  ];
}
