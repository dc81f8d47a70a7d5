/** Compiles `.x` files for tests and loads what comes out, as a program that uses the compiler would. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  compileIdl,
  loadModel,
  type Model,
  type NamedType,
  type PreprocessOptions,
  type ReadFile,
} from "../../src/idl/index.ts";
import type { Xdr } from "../../src/marshal/index.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const RUNTIME = resolve(ROOT, "src/marshal/index.ts");

/** Reads this machine's files. Latin-1 in comments of old files does not matter. */
export const readDisk: ReadFile = (path) => {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8") : undefined;
};

/** A file set in memory, for tests of the compiler itself. */
export function readMemory(files: Readonly<Record<string, string>>): ReadFile {
  return (path) => (Object.hasOwn(files, path) ? files[path] : undefined);
}

/** A temporary folder for generated modules. */
export class ModuleFolder {
  readonly path = mkdtempSync(join(tmpdir(), "coterie-idl-"));

  constructor() {
    writeFileSync(join(this.path, "package.json"), '{ "type": "module" }\n');
  }

  /** Compiles `source` into a module of the folder. */
  compile(source: string, options: Partial<PreprocessOptions> = {}): CompiledFile {
    const full = { readFile: readDisk, ...options };
    const runtime = relative(this.path, RUNTIME);
    const name = source.slice(source.lastIndexOf("/") + 1).replace(/\.x$/, "");
    const output = join(this.path, `${name}.gen.ts`);
    writeFileSync(output, compileIdl(source, { ...full, runtime }));
    return { name, output, model: loadModel(source, full) };
  }

  /** What TypeScript complains of in the folder's modules, under the project's settings and stricter. */
  typeCheck(): string {
    const typeRoots = [join(ROOT, "node_modules/@types")];
    const compilerOptions = { noUnusedLocals: true, noUnusedParameters: false, typeRoots };
    const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"] };
    writeFileSync(join(this.path, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const { status, stdout, stderr } = spawnSync(tsc, ["-p", this.path], { encoding: "utf8" });
    return status === 0 ? stdout : `${stdout}${stderr}tsc exits with ${status}`;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface CompiledFile {
  readonly name: string;
  readonly output: string;
  readonly model: Model;
}

/** A generated module as a dictionary of its exports. */
export async function load(file: CompiledFile): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file.output).href)) as Readonly<Record<string, unknown>>;
}

/** The codec of a type in a generated module. */
export function codecOf(module: Readonly<Record<string, unknown>>, type: NamedType): Xdr<unknown> {
  const codec = module[`xdr_${type.name}`];
  if (codec === undefined) throw new Error(`the module has no xdr_${type.name}`);
  return codec as Xdr<unknown>;
}
