/**
 * Processes that take part in a measurement: each says one thing when it is ready, and then answers what it is asked, one thing at a time.
 * `child-side.ts` is the other end. One that ends by itself ends the measurement: a figure without it would be about something else.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  /** For Node.js, before the program. */
  readonly nodeOptions?: readonly string[];
}

export class Child<Request> {
  readonly #process: ChildProcess;
  #isStopped = false;

  constructor(process: ChildProcess, words: readonly string[]) {
    this.#process = process;
    process.once("exit", (code, signal) => {
      if (!this.#isStopped) throw new Error(`${words.join(" ")} ended with ${signal ?? code}`);
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  tell(request: Request): void {
    this.#process.send(request as object);
  }

  async ask<Answer>(request: Request): Promise<Answer> {
    this.tell(request);
    return (await once(this.#process, "message"))[0] as Answer;
  }

  stop(): void {
    this.#isStopped = true;
    this.#process.kill();
  }
}

/** Starts a program, compiled or not; resolves with it, and with the first that it says. */
export async function startChild<Request, Ready = unknown>(
  program: URL,
  words: readonly (string | number)[],
  { nodeOptions = [] }: ChildOptions = {},
): Promise<[child: Child<Request>, ready: Ready]> {
  const args = words.map(String);
  const path = fileURLToPath(program);
  const compiling = path.endsWith(".js") ? [] : ["--import", import.meta.resolve("tsx")];
  const started = fork(path, args, { execArgv: [...nodeOptions, ...compiling] });
  const child = new Child<Request>(started, args);
  return [child, (await once(started, "message"))[0] as Ready];
}
