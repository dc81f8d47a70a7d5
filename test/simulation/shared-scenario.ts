/**
 * Shared objects under every fault: processes found a group, and use its map, counter, queue, leader, barrier, presence, a passive machine
 * and calls, all at once. What they see must be what one honest copy shows; watches miss nothing that they do not tell; in the end all
 * copies are equal, and who is present is who lives.
 */

import { memberName } from "../../src/group/index.ts";
import { defineScenario, type Scenario, type Stage } from "../../src/sim/index.ts";
import { isCoterieError, type World } from "../../src/world/index.ts";
import { impatient } from "../support/impatient.ts";
import { FAULTS_OF_SOUND_DISKS } from "../support/scenario-faults.ts";
import { Meetings, Tokens } from "./shared-checks.ts";
import { SharedLedger } from "./shared-ledger.ts";
import {
  declarations,
  PORT,
  SharedLife,
  type SharedModule,
  type SharedOperation,
  type SharedScene,
} from "./shared-life.ts";

const QUIET_MS = 5000;
const SETTLE_MS = 90_000;
/** Longer than anything that an operation waits for or holds. */
const CALM_MS = 5000;
/** Long for a read in a group that is calm. */
const READ_MS = 10_000;
const KINDS: readonly SharedOperation["kind"][] = [
  "put",
  "put",
  "cas",
  "cas",
  "get",
  "delete",
  "add",
  "add",
  "total",
  "enqueue",
  "enqueue",
  "work",
  "work",
  "lead",
  "meet",
  "log",
  "log",
  "call",
];

export function sharedScenario(
  module: SharedModule,
  change: Partial<Scenario<SharedOperation>> = {},
): Scenario<SharedOperation> {
  return defineScenario<SharedOperation>({
    name: "shared",
    nodes: { min: 3, max: 5 },
    quietMs: QUIET_MS,
    simulation: { link: { latencyMs: 1, jitterMs: 2 }, disk: { syncMs: 1, syncJitterMs: 3 } },
    faults: {
      ...FAULTS_OF_SOUND_DISKS,
      "crash-restart": 3,
      pause: 3,
      partition: 4,
      "one-way-partition": 2,
      "partial-partition": 3,
      reset: 4,
    },
    faultCount: { min: 0, max: 6 },
    workload: ({ random, nodes, quietMs }) =>
      Array.from(
        { length: 5 + random.below(50) },
        (): SharedOperation => ({
          atMs: 200 + random.below(quietMs - 200),
          node: random.below(nodes),
          kind: random.chance(0.01)
            ? "leave"
            : (KINDS[random.below(KINDS.length)] as SharedOperation["kind"]),
          key: random.chance(0.7) ? "a" : "b",
          whenBlocked: random.chance(0.7) ? "wait" : "fail",
          patienceMs: random.chance(0.3) ? 0 : random.below(3000),
          holdMs: random.below(400),
        }),
      ),
    simplify: (operation) => {
      const forms: SharedOperation[] = [];
      if (operation.whenBlocked === "fail") forms.push({ ...operation, whenBlocked: "wait" });
      if (operation.holdMs > 1) forms.push({ ...operation, holdMs: 1 });
      return forms;
    },
    run: (stage) => new Run(module, stage).run(),
    ...change,
  });
}

class Run {
  readonly #module: SharedModule;
  readonly #stage: Stage<SharedOperation>;
  readonly #scene: SharedScene;
  readonly #lives: (SharedLife | undefined)[] = [];

  constructor(module: SharedModule, stage: Stage<SharedOperation>) {
    this.#module = module;
    this.#stage = stage;
    const ledger = new SharedLedger(() => stage.sim.nowMs);
    this.#scene = { stage, ledger, tokens: new Tokens(), meetings: new Meetings() };
  }

  async run(): Promise<void> {
    const stage = this.#stage;
    stage.nodes.forEach((node, index) => {
      void node.start((world) => this.#start(world, index));
    });
    await stage.play((operation) => this.#do(operation));
    await stage.quiet();
    await this.#comeToRest();
    stats.runs++;
    stats.answered += this.#scene.ledger.answered;
    stats.losses += this.#scene.ledger.losses;
    this.#scene.ledger.check();
  }

  async #start(world: World, index: number): Promise<void> {
    const before = this.#lives[index];
    if (before !== undefined) before.isOver = true;
    const node = this.#stage.node(index);
    const life = new SharedLife(world, node.name, node.incarnation, this.#scene);
    this.#lives[index] = life;
    while (!life.isOver) {
      try {
        await this.#member(life, index);
      } catch (error) {
        if (!isCoterieError(error)) throw error;
      }
      await new Promise<void>((resolve) => world.timers.after(300, resolve));
    }
  }

  /** Until it leaves, or its disk refuses. */
  async #member(life: SharedLife, index: number): Promise<void> {
    const founders = this.#stage.nodes.map(({ name, ip }) => ({ name, address: { host: ip, port: PORT } }));
    const group = await this.#module.join<string, string, string, ReturnType<typeof declarations>>(
      life.world,
      {
        name: "scenario",
        node: life.name,
        bind: { host: this.#stage.node(index).ip, port: PORT },
        carrier: { kind: "tcp", isTrustedNetwork: true },
        founders,
        detector: impatient,
        shared: declarations(this.#module),
      },
    );
    if (life.isOver) return;
    const out = new Promise<void>((resolve) => {
      group.on("out", ({ isLast }) => {
        if (isLast) resolve();
      });
    });
    life.begin(group);
    await out;
    life.group = undefined;
    await group.close();
  }

  #do(operation: SharedOperation): void {
    const life = this.#lives[operation.node];
    if (life === undefined || !this.#stage.node(operation.node).isUp) return;
    life.do(operation).catch((error) => {
      if (!life.isOver) this.#stage.fail("operations end as they should", String(error?.stack ?? error));
    });
  }

  async #comeToRest(): Promise<void> {
    const stage = this.#stage;
    stage.sim.heal();
    const endMs = stage.sim.nowMs + SETTLE_MS;
    for (const node of stage.nodes) if (!node.isUp) void node.restart();
    for (let before: string | undefined; before === undefined || before !== this.#whatIs(); ) {
      before = await this.#calm(endMs);
      // A barrier through all.
      await this.#readAll();
      await stage.sim.sleep(1000);
    }
    this.#compare();
  }

  /** What was held and waited for ends, and nothing more happens. @returns what everybody is in. */
  async #calm(endMs: number): Promise<string> {
    const { sim, fail } = this.#stage;
    for (let calmMs = 0; calmMs < CALM_MS; calmMs = this.#isSettled() ? calmMs + 100 : 0) {
      if (sim.nowMs >= endMs) fail("everybody gets in again", this.#whatIs());
      await sim.sleep(100);
    }
    return this.#whatIs();
  }

  async #readAll(): Promise<void> {
    const { sim, fail } = this.#stage;
    for (const life of this.#lives) {
      const read = life?.group?.shared.counter.get().then(() => true);
      const hasRead = await Promise.race([read, sim.sleep(READ_MS).then(() => false)]);
      if (!hasRead) fail("a read ends", `at ${life?.name}: ${this.#whatIs()}`);
    }
  }

  #isSettled(): boolean {
    const names = this.#lives.map((life) => (life?.group === undefined ? "" : memberName(life.group.self)));
    const wanted = names.sort().join(" ");
    return (
      this.#lives.length === this.#stage.nodes.length &&
      this.#lives.every((life) => {
        const { view, isBlocked = true } = life?.group ?? {};
        return !isBlocked && view?.members.map(memberName).sort().join(" ") === wanted;
      })
    );
  }

  #compare(): void {
    const stage = this.#stage;
    const states = this.#lives.map((life) => stateOf(life as SharedLife));
    for (const state of states)
      stage.check(state === states[0], "copies are equal", `${state}\n${states[0]}`);
    for (const life of this.#lives) {
      const { map, who, log } = (life as SharedLife).group?.shared ?? {};
      const [mirror, seen] = [life?.mirror, map?.peekAll()].map((entries) =>
        JSON.stringify([...(entries ?? [])].sort()),
      );
      stage.check(mirror === seen, "a watch tells everything", `${mirror} is ${seen}`);
      const here = who?.peek().map(({ member }) => memberName(member));
      const alive = this.#lives.map((each) => memberName((each as SharedLife).group!.self));
      stage.check(
        here?.sort().join() === alive.sort().join(),
        "who is present is who lives",
        `${here} of ${alive}`,
      );
      const lines = log?.peek((state) => state) ?? [];
      const commands = lines.map((line) => line.split("@")[0]);
      stage.check(new Set(commands).size === commands.length, "what is done is done once", lines.join(" "));
      if (this.#scene.ledger.losses === 0)
        for (const line of life?.logged ?? [])
          stage.check(lines.includes(line), "what was answered stays done", `${line} is not in ${lines}`);
    }
  }

  #whatIs(): string {
    return this.#lives
      .map((life, index) => {
        const group = life?.group;
        if (group === undefined) return `${index}: none`;
        const { view, isBlocked } = group;
        return `${memberName(group.self)} in ${view?.id}: ${view?.members.map(memberName)}${isBlocked ? " blocked" : ""}`;
      })
      .join("; ");
  }
}

function stateOf({ group }: SharedLife): string {
  const shared = group?.shared;
  return JSON.stringify({
    map: [...(shared?.map.peekAll() ?? [])],
    counter: shared?.counter.peek(),
    queue: shared?.queue.peekLength(),
    lead: shared?.lead.peek(),
    gate: shared?.gate.peek(),
    who: shared?.who.peek(),
    log: shared?.log.peek((state) => state),
  });
}

/** What all runs of this process came to, so that a test can say that they did something. */
export const stats = { runs: 0, answered: 0, losses: 0 };
