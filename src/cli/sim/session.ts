/** What the `sim` commands share: a user's file opened in workers, the scenario chosen, and everything closed at the end. */
import { findModule, type SignalName } from "../../node/index.ts";
import type { FaultWeights, Plan } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext, OwnedWorld } from "../context.ts";
import { UsageError } from "../errors.ts";
import { stopRequests } from "../stop-requests.ts";
import { type Answer, SimulationClient } from "./client.ts";
import type { RunRequest, RunResult, ScenarioInfo } from "./messages.ts";
import { optionsToLoad } from "./typescript.ts";

export interface SessionFlags {
  readonly scenario?: string;
  readonly limit: number;
}

export class SimulationSession {
  readonly file: string;
  readonly world: OwnedWorld;
  readonly clients: readonly SimulationClient[];
  readonly scenarios: readonly ScenarioInfo[];
  /** Resolves with the signal that asks to stop. */
  readonly stopped: Promise<SignalName>;
  readonly #release: () => void;

  private constructor(
    file: string,
    world: OwnedWorld,
    clients: readonly SimulationClient[],
    scenarios: readonly ScenarioInfo[],
    stop: { readonly first: Promise<SignalName>; release(): void },
  ) {
    this.file = file;
    this.world = world;
    this.clients = clients;
    this.scenarios = scenarios;
    this.stopped = stop.first;
    this.#release = stop.release;
  }

  /** @throws CoterieError LOCAL_NOT_FOUND, CLI_SCENARIO, CLI_TYPESCRIPT, CLI_USAGE */
  static async open(
    context: CliContext,
    file: string,
    flags: SessionFlags,
    jobs = 1,
  ): Promise<SimulationSession> {
    if ((await context.local.stat(file, { follow: true }))?.type !== "file") {
      throw new CoterieError("LOCAL_NOT_FOUND", `there is no file ${file}`, { details: { path: file } });
    }
    const world = await context.world();
    const nodeOptions = optionsToLoad(file, context.process, findModule);
    const start = () => context.process.startWorker([WORKER_WORD], nodeOptions);
    const clients = Array.from(
      { length: jobs },
      () => new SimulationClient({ file, limitMs: flags.limit, timers: world.timers, start }),
    );
    const stop = stopRequests(context.process);
    try {
      const all = await (clients[0] as SimulationClient).scenarios();
      return new SimulationSession(file, world, clients, chosen(all, flags.scenario, file), stop);
    } catch (error) {
      for (const client of clients) client.close();
      stop.release();
      throw error;
    }
  }

  /** The one that is meant: that of a plan, or the file's only one. @throws UsageError */
  one(name?: string): ScenarioInfo {
    const named =
      name === undefined ? this.scenarios : this.scenarios.filter((scenario) => scenario.name === name);
    const [first, second] = named;
    if (first !== undefined && second === undefined) return first;
    const names = this.scenarios.map((scenario) => scenario.name).join(", ");
    const why =
      first === undefined
        ? `has no scenario ${name}; it has ${names}`
        : `has ${names}: choose with --scenario`;
    throw new UsageError(`${this.file} ${why}`, { command: "sim" });
  }

  /** Runs once. @throws CoterieError for what could not be run at all. */
  async run(
    request: Omit<RunRequest, "type">,
    client = this.clients[0] as SimulationClient,
  ): Promise<RunResult> {
    const answer = await client.ask({ type: "run", ...request });
    if (answer.type === "ran") return answer;
    if (answer.type === "died") {
      const seed = request.plan?.seed ?? request.seed ?? "";
      const plan = request.plan ?? (await this.draw(request.scenario, seed, request.weights, client));
      return {
        type: "ran",
        seed,
        failure: answer.failure,
        digest: "",
        nowMs: 0,
        events: 0,
        ...(plan && { plan }),
      };
    }
    throw unexpected(answer);
  }

  /** The plan that a seed becomes; undefined when the worker fails at that too. */
  async draw(
    scenario: string,
    seed: string,
    weights: FaultWeights | undefined,
    client = this.clients[0] as SimulationClient,
  ): Promise<Plan | undefined> {
    const answer = await client.ask({ type: "plan", scenario, seed, ...(weights && { weights }) });
    if (answer.type === "planned") return answer.plan;
    if (answer.type === "died") return undefined;
    throw unexpected(answer);
  }

  close(): void {
    for (const client of this.clients) client.close();
    this.#release();
  }
}

/** The word with which this program starts itself as a worker. */
export const WORKER_WORD = "sim-worker";

function chosen(
  all: readonly ScenarioInfo[],
  name: string | undefined,
  file: string,
): readonly ScenarioInfo[] {
  if (name === undefined) return all;
  const found = all.filter((scenario) => scenario.name === name);
  if (found.length > 0) return found;
  const names = all.map((scenario) => scenario.name).join(", ");
  throw new UsageError(`${file} has no scenario ${name}; it has ${names}`, { command: "sim" });
}

function unexpected(answer: Answer): CoterieError {
  if (answer.type === "refused") return new CoterieError(answer.code, answer.message);
  return new CoterieError("CLI_INTERNAL", `a worker answered with ${answer.type}`);
}
