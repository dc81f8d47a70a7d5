/**
 * A command line without a process: what it writes is kept as text, the world is whatever the test gives, this
 * machine's files are the real ones. `runCli(["ls", "/"], { world })` is one command.
 */
import type { OwnedLog, OwnedWorld, WorldOptions } from "../../src/cli/context.ts";
import { readEnvironment } from "../../src/cli/environment.ts";
import { type CliHost, run } from "../../src/cli/run.ts";
import type { ProcessControl, SignalName, Terminal, TerminalWriter } from "../../src/node/index.ts";
import { createLocalFiles } from "../../src/node/local-files-node.ts";
import { createProcessControl } from "../../src/node/process.ts";
import { silentLog } from "../../src/world/index.ts";
import { sourcesCommand } from "./node-process.ts";

export interface CliHostOptions {
  readonly world?: (options: WorldOptions) => OwnedWorld | Promise<OwnedWorld>;
  readonly fileLog?: (path: string) => OwnedLog | Promise<OwnedLog>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string | Uint8Array;
  /** As on a terminal of 80 columns: colour and progress are drawn. Default false. */
  readonly isTerminal?: boolean;
}

export interface CliResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as bytes, for what is no text. */
  readonly bytes: Uint8Array;
}

export class FakeWriter implements TerminalWriter {
  readonly isTerminal: boolean;
  readonly width = 80;
  readonly colour: boolean;
  onGone: (why: string) => void = () => {};
  /** Called after every write. */
  onWrite: () => void = () => {};
  #chunks: Uint8Array[] = [];

  constructor(isTerminal: boolean, colour: boolean) {
    this.isTerminal = isTerminal;
    this.colour = colour;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#chunks));
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  write(text: string): void {
    this.#chunks.push(new TextEncoder().encode(text));
    this.onWrite();
  }

  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes.slice());
    this.onWrite();
  }
}

/** A host whose pieces the test can reach. */
export class FakeHost implements CliHost {
  readonly version = "0.0.0-test";
  readonly commandName = "coterie";
  readonly environment;
  readonly out: FakeWriter;
  readonly err: FakeWriter;
  readonly terminal: Terminal;
  readonly local = createLocalFiles();
  readonly process: ProcessControl;
  #options: CliHostOptions;
  #signalHandlers = new Map<SignalName, Set<(signal: SignalName) => void>>();

  constructor(options: CliHostOptions = {}) {
    this.#options = options;
    this.environment = readEnvironment(options.environment ?? {});
    const isTerminal = options.isTerminal ?? false;
    this.out = new FakeWriter(isTerminal, isTerminal && this.environment.colourAllowed);
    this.err = new FakeWriter(isTerminal, isTerminal && this.environment.colourAllowed);
    const input = typeof options.input === "string" ? Buffer.from(options.input) : options.input;
    this.terminal = {
      out: this.out,
      err: this.err,
      input: (async function* () {
        if (input !== undefined) yield Uint8Array.from(input);
      })(),
      flush: async () => {},
    };
    this.process = {
      ...createProcessControl({ command: sourcesCommand() }),
      onSignal: (signals, handler) => this.#onSignal(signals, handler),
      exit: (code) => {
        throw new Error(`the command ended the process with status ${code}`);
      },
    };
  }

  /** Delivers a signal to whoever listens; false when nobody does. */
  signal(name: SignalName): boolean {
    const handlers = [...(this.#signalHandlers.get(name) ?? [])];
    for (const handler of handlers) handler(name);
    return handlers.length > 0;
  }

  async createWorld(options: WorldOptions): Promise<OwnedWorld> {
    if (this.#options.world === undefined) throw new Error("this command line was given no world");
    return this.#options.world(options);
  }

  async createFileLog(path: string): Promise<OwnedLog> {
    return this.#options.fileLog?.(path) ?? { ...silentLog, setLevel() {}, close: async () => {} };
  }

  #onSignal(signals: readonly SignalName[], handler: (signal: SignalName) => void): () => void {
    for (const name of signals) {
      const handlers = this.#signalHandlers.get(name) ?? new Set();
      this.#signalHandlers.set(name, handlers.add(handler));
    }
    return () => {
      for (const name of signals) this.#signalHandlers.get(name)?.delete(handler);
    };
  }
}

/** Runs one command line to its end. */
export async function runCli(args: readonly string[], options: CliHostOptions = {}): Promise<CliResult> {
  const host = new FakeHost(options);
  const status = await run(args, host);
  return { status, out: host.out.text, err: host.err.text, bytes: host.out.bytes };
}
