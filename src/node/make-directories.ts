/**
 * Makes a directory and those above it that are missing. Node's own `recursive` never returns where a file system
 * answers ENOENT although the directory above is there, as /proc does: here that is EPERM.
 */
import * as fs from "node:fs/promises";
import { dirname } from "node:path";

type NativePath = string | Buffer;

/** The uppermost directory that had to be made, or undefined when all were there. */
export async function makeDirectories<P extends NativePath>(path: P, mode = 0o777): Promise<P | undefined> {
  try {
    return (await makeOne(path, mode)) ? path : undefined;
  } catch (error) {
    const above = parentOf(path) as P;
    if (!isMissing(error) || above.length === path.length) throw error;
    const wasThere = await isThere(above);
    const first = wasThere ? undefined : await makeDirectories(above, mode);
    try {
      return (await makeOne(path, mode)) ? (first ?? path) : first;
    } catch (again) {
      if (!wasThere || !isMissing(again)) throw again;
      throw Object.assign(new Error("no directory can be made there", { cause: again }), { code: "EPERM" });
    }
  }
}

/** False when it was there already, perhaps since a moment ago. */
async function makeOne(path: NativePath, mode: number): Promise<boolean> {
  try {
    await fs.mkdir(path, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isDirectory(path))) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function parentOf(path: NativePath): NativePath {
  if (typeof path === "string") return dirname(path);
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end--;
  const cut = path.subarray(0, end).lastIndexOf(SLASH);
  return cut < 0 ? Buffer.from(".") : path.subarray(0, Math.max(cut, 1));
}

const SLASH = 0x2f;

async function isDirectory(path: NativePath): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function isThere(path: NativePath): Promise<boolean> {
  try {
    await fs.stat(path);
    return true;
  } catch {
    return false;
  }
}
