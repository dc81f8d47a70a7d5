/** `coterie rpc call`: any procedure of any `.x` file, with arguments and result in JSON. */
import {
  DynamicCodecs,
  fromJson,
  gather,
  loadModel,
  type Model,
  type ModelProcedure,
  type ModelVersion,
  toJson,
} from "../../idl/index.ts";
import { programNumber } from "../../naming/index.ts";
import type { Credential } from "../../rpc/index.ts";
import { assert } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type ReachFlags, reach } from "./reach.ts";

/** A larger file is no interface definition. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

export interface CallFlags extends ReachFlags {
  readonly idl: string;
  readonly args?: string;
  readonly include: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

export async function callProcedure(
  context: CliContext,
  host: string,
  target: { program: string; version: string; procedure: string },
  flags: CallFlags,
): Promise<void> {
  const model = await load(context, flags);
  const version = findVersion(model, target.program, target.version, flags.idl);
  const declared = findProcedure(version, target.procedure);
  const args = parseArgs(declared, flags.args);
  const contract = new DynamicCodecs(model).contract(version);
  const procedure = contract.procedures.find(({ number }) => number === declared.number);
  assert(procedure !== undefined, "the dynamic contract has every declared procedure");
  const program = version.program.number;
  const { client } = await reach(
    await context.world(),
    host,
    program,
    version.number,
    flags,
    credentialOf(flags),
  );
  try {
    const result = toJson(declared.result, await client.call(contract, procedure, args));
    const isVoid = declared.result.kind === "void";
    context.output.result(result, () => (isVoid ? "done" : JSON.stringify(result, null, 2)));
  } finally {
    await client.close();
  }
}

function load(context: CliContext, flags: CallFlags): Promise<Model> {
  const { local } = context;
  const read = async (path: string) => {
    const stat = await local.stat(path, { follow: true });
    if (stat?.type !== "file") return undefined;
    return new TextDecoder().decode(await local.readAll(path, MAX_SOURCE_BYTES));
  };
  return gather(read, (readFile) => loadModel(flags.idl, { readFile, includeFolders: flags.include }));
}

/** A name of the file, a number, or for the program a well-known name. */
function findVersion(model: Model, program: string, version: string, file: string): ModelVersion {
  const ofProgram = model.versions.filter(
    (each) => each.program.name === program || each.program.number === programNumber(program),
  );
  const found = ofProgram.find((each) => each.name === version || String(each.number) === version);
  if (found !== undefined) return found;
  const list = (names: string[]) => [...new Set(names)].join(", ");
  const message =
    ofProgram.length === 0
      ? `${file} declares no program ${program}; it has ${list(model.versions.map((each) => each.program.name)) || "none"}`
      : `${file} declares no version ${version} of ${program}; it has ${list(ofProgram.map((each) => String(each.number)))}`;
  throw new UsageError(message);
}

function findProcedure(version: ModelVersion, wanted: string): ModelProcedure {
  const found = version.procedures.find(({ name, number }) => name === wanted || String(number) === wanted);
  if (found !== undefined) return found;
  const names = version.procedures.map(({ name }) => name).join(", ");
  throw new UsageError(`${version.name} declares no procedure ${wanted}; it has ${names}`);
}

/** Nothing for void, the value for one argument, an array for several. */
function parseArgs(procedure: ModelProcedure, text: string | undefined): unknown {
  const types = procedure.args.map(({ type }) => type);
  const [only] = types;
  const json = text === undefined ? undefined : parseJson(text);
  if (only === undefined) {
    if (json !== undefined) throw new UsageError(`${procedure.name} takes no arguments`);
    return undefined;
  }
  if (json === undefined) throw new UsageError(`${procedure.name} takes arguments: name them with --args`);
  if (types.length === 1) return fromJson(only, json);
  if (!Array.isArray(json) || json.length !== types.length) {
    throw new UsageError(`${procedure.name} takes an array of ${types.length} arguments`);
  }
  return types.map((type, i) => fromJson(type, json[i]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--args is no JSON: ${(error as Error).message}`);
  }
}

/** AUTH_SYS when a user or group is named, else AUTH_NONE. */
function credentialOf({ uid, gid }: CallFlags): Credential {
  if (uid === undefined && gid === undefined) return { flavor: "none" };
  return {
    flavor: "sys",
    stamp: 0,
    machine: "coterie",
    uid: uid ?? gid ?? 0,
    gid: gid ?? uid ?? 0,
    gids: [],
  };
}
