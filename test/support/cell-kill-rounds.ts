/**
 * Rounds in which all nodes of a cell are killed at once, under a load of acknowledged changes, and started again: every acknowledged
 * change is looked for through each of them. Each actor of the load uses one node; its calls outlive the nodes, and each is answered once,
 * rightly, though its first answer may have died with them.
 */
import { createNodeWorld } from "../../src/node/index.ts";
import type { RpcClient } from "../../src/rpc/index.ts";
import { randomBelow, sleep, type World } from "../../src/world/index.ts";
import type { CellProcesses } from "./cell-processes.ts";
import { Actor } from "./durability-load.ts";
import { PatientCaller } from "./patient-caller.ts";
import { RawNfs } from "./raw-nfs.ts";
import { seededRandom } from "./seeded-random.ts";

export interface CellKillOptions {
  /** Running. */
  readonly cell: CellProcesses;
  readonly rounds: number;
  readonly seed: number;
  readonly actors?: number;
}

export interface CellKillFigures {
  readonly rounds: number;
  /** Changes acknowledged as durable, over all rounds. */
  readonly acknowledged: number;
  /** Calls that were under way when the nodes were killed, and were sent again. */
  readonly resent: number;
  /** Objects compared with the model, through each node. */
  readonly compared: number;
}

/** Changes between two kills, at most; the moment within them is drawn anew each time. */
const MAX_CHANGES_PER_ROUND = 300;
const MAX_DELAY_MS = 10;
/** A call may wait for a restart of all, and this machine may be busy. */
const CALL_TIMEOUT_MS = 120_000;
/** A node does not answer a call whose outcome it cannot know. */
const RESEND_MS = 2000;

/** Of one node. A cell without a quorum puts its callers off. */
function patient(world: World, port: number): RawNfs {
  const through = (rpc: RpcClient) => new PatientCaller(world, rpc);
  return new RawNfs(world, port, CALL_TIMEOUT_MS, { through, resendMs: RESEND_MS });
}

/** An actor, and the node that it uses. */
interface Worker {
  readonly actor: Actor;
  readonly nfs: RawNfs;
}

/** The load, until it is told to pause. */
class Load {
  acknowledged = 0;
  readonly #workers: readonly Worker[];
  readonly #onStep: () => void;
  #isPaused = false;

  constructor(workers: readonly Worker[], onStep: () => void) {
    this.#workers = workers;
    this.#onStep = onStep;
  }

  /** Resolves when it was told to pause, and every call is answered; rejects when one was answered wrongly. */
  async run(): Promise<void> {
    this.#isPaused = false;
    await Promise.all(this.#workers.map((worker) => this.#work(worker)));
  }

  pause(): void {
    this.#isPaused = true;
  }

  async #work({ actor, nfs }: Worker): Promise<void> {
    while (!this.#isPaused) {
      await actor.step(nfs).catch((error: Error) => {
        const what = `${actor.name}, change ${actor.acknowledged + 1}: ${error.message}`;
        throw new Error(what, { cause: error });
      });
      this.acknowledged++;
      this.#onStep();
    }
  }
}

/** @throws Error that names seed and round when an acknowledged change is missing or a call was answered wrongly. */
export async function cellKillRounds(options: CellKillOptions): Promise<CellKillFigures> {
  const { cell, rounds, seed, actors = 6 } = options;
  const world = createNodeWorld();
  const random = seededRandom(seed);
  const nodes = cell.addresses.map(({ port }) => patient(world, port));
  const workers = Array.from(
    { length: actors },
    (_, at): Worker => ({
      actor: new Actor(`actor${at}`, seededRandom(seed + 1 + at)),
      nfs: nodes[at % nodes.length] as RawNfs,
    }),
  );
  let reached: () => void = () => {};
  let target = 0;
  const load = new Load(workers, () => {
    if (load.acknowledged >= target) reached();
  });
  let compared = 0;
  try {
    for (const { actor, nfs } of workers) await actor.begin(nfs);
    for (let round = 1; round <= rounds; round++) {
      target = load.acknowledged + 1 + randomBelow(random, MAX_CHANGES_PER_ROUND);
      const enough = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const running = load.run();
      const delayMs = randomBelow(random, MAX_DELAY_MS + 1);
      await Promise.race([enough.then(() => sleep(world.timers, delayMs)), running, cell.failed]);
      await Promise.all(cell.addresses.map((_, index) => cell.kill(index)));
      for (const index of cell.addresses.keys()) cell.start(index);
      load.pause();
      await Promise.race([running, cell.failed]);
      compared += await compare(workers, cell, world);
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  } finally {
    load.pause();
    for (const nfs of nodes) await nfs.close();
    await world.close();
  }
  const resent = nodes.reduce((sum, { rpc }) => sum + rpc.stats().retransmissions, 0);
  return { rounds, acknowledged: load.acknowledged, resent, compared };
}

/** A client of its own looks through each node: nothing it is told can come from the load's connections. */
async function compare(workers: readonly Worker[], cell: CellProcesses, world: World): Promise<number> {
  let compared = 0;
  for (const { port } of cell.addresses) {
    const nfs = patient(world, port);
    try {
      for (const { actor } of workers) {
        const differences = await actor.differences(nfs);
        if (differences.length > 0)
          throw new Error(`at port ${port}: ${differences.slice(0, 10).join("; ")}`);
        compared += actor.files;
      }
    } finally {
      await nfs.close();
    }
  }
  return compared;
}
