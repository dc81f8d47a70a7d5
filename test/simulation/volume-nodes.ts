/** The nodes that a scenario tries: each has a replica of the volume, which is opened again when it ends, and serves it by NFS. */
import { type Mesh, openMesh } from "../../src/channel/index.ts";
import type { Desk, Replica } from "../../src/files/replicated/index.ts";
import { RpcServer } from "../../src/rpc/index.ts";
import type { Stage } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";
import type { VolumeOperation } from "./volume-workload.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface ReplicatedModule {
  readonly openReplica: typeof import("../../src/files/replicated/index.ts").openReplica;
  readonly createVolumeServices: typeof import("../../src/files/replicated/index.ts").createVolumeServices;
}

export const NFS_PORT = 2049;
const MESH_PORT = 4000;
const ID = Uint8Array.from({ length: 16 }, (_, at) => 7 * at);
const FORMAT_MS = 5000;
const REOPEN_MS = 300;
/** Disks that were lost are made anew while so much time passes. */
const REBUILD_MS = 10_000;
const TIMING = { heartbeatMs: 50, electionMs: 500, clockDriftPpm: 100_000, clockErrorMs: 80 };
const LOG_LIMITS = {
  snapshotEntries: 30,
  keptEntries: 5,
  keptBytes: 2000,
  messageBytes: 3000,
  windowBytes: 9000,
  appendBytes: 6000,
  cacheBytes: 4000,
  nearEntries: 10,
};
const LIMITS = { maxQueuedBytes: 8000, maxGatheredBytes: 2000, sessionIdleMs: 1500, flushMs: 600 };
/** At one node calls wait for others, so that some share an entry whatever the network does. */
const GATHERING_NODE = 1;
const GATHER_MS = 20;
/** At another one there is room for one unstable write, and for another that waits. */
const CRAMPED_NODE = 2;
const CRAMPED = { maxQueuedBytes: 700, maxHeldBytes: 700 };
const TIMEOUT_MS = 1500;
const EVERYBODY = [{ from: "*", access: "rw", squash: "none" }] as const;

export class VolumeNodes {
  readonly #module: ReplicatedModule;
  readonly #stage: Stage<VolumeOperation>;
  /** Those that are open. */
  readonly replicas: (Replica | undefined)[];
  readonly #founders: readonly string[];
  readonly #isLeased: boolean;
  readonly #flushMs: number;

  constructor(module: ReplicatedModule, stage: Stage<VolumeOperation>, flushMs = LIMITS.flushMs) {
    this.#flushMs = flushMs;
    this.#module = module;
    this.#stage = stage;
    this.replicas = stage.nodes.map(() => undefined);
    this.#founders = stage.nodes.map(({ name }) => name);
    this.#isLeased = stage.random.chance(0.3);
  }

  start(): void {
    this.#stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
  }

  async #start(world: World, index: number): Promise<void> {
    this.replicas[index] = undefined;
    const { name } = this.#stage.node(index);
    const mesh = await openMesh(world, {
      name,
      bind: { host: "0.0.0.0", port: MESH_PORT },
      carrier: { kind: "tcp", isTrustedNetwork: true },
      limits: { pingMs: 500, maxLostPings: 3 },
    });
    for (const peer of this.#stage.nodes) {
      if (peer.name !== name) mesh.add({ name: peer.name, address: { host: peer.ip, port: MESH_PORT } });
    }
    const desk: Desk = { submit: async (call) => this.replicas[index]?.submit(call) ?? "later" };
    const server = new RpcServer(world);
    const volumes = { root: () => desk, find: () => desk, exports: EVERYBODY };
    for (const service of this.#module.createVolumeServices(volumes)) server.add(service);
    await server.listen({ host: "0.0.0.0", port: NFS_PORT });
    // What ends a replica ends no process: it is opened again, on what its disks kept.
    for (;;) {
      await this.#live(world, mesh, index);
      await new Promise<void>((resolve) => world.timers.after(REOPEN_MS, resolve));
    }
  }

  async #live(world: World, mesh: Mesh, index: number): Promise<void> {
    try {
      const replica = await this.#module.openReplica(world, {
        id: ID,
        mesh,
        founders: this.#founders,
        isLeased: this.#isLeased,
        timeoutMs: TIMEOUT_MS,
        timing: TIMING,
        logLimits: LOG_LIMITS,
        limits: {
          ...LIMITS,
          ...(index === CRAMPED_NODE ? CRAMPED : {}),
          flushMs: this.#flushMs,
          gatherMs: index === GATHERING_NODE ? GATHER_MS : 0,
        },
      });
      this.replicas[index] = replica;
      const error = await replica.closed;
      if (error !== undefined) throw error;
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
    this.replicas[index] = undefined;
  }

  /** Makes the volume. */
  async format(world: World): Promise<void> {
    for (;;) {
      const replica = this.replicas[0];
      if (replica !== undefined && (await formatted(world, replica))) return;
      await new Promise<void>((resolve) => world.timers.after(50, resolve));
    }
  }

  /** Replicas that lost their disks are given new ones. */
  async rebuild(): Promise<void> {
    for (let atMs = 0; atMs < REBUILD_MS; atMs += 1000) {
      await this.#stage.quiet(atMs);
      const leader = this.replicas.find((each) => each?.status().log.isServing);
      void leader?.reconfigure(this.#founders).catch(() => {});
    }
  }

  /** All hold the same bytes, and nobody has a session any more. */
  async compare(): Promise<void> {
    const all = await Promise.all(
      this.replicas.map(async (replica) =>
        replica === undefined ? "none" : JSON.stringify(await replica.digest()),
      ),
    );
    this.#stage.check(
      new Set(all).size === 1,
      "all replicas are the same",
      `${all.join("\n")}\n${this.describe()}`,
    );
    for (const replica of this.replicas) {
      const status = replica?.status();
      this.#stage.check(status?.sessions.length === 0, "sessions end", this.describe());
    }
  }

  describe(): string {
    return this.replicas
      .map((replica, at) => `${this.#stage.node(at).name} ${JSON.stringify(replica?.status())}`)
      .join("\n");
  }
}

/** Of a node that has lost its power nothing is heard any more. */
function formatted(world: World, replica: Replica): Promise<boolean> {
  return new Promise((resolve) => {
    world.timers.after(FORMAT_MS, () => resolve(false));
    replica.format().then(
      () => resolve(true),
      () => resolve(false),
    );
  });
}

function isExpected(error: unknown): boolean {
  return /^(LOG|STORE)_/.test(String((error as { code?: unknown }).code)) || isDamage(error);
}

/** What a disk that reads wrongly makes of a replica: it stops. */
function isDamage(error: unknown): boolean {
  return /^(REPLICA_DAMAGED|REPLICA_STOPPED|VOLUME_DAMAGED|VOLUME_FOREIGN|VOLUME_FORMAT)$/.test(
    String((error as { code?: unknown }).code),
  );
}
