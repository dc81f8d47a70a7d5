/** One TypeScript module out of a model: header, imports, constants, types with their coders, programs. */
import type { Constant, Model, NamedType } from "../model.ts";
import { decoder } from "./decode.ts";
import { encoder, enumChecker } from "./encode.ts";
import { docLines } from "./names.ts";
import { versionModule } from "./program.ts";
import { Scope } from "./scope.ts";
import { typeDeclaration } from "./types.ts";

/** Where generated modules find the runtime unless told otherwise. */
export const DEFAULT_RUNTIME = "coterie/marshal";

/** What the generated module says of its source, and imports. */
export interface GenerateOptions {
  /** The `.x` file's name, for the header. */
  readonly source: string;
  /** What the module imports its runtime from. Default: `coterie/marshal`. */
  readonly runtime?: string;
}

/** The text of the TypeScript module for a model: types, their coders, contracts, clients and services. */
export function generateModule(model: Model, options: GenerateOptions): string {
  const scope = new Scope(model);
  const sections = [
    ...model.constants.map((constant) => constantText(constant, scope)),
    ...model.types.map((type) => typeModule(type, scope)),
    ...model.versions.flatMap((version) => versionModule(version, scope)),
  ];
  const body = sections.map((section) => `${section.join("\n")}\n`).join("\n");
  const header = `// Generated from ${options.source} by coterie idl compile; do not edit.\n`;
  return [header, ...imports(body, options.runtime ?? DEFAULT_RUNTIME), "\n", body].join("");
}

/**
 * Imports those of the runtime's names that the body uses. In comments and texts they mean nothing, and before `:`
 * or `(` or after `.` they are properties of the `.x` file's.
 */
function imports(body: string, runtime: string): string[] {
  const code = body.replace(/\/\*\*.*?\*\/|"(?:[^"\\]|\\.)*"|`[^`]*`/gs, "");
  const isUsed = (name: string) => new RegExp(`(?<![.\\w])${name}(?![\\w:(])|new ${name}\\(`).test(code);
  const types = [
    "Caller",
    "CallOptions",
    "Contract",
    "Handler",
    "Procedure",
    "Service",
    "Xdr",
    "XdrReader",
    "XdrWriter",
  ];
  const values = ["XdrError", "xdrVoid"];
  const usedTypes = types.filter(isUsed);
  const usedValues = values.filter(isUsed);
  const lines: string[] = [];
  const from = JSON.stringify(runtime);
  if (usedTypes.length > 0) lines.push(`import type { ${usedTypes.join(", ")} } from ${from};\n`);
  if (usedValues.length > 0) lines.push(`import { ${usedValues.join(", ")} } from ${from};\n`);
  return lines;
}

function constantText(constant: Constant, scope: Scope): string[] {
  const { value } = constant;
  const isSafe =
    typeof value === "string" ||
    (value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER));
  const text = typeof value === "string" ? JSON.stringify(value) : `${value}${isSafe ? "" : "n"}`;
  return [...docLines(constant.doc), `export const ${scope.names.claim(constant.name)} = ${text};`];
}

function typeModule(type: NamedType, scope: Scope): string[] {
  const name = scope.nameOf(type);
  const checker = type.kind === "enum" ? ["", ...enumChecker(type, scope)] : [];
  const coders = `{ encode: ${scope.of("encode", type)}, decode: ${scope.of("decode", type)} }`;
  return [
    ...typeDeclaration(type, scope),
    ...checker,
    "",
    ...encoder(type, scope),
    "",
    ...decoder(type, scope),
    "",
    `export const ${scope.of("xdr", type)}: Xdr<${name}> = ${coders};`,
  ];
}
