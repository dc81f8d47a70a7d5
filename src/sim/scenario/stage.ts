/**
 * The stage of one run: the nodes made, the faults set going, and what the scenario's `run` is given. Its functions are
 * properties, so that they can be taken out of it by name.
 */
import { CoterieError } from "../../world/index.ts";
import type { SimNode } from "../node.ts";
import { Prng } from "../prng.ts";
import type { Simulation } from "../simulation.ts";
import { violation } from "./failure.ts";
import { kindsOf } from "./kinds.ts";
import { LayeredOverlays } from "./overlays.ts";
import type { Fault, FaultKind, FaultScene, Operation, Plan, Scenario, Stage } from "./types.ts";

export class PlayedStage<Op extends object = Operation> implements Stage<Op> {
  readonly plan: Plan<Op>;
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  readonly random: Prng;

  constructor(scenario: Scenario<Op>, plan: Plan<Op>, sim: Simulation) {
    this.plan = plan;
    this.sim = sim;
    this.random = new Prng(plan.seed, "stage");
    const optionsOf = scenario.layout?.(sim, plan.nodes);
    this.nodes = Array.from({ length: plan.nodes }, (_, index) =>
      sim.node(scenario.nodeName?.(index) ?? `n${index + 1}`, optionsOf?.(index)),
    );
    if (new Set(this.nodes).size < this.nodes.length)
      throw new RangeError(`${scenario.name}: two nodes have one name`);
    this.#scheduleFaults(scenario);
  }

  readonly node = (index: number): SimNode => {
    const node = this.nodes[index];
    if (node === undefined)
      throw new RangeError(`there is no node ${index}: the plan has ${this.nodes.length}`);
    return node;
  };

  readonly play = async (begin: (operation: Op, index: number) => unknown): Promise<void> => {
    for (const { operation, index, atMs } of inOrder(this.plan.operations)) {
      if (atMs > this.sim.nowMs) await this.sim.sleep(atMs - this.sim.nowMs);
      void begin(operation, index);
    }
  };

  readonly quiet = async (moreMs = 0): Promise<void> => {
    const atMs = this.plan.quietMs + moreMs;
    if (atMs > this.sim.nowMs) await this.sim.sleep(atMs - this.sim.nowMs);
    // A fault that ends at this very moment may be behind in the queue.
    await this.sim.sleep(0);
  };

  readonly fail = (property: string, message: string): never => {
    throw violation(property, message);
  };

  readonly check: Stage<Op>["check"] = (holds, property, message = "it does not hold") => {
    if (!holds) this.fail(property, message);
  };

  #scheduleFaults(scenario: Scenario<Op>): void {
    const kinds = kindsOf(scenario);
    const overlays = new LayeredOverlays(this.sim, this.nodes);
    const scene: FaultScene = { sim: this.sim, nodes: this.nodes, node: this.node, overlays };
    this.plan.faults.forEach((fault, index) => {
      const kind = kinds.get(fault.kind) as FaultKind;
      this.sim.at(fault.atMs, () => this.#begin(scene, kind, fault, index));
    });
  }

  #begin(scene: FaultScene, kind: FaultKind, fault: Fault, index: number): void {
    const { kind: name, atMs, durationMs, ...parameters } = fault;
    this.#log(`fault ${index} ${name} begins ${JSON.stringify(parameters)}`);
    const undo = applied(() => kind.apply(scene, fault as Parameters<FaultKind["apply"]>[1]), fault, index);
    if (undo === undefined) return;
    this.sim.at(atMs + durationMs, () => {
      this.#log(`fault ${index} ${name} ends`);
      undo();
    });
  }

  #log(what: string): void {
    this.sim.trace.add(Math.round(this.sim.nowMs * 1e6), "-", what, "fault");
  }
}

interface Timed<Op> {
  readonly operation: Op;
  readonly index: number;
  readonly atMs: number;
}

/** Operations by the time of their beginning; one without a time begins with the one before it. */
function inOrder<Op>(operations: readonly Op[]): readonly Timed<Op>[] {
  let lastMs = 0;
  const timed = operations.map((operation, index) => {
    lastMs = (operation as { atMs?: number }).atMs ?? lastMs;
    return { operation, index, atMs: lastMs };
  });
  return timed.sort((a, b) => a.atMs - b.atMs);
}

/** A plan's file may hold parameters that the kind refuses. */
function applied<T>(apply: () => T, fault: Fault, index: number): T {
  try {
    return apply();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new CoterieError("SIM_PLAN", `fault ${index} (${fault.kind}) cannot be: ${error.message}`, {
      cause: error,
    });
  }
}
