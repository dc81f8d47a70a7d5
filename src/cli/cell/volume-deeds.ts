/** What commands about volumes ask of a cell, and how they wait for what it does about it. */
import type { CellAdmin, CellStatus, VolumeStatus } from "../../cell/index.ts";
import { CoterieError, isCoterieError, sleep, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import type { LocateOptions } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { startProgress } from "../progress.ts";
import { askCell, cellAddresses } from "./ask-cell.ts";
import { isOfNodeByItself } from "./kept-settings.ts";

const POLL_MS = 250;
/** A new volume is served when a majority of its nodes have opened it: a second or two. */
export const SERVED_MS = 30_000;

export interface Asked {
  readonly world: World;
  /** Asks a node that answers. Errors: CELL_…, LOG_…, CELL_UNREACHABLE. */
  ask<Told>(what: (admin: CellAdmin) => Promise<Told>): Promise<Told>;
  status(): Promise<CellStatus>;
}

/** A volume as the cell told of it, with the id as commands have it. */
export interface ToldVolume extends VolumeStatus {
  readonly idBytes: Uint8Array;
}

/** What it asks rejects with CELL_ALONE where a node by itself is found instead of a cell. */
export async function askedCell(context: CliContext, options: LocateOptions): Promise<Asked> {
  const world = await context.world();
  const addresses = await cellAddresses(context, options);
  const ask: Asked["ask"] = async (what) => {
    if (addresses.length === 0) await requireNoNodeByItself(context, options);
    try {
      return await askCell(world, addresses, what);
    } catch (error) {
      // It knows another version of the program.
      throw isCoterieError(error, "RPC_PROG_MISMATCH") ? byItself("what answers", error) : error;
    }
  };
  return { world, ask, status: () => ask((admin) => admin.status()) };
}

async function requireNoNodeByItself(context: CliContext, { dir }: LocateOptions): Promise<void> {
  const directory = nodeDirectory(context, dir);
  if (isOfNodeByItself(await directoryFiles(context.local, directory).names())) throw byItself(directory);
}

function byItself(what: string, cause?: CoterieError): CoterieError {
  const message = `${what} is a node by itself, with one volume and neither replicas nor snapshots`;
  return new CoterieError("CELL_ALONE", message, cause === undefined ? {} : { cause });
}

/** @throws CoterieError CELL_VOLUME_UNKNOWN, with the names that there are. */
export function volumeIn({ volumes }: CellStatus, name: string): ToldVolume {
  const found = volumes.find((volume) => volume.name === name);
  if (found !== undefined) return { ...found, idBytes: bytesOf(found.id) };
  const known = volumes.map((volume) => volume.name).join(", ");
  throw new CoterieError("CELL_VOLUME_UNKNOWN", `the cell has no volume "${name}"; there are ${known}`, {
    details: { volume: name },
  });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Waits until somebody leads the volume. @throws CoterieError CELL_VOLUME_UNSERVED when that takes too long. */
export async function untilServed(context: CliContext, cell: Asked, name: string): Promise<ToldVolume> {
  const endMs = cell.world.clock.monotonicMs() + SERVED_MS;
  return watched(context, cell, name, ({ leader, replicas }) => {
    if (leader === undefined && cell.world.clock.monotonicMs() > endMs) {
      const message = `${name} is made, and no majority of ${replicas.map(({ node }) => node).join(", ")} serves it yet`;
      throw new CoterieError("CELL_VOLUME_UNSERVED", message, { details: { volume: name } });
    }
    return { isOver: leader !== undefined, done: replicas.filter(isThere).length, total: replicas.length };
  });
}

/** Waits until the volume is at these nodes and at no others. */
export function untilHome(
  context: CliContext,
  cell: Asked,
  name: string,
  to: readonly string[],
): Promise<ToldVolume> {
  return watched(context, cell, name, ({ movingTo, replicas }) => ({
    isOver: movingTo === undefined,
    done: replicas.filter((replica) => to.includes(replica.node) && isThere(replica)).length,
    total: to.length,
  }));
}

/** It takes part, and has what the others have. */
function isThere({ isUp, role, lag }: VolumeStatus["replicas"][number]): boolean {
  return isUp && lag === 0 && (role === "leader" || role === "follower");
}

interface Look {
  readonly isOver: boolean;
  readonly done: number;
  readonly total: number;
}

async function watched(
  context: CliContext,
  cell: Asked,
  name: string,
  look: (volume: VolumeStatus) => Look,
): Promise<ToldVolume> {
  const progress = startProgress(context, cell.world, { label: `replicas of ${name}`, unit: "items" });
  try {
    for (;;) {
      const volume = volumeIn(await cell.status(), name);
      const { isOver, done, total } = look(volume);
      progress.total = total;
      progress.done = done;
      if (isOver) return volume;
      await sleep(cell.world.timers, POLL_MS);
    }
  } finally {
    progress.finish();
  }
}
