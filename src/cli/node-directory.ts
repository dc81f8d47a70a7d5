/**
 * A node's directory as commands find it. By default it lies in the user's data home (XDG Base Directory
 * Specification): the files somebody stored must not depend on the folder in which the command was typed.
 */
import { type DirectoryFiles, readRunning } from "../cell/index.ts";
import type { LocalFiles } from "../node/index.ts";
import { CoterieError, isCoterieError } from "../world/index.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./errors.ts";

/** Only the owner may enter: the store's files know no permissions of the volume's users. */
const DIRECTORY_MODE = 0o700;

/** The absolute path of the directory that `--dir`, COTERIE_DIR or the default names. */
export function nodeDirectory(context: CliContext, option: string | undefined): string {
  const { environment, local } = context;
  const chosen = option ?? environment.directory;
  if (chosen === "") throw new UsageError("--dir needs a directory");
  if (chosen !== undefined) return local.absolute(chosen);
  // A relative XDG_DATA_HOME is invalid by its specification, and ignored.
  if (environment.dataHome?.startsWith("/")) return local.absolute(`${environment.dataHome}/coterie`);
  if (environment.home === undefined) {
    throw new UsageError("there is no home directory (HOME is not set): name the node's with --dir");
  }
  return local.absolute(`${environment.home}/.local/share/coterie`);
}

const decoder = new TextDecoder();

/** The directory's small files, for the cell. */
export function directoryFiles(local: LocalFiles, path: string): DirectoryFiles {
  const whole = (name: string) => `${path}/${name}`;
  return {
    path,
    async names() {
      if ((await local.stat(path, { follow: true })) === undefined) return [];
      const names: string[] = [];
      for await (const entry of local.entries(path)) names.push(decoder.decode(entry.name));
      return names.sort();
    },
    read: (name, maxBytes) => absentAsUndefined(async () => await local.readAll(whole(name), maxBytes)),
    replace: (name, data) => local.replace(whole(name), data, 0o600),
    remove: async (name) => {
      await absentAsUndefined(() => local.remove(whole(name)));
    },
  };
}

async function absentAsUndefined<T>(operation: () => Promise<T>): Promise<T | undefined> {
  try {
    return await operation();
  } catch (error) {
    if (isCoterieError(error, "LOCAL_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** @throws CoterieError LOCAL_TYPE when something else has the directory's name. */
export async function requireNoOther(local: LocalFiles, path: string): Promise<void> {
  const stat = await local.stat(path, { follow: true });
  if (stat === undefined || stat.type === "directory") return;
  throw new CoterieError("LOCAL_TYPE", `${path} is not a directory`, { details: { path } });
}

/** Makes the directory, and those above it, when they are missing. */
export async function makeNodeDirectory(local: LocalFiles, path: string): Promise<void> {
  await local.mkdir(path, { mode: DIRECTORY_MODE, parents: true });
}

/**
 * Keeps every other process of ours off the directory, which must exist, until it is released.
 * @throws CoterieError CELL_RUNNING.
 */
export async function claimDirectory(local: LocalFiles, path: string): Promise<() => void> {
  const claim = await local.claimDirectory(path);
  if (claim !== undefined) return () => claim.release();
  const running = await readRunning(directoryFiles(local, path));
  const who =
    running === undefined ? "" : ` (process ${running.pid}, on ${running.host} port ${running.port})`;
  throw new CoterieError("CELL_RUNNING", `something runs on ${path} already${who}`, {
    details: { directory: path, ...running },
  });
}
