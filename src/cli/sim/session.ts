/**
 * What the `sim` commands share: a user's file opened in workers, the scenario chosen, and an end to all of it when the
 * work is done, fails, or is interrupted.
 */
import { findModule, type SignalName } from "../../node/index.ts";
import type { FaultWeights, Plan } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext, OwnedWorld } from "../context.ts";
import { UsageError } from "../errors.ts";
import { STATUS_OF_SIGNAL, stopRequests } from "../stop-requests.ts";
import { type Answer, SimulationClient } from "./client.ts";
import type { RunRequest, RunResult, ScenarioInfo } from "./messages.ts";
import { optionsToLoad } from "./typescript.ts";
import { checkWeights } from "./weights.ts";

export interface SessionFlags {
  readonly scenario?: string;
  readonly weights?: FaultWeights;
  readonly limit: number;
}

/** The word with which this program starts itself as a worker. */
const WORKER_WORD = "sim-worker";

/**
 * Opens `file` in so many workers and does `work`. A signal ends it at once, after `onInterrupt`, with the status that
 * shells know. @throws CoterieError LOCAL_NOT_FOUND, CLI_SCENARIO, CLI_TYPESCRIPT, CLI_USAGE; what `work` throws
 */
export async function withSession(
  context: CliContext,
  file: string,
  flags: SessionFlags,
  jobs: number,
  work: (session: SimulationSession) => Promise<void>,
): Promise<void> {
  if ((await context.local.stat(file, { follow: true }))?.type !== "file") {
    throw new CoterieError("LOCAL_NOT_FOUND", `there is no file ${file}`, { details: { path: file } });
  }
  const nodeOptions = optionsToLoad(file, context.process, findModule);
  const world = await context.world();
  const start = () => context.process.startWorker([WORKER_WORD], nodeOptions);
  const clients = Array.from(
    { length: jobs },
    () => new SimulationClient({ file, limitMs: flags.limit, timers: world.timers, start }),
  );
  const session = new SimulationSession(file, world, clients);
  const stop = stopRequests(context.process);
  const interrupted = async (signal: SignalName): Promise<void> => {
    context.exitStatus = STATUS_OF_SIGNAL[signal];
    await session.onInterrupt();
  };
  try {
    await Promise.race([session.load(flags).then(() => work(session)), stop.first.then(interrupted)]);
  } finally {
    for (const client of clients) client.close();
    stop.release();
  }
}

export class SimulationSession {
  readonly file: string;
  readonly world: OwnedWorld;
  readonly clients: readonly SimulationClient[];
  /** All of the file, or the one that was asked for. */
  scenarios: readonly ScenarioInfo[] = [];
  #isAlone = false;
  /** Called when a signal ends the work, which goes no further. */
  onInterrupt: () => void | Promise<void> = () => {};

  constructor(file: string, world: OwnedWorld, clients: readonly SimulationClient[]) {
    this.file = file;
    this.world = world;
    this.clients = clients;
  }

  /** @throws CoterieError CLI_SCENARIO; UsageError for flags that do not fit the scenarios */
  async load({ scenario, weights = {} }: Omit<SessionFlags, "limit">): Promise<void> {
    this.scenarios = await this.#first.scenarios();
    this.#isAlone = this.scenarios.length === 1;
    if (scenario !== undefined) this.scenarios = [this.one(scenario)];
    checkWeights(weights, this.scenarios);
  }

  /** The one that is meant: that of a name, or the file's only one. @throws UsageError */
  one(name?: string): ScenarioInfo {
    const named = this.scenarios.filter((scenario) => scenario.name === (name ?? scenario.name));
    const [first, second] = named;
    if (first !== undefined && second === undefined) return first;
    const names = this.scenarios.map((scenario) => scenario.name).join(", ");
    const why =
      name === undefined
        ? `has ${names}: choose with --scenario`
        : `has no scenario ${name}; it has ${names}`;
    throw new UsageError(`${this.file} ${why}`, { command: "sim" });
  }

  /** A scenario's name where a command line has to say it. */
  nameToSay(scenario: ScenarioInfo): string | undefined {
    return this.#isAlone ? undefined : scenario.name;
  }

  /** Runs once; a worker that hangs or dies is a failure like others. @throws CoterieError for what could not be run at all. */
  async run(request: Omit<RunRequest, "type">, client = this.#first): Promise<RunResult> {
    const answer = await client.ask({ type: "run", ...request });
    if (answer.type === "ran") return answer;
    if (answer.type !== "died") throw unexpected(answer);
    const seed = request.plan?.seed ?? request.seed ?? "";
    const plan = request.plan ?? (await this.#draw(request.scenario, seed, request.weights, client));
    const nothing = { digest: "", nowMs: 0, events: 0 };
    return { type: "ran", seed, failure: answer.failure, ...nothing, ...(plan && { plan }) };
  }

  async simplify(scenario: string, operation: object): Promise<readonly object[]> {
    const answer = await this.#first.ask({ type: "simplify", scenario, operation });
    if (answer.type === "simplified") return answer.operations;
    if (answer.type === "died") return [];
    throw unexpected(answer);
  }

  /** The plan that a seed becomes; undefined when the worker fails at that too. */
  async #draw(
    scenario: string,
    seed: string,
    weights: FaultWeights | undefined,
    client: SimulationClient,
  ): Promise<Plan | undefined> {
    const answer = await client.ask({ type: "plan", scenario, seed, ...(weights && { weights }) });
    if (answer.type === "planned") return answer.plan;
    if (answer.type === "died") return undefined;
    throw unexpected(answer);
  }

  get #first(): SimulationClient {
    return this.clients[0] as SimulationClient;
  }
}

function unexpected(answer: Answer): CoterieError {
  if (answer.type === "refused") return new CoterieError(answer.code, answer.message);
  return new CoterieError("CLI_INTERNAL", `a worker answered with ${answer.type}`);
}
