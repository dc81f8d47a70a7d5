/** What commands about volumes ask of a cell, and how they wait for what it does about it. */
import type { CellStatus, VolumeStatus } from "../../cell/index.ts";
import { CoterieError, sleep } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { noteAbove, startProgress } from "../progress.ts";
import type { Asked } from "./asked-cell.ts";

const POLL_MS = 250;
/** A new volume is served when a majority of its nodes have opened it: a second or two. */
export const SERVED_MS = 30_000;

/** A volume as the cell told of it, with the id as commands have it. */
export interface ToldVolume extends VolumeStatus {
  readonly idBytes: Uint8Array;
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

/** Tells of moves to nodes that are down, when that changes: nothing comes of waiting for one that is away. */
export function stuckTeller(context: CliContext): (volumes: readonly VolumeStatus[]) => void {
  let told = "";
  return (volumes) => {
    const text = volumes.flatMap(stuckMoves).join("; ");
    if (text !== told && text !== "") noteAbove(context, text);
    told = text;
  };
}

function stuckMoves({ name, movingTo = [], replicas }: VolumeStatus): string[] {
  const down = replicas.filter(({ node, isUp }) => !isUp && movingTo.includes(node));
  return down.map(
    ({ node }) =>
      `volume ${name} is being moved to ${node}, which is down, and waits until that is up or drained`,
  );
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
  const tellStuck = stuckTeller(context);
  try {
    for (;;) {
      const volume = volumeIn(await cell.status(), name);
      const { isOver, done, total } = look(volume);
      progress.total = total;
      progress.done = done;
      if (isOver) return volume;
      tellStuck([volume]);
      await sleep(cell.world.timers, POLL_MS);
    }
  } finally {
    progress.finish();
  }
}
