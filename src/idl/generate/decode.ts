/** Decoders: the mirror image of the encoders. */
import {
  type Field,
  isBoxed,
  type NamedType,
  type StructType,
  type Type,
  UNBOUNDED,
  type UnionType,
} from "../model.ts";
import { sizeOf } from "../size.ts";
import { indent, noSuchArm } from "./encode.ts";
import { propertyKey, propertyOf } from "./names.ts";
import { isList } from "./recursion.ts";
import type { Scope } from "./scope.ts";
import { armName, coversAll, discriminantLiteral, typeText } from "./types.ts";

/** Statements to run first, and the expression of the decoded value. */
interface Decoding {
  readonly before: readonly string[];
  readonly value: string;
}

/** Fixed arrays up to this long are decoded without a loop. */
const MAX_UNROLLED = 8;

/** How to decode the type; `local` names the variable for what needs statements. */
function decoding(type: Type, local: string, scope: Scope): Decoding {
  switch (type.kind) {
    case "void":
      return { before: [], value: "undefined" };
    case "string":
    case "opaque":
      return { before: [], value: `r.${type.kind}(${type.max === UNBOUNDED ? "" : type.max})` };
    case "opaqueFixed":
      return { before: [], value: `r.opaqueFixed(${type.length})` };
    case "quadruple":
      return { before: [], value: "r.opaqueFixed(16)" };
    case "optional": {
      const element = decoding(type.element, local, scope).value;
      return { before: [], value: `r.bool() ? ${isBoxed(type) ? `{ value: ${element} }` : element} : null` };
    }
    case "array": {
      const least = sizeOf(type.element, scope.sizes);
      const args = least === 4 ? (type.max === UNBOUNDED ? "" : `${type.max}`) : `${type.max}, ${least}`;
      return decodingLoop(type.element, `r.count(${args})`, local, scope);
    }
    case "vector": {
      if (type.length > MAX_UNROLLED) return decodingLoop(type.element, `${type.length}`, local, scope);
      const element = decoding(type.element, local, scope).value;
      return { before: [], value: `[${new Array(type.length).fill(element).join(", ")}]` };
    }
    case "named":
      return { before: [], value: `${scope.of("decode", type.type)}(r)` };
    default:
      return { before: [], value: `r.${type.kind}()` };
  }
}

/** An array's elements are single expressions: the language has no array of arrays but through typedefs. */
function decodingLoop(element: Type, count: string, local: string, scope: Scope): Decoding {
  const before = [
    `const ${local}: ${typeText(element, scope)}[] = [];`,
    `for (let left = ${count}; left > 0; left--) ${local}.push(${decoding(element, local, scope).value});`,
  ];
  return { before, value: local };
}

/** Statements that return the decoded value. */
export function decodeStatements(type: Type, scope: Scope): string[] {
  if (type.kind === "void") return [];
  const { before, value } = decoding(type, "items", scope);
  return [...before, `return ${value};`];
}

/** `decode_T` and what it needs. */
export function decoder(type: NamedType, scope: Scope): string[] {
  const name = scope.nameOf(type);
  const own = scope.of("decode", type);
  if (type.kind === "struct" && isList(type)) return listDecoder(type, scope);
  const body = indent(decoderBody(type, scope));
  if (!scope.recursive.has(type)) return [`export function ${own}(r: XdrReader): ${name} {`, ...body, "}"];
  const inner = scope.of("decode", type, "_inner");
  return [
    `export function ${own}(r: XdrReader): ${name} {`,
    "  r.enter();",
    `  const value = ${inner}(r);`,
    "  r.leave();",
    "  return value;",
    "}",
    "",
    `function ${inner}(r: XdrReader): ${name} {`,
    ...body,
    "}",
  ];
}

function decoderBody(type: NamedType, scope: Scope): string[] {
  switch (type.kind) {
    case "enum":
      return [`return ${scope.of("check", type)}(r.int());`];
    case "alias":
      return decodeStatements(type.target, scope);
    case "struct":
      return structBody(type.fields, [], scope);
    case "union":
      return unionBody(type, scope);
  }
}

/** Decodes the fields in their order; `more` are further properties of the result. */
function structBody(fields: readonly Field[], more: readonly string[], scope: Scope): string[] {
  const decodings = fields.map((field, index) => decoding(field.type, `f${index}`, scope));
  const lastLoop = decodings.findLastIndex((each) => each.before.length > 0);
  const before = decodings.slice(0, lastLoop + 1).flatMap((each, index) => {
    return each.before.length > 0 ? each.before : [`const f${index} = ${each.value};`];
  });
  const properties = fields.map((field, index) => {
    const value = index <= lastLoop ? `f${index}` : decodings[index]?.value;
    return `  ${propertyKey(field.name)}: ${value},`;
  });
  return [...before, "return {", ...properties, ...indent(more), "};"];
}

function listDecoder(type: StructType, scope: Scope): string[] {
  const name = scope.nameOf(type);
  const node = scope.of("decode", type, "_node");
  const link = type.fields.at(-1)?.name ?? "";
  const isRecursive = scope.recursive.has(type);
  return [
    `export function ${scope.of("decode", type)}(r: XdrReader): ${name} {`,
    ...(isRecursive ? ["  r.enter();"] : []),
    `  const first = ${node}(r);`,
    "  let last = first;",
    "  while (r.bool()) {",
    `    const next = ${node}(r);`,
    `    ${propertyOf("last", link)} = next;`,
    "    last = next;",
    "  }",
    ...(isRecursive ? ["  r.leave();"] : []),
    "  return first;",
    "}",
    "",
    `function ${node}(r: XdrReader): ${name} {`,
    ...indent(structBody(type.fields.slice(0, -1), [`${propertyKey(link)}: null,`], scope)),
    "}",
  ];
}

function unionBody(type: UnionType, scope: Scope): string[] {
  const key = propertyKey(type.discriminant.name);
  const cases = type.arms.flatMap((arm) => {
    const labels = arm.labels.map((label) => `case ${discriminantLiteral(type, label)}:`);
    if (arm.isDefault) labels.push("default:");
    if (arm.field === undefined) return [...labels, `  return { ${key}: d };`];
    const { before, value } = decoding(arm.field.type, "items", scope);
    const result = `return { ${key}: d, ${propertyKey(armName(type, arm))}: ${value} };`;
    if (before.length === 0) return [...labels, `  ${result}`];
    const last = labels.pop() ?? "";
    return [...labels, `${last} {`, ...indent([...before, result]), "}"];
  });
  const unknown = coversAll(type) ? [] : noSuchArm(type, "d", scope);
  return [
    `const d = ${decoding(type.discriminant.type, "d", scope).value};`,
    "switch (d) {",
    ...indent([...cases, ...unknown]),
    "}",
  ];
}
