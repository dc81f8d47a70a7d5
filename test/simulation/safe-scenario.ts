/**
 * Safe messages of a group under faults: some nodes keep the log, all are members; what is sent is held against the ledger at every
 * delivery, and the traces against the group's spec. Half of the runs have a program whose state is the log's snapshot, half
 * one with a store of its own, which begins from the position that it kept. Everybody loses power at once, again and again.
 */

import { type Mesh, openMesh } from "../../src/channel/index.ts";
import { type Group, GroupSpec, memberName } from "../../src/group/index.ts";
import { defineScenario, type Scenario, type Stage } from "../../src/sim/index.ts";
import type { Store, World } from "../../src/world/index.ts";
import { impatient } from "../support/impatient.ts";
import { powerLoss } from "../support/scenario-faults.ts";
import { SafeLedger } from "./safe-ledger.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface SafeModule {
  readonly openGroup: typeof import("../../src/group/index.ts").openGroup;
}

export interface SafeOperation {
  readonly kind: "send";
  readonly atMs: number;
  readonly node: number;
  readonly bytes: number;
  readonly count: number;
}

const PORT = 700;
const QUIET_MS = 9000;
const SETTLE_MS = 90_000;
const REOPEN_MS = 300;
const TIMING = { heartbeatMs: 50, electionMs: 500 };
const LOG_LIMITS = { snapshotEntries: 12, keptEntries: 5, messageBytes: 3000, windowBytes: 9000 };
const LOG_TIMEOUT_MS = 1500;
const LIMITS = {
  windowMessages: 6,
  windowBytes: 10_000,
  maxQueued: 40,
  keptBytes: 3000,
  followBytes: 2000,
  submitMs: 3000,
};
const STATE_KEY = new TextEncoder().encode("state");

const powerCut = powerLoss("power-cut");

export function safeScenario(module: SafeModule): Scenario<SafeOperation> {
  return defineScenario<SafeOperation>({
    name: "safe",
    nodes: { min: 3, max: 6 },
    faultsFromMs: 800,
    quietMs: QUIET_MS,
    faultCount: { min: 0, max: 8 },
    simulation: { link: { latencyMs: 1, jitterMs: 2 } },
    layout: () => () => ({ disk: { syncMs: 2, syncJitterMs: 10 } }),
    kinds: [powerCut],
    faults: {
      "power-cut": 4,
      "crash-restart": 4,
      pause: 4,
      partition: 4,
      "one-way-partition": 2,
      "partial-partition": 3,
      loss: 1,
      reset: 3,
      "slow-link": 1,
      "slow-disk": 1,
      "failing-disk": 1,
      "clock-drift": 1,
      "clock-step": 1,
    },
    workload: ({ random, nodes, quietMs }) =>
      Array.from(
        { length: 10 + random.below(60) },
        (): SafeOperation => ({
          kind: "send",
          atMs: 300 + random.below(quietMs - 300),
          node: random.below(nodes),
          bytes: random.chance(0.1) ? 3000 : 20,
          count: 1 + random.below(8),
        }),
      ).sort((a, b) => a.atMs - b.atMs),
    simplify: (operation) => {
      const forms: SafeOperation[] = [];
      for (const count of [1, 2, Math.floor(operation.count / 2)])
        if (count > 0 && count < operation.count) forms.push({ ...operation, count });
      if (operation.bytes > 20) forms.push({ ...operation, bytes: 20 });
      return forms;
    },
    run: (stage) => new SafeRun(module, stage).run(),
  });
}

/** A process: a member of the group, and all that safe messages ever made of it. */
class Process {
  readonly name: string;
  readonly world: World;
  readonly #ledger: SafeLedger;
  readonly #store: Store | undefined;
  group: Group | undefined;
  isOver = false;
  ids: string[] = [];
  from = 0;

  constructor(name: string, world: World, ledger: SafeLedger, store: Store | undefined) {
    this.name = name;
    this.world = world;
    this.#ledger = ledger;
    this.#store = store;
    const kept = store?.get(STATE_KEY);
    if (kept === undefined) return;
    const { ids, position } = JSON.parse(new TextDecoder().decode(kept)) as {
      ids: string[];
      position: number;
    };
    this.ids = ids;
    this.from = position;
    ledger.begins(name, ids);
  }

  readonly state = {
    capture: () => {
      const bytes = new TextEncoder().encode(JSON.stringify(this.ids));
      return [bytes.subarray(0, 5), bytes.subarray(5)];
    },
    restore: (pieces: Iterable<Uint8Array>) => {
      const text = [...pieces].map((piece) => new TextDecoder().decode(piece)).join("");
      this.ids = JSON.parse(text) as string[];
      this.#ledger.begins(this.name, this.ids);
    },
  };

  deliver(group: Group, id: string): void {
    this.ids.push(id);
    if (this.#store === undefined) return;
    // The effect and its position in one batch: both are durable, or neither.
    const text = JSON.stringify({ ids: this.ids, position: group.safePosition });
    this.#store.apply([{ key: STATE_KEY, value: new TextEncoder().encode(text) }]);
    this.#store.sync().catch(() => {});
  }
}

class SafeRun {
  readonly #module: SafeModule;
  readonly #stage: Stage<SafeOperation>;
  readonly #spec = new GroupSpec();
  readonly #ledger: SafeLedger;
  readonly #processes: (Process | undefined)[] = [];
  readonly #hasStore: boolean;
  readonly #founders: number;
  readonly #replicas: number;
  readonly #logLimits: typeof LOG_LIMITS;
  readonly #ended = new Set<string>();
  #contents = 0;

  constructor(module: SafeModule, stage: Stage<SafeOperation>) {
    this.#module = module;
    this.#stage = stage;
    this.#ledger = new SafeLedger((property, what) => stage.fail(property, what));
    const { length } = stage.nodes;
    this.#hasStore = stage.random.chance(0.5);
    this.#founders = stage.random.chance(0.5) ? length : 2 + stage.random.below(length - 1);
    this.#replicas = stage.random.chance(0.5) ? this.#founders : 1 + stage.random.below(length);
    this.#logLimits = { ...LOG_LIMITS, snapshotEntries: stage.random.chance(0.7) ? 12 : 500 };
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => this.#send(operation));
    await stage.quiet();
    await this.#comeToRest();
  }

  async #start(world: World, index: number): Promise<void> {
    this.#end(index);
    const mesh = await openMesh(world, {
      name: `n${index}`,
      bind: { host: this.#stage.node(index).ip, port: PORT },
      carrier: { kind: "tcp", isTrustedNetwork: true },
      limits: { pingMs: 500, maxLostPings: 3 },
    });
    // What ends a membership ends no machine: the program is started again, on what the disk kept.
    for (;;) {
      await this.#live(world, index, mesh).catch(throwUnexpected);
      this.#end(index);
      await new Promise<void>((resolve) => world.timers.after(REOPEN_MS, resolve));
    }
  }

  async #live(world: World, index: number, mesh: Mesh): Promise<void> {
    const store = this.#hasStore ? await world.storage.open("program") : undefined;
    const process = new Process(`n${index}`, world, this.#ledger, store);
    this.#processes[index] = process;
    const nodes = this.#stage.nodes.map(({ ip }, at) => ({
      name: `n${at}`,
      address: { host: ip, port: PORT },
    }));
    try {
      const group = await this.#module.openGroup(world, mesh, {
        name: "safe",
        detector: impatient,
        founders: nodes.slice(0, this.#founders),
        safe: {
          state: process.state,
          from: process.from,
          replicas: nodes.slice(0, this.#replicas).map(({ name }) => name),
          log: { timing: TIMING, limits: this.#logLimits, timeoutMs: LOG_TIMEOUT_MS },
          limits: LIMITS,
        },
        trace: (member, event) => {
          if (process.isOver) return;
          if (event.kind === "crash" || event.kind === "out") this.#ended.add(member);
          const violation = this.#spec.observe(member, event);
          if (violation !== undefined) this.#stage.fail(violation.property, violation.text);
        },
      });
      process.group = group;
      await new Promise<void>((resolve, reject) => {
        group.onDeliver = (sender, payload, sequence, _, guarantee) => {
          if (guarantee !== "safe" || process.isOver) return;
          const content = new TextDecoder().decode(payload);
          const id = this.#ledger.delivers(process.name, process.ids.length, sender, sequence, content);
          process.deliver(group, id);
        };
        group.onClose = (error) => (error === undefined ? resolve() : reject(error));
      });
    } finally {
      await store?.close().catch(() => {});
    }
  }

  /** The process is gone. */
  #end(index: number): void {
    const process = this.#processes[index];
    if (process === undefined || process.isOver) return;
    process.isOver = true;
    const self = process.group?.self;
    if (self !== undefined && !this.#ended.has(memberName(self)))
      this.#spec.observe(memberName(self), { kind: "crash" });
    this.#processes[index] = undefined;
  }

  #send({ node, bytes, count }: SafeOperation): void {
    const group = this.#processes[node]?.group;
    if (group === undefined || !this.#stage.node(node).isUp) return;
    for (let n = 0; n < count; n++) void this.#multicast(group, bytes);
  }

  /** Whether it is safe. */
  async #multicast(group: Group, bytes: number): Promise<boolean> {
    const content = `${++this.#contents} ${"x".repeat(bytes)}`;
    const member = memberName(group.self);
    const sequence = group.multicast(new TextEncoder().encode(content), { guarantee: "safe" });
    if (sequence === 0) return false;
    const id = `${member}/${sequence}`;
    this.#ledger.sends(id, content);
    return group.settled(sequence).then(
      () => {
        this.#ledger.settles(id);
        return true;
      },
      (error: { code: string }) => {
        this.#ledger.fails(id, error.code);
        return false;
      },
    );
  }

  async #comeToRest(): Promise<void> {
    const stage = this.#stage;
    stage.sim.heal();
    for (const [index, node] of stage.nodes.entries()) {
      if (node.isUp) continue;
      this.#end(index);
      void node.restart();
    }
    const endMs = stage.sim.nowMs + SETTLE_MS;
    const before = () => {
      if (stage.sim.nowMs > endMs) stage.fail("all serve in the end", this.#whatIs());
    };
    for (let isDone = false; !isDone; ) {
      before();
      await stage.sim.sleep(500);
      if (!this.#isTogether()) continue;
      const groups = this.#processes.map((process) => process?.group as Group);
      const settled = await Promise.race([
        Promise.all(groups.map((group) => this.#multicast(group, 20))),
        stage.sim.sleep(SETTLE_MS).then(() => [false]),
      ]);
      await stage.sim.sleep(3000);
      isDone = settled.every(Boolean) && this.#isTogether() && this.#areEqual();
    }
    this.#ledger.finish(this.#processes.map((process) => process?.ids ?? []));
    const members = this.#processes.flatMap(({ group } = {} as Process) =>
      group === undefined ? [] : [memberName(group.self)],
    );
    const violation = this.#spec.finish(members);
    if (violation !== undefined) stage.fail(violation.property, violation.text);
  }

  #isTogether(): boolean {
    const groups = this.#stage.nodes.map((_, at) => this.#processes[at]?.group);
    const wanted = groups
      .map((group) => (group === undefined ? "" : memberName(group.self)))
      .sort()
      .join(" ");
    return groups.every(
      (group) => !group?.isBlocked && group?.view?.members.map(memberName).sort().join(" ") === wanted,
    );
  }

  #areEqual(): boolean {
    return this.#processes.every((process) => process?.ids.length === this.#ledger.order.length);
  }

  #whatIs(): string {
    const { order, settled, unknown } = this.#ledger;
    const processes = this.#stage.nodes.map((_, at) => {
      const process = this.#processes[at];
      const group = process?.group;
      return group === undefined
        ? `n${at} none`
        : `${memberName(group.self)} in ${group.view?.id} of ${group.view?.members.length}, has ${process?.ids.length}`;
    });
    return `${processes.join("; ")}; of ${order.length}, settled ${settled}, unknown ${unknown}`;
  }
}

/** What ends a membership, and not the program; what the program finds while it is given a message is no failure of the log. */
function throwUnexpected(error: unknown): void {
  let at = error as { code?: unknown; cause?: unknown };
  while (at.code === "GROUP_SAFE_LOG" && at.cause !== undefined) at = at.cause as typeof at;
  if (at.code === "LOG_MACHINE_FAILED") throw at.cause;
  if (!/^(GROUP|STORE|LOG)_/.test(String(at.code))) throw error;
}
