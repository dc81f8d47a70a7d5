/**
 * Programs that work for this one: the same program again, in a process of its own, spoken to with messages of JSON. What
 * it writes goes to this process's standard error. One that hangs or runs out of memory takes nobody with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { Worker } from "node:worker_threads";

/** How a worker ended: with a status, by a signal, or it could not be started. */
export interface WorkerEnd {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly error: string | undefined;
}

/** Another process that this one started and exchanges messages with. */
export interface WorkerProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Dropped when the worker has ended. */
  send(message: unknown): void;
  onMessage: (message: unknown) => void;
  /** Called once, after the last message. */
  onEnd: (end: WorkerEnd) => void;
  /** Ends it as nothing can be prepared for; harmless when it has ended. */
  kill(): void;
}

/** What a worker has of the process that started it. */
export interface ParentProcess {
  send(message: unknown): void;
  onMessage: (message: unknown) => void;
}

class SpawnedWorker implements WorkerProcess {
  onMessage: (message: unknown) => void = () => {};
  onEnd: (end: WorkerEnd) => void = () => {};
  readonly #child: ChildProcess;
  #hasEnded = false;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["ignore", 2, 2, "ipc"] });
    this.#child.on("message", (message) => this.onMessage(message));
    this.#child.on("error", (error) =>
      this.#end({ status: undefined, signal: undefined, error: error.message }),
    );
    this.#child.on("close", (status, signal) =>
      this.#end({ status: status ?? undefined, signal: signal ?? undefined, error: undefined }),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: unknown): void {
    // Without a callback a message to a worker that has just ended would be an error of this process.
    if (this.#child.connected) this.#child.send(message as object, () => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #end(end: WorkerEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onEnd(end);
  }
}

/** Runs `words`, a program and its arguments, as a worker. */
export function startWorker(words: readonly string[]): WorkerProcess {
  const [command = process.execPath, ...args] = words;
  return new SpawnedWorker(command, args);
}

/** What a worker does when the process that started it is gone. */
export interface ParentOptions {
  /** The one that started this process is gone. Default: this process ends at once. */
  readonly onGone?: () => void;
  /** For how long it may go on without the other, in milliseconds; then it is killed. Default: until it is noticed. */
  readonly patienceMs?: number;
}

/**
 * The process that started this one as a worker. When it goes away this one ends, and what the terminal sends to both, an interrupt or that it
 * is gone, is for the other to obey.
 */
export function parentProcess({
  onGone = () => process.exit(0),
  patienceMs = 0,
}: ParentOptions = {}): ParentProcess {
  const parent: ParentProcess = {
    send: (message) => void process.send?.(message, undefined, undefined, () => {}),
    onMessage: () => {},
  };
  process.on("message", (message) => parent.onMessage(message));
  process.on("disconnect", onGone);
  // It may have gone while this process was starting, and nobody listened yet.
  if (!process.connected) setImmediate(onGone);
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  endWithoutParent(patienceMs);
  return parent;
}

const ORPHAN_CHECK_MS = 1000;

/** Code in a loop without end hears of no disconnection; a thread beside it sees that the parent is another. */
function endWithoutParent(patienceMs: number): void {
  const kill = `process.kill(process.pid, "SIGKILL")`;
  const check = `if (process.ppid !== ${process.ppid}) setTimeout(() => ${kill}, ${patienceMs});`;
  new Worker(`setInterval(() => { ${check} }, ${ORPHAN_CHECK_MS});`, { eval: true, execArgv: [] }).unref();
}
