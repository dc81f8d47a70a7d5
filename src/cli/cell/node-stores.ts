/**
 * Removes the stores of volumes that are elsewhere by now from a node's directory. A note is written first, so that a removal which was cut short is finished at the
 * next start: half of a replica's stores would be taken for a damaged one.
 */
import type { LocalFiles } from "../../node/index.ts";
import { directoryFiles } from "../node-directory.ts";

const NOTE_PREFIX = "removing-";

export interface NodeStores {
  /** Finishes what a former process began. Errors: LOCAL_…. */
  finish(): Promise<void>;
  /** Removes a volume's stores, which nobody has open. Errors: LOCAL_…. */
  remove(id: Uint8Array): Promise<void>;
}

export function nodeStores(local: LocalFiles, path: string): NodeStores {
  const files = directoryFiles(local, path);
  const removeStores = async (hex: string) => {
    for (const name of await files.names()) {
      if (name === `log-${hex}` || name.startsWith(`volume-${hex}-`))
        await removeTree(local, `${path}/${name}`);
    }
    await files.remove(`${NOTE_PREFIX}${hex}`);
  };
  return {
    async finish() {
      for (const name of await files.names()) {
        const hex = name.slice(NOTE_PREFIX.length);
        if (name.startsWith(NOTE_PREFIX) && /^[0-9a-f]{32}$/.test(hex)) await removeStores(hex);
      }
    },
    async remove(id) {
      const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
      await files.replace(`${NOTE_PREFIX}${hex}`, new Uint8Array());
      await removeStores(hex);
    },
  };
}

/** A store is a folder of files, and no deeper. */
async function removeTree(local: LocalFiles, path: string): Promise<void> {
  for await (const { name } of local.entries(path)) await local.remove(local.join(path, name));
  await local.rmdir(path);
}
