/**
 * Groups under every fault: nodes found a group or join it over a mesh of TCP links, and multicast in all orders and guarantees at once.
 * Whatever happens at a member is told to the spec as it happens; each member's state is the log of what came in a total order, which
 * joiners are given. When the faults are over, all nodes are members of one view, have everything that was sent in it, and the same log.
 */

import { type Mesh, openMesh } from "../../src/channel/index.ts";
import {
  type Group,
  type GroupLimits,
  GroupSpec,
  type Guarantee,
  memberName,
  type Order,
} from "../../src/group/index.ts";
import { defineScenario, type Scenario, type Stage } from "../../src/sim/index.ts";
import { isCoterieError, type World } from "../../src/world/index.ts";
import { ambushOf } from "../support/faults-at-steps.ts";
import { impatient } from "../support/impatient.ts";
import { FAULTS_OF_SOUND_DISKS } from "../support/scenario-faults.ts";
import { LastWords } from "./group-last-words.ts";

/** What is tried: the real thing, or one with a bug planted. */
export interface GroupModule {
  readonly openGroup: typeof import("../../src/group/index.ts").openGroup;
}

export type GroupOperation =
  | {
      readonly kind: "send";
      readonly atMs: number;
      readonly node: number;
      readonly order: Order;
      readonly guarantee: Exclude<Guarantee, "safe">;
      readonly bytes: number;
      readonly count: number;
    }
  /** The node leaves the group, and joins it again a little later. */
  | { readonly kind: "leave"; readonly atMs: number; readonly node: number };

const PORT = 700;
const QUIET_MS = 5000;
/**
 * When the faults are over: to find each other, agree, and transfer the state. A network that was narrow for a while has first to carry
 * what was sent into it, at its old pace.
 */
const SETTLE_MS = 400_000;
/** What the members' own limit of that name is, and a little. */
const PAUSE_MS = 260;
const SIZES = [0, 8, 64, 64, 64, 300, 1000, 5000, 60_000, 150_000];
const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];

/** What some scenarios have and others do not. */
export interface GroupExtras {
  /** Nothing takes a leaver out before its time: what it said last must come. */
  readonly hasLastWords?: boolean;
  /** Nothing fails: the words of whoever leaves come, whatever it is told. */
  readonly isHarmless?: boolean;
}

export function groupScenario(
  module: GroupModule,
  change: Partial<Scenario<GroupOperation>> = {},
  limits: Partial<GroupLimits> = {},
  extras: GroupExtras = {},
): Scenario<GroupOperation> {
  return defineScenario<GroupOperation>({
    name: "group",
    nodes: { min: 3, max: 9 },
    quietMs: QUIET_MS,
    simulation: { link: { latencyMs: 1, jitterMs: 2 }, disk: { syncMs: 1, syncJitterMs: 5 } },
    faults: {
      ...FAULTS_OF_SOUND_DISKS,
      "crash-restart": 4,
      pause: 3,
      partition: 3,
      "one-way-partition": 2,
      "partial-partition": 3,
      reset: 3,
    },
    faultCount: { min: 0, max: 8 },
    workload: ({ random, nodes, quietMs }) =>
      Array.from({ length: 1 + random.below(60) }, (): GroupOperation => {
        const node = random.below(nodes);
        const atMs = 300 + random.below(quietMs - 300);
        if (random.chance(0.03)) return { kind: "leave", atMs, node };
        const order = random.chance(0.08) ? "sync" : (ORDERS[random.below(5)] as Order);
        const isLoose = random.chance(0.2) && (order === "unordered" || order === "fifo");
        const guarantee = isLoose ? "unreliable" : random.chance(0.5) ? "reliable" : "atomic";
        const bytes = SIZES[random.below(SIZES.length)] as number;
        return {
          kind: "send",
          atMs,
          node,
          order,
          guarantee,
          bytes,
          count: 1 + random.below(bytes > 1000 ? 3 : 12),
        };
      }),
    simplify: (operation) => {
      if (operation.kind === "leave") return [];
      const forms: GroupOperation[] = [];
      for (const count of [1, 2, Math.floor(operation.count / 2)])
        if (count > 0 && count < operation.count) forms.push({ ...operation, count });
      if (operation.bytes > 8) forms.push({ ...operation, bytes: 8 });
      return forms;
    },
    run: (stage) => new Run(module, stage, limits, extras).run(),
    ...change,
  });
}

/** One process: its group, and the log that is its state. */
interface Life {
  readonly world: World;
  group: Group | undefined;
  /** Names and contents of messages of a total order, as they were delivered. */
  log: string[];
  isLeaving: boolean;
  isOver: boolean;
}

class Run {
  readonly #module: GroupModule;
  readonly #stage: Stage<GroupOperation>;
  readonly #limits: Partial<GroupLimits>;
  readonly #extras: GroupExtras;
  readonly #lastWords = new LastWords();
  readonly #spec = new GroupSpec();
  readonly #lives: (Life | undefined)[] = [];
  readonly #founders: number;
  readonly #sequences = new Map<string, number>();
  /** Members that are out, or were closed. */
  readonly #ended = new Set<string>();

  constructor(
    module: GroupModule,
    stage: Stage<GroupOperation>,
    limits: Partial<GroupLimits>,
    extras: GroupExtras,
  ) {
    this.#module = module;
    this.#extras = extras;
    this.#limits = limits;
    this.#stage = stage;
    this.#founders = stage.random.chance(0.3)
      ? 1 + stage.random.below(stage.nodes.length)
      : stage.nodes.length;
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    ambushOf(stage.sim).onWake = (index, stoodMs) => {
      if (stoodMs > PAUSE_MS) this.#wake(index);
    };
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => this.#do(operation));
    await stage.quiet();
    await this.#comeToRest();
  }

  async #start(world: World, index: number): Promise<void> {
    this.#end(index);
    const life: Life = { world, group: undefined, log: [], isLeaving: false, isOver: false };
    this.#lives[index] = life;
    const mesh = await openMesh(world, {
      name: `n${index}`,
      bind: { host: this.#stage.node(index).ip, port: PORT },
      carrier: { kind: "tcp", isTrustedNetwork: true },
    });
    await this.#open(life, index, ambushOf(this.#stage.sim).watch(mesh, index));
  }

  async #open(life: Life, index: number, mesh: Mesh): Promise<void> {
    const founders = this.#stage.nodes
      .slice(0, this.#founders)
      .map(({ ip }, i) => ({ name: `n${i}`, address: { host: ip, port: PORT } }));
    try {
      const group = await this.#module.openGroup(life.world, mesh, {
        name: "scenario",
        founders,
        limits: this.#limits,
        detector: impatient,
        trace: (member, event) => {
          if (life.isOver) return;
          if (event.kind === "crash" || event.kind === "out") this.#ended.add(member);
          this.#lastWords.observe(member, event);
          const violation = this.#spec.observe(member, event);
          if (violation !== undefined) this.#stage.fail(violation.property, violation.text);
        },
        state: {
          capture: () => {
            const text = new TextEncoder().encode(JSON.stringify(life.log));
            return [text.subarray(0, 100), text.subarray(100)];
          },
          restore: () => {
            let text = "";
            return {
              write: (piece) => {
                text += new TextDecoder().decode(piece);
              },
              end: () => {
                life.log = JSON.parse(text) as string[];
              },
            };
          },
        },
      });
      life.group = group;
      group.onView = (_, origin) => {
        if (origin === "nobody") life.log = [];
      };
      group.onDeliver = (sender, payload, sequence, order) => {
        const id = `${memberName(sender)}/${sequence}`;
        if (payload.length >= 8 && readLabel(payload) !== sequence)
          this.#stage.fail("delivery integrity", `${id} has the content of ${readLabel(payload)}`);
        if (order === "total" || order === "causal-total" || order === "sync") life.log.push(id);
      };
      group.onOut = (self, reason) => {
        const isOwed = this.#extras.isHarmless && life.isLeaving;
        if (reason === "left" || isOwed) this.#lastWords.left(memberName(self));
      };
      group.onClose = () => {
        life.group = undefined;
        if (life.isOver) return;
        // Whoever left, or whose disk refused, comes back.
        life.world.timers.after(300, () => {
          life.isLeaving = false;
          life.log = [];
          void this.#open(life, index, mesh);
        });
      };
    } catch (error) {
      if (life.isOver) return;
      if (
        !isCoterieError(error, "STORE_IO") &&
        !isCoterieError(error, "STORE_FULL") &&
        !isCoterieError(error, "STORE_CLOSED") &&
        !isCoterieError(error, "STORE_LOCKED")
      )
        throw error;
      life.world.timers.after(300, () => void this.#open(life, index, mesh));
    }
  }

  /** The process is gone. */
  #end(index: number): void {
    const life = this.#lives[index];
    if (life === undefined || life.isOver) return;
    life.isOver = true;
    const self = life.group?.self;
    if (self !== undefined && !this.#ended.has(memberName(self)))
      this.#spec.observe(memberName(self), { kind: "crash" });
  }

  #wake(index: number): void {
    const self = this.#lives[index]?.group?.self;
    if (self !== undefined) this.#spec.observe(memberName(self), { kind: "wake" });
  }

  #do(operation: GroupOperation): void {
    const life = this.#lives[operation.node];
    const group = life?.group;
    if (life === undefined || group === undefined || life.isOver || !this.#stage.node(operation.node).isUp)
      return;
    if (operation.kind === "leave") {
      life.isLeaving = true;
      void group.leave();
      return;
    }
    const { order, guarantee, bytes, count } = operation;
    for (let n = 0; n < count; n++) this.#send(group, order, guarantee, bytes);
  }

  /** @returns its name. */
  #send(group: Group, order: Order, guarantee: Exclude<Guarantee, "safe">, bytes: number): string {
    const payload = new Uint8Array(bytes);
    // The sequence is known before: the last one and one more. A refused message has none.
    const next = (this.#sequences.get(memberName(group.self)) ?? 0) + 1;
    if (bytes >= 8) new DataView(payload.buffer).setFloat64(0, next);
    const sequence = group.multicast(payload, { order, guarantee });
    if (sequence > 0) this.#sequences.set(memberName(group.self), sequence);
    const id = `${memberName(group.self)}/${sequence}`;
    const isLeaving = this.#lives.some((life) => life?.group === group && life.isLeaving);
    if (sequence > 0 && guarantee !== "unreliable" && !isLeaving)
      this.#lastWords.accepted(memberName(group.self), id);
    return id;
  }

  async #comeToRest(): Promise<void> {
    const stage = this.#stage;
    stage.sim.heal();
    for (const [index, node] of stage.nodes.entries()) {
      if (node.isUp) continue;
      this.#end(index);
      void node.restart();
    }
    // A link that broke unnoticed may cost one more change, and what is sent once more shows that nothing is stuck.
    const endMs = stage.sim.nowMs + SETTLE_MS;
    for (let isAtRest = false; !isAtRest; isAtRest = this.#isSettled()) {
      while (!this.#isSettled()) {
        if (stage.sim.nowMs > endMs) stage.fail("membership precision", this.#whatIs());
        await stage.sim.sleep(100);
      }
      const last = this.#lives.map((life) => this.#send(life?.group as Group, "causal-total", "atomic", 8));
      await stage.sim.sleep(2000);
      // A stream that lost much waits long until it sends that again, and longer if that is lost too.
      while (this.#isSettled() && !this.#haveAll(last) && stage.sim.nowMs <= endMs)
        await stage.sim.sleep(100);
    }
    const names = this.#lives.flatMap((life) =>
      life?.group === undefined ? [] : [memberName(life.group.self)],
    );
    const violation = this.#spec.finish(names);
    if (violation !== undefined) stage.fail(violation.property, violation.text);
    if (this.#extras.hasLastWords) {
      const missed = this.#lastWords.missed();
      stage.check(missed === undefined, "last words", missed);
    }
    const [first, ...others] = this.#lives.map((life) => life?.log.join(" "));
    stage.check(
      others.every((log) => log === first),
      "replicas are equal",
    );
  }

  #haveAll(last: readonly string[]): boolean {
    return this.#lives.every((life) => last.every((id) => life?.log.includes(id)));
  }

  #isSettled(): boolean {
    const wanted = this.#lives
      .map((life) => (life?.group === undefined ? "" : memberName(life.group.self)))
      .sort()
      .join(" ");
    return this.#lives.every(({ group } = {} as Life) => {
      const members = group?.view?.members.map(memberName).sort().join(" ");
      return members === wanted && !group?.isBlocked;
    });
  }

  #whatIs(): string {
    return this.#lives
      .map(({ group } = {} as Life) =>
        group === undefined
          ? "none"
          : `${memberName(group.self)} in ${group.view?.id}: ${group.view?.members.map(memberName)}${group.isBlocked ? " blocked" : ""}`,
      )
      .join("; ");
  }
}

function readLabel(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset).getFloat64(0);
}
