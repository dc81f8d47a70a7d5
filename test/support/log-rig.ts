/** Replicas of logs on simulated nodes: a mesh between them, a store each, and a list as the state machine. */
import { type Mesh, type MeshPort, openMesh } from "../../src/channel/index.ts";
import type { ReplicatedLog, StateMachine } from "../../src/paxos/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";
import type { Store, World } from "../../src/world/index.ts";

const PORT = 4000;
const REOPEN_MS = 200;

/** All entries, one after the other: what was applied, and in which order. */
export class ListMachine implements StateMachine<number> {
  entries: string[] = [];

  apply(_index: number, entry: Uint8Array): number {
    return this.entries.push(new TextDecoder().decode(entry));
  }

  snapshot(): Iterable<Uint8Array> {
    return [new TextEncoder().encode(JSON.stringify(this.entries))];
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const decoder = new TextDecoder();
    const text = [...pieces].map((piece) => decoder.decode(piece, { stream: true })).join("");
    this.entries = JSON.parse(text) as string[];
  }
}

/** What a log is opened with, whatever its engine. */
export interface LogParts {
  readonly name: string;
  readonly store: Store;
  readonly port: MeshPort;
  readonly machine: StateMachine<number>;
  readonly founders: readonly string[] | undefined;
  /** For how long an append, a read or a change is tried. */
  readonly timeoutMs: number;
  /** Entries after which a snapshot is taken, and that are kept beside it. */
  readonly snapshotEntries: number;
  readonly keptEntries: number;
}

export type OpenEngine = (world: World, parts: LogParts) => Promise<ReplicatedLog<number>>;

export interface Replica {
  readonly node: SimNode;
  log: ReplicatedLog<number>;
  machine: ListMachine;
  mesh: Mesh;
  store: Store;
  world: World;
}

export interface RigOptions {
  readonly nodes: number;
  /** The first so many are founders. Default: all. */
  readonly founders?: number;
  readonly seed?: number;
  readonly timeoutMs?: number;
  readonly snapshotEntries?: number;
  readonly keptEntries?: number;
}

export class LogRig {
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  /** Of each node the present life's, once it is open. */
  readonly replicas: (Replica | undefined)[];
  /** The error that opening failed with last, of each node. */
  readonly failures: unknown[] = [];
  readonly #options: RigOptions;
  readonly #open: OpenEngine;

  constructor(open: OpenEngine, options: RigOptions) {
    this.sim = new Simulation({ seed: options.seed ?? 1 });
    this.#open = open;
    this.#options = options;
    this.nodes = Array.from({ length: options.nodes }, (_, at) => this.sim.node(`n${at + 1}`));
    this.replicas = this.nodes.map(() => undefined);
  }

  /** Runs a test with all replicas open; names are n1, n2, … */
  run(test: () => Promise<void>): Promise<void> {
    return this.sim.run(async () => {
      await Promise.all(this.nodes.map((node, at) => node.start((world) => this.#start(world, at))));
      await test();
    });
  }

  async #start(world: World, at: number): Promise<void> {
    this.replicas[at] = undefined;
    const node = this.nodes[at] as SimNode;
    const mesh = await openMesh(world, {
      name: node.name,
      bind: { host: "0.0.0.0", port: PORT },
      carrier: { kind: "tcp", isTrustedNetwork: true },
    });
    for (const peer of this.nodes) {
      if (peer !== node) mesh.add({ name: peer.name, address: { host: peer.ip, port: PORT } });
    }
    const store = await world.storage.open("log");
    await this.open(world, mesh, store, at).catch((error: unknown) => {
      this.failures[at] = error;
    });
  }

  /** Opens the log at a node whose mesh and store are open. */
  async open(world: World, mesh: Mesh, store: Store, at: number, name = "log"): Promise<Replica> {
    const { timeoutMs = 3000, snapshotEntries = 1000, keptEntries = 100 } = this.#options;
    const machine = new ListMachine();
    const count = this.#options.founders ?? this.nodes.length;
    const founders = at < count ? this.nodes.slice(0, count).map((node) => node.name) : undefined;
    const parts = { name, store, port: mesh.open(name), machine, founders, timeoutMs };
    const log = await this.#open(world, { ...parts, snapshotEntries, keptEntries });
    const replica = { node: this.nodes[at] as SimNode, log, machine, mesh, store, world };
    if (name === "log") this.replicas[at] = replica;
    return replica;
  }

  /** Opens the log of a node again, after it ended. */
  async reopen(at: number): Promise<Replica> {
    const { world, mesh, store } = this.at(at);
    await this.sim.sleep(REOPEN_MS);
    return this.open(world, mesh, store, at);
  }

  at(index: number): Replica {
    const replica = this.replicas[index];
    if (replica === undefined) throw new Error(`no replica is open at ${index}`);
    return replica;
  }

  append(at: number, entry: string | Uint8Array): Promise<{ index: number; reply: number }> {
    return this.at(at).log.append(typeof entry === "string" ? new TextEncoder().encode(entry) : entry);
  }

  /** What a read at a replica sees. */
  read(at: number): Promise<string[]> {
    const { log, machine } = this.at(at);
    return log.read(() => [...machine.entries]);
  }

  /** Waits until a condition holds. */
  async until(holds: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = this.sim.nowMs + limitMs;
    while (!holds()) {
      if (this.sim.nowMs > endMs) throw new Error(`still not so after ${limitMs} ms: ${holds}`);
      await this.sim.sleep(20);
    }
  }

  /** The node that leads and serves, as all say who know of one; waits for it. */
  async leader(): Promise<number> {
    let leader = -1;
    await this.until(() => {
      leader = this.nodes.findIndex((node, at) => {
        const status = node.isUp ? this.replicas[at]?.log.status() : undefined;
        return status?.role === "leader" && status.isServing;
      });
      return leader >= 0;
    });
    return leader;
  }
}

/** The code that a promise is rejected with, or what it gives. */
export function outcome<Value>(promise: Promise<Value>): Promise<Value | string> {
  return promise.catch((error: { code?: string }) => error.code ?? String(error));
}
