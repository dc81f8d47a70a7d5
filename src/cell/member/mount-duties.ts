/**
 * A mount is in two logs: the cell's says that it shall be, and that of the volume with the directory keeps the directory in its place. Whoever mounts
 * writes both, and may die in between. So whoever leads the log of a volume compares its directories with the cell's mounts: what is missing is
 * put in place, or taken out of the cell's state where it never can be, and what is too much is taken away. Before anything is changed the
 * cell's log is asked for its state as of now, and commands carry the mount's revision: an old state undoes nothing.
 */
import type { Cover, CoverOutcome } from "../../files/index.ts";
import { isCoterieError, type Log } from "../../world/index.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import { type CellMount, hex } from "../state/records.ts";
import type { CellLog } from "./cell-log.ts";
import type { HostedMounts } from "./hosted.ts";
import { MountIndex } from "./mount-index.ts";

export class MountDuties {
  readonly #cell: Pick<CellLog, "state" | "read" | "propose">;
  readonly #log: Log;
  readonly #index: MountIndex;
  /** Volumes that are being looked after, by id in hexadecimal: one look at a time for each. */
  readonly #busy = new Set<string>();

  constructor(cell: Pick<CellLog, "state" | "read" | "propose">, log: Log) {
    this.#cell = cell;
    this.#log = log;
    this.#index = new MountIndex(cell.state);
  }

  /** Begins to mend what differs, and does not wait for it: a volume may be slow. `volume`: this node leads it. */
  look(volume: Uint8Array, mounts: HostedMounts): void {
    const key = hex(volume);
    if (this.#busy.has(key) || isSame(this.#index.within(volume), mounts.covers())) return;
    this.#busy.add(key);
    void this.#mend(volume, mounts)
      .catch((error: unknown) => {
        if (!isCoterieError(error)) throw error;
        const { code, message } = error;
        this.#log.warn("mounts were not put in place", { volume: key, code, message });
      })
      .finally(() => this.#busy.delete(key));
  }

  async #mend(volume: Uint8Array, mounts: HostedMounts): Promise<void> {
    const wanted = await this.#cell.read(() => this.#index.within(volume));
    const covers = mounts.covers();
    for (const cover of covers) {
      if (!wanted.some((mount) => isAt(mount, cover))) await mounts.remove(cover);
    }
    for (const mount of wanted) {
      if (covers.some((cover) => isFor(mount, cover))) continue;
      const outcome = await mounts.place(coverOf(mount));
      if (isHopeless(outcome)) await this.#giveUp(mount, outcome);
    }
  }

  async #giveUp(mount: CellMount, reason: string): Promise<void> {
    this.#log.warn("a mount cannot be put in place, and is taken back", { path: mount.path, reason });
    await takeBack(this.#cell, mount);
  }
}

/** Takes this mount, and none that came there after it, out of the cell's state. */
export async function takeBack(cell: Pick<CellLog, "propose">, mount: CellMount): Promise<void> {
  try {
    await cell.propose({ deed: cell_deed.CELL_UNMOUNT, unmounted: mount });
  } catch (error) {
    if (!isCoterieError(error, "CELL_MOUNT_UNKNOWN")) throw error;
  }
}

/** The directory can never be covered by it. A newer mount of the directory will be seen in the cell's state by and by. */
export function isHopeless(outcome: CoverOutcome): boolean {
  return outcome !== "done" && outcome !== "unknown" && outcome !== "EXIST";
}

export function coverOf({ inode, generation, volume, revision }: CellMount): Cover {
  return { inode: Number(inode), generation, volume, revision: Number(revision) };
}

function isSame(mounts: readonly CellMount[], covers: readonly Cover[]): boolean {
  return (
    mounts.length === covers.length && mounts.every((mount) => covers.some((cover) => isFor(mount, cover)))
  );
}

function isFor(mount: CellMount, cover: Cover): boolean {
  return isAt(mount, cover) && Number(mount.revision) === cover.revision;
}

function isAt({ inode, generation }: CellMount, cover: Cover): boolean {
  return Number(inode) === cover.inode && generation === cover.generation;
}
