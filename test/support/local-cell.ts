/** A cell of real processes under test, brought up by `coterie up` on ports that are free, and watched by what it says. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CoterieProcess, type ProcessOptions, type ProcessResult, runProcess } from "./node-process.ts";

const STORY_BYTES = 6000;

export interface CellNodeReady {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly pid?: number;
  readonly isServing: boolean;
}

export interface CellReady {
  readonly event: "ready";
  readonly cell: string;
  readonly directory: string;
  readonly nodes: readonly CellNodeReady[];
}

/** A line of `coterie up --json`. */
export interface CellEvent {
  readonly event: string;
  readonly node?: string;
  readonly state?: string;
  readonly isServing?: boolean;
  readonly isLeading?: boolean;
  readonly why?: string;
  readonly pid?: number;
}

export class LocalCell {
  readonly directory: string;
  readonly process: CoterieProcess;
  readonly ready: CellReady;
  readonly #commands: string[] = [];

  private constructor(directory: string, process: CoterieProcess, ready: CellReady) {
    this.directory = directory;
    this.process = process;
    this.ready = ready;
  }

  /** Brings it up, and waits until it serves. */
  static async up(
    directory: string,
    args: readonly string[] = [],
    options: ProcessOptions = {},
  ): Promise<LocalCell> {
    const words = ["up", "--dir", directory, "--json", "--no-portmap"];
    if (!args.includes("--port")) words.push("--port", "0");
    const process = new CoterieProcess([...words, ...args], options);
    const ready = await nodeEvent(process, ({ event }) => event === "ready");
    return new LocalCell(directory, process, ready as unknown as CellReady);
  }

  /** The next event that fits; those before it are passed over. */
  next(fits: (event: CellEvent) => boolean): Promise<CellEvent> {
    return nodeEvent(this.process, fits);
  }

  /** Until a node serves, once more. */
  serves(name: string): Promise<CellEvent> {
    return this.next(({ node, isServing }) => node === name && isServing === true);
  }

  /** Until a process of a node has ended. */
  ended(name: string): Promise<CellEvent> {
    return this.next(({ node, state }) => node === name && state === "ended");
  }

  portOf(name: string): number {
    const port = this.ready.nodes.find(({ node }) => node === name)?.port;
    if (port === undefined) throw new Error(`the cell has no node ${name}`);
    return port;
  }

  /** Runs a command about the cell; it must succeed. */
  async run(command: string, ...words: string[]): Promise<ProcessResult> {
    const result = await this.tried(command, ...words);
    if (result.code !== 0) throw new Error(`${command} ${words.join(" ")}: ${result.code} ${result.err}`);
    return result;
  }

  tried(command: string, ...words: string[]): Promise<ProcessResult> {
    return this.#told([command, "--dir", this.directory, ...words]);
  }

  /** Runs a command, and keeps when it began and ended. */
  async #told(words: readonly string[]): Promise<ProcessResult> {
    const line = `${new Date().toISOString()} ${words.join(" ")}`;
    const at = this.#commands.push(`${line}: under way`) - 1;
    const result = await runProcess(words);
    this.#commands[at] = `${line}: ${result.code} at ${new Date().toISOString()}`;
    return result;
  }

  /** Runs a file command through one node. */
  async through(name: string, command: string, ...words: string[]): Promise<ProcessResult> {
    const server = `127.0.0.1:${this.portOf(name)}`;
    const result = await this.#told([command, "--server", server, "--alone", ...words]);
    if (result.code !== 0) throw new Error(`${command} through ${name}: ${result.code} ${result.err}`);
    return result;
  }

  /** What a node, or any, tells; the exit status of findings is as good as the other. */
  async status(name?: string): Promise<Status> {
    const words =
      name === undefined
        ? ["--dir", this.directory]
        : ["--port", String(this.portOf(name)), "--host", "127.0.0.1"];
    const { code, out, err } = await runProcess(["status", ...words, "--json"]);
    if (code !== 0 && code !== 4) throw new Error(`status: ${code} ${err}`);
    return JSON.parse(out) as Status;
  }

  stop(): Promise<ProcessResult> {
    return this.process.stop();
  }

  /** What it said and wrote to its logs, for whoever looks for why a test failed. */
  story(): string {
    const logs = this.ready.nodes.map(({ node }) => {
      const path = join(this.directory, "nodes", node, "log/node.log");
      return existsSync(path)
        ? `${node}:\n${readFileSync(path, "utf8").slice(-STORY_BYTES)}`
        : `${node}: no log`;
    });
    const up = `coterie up:\n${this.process.out.slice(-STORY_BYTES)}${this.process.err}`;
    return [...this.#commands, up, ...logs].join("\n");
  }
}

export interface Status {
  readonly self: string;
  readonly isServed: boolean;
  readonly leader?: string;
  readonly cut: readonly string[];
  readonly nodes: readonly {
    readonly name: string;
    readonly isUp: boolean;
    readonly told?: { readonly pid: number };
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly leader?: string;
    readonly replicas: readonly { readonly node: string; readonly isUp: boolean; readonly role: string }[];
  }[];
}

/** The next event of `coterie up` or `coterie node` that fits; those before it are passed over. */
export async function nodeEvent(
  process: CoterieProcess,
  fits: (event: CellEvent) => boolean,
): Promise<CellEvent> {
  for (;;) {
    const line = await process.line();
    if (line === undefined) {
      const { code, err } = await process.ended;
      throw new Error(`the process ended (status ${code}): ${err}`);
    }
    const event = JSON.parse(line) as CellEvent;
    if (fits(event)) return event;
  }
}
