/**
 * Removes the stores of volumes that are elsewhere by now from a node's directory. A note is written first, so that a removal which was cut short is finished at the
 * next start: half of a replica's stores would be taken for a damaged one.
 */
import type { VolumeStores } from "../../cell/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import { directoryFiles } from "../node-directory.ts";

const NOTE_PREFIX = "removing-";

/** Names of a volume's stores: its log, and its state in one of two places. */
const STORE_NAME = /^(?:log-([0-9a-f]{32})|volume-([0-9a-f]{32})-[01])$/;

/** Errors of all: LOCAL_…. */
export interface NodeStores extends VolumeStores {
  /** Finishes what a former process began. */
  finish(): Promise<void>;
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
    async held() {
      const ids = (await files.names()).flatMap((name) => {
        const [, log, volume] = STORE_NAME.exec(name) ?? [];
        return log ?? volume ?? [];
      });
      return [...new Set(ids)].map(bytesOf);
    },
    async remove(id) {
      const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
      await files.replace(`${NOTE_PREFIX}${hex}`, new Uint8Array());
      await removeStores(hex);
    },
  };
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** A store is a folder of files, and no deeper. */
async function removeTree(local: LocalFiles, path: string): Promise<void> {
  for await (const { name } of local.entries(path)) await local.remove(local.join(path, name));
  await local.rmdir(path);
}
