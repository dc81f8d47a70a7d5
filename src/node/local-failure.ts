/** Failures of the system at a file, as errors with a code that name the file. */
import { CoterieError } from "../world/index.ts";
import type { LocalPath } from "./local-files.ts";

/** What the table of the command line calls the system's errors, and what each says of the path. */
const CODES: Readonly<Record<string, readonly [code: string, says: string]>> = {
  ENOENT: ["LOCAL_NOT_FOUND", "does not exist"],
  EEXIST: ["LOCAL_EXISTS", "exists already"],
  ENOTEMPTY: ["LOCAL_EXISTS", "is not empty"],
  EACCES: ["LOCAL_PERMISSION", "may not be accessed by this user"],
  EPERM: ["LOCAL_PERMISSION", "may not be changed by this user"],
  EROFS: ["LOCAL_PERMISSION", "is on a read-only file system"],
  ENOSPC: ["LOCAL_FULL", "cannot grow: the disk is full"],
  EDQUOT: ["LOCAL_FULL", "cannot grow: this user's quota is used up"],
  ENOTDIR: ["LOCAL_TYPE", "is not a directory, or something above it is not"],
  EISDIR: ["LOCAL_TYPE", "is a directory"],
  ELOOP: ["LOCAL_TYPE", "is, or leads through, a symbolic link that is not followed"],
  ENAMETOOLONG: ["LOCAL_TYPE", "has a name that is too long"],
};

export function nativePath(path: LocalPath): string | Buffer {
  if (typeof path === "string") return path;
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength);
}

export function showPath(path: LocalPath): string {
  return typeof path === "string" ? path : Buffer.from(path).toString();
}

export function failure(error: unknown, path: LocalPath): CoterieError {
  const system = (error as NodeJS.ErrnoException).code ?? "unknown error";
  const [code, says] = CODES[system] ?? ["LOCAL_IO", `failed: ${(error as Error).message}`];
  const text = showPath(path);
  return new CoterieError(code, `${text} ${says}`, { cause: error, details: { path: text, system } });
}

export async function attempt<T>(path: LocalPath, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw error instanceof CoterieError ? error : failure(error, path);
  }
}
