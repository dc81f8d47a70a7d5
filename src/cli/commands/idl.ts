/** `coterie idl compile`: `.x` files in, TypeScript modules out. */
import { type Command, InvalidArgumentError } from "commander";
import { gather, generateModule, loadModel, type Model } from "../../idl/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";

interface CompileFlags {
  readonly out: string;
  readonly include?: readonly string[];
  readonly define?: Readonly<Record<string, string>>;
  readonly runtime: string;
}

/** A larger file is no interface definition. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

export function register(program: Command, context: CliContext): void {
  const idl = program.command("idl").description("Compile interface definitions (.x files)");
  const compile = idl
    .command("compile")
    .description("Compile .x files into TypeScript: types, encoders and decoders, clients and servers")
    .argument("<file...>", "interface definitions in the language of rpcgen")
    .requiredOption("-o, --out <dir>", "folder for the modules; made if it does not exist")
    .option("-I, --include <dir>", "folder to look for included files in; may be repeated", collect)
    .option(
      "-D, --define <name[=value]>",
      "define a macro, 1 unless a value is given; may be repeated",
      define,
    )
    .option("--runtime <module>", "what the modules import their runtime from", "coterie/marshal")
    .action((files: string[], flags: CompileFlags) => compileFiles(context, files, flags));
  withExamples(compile, [
    ["coterie idl compile prot.x --out src/gen", "writes src/gen/prot.gen.ts"],
    [
      "coterie idl compile -I /usr/include /usr/include/rpcsvc/nis.x --out gen",
      "finds what the file includes",
    ],
  ]);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function define(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const match = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text);
  if (match?.[1] === undefined) throw new InvalidArgumentError("Expected NAME or NAME=VALUE.");
  return { ...before, [match[1]]: match[2] ?? "1" };
}

async function compileFiles(
  context: CliContext,
  files: readonly string[],
  flags: CompileFlags,
): Promise<void> {
  // Everything is compiled before anything is written: a fault in one file leaves the others' modules as they were.
  const modules: { source: string; output: string; text: string; model: Model }[] = [];
  for (const source of files) {
    const model = await load(context.local, source, flags);
    const name = source.slice(source.lastIndexOf("/") + 1);
    const output = `${flags.out.replace(/\/+$/, "") || "/"}/${name.replace(/\.x$/, "")}.gen.ts`;
    const other = modules.find((each) => each.output === output);
    if (other !== undefined) {
      throw new UsageError(
        `${other.source} and ${source} would both become ${output}: use another --out for one`,
      );
    }
    modules.push({
      source,
      output,
      model,
      text: generateModule(model, { source: name, runtime: flags.runtime }),
    });
  }
  await context.local.mkdir(flags.out, { parents: true });
  for (const { source, output, text, model } of modules) {
    await context.local.replace(output, new TextEncoder().encode(text));
    const { constants, types, versions } = model;
    const counts = { constants: constants.length, types: types.length, versions: versions.length };
    context.output.result({ source, output, ...counts }, (style) => {
      const told = `${counts.types} types, ${counts.constants} constants, ${counts.versions} program versions`;
      return `${source} → ${style.bold(output)}  ${style.dim(told)}`;
    });
  }
}

function load(local: LocalFiles, source: string, flags: CompileFlags): Promise<Model> {
  const { include: includeFolders = [], define: defines = {} } = flags;
  return gather(
    (path) => readText(local, path),
    (readFile) => loadModel(source, { readFile, includeFolders, defines }),
  );
}

/** Bytes that are not UTF-8 occur in comments of old files: they are replaced and not refused. */
async function readText(local: LocalFiles, path: string): Promise<string | undefined> {
  const stat = await local.stat(path, { follow: true });
  if (stat?.type !== "file") return undefined;
  return new TextDecoder().decode(await local.readAll(path, MAX_SOURCE_BYTES));
}
