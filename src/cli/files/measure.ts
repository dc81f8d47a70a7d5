/** How much there is to copy, found out while the copy has begun already, so that its line can show a share. */
import { joinPath } from "../../files/index.ts";
import { isPartName } from "./part-file.ts";
import type { Tree } from "./tree.ts";

/** Bytes of all files under `path`; undefined when `isOver` said so before all was seen. */
export async function measure(
  tree: Tree,
  path: Uint8Array,
  isOver: () => boolean,
): Promise<number | undefined> {
  const stat = await tree.stat(path);
  if (stat?.type !== "directory") return stat?.type === "file" ? stat.size : 0;
  let bytes = 0;
  const directories = [path];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    for await (const { name, stat } of tree.entries(directory)) {
      if (isOver()) return undefined;
      if (stat?.type === "directory") directories.push(joinPath(directory, name));
      else if (stat?.type === "file" && !isPartName(name)) bytes += stat.size;
    }
  }
  return bytes;
}

/** The sum over several paths; undefined too when one of them cannot be read, which the copy itself will tell. */
export async function measureAll(
  tree: Tree,
  paths: readonly Uint8Array[],
  isOver: () => boolean,
): Promise<number | undefined> {
  let total = 0;
  try {
    for (const path of paths) {
      const bytes = await measure(tree, path, isOver);
      if (bytes === undefined) return undefined;
      total += bytes;
    }
    return total;
  } catch {
    return undefined;
  }
}
