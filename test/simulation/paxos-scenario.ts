/**
 * A replicated log under faults: replicas over a mesh, each with a map as its state machine, which in some runs keeps itself; writers and readers at all of them;
 * the log is kept short, so that snapshots are taken and sent all the time, and its replicas are changed. What the state machines
 * apply and what callers hear is held against the log's spec, and the map's history against the linearizability checker. When
 * the faults are over, every voter must take an entry and answer a read, and all must have the same state.
 */

import { type Mesh, type MeshPort, openMesh } from "../../src/channel/index.ts";
import type { AnyStateMachine, LogStatus, ReplicatedLog, StateMachine } from "../../src/paxos/index.ts";
import { LogSpec } from "../../src/paxos/spec.ts";
import {
  defineScenario,
  History,
  type KeyValueInput,
  keyValueModel,
  requireLinearizable,
  type Scenario,
  type Stage,
} from "../../src/sim/index.ts";
import type { Store, World } from "../../src/world/index.ts";
import { DurableMap } from "../support/durable-map.ts";
import { powerLoss } from "../support/scenario-faults.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface PaxosModule {
  readonly openLog: typeof import("../../src/paxos/index.ts").openLog;
}

export type PaxosOperation =
  | {
      readonly kind: "put";
      readonly atMs: number;
      readonly node: number;
      readonly key: number;
      readonly bytes: number;
    }
  | { readonly kind: "get"; readonly atMs: number; readonly node: number; readonly key: number }
  /** The replicas shall be these. */
  | {
      readonly kind: "reconfigure";
      readonly atMs: number;
      readonly node: number;
      readonly group: readonly number[];
    };

const PORT = 4000;
const QUIET_MS = 9000;
const SETTLE_MS = 15_000;
const KEYS = 3;
const REOPEN_MS = 300;
const JOURNAL_ENTRIES = 40;
const TIMING = { heartbeatMs: 50, electionMs: 500, clockDriftPpm: 100_000, clockErrorMs: 80 };
const LIMITS = {
  snapshotEntries: 25,
  keptEntries: 5,
  keptBytes: 2000,
  messageBytes: 3000,
  windowBytes: 9000,
  appendBytes: 6000,
  cacheBytes: 4000,
  nearEntries: 10,
};
const TIMEOUT_MS = 4000;

const blackout = powerLoss("blackout");

export function paxosScenario(module: PaxosModule): Scenario<PaxosOperation> {
  return defineScenario<PaxosOperation>({
    name: "paxos",
    nodes: { min: 3, max: 6 },
    faultsFromMs: 1000,
    quietMs: QUIET_MS,
    faultCount: { min: 0, max: 9 },
    layout: () => () => ({ disk: { syncMs: 3, syncJitterMs: 15 } }),
    kinds: [blackout],
    faults: {
      blackout: 4,
      "crash-restart": 4,
      "disk-lost": 1,
      pause: 3,
      partition: 3,
      "one-way-partition": 2,
      "partial-partition": 2,
      loss: 1,
      reset: 2,
      "slow-link": 1,
      bandwidth: 1,
      "slow-disk": 2,
      "full-disk": 1,
      "failing-disk": 2,
      "corrupt-read": 1,
      "clock-step": 1,
      "clock-drift": 2,
      "clock-jitter": 1,
    },
    // A majority's disks must keep what they confirmed: one replica at a time may lose its own.
    allow: ({ kind }, others) => kind !== "disk-lost" || others.every((other) => other.kind !== "disk-lost"),
    workload: ({ random, nodes, quietMs }) => {
      const isChanged = random.chance(0.5);
      return Array.from({ length: 20 + random.below(250) }, (): PaxosOperation => {
        const atMs = random.below(quietMs);
        const node = random.below(nodes);
        const kind = random.unit();
        const key = random.below(KEYS);
        if (isChanged && kind < 0.04) {
          const drawn = Array.from({ length: nodes }, (_, at) => at).filter(() => random.chance(0.7));
          return { kind: "reconfigure", atMs, node, group: drawn.length > 0 ? drawn : [node] };
        }
        if (kind < 0.6) return { kind: "put", atMs, node, key, bytes: random.chance(0.1) ? 8000 : 20 };
        return { kind: "get", atMs, node, key };
      }).sort((a, b) => a.atMs - b.atMs);
    },
    simplify: (operation) =>
      operation.kind === "put" && operation.bytes > 20 ? [{ ...operation, bytes: 20 }] : [],
    run: (stage) => new PaxosRun(module, stage).run(),
  });
}

/** A map, and in which order it came to be: the last entry and those before it are part of it. */
interface Machine {
  readonly replicated: AnyStateMachine<unknown>;
  readonly last: number;
  readonly values: ReadonlyMap<string, string>;
}

/** One that lives in memory. */
class MapMachine implements Machine, StateMachine<string> {
  readonly values = new Map<string, string>();
  last = 0;
  readonly #replica: string;
  readonly #spec: LogSpec;

  constructor(replica: string, spec: LogSpec) {
    this.#replica = replica;
    this.#spec = spec;
    spec.starts(replica, 0);
  }

  get replicated(): StateMachine<string> {
    return this;
  }

  apply(index: number, entry: Uint8Array): string {
    const { append, key, value } = parsed(new TextDecoder().decode(entry));
    this.#spec.applies(this.#replica, index, { after: this.last, value, append });
    this.last = index;
    this.values.set(key, value);
    return append;
  }

  snapshot(): Iterable<Uint8Array> {
    const text = JSON.stringify({ last: this.last, values: [...this.values] });
    return [text.slice(0, 10), text.slice(10)].map((piece) => new TextEncoder().encode(piece));
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const text = [...pieces].map((piece) => new TextDecoder().decode(piece)).join("");
    const state = JSON.parse(text) as { last: number; values: [string, string][] };
    this.last = state.last;
    this.values.clear();
    for (const [key, value] of state.values) this.values.set(key, value);
    this.#spec.starts(this.#replica, state.last);
  }
}

/** One that keeps itself, and a journal of its last entries, so that it has many parts. */
class StoredMachine implements Machine {
  readonly replicated: DurableMap;

  constructor(replica: string, spec: LogSpec, store: Store) {
    this.replicated = new DurableMap(store, (index, entry) => {
      const { append, key, value } = parsed(entry);
      spec.applies(replica, index, { after: this.last, value, append });
      const journal: [string, string] = [`journal${index % JOURNAL_ENTRIES}`, append];
      return new Map([[key, value], journal, ["last", String(index)]]);
    });
    spec.starts(replica, this.last);
    this.replicated.onSwitch = () => spec.starts(replica, this.last);
  }

  get values(): ReadonlyMap<string, string> {
    return this.replicated.values;
  }

  get last(): number {
    return Number(this.values.get("last") ?? 0);
  }
}

function parsed(entry: string): { append: string; key: string; value: string } {
  const [append = "", key = "", value = ""] = entry.split(" ");
  return { append, key, value };
}

interface Stores {
  readonly store: Store;
  /** Of the state machine. */
  readonly own: Store;
}

interface Life {
  readonly log: ReplicatedLog<unknown>;
  readonly machine: Machine;
}

class PaxosRun {
  readonly #module: PaxosModule;
  readonly #stage: Stage<PaxosOperation>;
  readonly #spec: LogSpec;
  readonly #history: History<KeyValueInput<string>, string | boolean | undefined>;
  readonly #lives: (Life | undefined)[];
  readonly #founders: readonly string[];
  readonly #isLeased: boolean;
  readonly #refused: string[] = [];
  readonly #loses: boolean;
  /** The state machines keep themselves. */
  readonly #isStored: boolean;
  /** Where the log is; else in another store, which is durable sooner or later than that. */
  readonly #sharesStore: boolean;
  #lasting = 0;
  #names = 0;

  constructor(module: PaxosModule, stage: Stage<PaxosOperation>) {
    this.#module = module;
    this.#stage = stage;
    this.#spec = new LogSpec((property, what) => stage.fail(property, what));
    this.#history = new History({ nowMs: () => stage.sim.nowMs });
    this.#lives = stage.nodes.map(() => undefined);
    this.#isLeased = stage.random.chance(0.5);
    this.#loses = stage.plan.faults.some(({ kind }) => kind === "disk-lost");
    const count = this.#loses ? stage.nodes.length : Math.max(3, stage.nodes.length - stage.random.below(3));
    this.#founders = stage.nodes.slice(0, count).map(({ name }) => name);
    this.#isStored = stage.random.chance(0.4);
    this.#sharesStore = !this.#isStored || stage.random.chance(0.5);
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => {
      if (stage.node(operation.node).isUp) this.#do(operation);
    });
    await stage.quiet();
    await this.#settle();
  }

  async #start(world: World, index: number): Promise<void> {
    this.#lives[index] = undefined;
    const { name } = this.#stage.node(index);
    const mesh = await openMesh(world, {
      name,
      bind: { host: "0.0.0.0", port: PORT },
      carrier: { kind: "tcp", isTrustedNetwork: true },
      // A stream that lost much holds back what comes after for ever longer: such a link is given up soon.
      limits: { pingMs: 500, maxLostPings: 3 },
    });
    for (const peer of this.#stage.nodes) {
      if (peer.name !== name) mesh.add({ name: peer.name, address: { host: peer.ip, port: PORT } });
    }
    // What ends a replica ends no process: it is opened again, on what its disk kept.
    for (;;) {
      const store = await world.storage.open("log");
      const own = this.#sharesStore ? store : await world.storage.open("machine");
      await this.#live(world, mesh, { store, own }, index, name);
      await own.close().catch(() => {});
      if (own !== store) await store.close().catch(() => {});
      await new Promise<void>((resolve) => world.timers.after(REOPEN_MS, resolve));
    }
  }

  async #live(world: World, mesh: Mesh, stores: Stores, index: number, name: string): Promise<void> {
    const spec = this.#spec;
    const { store, own } = stores;
    try {
      const machine = this.#isStored ? new StoredMachine(name, spec, own) : new MapMachine(name, spec);
      const port: MeshPort = mesh.open("log");
      const log = await this.#module.openLog<unknown>(world, {
        name: "log",
        store,
        port,
        machine: machine.replicated,
        timing: TIMING,
        limits: LIMITS,
        isLeased: this.#isLeased,
        timeoutMs: TIMEOUT_MS,
        ...(this.#founders.includes(name) ? { founders: this.#founders } : {}),
      });
      this.#lives[index] = { log, machine };
      log.onStatus = (status) => this.#note(status);
      const error = await log.closed;
      if (error !== undefined) throw error;
    } catch (error) {
      // What the state machine finds is no failure of its own.
      const cause = codeOf(error) === "LOG_MACHINE_FAILED" ? (error as { cause?: unknown }).cause : error;
      if (!isExpected(cause)) throw cause;
    }
    this.#lives[index] = undefined;
  }

  #note(status: LogStatus): void {
    this.#lasting = Math.max(this.#lasting, status.applied);
  }

  #do(operation: PaxosOperation): void {
    const life = this.#lives[operation.node];
    if (life === undefined) return;
    if (operation.kind === "put") this.#put(life, operation.node, operation.key, operation.bytes);
    else if (operation.kind === "get") this.#get(life, operation.node, operation.key);
    // Whose disk is lost must not be the only one.
    else if (!this.#loses) {
      const names = operation.group.map((at) => this.#stage.node(at).name);
      life.log.reconfigure(names).catch(ignoreExpected);
    }
  }

  #put(life: Life, node: number, key: number, bytes: number): Promise<boolean> {
    const name = `a${++this.#names}`;
    const value = `${name}${"x".repeat(bytes)}`;
    const call = this.#history.call(`n${node} ${name}`, { op: "put", key: `k${key}`, value });
    this.#spec.appending(name);
    return life.log.append(new TextEncoder().encode(`${name} k${key} ${value}`)).then(
      ({ index, reply }) => {
        if (!this.#isStored && reply !== name) this.#stage.fail("own reply", `${name} was answered ${reply}`);
        this.#spec.acknowledges(name, index);
        call.returned(undefined);
        return true;
      },
      (error: unknown) => {
        if (codeOf(error) === "LOG_OUTCOME_UNKNOWN") call.unknown();
        else if (isExpected(error)) {
          this.#refused.push(name);
          call.refused();
        } else throw error;
        return false;
      },
    );
  }

  #get(life: Life, node: number, key: number): Promise<boolean> {
    const call = this.#history.call(`n${node}`, { op: "get", key: `k${key}` });
    const least = this.#spec.reading();
    const { machine, log } = life;
    return log
      .read(() => ({ value: machine.values.get(`k${key}`), last: log.status().applied }))
      .then(
        ({ value, last }) => {
          this.#spec.reads(least, last);
          call.returned(value);
          return true;
        },
        (error: unknown) => {
          if (!isExpected(error)) throw error;
          call.refused();
          return false;
        },
      );
  }

  /** Faults are over: the log takes entries and answers at every voter, and brings back who lost its disk. */
  async #settle(): Promise<void> {
    const stage = this.#stage;
    if (this.#loses) await this.#bringBack();
    await stage.quiet(SETTLE_MS);
    const voters = this.#voters();
    const answers = await Promise.all(
      voters.map(async (at) => {
        const life = this.#lives[at] as Life;
        return (await this.#put(life, at, 0, 20)) && (await this.#get(life, at, 0));
      }),
    );
    stage.check(
      answers.length > 0 && answers.every(Boolean),
      "all voters serve in the end",
      this.#describe(),
    );
    await stage.quiet(SETTLE_MS + 2000);
    const states = new Set(voters.map((at) => stateOf(this.#lives[at]?.machine)));
    stage.check(states.size === 1, "all voters agree in the end", this.#describe());
    for (const name of this.#refused) this.#spec.refused(name);
    requireLinearizable(keyValueModel<string>(), this.#history.operations());
  }

  async #bringBack(): Promise<void> {
    for (let atMs = 0; atMs < SETTLE_MS - 5000; atMs += 1000) {
      await this.#stage.quiet(atMs);
      const life = this.#lives.find((each) => each?.log.status().isServing);
      const everybody = this.#stage.nodes.map(({ name }) => name);
      void life?.log.reconfigure(everybody).catch(ignoreExpected);
    }
  }

  /** As the longest log names them. */
  #voters(): number[] {
    const statuses = this.#lives.flatMap((life) => (life === undefined ? [] : [life.log.status()]));
    const longest = statuses.reduce((a, b) => (b.applied > a.applied ? b : a));
    const names = longest.voters;
    return this.#stage.nodes.flatMap(({ name }, at) =>
      names.includes(name) && this.#lives[at] !== undefined ? [at] : [],
    );
  }

  #describe(): string {
    return this.#lives
      .map((life, at) => `${this.#stage.node(at).name} ${JSON.stringify(life?.log.status())}`)
      .join("\n");
  }
}

function stateOf(machine: Machine | undefined): string {
  return JSON.stringify([machine?.last, [...(machine?.values ?? [])].sort()]);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** A planted layer has error classes of its own. */
function isExpected(error: unknown): boolean {
  return /^(LOG|STORE)_(?!MACHINE)/.test(codeOf(error)) && (error as { cause?: unknown }).cause === undefined
    ? true
    : codeOf(error) === "LOG_STORE_FAILED";
}

function ignoreExpected(error: unknown): void {
  if (!isExpected(error)) throw error;
}
