/**
 * A real `coterie` process under test: on a port that the system chooses, watched by what it writes and by its end; never
 * by waiting a while.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { COMPILED_ENTRY } from "./compiled-command.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface ProcessResult {
  /** Exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** What `coterie up --nodes 1 --json` says when it is ready. */
export interface Ready {
  readonly event: "ready";
  readonly version: string;
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly directory: string;
  readonly volume: string;
  readonly portmap: string;
  readonly tookMs: number;
  readonly mount: { readonly linux: string; readonly macos: string };
  readonly logFile: string;
}

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run as this user (and group of the same number); only root can. */
  readonly uid?: number;
  /** The words that start `coterie`; as compiled for the tests, if they are not said. */
  readonly command?: readonly string[];
  /** Words to run `coterie` under, for example a shell that sets limits first. */
  readonly under?: readonly string[];
}

/** The words that start `coterie`, as compiled for this run of the tests; outside of one, as built. */
export function coterieCommand(): [string, ...string[]] {
  return [process.execPath, process.env[COMPILED_ENTRY] ?? resolve(ROOT, "dist/cli/main.js")];
}

/** The words that start `coterie` from its sources, with what runs a scenario's TypeScript on every Node.js. */
export function sourcesCommand(): [string, ...string[]] {
  return [process.execPath, "--import", import.meta.resolve("tsx"), resolve(ROOT, "src/cli/main.ts")];
}

function environmentFor(options: ProcessOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("COTERIE_") && name !== "NODE_OPTIONS",
  );
  return { ...Object.fromEntries(kept), ...options.environment };
}

export class CoterieProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and everything it wrote was read. */
  readonly ended: Promise<ProcessResult>;
  out = "";
  err = "";
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[], options: ProcessOptions = {}) {
    const words = options.command ?? coterieCommand();
    const [command, ...rest] = [...(options.under ?? []), ...words, ...args] as [string, ...string[]];
    const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
    this.child = spawn(command, rest, {
      cwd: options.cwd ?? ROOT,
      env: environmentFor(options),
      stdio: ["ignore", "pipe", "pipe"],
      ...identity,
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error("the process has no output");
    stdout.on("data", (data: Buffer) => {
      this.out += data.toString();
    });
    stderr.on("data", (data: Buffer) => {
      this.err += data.toString();
    });
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.ended = once(this.child, "close").then(([code, signal]) => ({
      code,
      signal,
      out: this.out,
      err: this.err,
    }));
  }

  /** The next line of standard output; undefined at its end. */
  async line(): Promise<string | undefined> {
    const { done, value } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it as nothing can be prepared for. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** Asks it to stop and waits for its end. */
  stop(): Promise<ProcessResult> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}

/** Runs one command to its end. */
export function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  return new CoterieProcess(args, options).ended;
}

export interface RunningNode {
  readonly process: CoterieProcess;
  readonly ready: Ready;
}

/** Starts a node by itself and waits until it is ready. It leaves this machine's rpcbind alone. */
export async function startNode(
  directory: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<RunningNode> {
  const words = ["up", "--nodes", "1", "--dir", directory, "--json", "--no-portmap"];
  if (!args.includes("--port")) words.push("--port", "0");
  const child = new CoterieProcess([...words, ...args], options);
  const line = await child.line();
  if (line === undefined) {
    const { code, err } = await child.ended;
    throw new Error(`the node did not start (status ${code}): ${err}`);
  }
  return { process: child, ready: JSON.parse(line) as Ready };
}
