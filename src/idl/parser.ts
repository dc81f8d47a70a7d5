/**
 * The grammar of rpcgen's language (RFC 4506 section 6, RFC 5531 section 12, rpcgen(1)), by recursive descent.
 * Definitions do not nest, so neither does the parser.
 */
import type {
  ConstDefinition,
  Declaration,
  Definition,
  EnumDefinition,
  Enumerator,
  ProcedureDefinition,
  ProgramDefinition,
  StructDefinition,
  TypedefDefinition,
  UnionArm,
  UnionDefinition,
  Value,
  VersionDefinition,
} from "./ast.ts";
import { unescapeText } from "./condition.ts";
import { IdlError } from "./errors.ts";
import {
  parseArgument,
  parseArmDeclaration,
  parseDeclaration,
  parseName,
  parseResult,
  parseType,
  parseValue,
} from "./parse-declaration.ts";
import type { Token } from "./token.ts";
import { TokenStream } from "./token-stream.ts";

/** In a comment directly before a procedure: running it twice is the same as once. */
export const IDEMPOTENT_MARKER = "@idempotent";

/** Parses all the tokens of a file; the last must be of kind `end`. */
export function parse(tokens: readonly Token[]): Definition[] {
  const input = new TokenStream(tokens);
  const definitions: Definition[] = [];
  while (input.peek().kind !== "end") definitions.push(parseDefinition(input));
  return definitions;
}

function parseDefinition(input: TokenStream): Definition {
  const first = input.peek();
  if (input.acceptWord("const")) return parseConst(input, first);
  if (input.acceptWord("enum")) return parseEnum(input, first);
  if (input.acceptWord("struct")) return parseStruct(input, first);
  if (input.acceptWord("union")) return parseUnion(input, first);
  if (input.acceptWord("typedef")) return parseTypedef(input, first);
  if (input.acceptWord("program")) return parseProgram(input, first);
  return input.fail("a definition (const, enum, struct, union, typedef or program)");
}

function parseConst(input: TokenStream, first: Token): ConstDefinition {
  const { name, at } = parseName(input, "the constant's name");
  input.expect("=", "after the constant's name");
  let value: Value;
  const token = input.peek();
  if (token.kind === "string") {
    input.take();
    value = { kind: "string", value: unescapeText(token.text), at: token.at };
  } else {
    value = parseValue(input, "the constant's value");
  }
  input.expect(";", "after the constant's value");
  return { kind: "const", name, at, value, doc: input.docOf(first) };
}

function parseEnum(input: TokenStream, first: Token): EnumDefinition {
  const { name, at } = parseName(input, "the enum's name");
  const doc = input.docOf(first);
  input.expect("{", "after the enum's name");
  const values: Enumerator[] = [];
  do {
    // rpcgen itself refuses a comma before the brace; C compilers and RFC readers expect it to be fine.
    if (values.length > 0 && input.is("}")) break;
    const token = input.peek();
    const value = parseName(input, "the name of an enum's value");
    const number = input.accept("=") ? parseValue(input, "the value's number") : undefined;
    values.push({ name: value.name, at: value.at, value: number, doc: input.docOf(token) });
  } while (input.accept(","));
  input.expect("}", "or ',' in the enum");
  input.expect(";", "after the enum");
  return { kind: "enum", name, at, values, doc };
}

function parseStruct(input: TokenStream, first: Token): StructDefinition {
  const { name, at } = parseName(input, "the struct's name");
  const doc = input.docOf(first);
  input.expect("{", "after the struct's name");
  const fields: Declaration[] = [];
  do fields.push(parseDeclaration(input, "the field's name"));
  while (!input.accept("}"));
  input.expect(";", "after the struct");
  return { kind: "struct", name, at, fields, doc };
}

function parseUnion(input: TokenStream, first: Token): UnionDefinition {
  const { name, at } = parseName(input, "the union's name");
  const doc = input.docOf(first);
  if (!input.acceptWord("switch")) input.fail("'switch' after the union's name");
  input.expect("(", "after switch");
  const discriminant = parseDiscriminant(input);
  input.expect(")", "after the discriminant");
  input.expect("{", "before the union's arms");
  const arms: UnionArm[] = [];
  while (!input.accept("}")) {
    const last = arms.at(-1);
    if (last?.isDefault) input.fail("'}' after the default arm");
    arms.push(parseArm(input));
  }
  if (arms.length === 0) throw new IdlError("IDL_SYNTAX", at, `union ${name}: expected at least one arm`);
  input.expect(";", "after the union");
  return { kind: "union", name, at, discriminant, arms, doc };
}

function parseDiscriminant(input: TokenStream): Declaration {
  const type = parseType(input);
  const { name, at } = parseName(input, "the discriminant's name");
  return { type, shape: { kind: "plain" }, name, at, doc: undefined };
}

function parseArm(input: TokenStream): UnionArm {
  const labels: Value[] = [];
  let isDefault = false;
  do {
    if (input.acceptWord("default")) isDefault = true;
    else if (input.acceptWord("case")) labels.push(parseValue(input, "the case's value"));
    else input.fail("'case', 'default' or '}'");
    input.expect(":", "after the case");
  } while (input.isWord("case") || input.isWord("default"));
  return { labels, isDefault, declaration: parseArmDeclaration(input) };
}

function parseTypedef(input: TokenStream, first: Token): TypedefDefinition {
  const declaration = parseDeclaration(input, "the type's name");
  const doc = input.docOf(first);
  return { kind: "typedef", name: declaration.name, at: declaration.at, declaration, doc };
}

function parseProgram(input: TokenStream, first: Token): ProgramDefinition {
  const { name, at } = parseName(input, "the program's name");
  const doc = input.docOf(first);
  input.expect("{", "after the program's name");
  const versions: VersionDefinition[] = [];
  do versions.push(parseVersion(input, versions.length === 0 ? "'version'" : "'version' or '}'"));
  while (!input.accept("}"));
  input.expect("=", "before the program's number");
  const number = parseValue(input, "the program's number");
  input.expect(";", "after the program's number");
  return { kind: "program", name, at, versions, number, doc };
}

function parseVersion(input: TokenStream, expected: string): VersionDefinition {
  const first = input.peek();
  if (!input.acceptWord("version")) input.fail(`${expected} in the program`);
  const { name, at } = parseName(input, "the version's name");
  const doc = input.docOf(first);
  input.expect("{", "after the version's name");
  const procedures: ProcedureDefinition[] = [];
  do procedures.push(parseProcedure(input));
  while (!input.accept("}"));
  input.expect("=", "before the version's number");
  const number = parseValue(input, "the version's number");
  input.expect(";", "after the version's number");
  return { name, at, procedures, number, doc };
}

function parseProcedure(input: TokenStream): ProcedureDefinition {
  const first = input.peek();
  const idempotent = first.comments.some((comment) => comment.text.includes(IDEMPOTENT_MARKER));
  const result = parseResult(input);
  const { name, at } = parseName(input, "the procedure's name");
  input.expect("(", "after the procedure's name");
  const args = parseArguments(input);
  input.expect(")", "or ',' after an argument");
  input.expect("=", "before the procedure's number");
  const number = parseValue(input, "the procedure's number");
  input.expect(";", "after the procedure's number");
  return { name, at, result, args, number, idempotent, doc: input.docOf(first) };
}

/** `()` and `(void)` mean none. */
function parseArguments(input: TokenStream): Declaration[] {
  if (input.is(")")) return [];
  const args: Declaration[] = [];
  do args.push(parseArgument(input));
  while (input.accept(","));
  if (args.length === 1 && args[0]?.type.kind === "void") return [];
  const stray = args.find((argument) => argument.type.kind === "void");
  if (stray !== undefined)
    throw new IdlError("IDL_SYNTAX", stray.at, "expected void as the only argument, or none");
  return args;
}
