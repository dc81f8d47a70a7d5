/** Modules of users, which no layer knows: scenarios that the command line runs. */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The module in a file of this machine, run if it has not been. @throws what it throws, and the loader's errors. */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
}

/** Where the module `name` is that a file at `from` would import, as a URL; undefined when it has none. */
export function findModule(name: string, from: string): string | undefined {
  try {
    return pathToFileURL(createRequire(resolve(from)).resolve(name)).href;
  } catch {
    return undefined;
  }
}
