/** Waiting until a volume that was just made can be used: it has a leader before its file system is made, and other nodes hear of either later. */
import { CoterieError, isCoterieError, sleep } from "../../world/index.ts";
import type { Asked } from "./asked-cell.ts";
import { SERVED_MS } from "./volume-deeds.ts";

const POLL_MS = 100;

/**
 * Returns when the volume answers by way of the node that is asked: a read of its log, at a replica that has the file system.
 * @throws CoterieError CELL_VOLUME_UNSERVED when that takes too long.
 */
export async function untilUsable(cell: Asked, name: string): Promise<void> {
  const { clock, timers } = cell.world;
  const endMs = clock.monotonicMs() + SERVED_MS;
  for (;;) {
    const failure = await failureOf(cell, name);
    if (failure === undefined) return;
    if (clock.monotonicMs() > endMs) {
      const message = `${name} is made, and does not answer yet (${failure.message})`;
      throw new CoterieError("CELL_VOLUME_UNSERVED", message, { cause: failure, details: { volume: name } });
    }
    await sleep(timers, POLL_MS);
  }
}

/** Why the volume cannot be used yet; other failures reject. */
async function failureOf(cell: Asked, name: string): Promise<CoterieError | undefined> {
  try {
    await cell.ask((admin) => admin.layers(name));
    return undefined;
  } catch (error) {
    if (isCoterieError(error) && NOT_YET.has(error.code)) return error;
    throw error;
  }
}

/** The volume, or the cell's log, puts off. */
const NOT_YET: ReadonlySet<string> = new Set(["REPLICA_UNANSWERED", "LOG_NO_QUORUM", "LOG_BUSY"]);
