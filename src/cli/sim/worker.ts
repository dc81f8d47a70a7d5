/** A worker's side: loads the user's file, and runs what it is asked to, in the order in which it is asked. */
import { loadModule, type ParentProcess } from "../../node/index.ts";
import {
  drawPlan,
  type Failure,
  type FaultWeights,
  nodeSpan,
  type Operation,
  type Plan,
  parsePlan,
  renderDiagram,
  runPlan,
  runTwice,
  type Scenario,
} from "../../sim/index.ts";
import { CoterieError, isCoterieError } from "../../world/index.ts";
import type { Reply, Request, RunRequest, ScenarioInfo } from "./messages.ts";

/** Serves `parent` for as long as it lives. */
export function serveSimulations(parent: ParentProcess): void {
  const worker = new SimulationWorker();
  let last: Promise<void> = Promise.resolve();
  parent.onMessage = (message) => {
    // One simulation at a time in a process.
    last = last.then(async () => parent.send(await worker.answer(message as Request)));
  };
}

class SimulationWorker {
  readonly #scenarios = new Map<string, Scenario>();
  /** The scenarios' file, without its folder: as stacks have it, whatever else stands before. */
  #file = "";

  async answer(request: Request): Promise<Reply> {
    try {
      switch (request.type) {
        case "load":
          return await this.#load(request.file);
        case "run":
          return await this.#run(request);
        case "plan":
          return { type: "planned", plan: this.#draw(this.#find(request.scenario), request.seed, request) };
        case "simplify":
          return {
            type: "simplified",
            operations: this.#find(request.scenario).simplify?.(request.operation) ?? [],
          };
      }
    } catch (error) {
      return refusal(error);
    }
  }

  async #load(file: string): Promise<Reply> {
    this.#file = file.replace(/^.*\//, "/");
    let exports: Readonly<Record<string, unknown>>;
    try {
      exports = await loadModule(file);
    } catch (error) {
      throw new CoterieError(
        "CLI_SCENARIO",
        `cannot load ${file}: ${error instanceof Error ? error.message : error}`,
        {
          cause: error,
          details: { file },
        },
      );
    }
    for (const scenario of scenariosIn(exports)) {
      if (this.#scenarios.has(scenario.name)) {
        throw new CoterieError("CLI_SCENARIO", `${file} has two scenarios with the name ${scenario.name}`);
      }
      this.#scenarios.set(scenario.name, scenario);
    }
    if (this.#scenarios.size === 0) {
      throw new CoterieError("CLI_SCENARIO", `${file} exports no scenario`, { details: { file } });
    }
    return { type: "loaded", scenarios: Array.from(this.#scenarios.values(), describe) };
  }

  async #run(request: RunRequest): Promise<Reply> {
    const { seed, plan: given, want } = request;
    const scenario = this.#find(request.scenario);
    const plan =
      given === undefined
        ? this.#draw(scenario, seed ?? "", request)
        : parsePlan(scenario, JSON.stringify(given));
    const run = request.twice === true ? runTwice : runPlan;
    const { failure, digest, nowMs, events, sim } = await run(scenario, plan).catch((error: unknown) => {
      throw this.#scenarioError(`${scenario.name}, seed ${plan.seed}, cannot be set up`, error);
    });
    return {
      type: "ran",
      seed: plan.seed,
      digest,
      nowMs,
      events,
      ...(failure !== undefined && { failure, plan }),
      ...(want?.trace === true && { trace: sim.trace.text() }),
      ...(want?.svg !== undefined && {
        svg: renderDiagram(sim.trace.records(), { ...want.svg, title: titleOf(plan, failure) }),
      }),
    };
  }

  #draw(scenario: Scenario, seed: string, { weights }: { readonly weights?: FaultWeights }): Plan {
    try {
      return drawPlan(scenario, seed, weights === undefined ? {} : { weights });
    } catch (error) {
      throw this.#scenarioError(`no plan for ${scenario.name}, seed ${seed}`, error);
    }
  }

  /** What the scenario's own code throws names no seed, and may say nothing of where. */
  #scenarioError(what: string, error: unknown): CoterieError {
    if (isCoterieError(error, "SIM_PLAN")) return error;
    const { message, stack = "" } = error instanceof Error ? error : { message: String(error) };
    const where = stack.split("\n").find((line) => line.includes(this.#file));
    const at = where === undefined ? "" : ` (${where.trim()})`;
    return new CoterieError("SIM_SCENARIO", `${what}: ${message}${at}`, { cause: error });
  }

  #find(name: string): Scenario {
    const scenario = this.#scenarios.get(name);
    if (scenario === undefined) throw new CoterieError("CLI_SCENARIO", `there is no scenario ${name}`);
    return scenario;
  }
}

function titleOf({ scenario, seed }: Plan, failure: Failure | undefined): string {
  return `${scenario}, seed ${seed}: ${failure === undefined ? "good" : failure.property}`;
}

/** Every scenario among a module's exports. A loader may have wrapped a module of the older kind in `default`. */
export function scenariosIn(exports: Readonly<Record<string, unknown>>): readonly Scenario[] {
  const values = Object.values(exports).flatMap((value) =>
    isWrapper(value) ? Object.values(value) : [value],
  );
  return [...new Set(values)].filter(isScenario);
}

function isWrapper(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && "__esModule" in value;
}

function isScenario(value: unknown): value is Scenario<Operation> {
  const { name, run } = (value ?? {}) as { name?: unknown; run?: unknown };
  return typeof value === "object" && typeof name === "string" && typeof run === "function";
}

/** @throws CoterieError SIM_SCENARIO */
function describe(scenario: Scenario): ScenarioInfo {
  const { name } = scenario;
  try {
    return { name, nodes: nodeSpan(scenario), kinds: (scenario.kinds ?? []).map(({ kind }) => kind) };
  } catch (error) {
    throw new CoterieError("SIM_SCENARIO", `${name} cannot be: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function refusal(error: unknown): Extract<Reply, { type: "refused" }> {
  const code = error instanceof CoterieError ? error.code : "CLI_SCENARIO";
  return { type: "refused", code, message: error instanceof Error ? error.message : String(error) };
}
