/** The parts that definitions are made of: types, declarations and values, as rpcgen accepts them. */
import type { Declaration, Primitive, Shape, TypeSpec, Value } from "./ast.ts";
import { parseCharacter, parseNumber } from "./condition.ts";
import { IdlError } from "./errors.ts";
import type { Position } from "./source.ts";
import type { TokenStream } from "./token-stream.ts";

/** Words that cannot be names, because they begin something else. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ..."bool case char const default double enum float hyper int long opaque program quadruple short".split(
    " ",
  ),
  ..."string struct switch typedef union unsigned version void".split(" "),
]);

/** Those that are one word and nothing else. */
const PLAIN: ReadonlySet<string> = new Set<Primitive>(["bool", "float", "double", "quadruple"]);

/** Those that may be unsigned, and may be followed by `int`. */
const SIZED: Readonly<Record<string, readonly [signed: Primitive, unsigned: Primitive]>> = {
  char: ["char", "uchar"],
  short: ["short", "ushort"],
  int: ["int", "uint"],
  long: ["int", "uint"],
  hyper: ["hyper", "uhyper"],
};

/** Takes a name that is declared or used; `what` tells what for. */
export function parseName(input: TokenStream, what: string): { name: string; at: Position } {
  const token = input.peek();
  if (token.kind !== "name") input.fail(what);
  if (KEYWORDS.has(token.text)) input.fail(`${what} (which cannot be a word of the language)`);
  input.take();
  return { name: token.text, at: token.at };
}

/** A number, a character, or a constant's name. */
export function parseValue(input: TokenStream, what: string): Value {
  const at = input.at;
  const negative = input.accept("-");
  const token = input.peek();
  if (token.kind === "number") {
    const value = parseNumber(input.take());
    return { kind: "number", value: negative ? -value : value, at };
  }
  if (token.kind === "char" && !negative) return { kind: "number", value: parseCharacter(input.take()), at };
  if (token.kind !== "name" || negative) input.fail(what);
  return { kind: "name", ...parseName(input, what) };
}

export function parseType(input: TokenStream): TypeSpec {
  const token = input.peek();
  const expected = "a type";
  if (token.kind !== "name") input.fail(expected);
  const { text: word, at } = token;
  if (word === "void" || word === "string" || word === "opaque") {
    input.take();
    return { kind: word, at };
  }
  if (word === "struct" || word === "union" || word === "enum") {
    input.take();
    return { kind: "name", name: parseName(input, `the name of a ${word}`).name, prefix: word, at };
  }
  if (input.acceptWord("unsigned")) return { kind: "primitive", name: parseSized(input, 1) ?? "uint", at };
  if (PLAIN.has(word)) return { kind: "primitive", name: input.take().text as Primitive, at };
  const sized = parseSized(input, 0);
  if (sized !== undefined) return { kind: "primitive", name: sized, at };
  return { kind: "name", name: parseName(input, expected).name, prefix: undefined, at };
}

function parseSized(input: TokenStream, sign: 0 | 1): Primitive | undefined {
  const word = input.peek().text;
  const primitive = SIZED[word]?.[sign];
  if (primitive === undefined || input.peek().kind !== "name") return undefined;
  input.take();
  if (word !== "char" && word !== "int") input.acceptWord("int");
  return primitive;
}

/** A field, an arm or what a typedef names: `type name`, `type *name`, `type name[n]`, `type name<n>`. */
export function parseDeclaration(input: TokenStream, what: string): Declaration {
  const first = input.peek();
  const type = parseType(input);
  if (type.kind === "void") throw new IdlError("IDL_SYNTAX", type.at, "expected a type other than void here");
  const pointer = input.accept("*");
  const { name, at } = parseName(input, what);
  const shape = pointer ? ({ kind: "pointer" } as const) : parseShape(input);
  if (pointer && (input.is("[") || input.is("<"))) input.fail("no array of optional values (use a typedef)");
  checkShape(type, shape, at);
  input.expect(";", `after ${what} ${name}`);
  return { type, shape, name, at, doc: input.docOf(first) };
}

/** Like `parseDeclaration`, and `void;` besides: an arm of a union. */
export function parseArmDeclaration(input: TokenStream): Declaration {
  if (!input.isWord("void")) return parseDeclaration(input, "the arm's name");
  const first = input.peek();
  const type = parseType(input);
  input.expect(";", "after void");
  return { type, shape: { kind: "plain" }, name: "", at: type.at, doc: input.docOf(first) };
}

function parseShape(input: TokenStream): Shape {
  if (input.accept("[")) {
    const length = parseValue(input, "the array's length");
    input.expect("]", "after the array's length");
    return { kind: "fixed", length };
  }
  if (!input.accept("<")) return { kind: "plain" };
  if (input.accept(">")) return { kind: "variable", max: undefined };
  const max = parseValue(input, "the array's greatest length or '>'");
  input.expect(">", "after the array's greatest length");
  return { kind: "variable", max };
}

function checkShape(type: TypeSpec, shape: Shape, at: Position): void {
  if (type.kind === "string" && shape.kind !== "variable") {
    throw new IdlError("IDL_SYNTAX", at, "string: expected a greatest length as in `string name<>`");
  }
  if (type.kind === "opaque" && shape.kind !== "variable" && shape.kind !== "fixed") {
    throw new IdlError(
      "IDL_SYNTAX",
      at,
      "opaque: expected a length as in `opaque name[n]` or `opaque name<n>`",
    );
  }
}

/** An argument: `type`, `type name`, `type *`, `type *name`, `string`, `string<n>`, `string name<n>`. */
export function parseArgument(input: TokenStream): Declaration {
  const type = parseType(input);
  if (type.kind === "opaque")
    throw new IdlError("IDL_SYNTAX", type.at, "opaque argument: expected a typedef's name");
  let name = input.peek().kind === "name" ? parseName(input, "the argument's name").name : "";
  const pointer = input.accept("*");
  if (pointer && name === "" && input.peek().kind === "name")
    name = parseName(input, "the argument's name").name;
  if (pointer && (type.kind === "string" || type.kind === "void")) {
    throw new IdlError("IDL_SYNTAX", type.at, `pointer to ${type.kind}: expected a typedef's name`);
  }
  if (input.is("<") && type.kind !== "string") input.fail("no array as an argument (use a typedef)");
  const shape = pointer ? ({ kind: "pointer" } as const) : parseShape(input);
  if (shape.kind === "fixed")
    throw new IdlError("IDL_SYNTAX", type.at, "array argument: expected a typedef's name");
  return { type, shape: unboundedString(type, shape), name, at: type.at, doc: undefined };
}

/** A procedure's result: a type alone. */
export function parseResult(input: TokenStream): Declaration {
  const type = parseType(input);
  if (type.kind === "opaque")
    throw new IdlError("IDL_SYNTAX", type.at, "opaque result: expected a typedef's name");
  return { type, shape: unboundedString(type, { kind: "plain" }), name: "", at: type.at, doc: undefined };
}

/** As an argument or result, `string` alone means `string<>`. */
function unboundedString(type: TypeSpec, shape: Shape): Shape {
  return type.kind === "string" && shape.kind === "plain" ? { kind: "variable", max: undefined } : shape;
}
