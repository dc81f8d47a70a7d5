/** Runs the compiler, which reads files synchronously, over files that can only be read asynchronously. */
import { IdlError } from "./errors.ts";
import type { ReadFile } from "./source.ts";

/** A file may include this many others, counting the names that were tried and not found. */
export const MAX_GATHERED_FILES = 1024;

/** Thrown through the compiler at the first file that is not there yet. */
class Missing extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`not read yet: ${path}`);
    this.path = path;
  }
}

/**
 * Calls `compile` again and again, each time with one more of the files that it asked for, until it asks for no
 * other. `read` resolves to undefined when there is no such file.
 */
export async function gather<T>(
  read: (path: string) => Promise<string | undefined>,
  compile: (readFile: ReadFile) => T,
): Promise<T> {
  const files = new Map<string, string | undefined>();
  for (;;) {
    const found = attempt(files, compile);
    if (!(found instanceof Missing)) return found.value;
    if (files.size >= MAX_GATHERED_FILES) {
      const at = { file: found.path, line: 1, column: 1 };
      throw new IdlError("IDL_FILE", at, `more than ${MAX_GATHERED_FILES} files are asked for`);
    }
    files.set(found.path, await read(found.path));
  }
}

function attempt<T>(
  files: ReadonlyMap<string, string | undefined>,
  compile: (readFile: ReadFile) => T,
): { value: T } | Missing {
  try {
    const value = compile((path) => {
      if (!files.has(path)) throw new Missing(path);
      return files.get(path);
    });
    return { value };
  } catch (error) {
    if (error instanceof Missing) return error;
    throw error;
  }
}
