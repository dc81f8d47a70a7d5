/**
 * Rounds of kill -9: a node under a load of acknowledged changes is killed at random moments and started again, and
 * every acknowledged change is looked for. The load's calls outlive the node: to their client the server is slow for
 * a while, and each is answered once, rightly, though its first answer may have died with the process.
 */

import { createNodeWorld } from "../../src/node/index.ts";
import { type Random, randomBelow, sleep } from "../../src/world/index.ts";
import { Actor } from "./durability-load.ts";
import { type RunningNode, startNode } from "./node-process.ts";
import { RawNfs } from "./raw-nfs.ts";
import { seededRandom } from "./seeded-random.ts";

export interface KillRoundsOptions {
  readonly directory: string;
  readonly port: number;
  readonly rounds: number;
  readonly seed: number;
  readonly actors?: number;
  /** Told after every round. */
  readonly onRound?: (round: number, figures: KillFigures) => void;
}

export interface KillFigures {
  readonly rounds: number;
  /** Changes acknowledged as durable, over all rounds. */
  readonly acknowledged: number;
  /** Calls that were under way when the node was killed, sent again, and answered by its successor. */
  readonly resent: number;
  /** Objects compared with the model, over all rounds. */
  readonly compared: number;
  /** Slowest start, from the process's own beginning to ready. */
  readonly slowestStartMs: number;
}

/** Changes between two kills, at most; the moment within them is drawn anew each time. */
const MAX_CHANGES_PER_ROUND = 400;
/** The kill comes so long after the last change counted, at most: within the work of those that follow it. */
const MAX_DELAY_MS = 4;
/** A call may wait for one restart, and this machine may be busy. */
const CALL_TIMEOUT_MS = 120_000;

class Load {
  acknowledged = 0;
  readonly #actors: readonly Actor[];
  readonly #nfs: RawNfs;
  #workers: Promise<void>[] = [];
  #isPaused = false;
  #failure: unknown;
  #target = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};

  constructor(actors: readonly Actor[], nfs: RawNfs) {
    this.#actors = actors;
    this.#nfs = nfs;
  }

  start(): void {
    this.#isPaused = false;
    this.#workers = this.#actors.map((actor) => this.#work(actor));
  }

  /** Resolves when so many more changes are acknowledged; rejects when one was answered wrongly. */
  async changes(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#target = this.acknowledged + count;
      this.#reached = resolve;
      if (this.#failure !== undefined) resolve();
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Every call that is under way gets its answer, and no more are made. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await Promise.all(this.#workers);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #work(actor: Actor): Promise<void> {
    try {
      while (!this.#isPaused && this.#failure === undefined) {
        await actor.step(this.#nfs);
        if (++this.acknowledged >= this.#target) this.#reached();
      }
    } catch (error) {
      this.#failure = new Error(
        `${actor.name}, change ${actor.acknowledged + 1}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
      this.#reached();
    }
  }
}

/** @throws Error that names seed and round when an acknowledged change is missing or a call was answered wrongly. */
export async function killRounds(options: KillRoundsOptions): Promise<KillFigures> {
  const { directory, port, rounds, seed } = options;
  const world = createNodeWorld();
  const random = seededRandom(seed);
  const start = () => startNode(directory, ["--port", String(port)]);
  const actors = Array.from(
    { length: options.actors ?? 6 },
    (_, i) => new Actor(`actor${i}`, seededRandom(seed + 1 + i)),
  );
  const nfs = new RawNfs(world, port, CALL_TIMEOUT_MS);
  let node = await start();
  let figures: KillFigures = {
    rounds: 0,
    acknowledged: 0,
    resent: 0,
    compared: 0,
    slowestStartMs: node.ready.tookMs,
  };
  try {
    for (const actor of actors) await actor.begin(nfs);
    const load = new Load(actors, nfs);
    for (let round = 1; round <= rounds; round++) {
      try {
        load.start();
        const aMoment = () => sleep(world.timers, randomBelow(random, MAX_DELAY_MS + 1));
        await killAtRandomMoment(node, load, random, aMoment);
        node = await start();
        await load.pause();
        figures = {
          rounds: round,
          acknowledged: load.acknowledged,
          resent: nfs.rpc.stats().retransmissions,
          compared: figures.compared + (await compare(actors, world, port)),
          slowestStartMs: Math.max(figures.slowestStartMs, node.ready.tookMs),
        };
      } catch (error) {
        throw new Error(`seed ${seed}, round ${round}: ${(error as Error).message}`, { cause: error });
      }
      options.onRound?.(round, figures);
    }
    return figures;
  } finally {
    await nfs.close();
    await node.process.stop();
    await world.close();
  }
}

async function killAtRandomMoment(
  node: RunningNode,
  load: Load,
  random: Random,
  aMoment: () => Promise<void>,
): Promise<void> {
  await load.changes(1 + randomBelow(random, MAX_CHANGES_PER_ROUND));
  await aMoment();
  await node.process.kill();
}

/** A client of its own looks: nothing it is told can come from the load's connection. */
async function compare(
  actors: readonly Actor[],
  world: ReturnType<typeof createNodeWorld>,
  port: number,
): Promise<number> {
  const nfs = new RawNfs(world, port, CALL_TIMEOUT_MS);
  try {
    const differences: string[] = [];
    for (const actor of actors) differences.push(...(await actor.differences(nfs)));
    if (differences.length > 0) throw new Error(differences.slice(0, 10).join("; "));
    return actors.reduce((sum, actor) => sum + actor.files, 0);
  } finally {
    await nfs.close();
  }
}
