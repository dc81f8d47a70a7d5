/** Runs the compiler, which reads files synchronously, over files that can only be read asynchronously. */
import { IdlError } from "./errors.ts";
import type { ReadFile } from "./source.ts";

/** A compilation may ask for so many files, counting the names that were tried and not found. */
export const MAX_GATHERED_FILES = 1024;

/** A file's text, undefined when there is none, or throws what reading it failed with. */
type Content = () => string | undefined;

/**
 * Calls `compile` again and again, each time with the files that it asked for the last time, until it asks for no
 * other. What is not there yet is empty for as long, so that one run finds out about many; whatever comes of such a
 * run is forgotten. `read` resolves to undefined when there is no such file.
 */
export async function gather<T>(
  read: (path: string) => Promise<string | undefined>,
  compile: (readFile: ReadFile) => T,
): Promise<T> {
  const files = new Map<string, Content>();
  for (;;) {
    const missing = new Set<string>();
    const outcome = attempt(() =>
      compile((path) => {
        const content = files.get(path);
        if (content !== undefined) return content();
        if (files.size + missing.size > MAX_GATHERED_FILES) throw tooMany(path);
        missing.add(path);
        return "";
      }),
    );
    if (missing.size === 0) return outcome();
    for (const path of missing) {
      if (files.size >= MAX_GATHERED_FILES) throw tooMany(path);
      files.set(path, await contentOf(read, path));
    }
  }
}

function tooMany(file: string): IdlError {
  const message = `more than ${MAX_GATHERED_FILES} files are asked for`;
  return new IdlError("IDL_FILE", { file, line: 1, column: 1 }, message);
}

/** What `run` returns or throws, to be returned or thrown when it is called. */
function attempt<T>(run: () => T): () => T {
  try {
    const value = run();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** A file that cannot be read fails the run that needs it, and not one that only seemed to. */
async function contentOf(
  read: (path: string) => Promise<string | undefined>,
  path: string,
): Promise<Content> {
  try {
    const text = await read(path);
    return () => text;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
