/** The contract, client and server of each version of a program. */
import type { Field, ModelProcedure, ModelVersion, Type } from "../model.ts";
import { decodeStatements } from "./decode.ts";
import { encodeStatements, indent } from "./encode.ts";
import { docLines, methodKey, Names, propertyKey, propertyOf } from "./names.ts";
import type { Scope } from "./scope.ts";
import { typeText } from "./types.ts";

/** The identifiers of a version, all made from one name. */
interface VersionNames {
  readonly base: string;
  readonly procedures: string;
  readonly contract: string;
  readonly server: string;
  readonly client: string;
  readonly serve: string;
}

/** Everything that is generated for a version. */
export function versionModule(version: ModelVersion, scope: Scope): string[][] {
  const names = versionNames(version, scope);
  const codecs: string[][] = [];
  const procedures = procedureTable(version, names, scope, codecs);
  return [
    ...codecs,
    procedures,
    contract(version, names),
    serverInterface(version, names, scope),
    serveFunction(version, names, scope),
    client(version, names, scope),
  ];
}

/** A name that several programs give to a version is told apart by the program's. */
function versionNames(version: ModelVersion, scope: Scope): VersionNames {
  const isAmbiguous = scope.model.versions.some((other) => other !== version && other.name === version.name);
  const base = isAmbiguous ? `${version.program.name}_${version.name}` : version.name;
  return {
    base,
    procedures: scope.names.claim(`${base}_procedures`),
    contract: scope.names.claim(`${base}_contract`),
    server: scope.names.claim(`${base}_Server`),
    client: scope.names.claim(`${base}_Client`),
    serve: scope.names.claim(`serve_${base}`),
  };
}

function procedureTable(
  version: ModelVersion,
  names: VersionNames,
  scope: Scope,
  codecs: string[][],
): string[] {
  const rows = version.procedures.map((procedure) => {
    const base = `${names.base}_${procedure.name}`;
    const args = argsCodec(procedure.args, `${base}_args`, scope, codecs);
    const result = codec(procedure.result, `${base}_result`, scope, codecs);
    const { name, number, idempotent } = procedure;
    const head = `name: "${name}", number: ${number}, idempotent: ${idempotent}`;
    return `  ${propertyKey(name)}: { ${head}, args: ${args}, result: ${result} },`;
  });
  return [`export const ${names.procedures} = {`, ...rows, "} satisfies Record<string, Procedure>;"];
}

/** The codec of a type: that of a named type, or one made for it and added to `codecs`. */
function codec(type: Type, name: string, scope: Scope, codecs: string[][]): string {
  if (type.kind === "void") return "xdrVoid";
  if (type.kind === "named") return scope.of("xdr", type.type);
  const encode = encodeStatements(type, "v", scope);
  return addCodec(name, typeText(type, scope), encode, decodeStatements(type, scope), scope, codecs);
}

function argsCodec(args: readonly Field[], name: string, scope: Scope, codecs: string[][]): string {
  const [only] = args;
  if (only === undefined) return "xdrVoid";
  if (args.length === 1) return codec(only.type, name, scope, codecs);
  const encode = args.flatMap((argument, index) => encodeStatements(argument.type, `v[${index}]`, scope));
  const parts = args.map((argument, index) => {
    return { local: `a${index}`, codec: codec(argument.type, `${name}_${index + 1}`, scope, codecs) };
  });
  const decode = [
    ...parts.map((part) => `const ${part.local} = ${part.codec}.decode(r);`),
    `return [${parts.map((part) => part.local).join(", ")}];`,
  ];
  return addCodec(name, tupleText(args, scope), encode, decode, scope, codecs);
}

function tupleText(args: readonly Field[], scope: Scope): string {
  return `[${args.map((argument) => typeText(argument.type, scope)).join(", ")}]`;
}

function addCodec(
  wanted: string,
  type: string,
  encode: readonly string[],
  decode: readonly string[],
  scope: Scope,
  codecs: string[][],
): string {
  const name = scope.names.claim(wanted);
  codecs.push([
    `const ${name}: Xdr<${type}> = {`,
    `  encode(w: XdrWriter, v: ${type}): void {`,
    ...indent(indent(encode)),
    "  },",
    `  decode(r: XdrReader): ${type} {`,
    ...indent(indent(decode)),
    "  },",
    "};",
  ]);
  return name;
}

function contract(version: ModelVersion, names: VersionNames): string[] {
  const procedures = version.procedures.map(
    (procedure) => `    ${propertyOf(names.procedures, procedure.name)},`,
  );
  return [
    ...docLines(`Program ${version.program.name}, version ${version.name}.`),
    `export const ${names.contract} = {`,
    `  name: "${version.name}",`,
    `  program: ${version.program.number},`,
    `  version: ${version.number},`,
    "  procedures: [",
    ...procedures,
    "  ],",
    "} satisfies Contract;",
  ];
}

/** Names of the parameters, those of the file where it gives any. `taken` are those that the method needs itself. */
function parameterNames(args: readonly Field[], taken: readonly string[]): string[] {
  const names = new Names(taken);
  return args.map((argument, index) => {
    return names.claim(argument.name !== "" ? argument.name : args.length === 1 ? "args" : `arg${index + 1}`);
  });
}

function parameters(
  procedure: ModelProcedure,
  taken: readonly string[],
  scope: Scope,
): { names: string[]; typed: string[] } {
  const names = parameterNames(procedure.args, taken);
  const typed = procedure.args.map((argument, index) => `${names[index]}: ${typeText(argument.type, scope)}`);
  return { names, typed };
}

function serverInterface(version: ModelVersion, names: VersionNames, scope: Scope): string[] {
  const methods = version.procedures.flatMap((procedure) => {
    const { typed } = parameters(procedure, ["context"], scope);
    const result = typeText(procedure.result, scope);
    const returned = `${result} | Promise<${result}>`;
    const signature = `  ${methodKey(procedure.name)}(${[...typed, "context: Context"].join(", ")}): ${returned};`;
    return [...docLines(procedure.doc, "  "), signature];
  });
  const doc = docLines(version.doc ?? `What serves ${version.name}: a method for each procedure.`);
  return [...doc, `export interface ${names.server}<Context = unknown> {`, ...methods, "}"];
}

function serveFunction(version: ModelVersion, names: VersionNames, scope: Scope): string[] {
  const handlers = version.procedures.map((procedure) => {
    const count = procedure.args.length;
    const type =
      count === 1 && procedure.args[0]
        ? typeText(procedure.args[0].type, scope)
        : tupleText(procedure.args, scope);
    const parameter = count === 0 ? "_args: undefined" : `args: ${type}`;
    const passed =
      count > 1 ? procedure.args.map((_, index) => `args[${index}]`) : count === 1 ? ["args"] : [];
    const call = `${propertyOf("implementation", procedure.name)}(${[...passed, "context"].join(", ")})`;
    return `  handlers[${procedure.number}] = (${parameter}, context: Context) => ${call};`;
  });
  return [
    ...docLines(`Joins an implementation of ${version.name} with its contract.`),
    `export function ${names.serve}<Context = unknown>(`,
    `  implementation: ${names.server}<Context>,`,
    "): Service<Context> {",
    "  const handlers: (Handler<Context> | undefined)[] = [];",
    ...handlers,
    `  return { contract: ${names.contract}, handlers };`,
    "}",
  ];
}

/** A class has another use for `constructor`. */
function clientMethod({ name }: ModelProcedure, { procedures }: ModelVersion): string {
  if (name !== "constructor") return name;
  return new Names(procedures.map((procedure) => procedure.name)).claim(name);
}

function client(version: ModelVersion, names: VersionNames, scope: Scope): string[] {
  const methods = version.procedures.flatMap((procedure) => {
    const taken = ["options", names.contract, names.procedures];
    const { names: given, typed } = parameters(procedure, taken, scope);
    const args = given.length === 0 ? "undefined" : given.length === 1 ? given[0] : `[${given.join(", ")}]`;
    const table = propertyOf(names.procedures, procedure.name);
    const name = propertyKey(clientMethod(procedure, version));
    return [
      "",
      ...docLines(procedure.doc, "  "),
      `  ${name}(${[...typed, "options?: CallOptions"].join(", ")}): Promise<${typeText(procedure.result, scope)}> {`,
      `    return this.#caller.call(${names.contract}, ${table}, ${args}, options);`,
      "  }",
    ];
  });
  return [
    ...docLines(`Calls ${version.name} through a caller, which knows where it is served.`),
    `export class ${names.client} {`,
    "  readonly #caller: Caller;",
    "",
    "  constructor(caller: Caller) {",
    "    this.#caller = caller;",
    "  }",
    ...methods,
    "}",
  ];
}
