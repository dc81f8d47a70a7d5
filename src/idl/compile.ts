/** The compiler's stages in a row: preprocess, parse, resolve, generate. */
import type { Definition } from "./ast.ts";
import { C_DECLARATIONS } from "./c-headers.ts";
import { type GenerateOptions, generateModule } from "./generate/module.ts";
import type { Model } from "./model.ts";
import { parse } from "./parser.ts";
import { type Preprocessed, type PreprocessOptions, preprocess } from "./preprocessor.ts";
import { resolve } from "./resolver.ts";
import { baseName } from "./source.ts";

/** Headers of headers: no more `.x` files than this are looked into for names that the C side would find. */
export const MAX_COMPANION_FILES = 64;

/** What `compileIdl` needs: how files are read, and what the generated module imports. */
export interface CompileOptions extends PreprocessOptions, Omit<GenerateOptions, "source"> {}

/** Compiles a `.x` file into the text of one TypeScript module. Fails with `IdlError`. */
export function compileIdl(path: string, options: CompileOptions): string {
  return generateModule(loadModel(path, options), { ...options, source: baseName(path) });
}

/** Reads a `.x` file and resolves everything in it. Fails with `IdlError`. */
export function loadModel(path: string, options: PreprocessOptions): Model {
  const main = preprocess(path, options);
  const companions = new Companions(main, options);
  return resolve({
    definitions: parse(main.tokens),
    cMacros: main.cMacros,
    findElsewhere: (name) => companions.find(name),
  });
}

/**
 * The `.x` files behind C headers of `%#include` lines, and at last the RPC library's own, read only when a name is
 * found nowhere else.
 */
class Companions {
  private readonly paths: string[];
  private read = 0;
  private readLibrary = false;
  private readonly options: PreprocessOptions;
  private readonly found = new Map<string, Definition>();

  constructor(main: Preprocessed, options: PreprocessOptions) {
    this.paths = [...main.companions];
    this.options = options;
  }

  find(name: string): Definition | undefined {
    for (let known = this.found.get(name); ; known = this.found.get(name)) {
      if (known !== undefined) return known;
      const path = this.paths[this.read];
      if (path === undefined || this.read >= MAX_COMPANION_FILES) return this.findInLibrary(name);
      this.read++;
      this.load(preprocess(path, this.options));
    }
  }

  private findInLibrary(name: string): Definition | undefined {
    if (this.readLibrary) return undefined;
    this.readLibrary = true;
    this.load(preprocess("rpc.h", { readFile: () => C_DECLARATIONS }));
    return this.found.get(name);
  }

  private load(file: Preprocessed): void {
    for (const companion of file.companions) if (!this.paths.includes(companion)) this.paths.push(companion);
    for (const definition of parse(file.tokens)) {
      if (!this.found.has(definition.name)) this.found.set(definition.name, definition);
      const values = definition.kind === "enum" ? definition.values : [];
      for (const value of values) if (!this.found.has(value.name)) this.found.set(value.name, definition);
    }
  }
}
