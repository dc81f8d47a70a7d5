/**
 * A replicated volume under faults: replicas at three to five nodes, and clients that go from node to node with the same call until one
 * answers. What they do to few names and files is a history that is held against a sequential model; what they write unstably
 * into a file of their own, and committed, they find again byte for byte, by whichever node. When the faults are over everything is
 * answered, and all replicas hold the same bytes. Snapshots show for ever what was there when they were taken. The log is kept short, so that states are sent from replica to replica all the time.
 */
import { type Mesh, openMesh } from "../../src/channel/index.ts";
import { stable_how } from "../../src/files/nfs/gen/nfs3.gen.ts";
import type { Desk, Replica } from "../../src/files/replicated/index.ts";
import { RpcServer } from "../../src/rpc/index.ts";
import {
  defineScenario,
  History,
  requireLinearizable,
  type Scenario,
  type Stage,
} from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";
import { FailoverCaller } from "../support/failover-caller.ts";
import { powerLoss } from "../support/scenario-faults.ts";
import { bytes, VolumeClient } from "./volume-client.ts";
import { GONE, type KnownLayer, LayerUser } from "./volume-layers.ts";
import { type VolumeInput, type VolumeOutput, volumeModel } from "./volume-model.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface ReplicatedModule {
  readonly openReplica: typeof import("../../src/files/replicated/index.ts").openReplica;
  readonly createVolumeServices: typeof import("../../src/files/replicated/index.ts").createVolumeServices;
}

interface Step {
  readonly atMs: number;
  readonly client: number;
  /** The node that is asked first. */
  readonly node: number;
}

export type VolumeOperation =
  | (Step & { readonly kind: "create" | "lookup" | "remove"; readonly name: number })
  | (Step & { readonly kind: "rename"; readonly name: number; readonly to: number })
  /** Of the file that the client met last under the name. */
  | (Step & { readonly kind: "link"; readonly name: number; readonly to: number })
  | (Step & { readonly kind: "write" | "read"; readonly name: number })
  /** Writes blocks of the client's own file unstably, each by another node, and commits them. */
  | (Step & { readonly kind: "save"; readonly blocks: readonly number[]; readonly commitNode: number })
  /** Reads the client's own file. */
  | (Step & { readonly kind: "check" })
  /** Takes a snapshot, in which the client's own file is as it was committed. */
  | (Step & { readonly kind: "snapshot" })
  /** Of a snapshot or clone that is known: `which`, from the newest on. */
  | (Step & { readonly kind: "clone"; readonly which: number })
  | (Step & { readonly kind: "drop"; readonly which: number })
  | (Step & { readonly kind: "look" | "put"; readonly which: number; readonly name: number });

const MESH_PORT = 4000;
const NFS_PORT = 2049;
const ID = Uint8Array.from({ length: 16 }, (_, at) => 7 * at);
const QUIET_MS = 9000;
const SETTLE_MS = 15_000;
const PATIENCE_MS = 300;
const REOPEN_MS = 300;
const NAMES = 3;
const CLIENTS = 4;
const BLOCK_BYTES = 600;
const BLOCKS = 10;
const TIMING = { heartbeatMs: 50, electionMs: 500, clockDriftPpm: 100_000, clockErrorMs: 80 };
const LOG_LIMITS = {
  snapshotEntries: 30,
  keptEntries: 5,
  messageBytes: 3000,
  windowBytes: 9000,
  appendBytes: 6000,
  cacheBytes: 4000,
  nearEntries: 10,
};
const LIMITS = { maxQueuedBytes: 8000, maxGatheredBytes: 2000, sessionIdleMs: 1500, flushMs: 600 };
const TIMEOUT_MS = 1500;
const EVERYBODY = [{ from: "*", access: "rw", squash: "none" }] as const;

const blackout = powerLoss("blackout");

export function volumeScenario(module: ReplicatedModule): Scenario<VolumeOperation> {
  return defineScenario<VolumeOperation>({
    name: "volume",
    nodes: { min: 3, max: 5 },
    faultsFromMs: 1000,
    quietMs: QUIET_MS,
    faultCount: { min: 0, max: 8 },
    layout: () => () => ({ disk: { syncMs: 2, syncJitterMs: 10 } }),
    kinds: [blackout],
    faults: {
      blackout: 3,
      "crash-restart": 5,
      "disk-lost": 1,
      pause: 4,
      partition: 3,
      "one-way-partition": 2,
      "partial-partition": 2,
      loss: 2,
      duplicate: 1,
      reorder: 1,
      reset: 2,
      "slow-link": 2,
      "slow-disk": 2,
      "full-disk": 1,
      "failing-disk": 2,
      "corrupt-read": 1,
      "clock-step": 2,
      "clock-drift": 1,
    },
    // A majority's disks must keep what they confirmed: one replica at a time may lose its own.
    allow: ({ kind }, others) => kind !== "disk-lost" || others.every((other) => other.kind !== "disk-lost"),
    workload: ({ random, nodes, quietMs }) => {
      const operations = Array.from({ length: 20 + random.below(120) }, (): VolumeOperation => {
        const step = {
          atMs: random.below(quietMs),
          client: random.below(CLIENTS),
          node: random.below(nodes),
        };
        const name = random.below(NAMES);
        const to = random.below(NAMES);
        const kind = random.unit();
        if (kind < 0.12) return { ...step, kind: "create", name };
        if (kind < 0.2) return { ...step, kind: "lookup", name };
        if (kind < 0.24) return { ...step, kind: "remove", name };
        if (kind < 0.3) return { ...step, kind: "rename", name, to };
        if (kind < 0.34) return { ...step, kind: "link", name, to };
        if (kind < 0.6) return { ...step, kind: "write", name };
        if (kind < 0.8) return { ...step, kind: "read", name };
        if (kind < 0.85) return { ...step, kind: "check" };
        const blocks = Array.from({ length: 1 + random.below(6) }, () => random.below(BLOCKS));
        return { ...step, kind: "save", blocks, commitNode: random.below(nodes) };
      });
      // Half of the runs know nothing of snapshots: a volume without any is another one inside.
      const count = random.chance(0.5) ? 5 + random.below(50) : 0;
      const others = Array.from({ length: count }, (): VolumeOperation => {
        const step = {
          atMs: random.below(quietMs),
          client: random.below(CLIENTS),
          node: random.below(nodes),
        };
        const which = random.below(3);
        const name = random.below(NAMES);
        const kind = random.unit();
        if (kind < 0.25) return { ...step, kind: "snapshot" };
        if (kind < 0.35) return { ...step, kind: "clone", which };
        if (kind < 0.5) return { ...step, kind: "drop", which };
        return { ...step, kind: kind < 0.75 ? "look" : "put", which, name };
      });
      return [...operations, ...others].sort((a, b) => a.atMs - b.atMs);
    },
    simplify: (operation) =>
      operation.kind === "save" && operation.blocks.length > 1
        ? [{ ...operation, blocks: operation.blocks.slice(0, 1) }]
        : [],
    run: (stage) => new VolumeRun(module, stage).run(),
  });
}

/** A client, what it knows, and what it is doing. */
interface Actor {
  readonly client: VolumeClient;
  readonly layers: LayerUser;
  /** What was committed of its own file when it took each snapshot. */
  readonly kept: Map<KnownLayer, ReadonlyMap<number, Uint8Array>>;
  /** The file that was met last under each name. */
  readonly met: (Uint8Array | undefined)[];
  /** The blocks of its own file that are committed. */
  readonly saved: Map<number, Uint8Array>;
  own: Uint8Array | undefined;
  busy: Promise<void>;
}

class VolumeRun {
  readonly #module: ReplicatedModule;
  readonly #stage: Stage<VolumeOperation>;
  readonly #history: History<VolumeInput, VolumeOutput>;
  readonly #replicas: (Replica | undefined)[];
  readonly #founders: readonly string[];
  readonly #isLeased: boolean;
  readonly #loses: boolean;
  readonly #actors: Actor[] = [];
  /** Snapshots and clones that were taken, perhaps dropped since; the newest first. */
  readonly #known: KnownLayer[] = [];
  #layers = 0;
  #values = 0;
  #left = 0;

  constructor(module: ReplicatedModule, stage: Stage<VolumeOperation>) {
    this.#module = module;
    this.#stage = stage;
    this.#history = new History({ nowMs: () => stage.sim.nowMs });
    this.#replicas = stage.nodes.map(() => undefined);
    this.#founders = stage.nodes.map(({ name }) => name);
    this.#isLeased = stage.random.chance(0.3);
    this.#loses = stage.plan.faults.some(({ kind }) => kind === "disk-lost");
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    const client = stage.sim.node("clients");
    await client.start((world) => this.#begin(world));
    await stage.play((operation) => {
      const actor = this.#actors[operation.client] as Actor;
      this.#left++;
      actor.busy = actor.busy.then(() => this.#do(operation, actor)).then(() => void this.#left--);
    });
    await stage.quiet();
    await this.#settle();
  }

  // The nodes

  async #start(world: World, index: number): Promise<void> {
    this.#replicas[index] = undefined;
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
    const desk: Desk = { submit: async (call) => this.#replicas[index]?.submit(call) ?? "later" };
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
        limits: LIMITS,
      });
      this.#replicas[index] = replica;
      const error = await replica.closed;
      if (error !== undefined) throw error;
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
    this.#replicas[index] = undefined;
  }

  // The clients

  async #begin(world: World): Promise<void> {
    await this.#format(world);
    const hosts = this.#stage.nodes.map(({ ip }) => ip);
    for (let at = 0; at < CLIENTS; at++) {
      const caller = await FailoverCaller.open(world, { hosts, port: NFS_PORT, patienceMs: PATIENCE_MS });
      const client = new VolumeClient(world, caller);
      await client.mount();
      const met = Array.from({ length: NAMES }, () => undefined);
      const layers = new LayerUser(world, client, () => this.#replicas);
      const rest = { saved: new Map(), kept: new Map(), own: undefined, busy: Promise.resolve() };
      this.#actors.push({ client, layers, met, ...rest });
    }
  }

  async #format(world: World): Promise<void> {
    for (;;) {
      const replica = this.#replicas[0];
      if (replica !== undefined && (await formatted(replica))) return;
      await new Promise<void>((resolve) => world.timers.after(50, resolve));
    }
  }

  async #do(operation: VolumeOperation, actor: Actor): Promise<void> {
    const { client, met } = actor;
    client.node = operation.node;
    const who = `c${operation.client}`;
    switch (operation.kind) {
      case "create": {
        const name = nameOf(operation.name);
        met[operation.name] = await this.#file(who, { op: "create", name }, client.create(name));
        break;
      }
      case "lookup": {
        const name = nameOf(operation.name);
        met[operation.name] = await this.#file(who, { op: "lookup", name }, client.lookup(name));
        break;
      }
      case "remove": {
        const name = nameOf(operation.name);
        await this.#did(who, { op: "remove", name }, client.remove(name));
        break;
      }
      case "rename": {
        const [from, to] = [nameOf(operation.name), nameOf(operation.to)];
        await this.#did(who, { op: "rename", from, to }, client.rename(from, to));
        break;
      }
      case "save":
        await this.#save(operation, actor);
        break;
      case "check":
        await this.#check(operation.client, actor);
        break;
      case "snapshot":
        await this.#snapshot(who, actor);
        break;
      case "clone":
      case "drop":
      case "look":
      case "put":
        await this.#withLayer(who, operation, actor);
        break;
      default:
        await this.#withFile(who, operation, actor);
    }
  }

  async #withFile(
    who: string,
    operation: Extract<VolumeOperation, { kind: "link" | "write" | "read" }>,
    { client, met }: Actor,
  ): Promise<void> {
    const handle = met[operation.name];
    if (handle === undefined) return;
    const file = fileName(handle);
    if (operation.kind === "link") {
      const name = nameOf(operation.to);
      await this.#did(who, { op: "link", file, name }, client.link(handle, name));
    } else if (operation.kind === "write") {
      // One length, so that a write replaces all.
      const value = `value ${String(++this.#values).padStart(6)}`;
      const written = client.write(handle, 0, bytes(value)).then(okOf);
      await this.#did(who, { op: "write", file, value }, written);
    } else {
      const read = client.read(handle).then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did(who, { op: "read", file }, read);
    }
  }

  async #snapshot(who: string, { layers, saved, kept }: Actor): Promise<void> {
    const layer = { kind: "snapshots", name: `s${++this.#layers}` } as const;
    const before = new Map(saved);
    await this.#did(who, { op: "snapshot", layer: layer.name }, layers.takeSnapshot(layer.name));
    kept.set(layer, before);
    this.#known.unshift(layer);
  }

  async #withLayer(
    who: string,
    operation: Extract<VolumeOperation, { readonly kind: "clone" | "drop" | "look" | "put" }>,
    { layers }: Actor,
  ): Promise<void> {
    const wanted = { clone: "snapshots", put: "clones", drop: undefined, look: undefined }[operation.kind];
    const known = this.#known.filter(({ kind }) => wanted === undefined || kind === wanted);
    const layer = known[operation.which];
    if (layer === undefined) return;
    const { name } = layer;
    if (operation.kind === "clone") {
      const clone = { kind: "clones", name: `c${++this.#layers}` } as const;
      await this.#did(who, { op: "clone", layer: clone.name, of: name }, layers.makeClone(clone.name, name));
      this.#known.unshift(clone);
    } else if (operation.kind === "drop") {
      await this.#did(who, { op: "drop", layer: name }, layers.drop(layer));
    } else if (operation.kind === "put") {
      const value = `value ${String(++this.#values).padStart(6)}`;
      const file = nameOf(operation.name);
      await this.#did(who, { op: "put", layer: name, name: file, value }, layers.write(layer, file, value));
    } else {
      const file = nameOf(operation.name);
      const looked = layers
        .read(layer, file)
        .then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did(who, { op: "look", layer: name, name: file }, looked);
    }
  }

  async #did(who: string, input: VolumeInput, answer: Promise<string>): Promise<void> {
    const call = this.#history.call(who, input);
    call.returned(await answer);
  }

  async #file(
    who: string,
    input: VolumeInput,
    answer: Promise<Uint8Array | string>,
  ): Promise<Uint8Array | undefined> {
    const call = this.#history.call(who, input);
    const file = await answer;
    call.returned(typeof file === "string" ? file : fileName(file));
    return typeof file === "string" ? undefined : file;
  }

  /** A file that only this client writes: what is committed under the verifier that the writes had, is there. */
  async #save(operation: Extract<VolumeOperation, { kind: "save" }>, actor: Actor): Promise<void> {
    const { client } = actor;
    const own = await this.#ownFile(operation.client, actor);
    // A block that is written twice is written by two nodes.
    const wanted = operation.blocks.map((block) => ({
      block,
      data: bytes(`${++this.#values} `.repeat(BLOCK_BYTES).slice(0, BLOCK_BYTES)),
    }));
    for (let round = 0; ; round++) {
      const verifiers: string[] = [];
      for (const { block, data } of wanted) {
        // Nobody writes the same bytes by two nodes at a time for ever.
        client.node = round === 0 ? client.node + 1 : operation.node + round;
        verifiers.push(
          this.#verifier(await client.write(own, block * BLOCK_BYTES, data, stable_how.UNSTABLE)),
        );
      }
      client.node = operation.commitNode;
      const committed = this.#verifier(await client.commit(own));
      if (verifiers.every((verifier) => verifier === committed)) break;
    }
    for (const { block, data } of wanted) actor.saved.set(block, data);
  }

  #verifier(answer: Uint8Array | string): string {
    if (typeof answer === "string") this.#stage.fail("own files stay", `a file of its own is ${answer}`);
    return fileName(answer as Uint8Array);
  }

  async #ownFile(number: number, actor: Actor): Promise<Uint8Array> {
    if (actor.own !== undefined) return actor.own;
    const made = await actor.client.create(`own ${number}`);
    if (typeof made === "string") this.#stage.fail("exactly once", `the only CREATE of a name is ${made}`);
    actor.own = made as Uint8Array;
    return actor.own;
  }

  async #check(number: number, { client, own, saved }: Actor): Promise<void> {
    if (own === undefined) return;
    const data = await client.read(own, 0, BLOCKS * BLOCK_BYTES);
    if (typeof data === "string") this.#stage.fail("own files stay", `c${number}: ${data}`);
    this.#compareBlocks("committed bytes are there", `c${number}`, data as Uint8Array, saved);
  }

  /** What was committed before a snapshot is in it, byte for byte, as long as there is the snapshot. */
  async #checkKept(number: number, { layers, kept }: Actor): Promise<void> {
    for (const [layer, saved] of kept) {
      if (saved.size === 0) continue;
      const data = await layers.read(layer, `own ${number}`, 0, BLOCKS * BLOCK_BYTES);
      if (data === GONE) continue;
      const where = `c${number} in ${layer.name}`;
      if (typeof data === "string") this.#stage.fail("snapshots stay", `${where}: ${data}`);
      this.#compareBlocks("snapshots stay", where, data as Uint8Array, saved);
    }
  }

  #compareBlocks(
    property: string,
    where: string,
    data: Uint8Array,
    saved: ReadonlyMap<number, Uint8Array>,
  ): void {
    for (const [block, expected] of saved) {
      const found = data.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
      if (textOf(found) === textOf(expected)) continue;
      const what = `${where}, block ${block}: ${textOf(found).slice(0, 20)} and not ${textOf(expected).slice(0, 20)}`;
      this.#stage.fail(property, what);
    }
  }

  // The end

  /** Faults are over: everything is answered, everybody serves, and all replicas are the same. */
  async #settle(): Promise<void> {
    const stage = this.#stage;
    if (this.#loses) await this.#bringBack();
    await stage.quiet(SETTLE_MS);
    stage.check(this.#left === 0, "all is answered in the end", `${this.#left} left\n${this.#describe()}`);
    for (const [at, actor] of this.#actors.entries()) {
      for (const node of stage.nodes.keys()) {
        actor.client.node = node;
        await this.#check(at, actor);
        await this.#checkKept(at, actor);
      }
    }
    await this.#readAll();
    requireLinearizable(volumeModel, this.#history.operations());
    await stage.quiet(SETTLE_MS + 8000);
    await this.#compare();
  }

  /** What came late, or twice, shows in the end. */
  async #readAll(): Promise<void> {
    const handles = new Map<string, Uint8Array>();
    for (const { met } of this.#actors) {
      for (const handle of met) if (handle !== undefined) handles.set(fileName(handle), handle);
    }
    const { client } = this.#actors[0] as Actor;
    for (const [file, handle] of handles) {
      const read = client.read(handle).then((data) => (typeof data === "string" ? data : textOf(data)));
      await this.#did("in the end", { op: "read", file }, read);
    }
    const { layers } = this.#actors[0] as Actor;
    for (const layer of this.#known) {
      for (let at = 0; at < NAMES; at++) {
        const name = nameOf(at);
        const read = layers
          .read(layer, name)
          .then((data) => (typeof data === "string" ? data : textOf(data)));
        await this.#did("in the end", { op: "look", layer: layer.name, name }, read);
      }
    }
  }

  async #compare(): Promise<void> {
    const all = await Promise.all(
      this.#replicas.map(async (replica) =>
        replica === undefined ? "none" : JSON.stringify(await replica.digest()),
      ),
    );
    this.#stage.check(
      new Set(all).size === 1,
      "all replicas are the same",
      `${all.join("\n")}\n${this.#describe()}`,
    );
    for (const replica of this.#replicas) {
      const status = replica?.status();
      this.#stage.check(status?.sessions.length === 0, "sessions end", this.#describe());
    }
  }

  async #bringBack(): Promise<void> {
    for (let atMs = 0; atMs < SETTLE_MS - 5000; atMs += 1000) {
      await this.#stage.quiet(atMs);
      const leader = this.#replicas.find((each) => each?.status().log.isServing);
      void leader?.reconfigure(this.#founders).catch(() => {});
    }
  }

  #describe(): string {
    return this.#replicas
      .map((replica, at) => `${this.#stage.node(at).name} ${JSON.stringify(replica?.status())}`)
      .join("\n");
  }
}

async function formatted(replica: Replica): Promise<boolean> {
  return replica.format().then(
    () => true,
    () => false,
  );
}

function nameOf(name: number): string {
  return "abcdef"[name] as string;
}

function fileName(handle: Uint8Array): string {
  return Array.from(handle.subarray(handle.length > 8 ? 16 : 0), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

function okOf(answer: Uint8Array | string): string {
  return typeof answer === "string" ? answer : "OK";
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
