/** Operations on whole trees, made of the client's own: many entries at once, but boundedly many. */
import type { Dirent } from "./directory.ts";
import { FilesError, hasErrno } from "./errors.ts";
import { type FilePath, joinPath, pathText, splitPath } from "./names.ts";

/** Removals in flight in one directory. */
const MAX_REMOVALS = 32;
/** Readings of one directory while others fill it. */
const MAX_PASSES = 8;
/** Directories within directories. */
export const MAX_TREE_DEPTH = 1024;

/** What trees need of a client. */
export interface TreeClient {
  opendir(path: FilePath, options: { stats: boolean }): AsyncIterable<Dirent>;
  unlink(path: FilePath): Promise<void>;
  rmdir(path: FilePath): Promise<void>;
  mkdir(path: FilePath, options: { mode: number }): Promise<void>;
  stat(path: FilePath): Promise<{ isDirectory(): boolean }>;
}

/** Removes a directory and everything in it. Symbolic links are removed, not followed. */
export async function removeTree(client: TreeClient, path: FilePath, depth = 0): Promise<void> {
  if (depth > MAX_TREE_DEPTH) throw new FilesError("FILES_LOOP", "rm", pathText(path));
  // Others may add entries meanwhile, and a server may pass over some while its directory shrinks.
  for (let pass = 1; ; pass++) {
    await removeEntries(client, path, depth);
    try {
      return await client.rmdir(path);
    } catch (error) {
      if (!hasErrno(error, "ENOTEMPTY") || pass === MAX_PASSES) throw error;
    }
  }
}

async function removeEntries(client: TreeClient, path: FilePath, depth: number): Promise<void> {
  const removals = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const entry of client.opendir(path, { stats: true })) {
    const child = joinPath(path, typeof path === "string" ? entry.name : entry.rawName);
    if (entry.stats?.isDirectory()) {
      await removeTree(client, child, depth + 1);
      continue;
    }
    const removal: Promise<void> = unlinkIfThere(client, child)
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => removals.delete(removal));
    removals.add(removal);
    if (removals.size >= MAX_REMOVALS) await Promise.race(removals);
    if (failure !== undefined) break;
  }
  await Promise.all(removals);
  if (failure !== undefined) throw failure.error;
}

async function unlinkIfThere(client: TreeClient, path: FilePath): Promise<void> {
  try {
    await client.unlink(path);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
}

/** Makes a directory and those above it that are missing. */
export async function makeDirectories(client: TreeClient, path: FilePath, mode: number): Promise<void> {
  if (splitPath(path).length === 0) return;
  try {
    await makeOne(client, path, mode);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
    await makeDirectories(client, parentPath(path), mode);
    await makeOne(client, path, mode);
  }
}

/** Makes a directory, or finds that it is there. */
async function makeOne(client: TreeClient, path: FilePath, mode: number): Promise<void> {
  try {
    await client.mkdir(path, { mode });
  } catch (error) {
    if (!hasErrno(error, "EEXIST") || !(await client.stat(path)).isDirectory()) throw error;
  }
}

/** The path without its last name. */
export function parentPath(path: FilePath): FilePath {
  const names = splitPath(path).slice(0, -1);
  let parent: FilePath = typeof path === "string" ? "/" : Uint8Array.of(0x2f);
  for (const name of names) parent = joinPath(parent, name);
  return parent;
}
