/**
 * One worker as the command line sees it: requests in, replies out in their order, and a watchdog over each. A worker that
 * hangs or dies is the failure of the request that it was at; a new one takes its place for those behind it.
 */
import type { WorkerEnd, WorkerProcess } from "../../node/index.ts";
import type { Failure } from "../../sim/index.ts";
import { CoterieError, type Timer, type Timers } from "../../world/index.ts";
import type { Reply, Request, ScenarioInfo } from "./messages.ts";

/** A reply, or how the worker failed at the request. */
export type Answer = Reply | { readonly type: "died"; readonly failure: Failure };

export interface ClientOptions {
  /** The scenarios' file. */
  readonly file: string;
  /** Real time that one request may take. */
  readonly limitMs: number;
  readonly timers: Timers;
  start(): WorkerProcess;
}

/** Real time for starting a worker and loading the file: compilers need theirs, however short a run may be. */
const LOAD_LIMIT_MS = 60_000;

interface Waiting {
  readonly request: Request;
  resolve(answer: Answer): void;
}

export class SimulationClient {
  readonly #options: ClientOptions;
  readonly #waiting: Waiting[] = [];
  #worker: WorkerProcess | undefined;
  #watchdog: Timer | undefined;
  /** Why it was killed. */
  #stuck: Failure | undefined;
  #isLoading = true;
  #closed = false;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws CoterieError CLI_SCENARIO when the file has none. */
  async scenarios(): Promise<readonly ScenarioInfo[]> {
    const answer = await this.ask({ type: "load", file: this.#options.file });
    if (answer.type === "loaded") return answer.scenarios;
    if (answer.type === "refused") throw new CoterieError(answer.code, answer.message);
    const why = answer.type === "died" ? answer.failure.message : answer.type;
    throw new CoterieError("CLI_SCENARIO", `cannot load ${this.#options.file}: ${why}`);
  }

  /** Requests are answered in the order in which they are made; several may be under way. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      // Nobody answers any more, and nobody is to go on.
      if (this.#closed) return;
      this.#waiting.push({ request, resolve });
      if (this.#worker === undefined) this.#start();
      else this.#worker.send(request);
      if (this.#waiting.length === 1) this.#watch();
    });
  }

  /** Ends the worker. What it was asked is never answered. */
  close(): void {
    this.#closed = true;
    this.#watchdog?.cancel();
    this.#worker?.kill();
  }

  /** A new worker knows nothing: it loads the file, and is asked again what waits. */
  #start(): void {
    const worker = this.#options.start();
    this.#worker = worker;
    this.#stuck = undefined;
    this.#isLoading = true;
    const isReload = this.#waiting[0]?.request.type !== "load";
    worker.onMessage = (message) => {
      const isReloaded = this.#isLoading && isReload;
      this.#isLoading = false;
      // Nobody waits for the answer to a reload: a file that cannot be loaded any more refuses what follows.
      if (isReloaded) this.#watch();
      else this.#answer(message as Reply);
    };
    worker.onEnd = (end) => this.#ended(worker, end);
    if (isReload) worker.send({ type: "load", file: this.#options.file });
    for (const { request } of this.#waiting) worker.send(request);
  }

  #answer(answer: Answer): void {
    const first = this.#waiting.shift();
    this.#watch();
    first?.resolve(answer);
  }

  #watch(): void {
    this.#watchdog?.cancel();
    this.#watchdog = undefined;
    if (this.#waiting.length === 0 || this.#closed) return;
    const { limitMs, timers } = this.#options;
    const what = this.#isLoading ? "the file had not been loaded" : "the run had not ended";
    const patienceMs = this.#isLoading ? Math.max(limitMs, LOAD_LIMIT_MS) : limitMs;
    this.#watchdog = timers.after(patienceMs, () => {
      this.#stuck = stuck(`${what} after ${patienceMs} ms of real time, and was stopped`);
      this.#worker?.kill();
    });
  }

  #ended(worker: WorkerProcess, end: WorkerEnd): void {
    if (this.#worker === worker) this.#worker = undefined;
    if (this.#closed || this.#waiting.length === 0) return;
    if (end.signal === "SIGINT") {
      // Interrupted with everybody on the terminal before it could say that this is for the command line to obey.
      this.#start();
      this.#watch();
      return;
    }
    const failure = this.#stuck ?? died(end);
    const first = this.#waiting.shift();
    if (this.#waiting.length > 0) this.#start();
    this.#watch();
    first?.resolve({ type: "died", failure });
  }
}

function stuck(message: string): Failure {
  return { property: "SIM_STUCK", code: "SIM_STUCK", message };
}

function died({ status, signal, error }: WorkerEnd): Failure {
  const how = error ?? (signal === undefined ? `with status ${status}` : `by ${signal}`);
  const message = `the process of the run ended ${how}; what it wrote stands above`;
  return { property: "SIM_DIED", code: "SIM_DIED", message };
}
