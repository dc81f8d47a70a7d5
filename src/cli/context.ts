/**
 * What a command is given instead of the process: the world, the terminal, this machine's files. A command that
 * touches nothing else can be tested with fakes, and cannot forget to close what it opened.
 */
import type { LocalFiles, LogLevel, ProcessControl, Terminal } from "../node/index.ts";
import type { CoterieError, Log, World } from "../world/index.ts";
import type { Environment } from "./environment.ts";
import type { Output } from "./output.ts";

export interface WorldOptions {
  /** Where the world's stores lie. Without it, opening a store fails. */
  readonly directory?: string;
  /** Default: none. */
  readonly log?: Log;
}

/** A world that somebody must close; the runner closes those a command left open. */
export interface OwnedWorld extends World {
  close(): Promise<void>;
}

export interface CliContext {
  /** Coterie's own version. */
  readonly version: string;
  /** How people call this command line: `coterie`, or `npx coterie` where it is not in their path. */
  readonly commandName: string;
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly local: LocalFiles;
  readonly process: ProcessControl;
  /** Where results go: lines for people, or JSON under `--json`. Valid inside a command's action. */
  readonly output: Output;
  /** A real world. Closed by the runner when the command ends. */
  world(options?: WorldOptions): Promise<OwnedWorld>;
  /** A log that keeps JSON lines in a bounded set of files beginning with `path`; `fields` are in every line. */
  fileLog(path: string, fields?: Readonly<Record<string, unknown>>): Promise<OwnedLog>;
  /** Tells a failure that does not end the command, which goes on and ends with status 1 at best. */
  reportFailure(error: CoterieError): Promise<void>;
  /** The exit status that the command ends with when it does not fail; see `ExitStatus`. */
  exitStatus: number;
}

export interface OwnedLog extends Log {
  /** From now on lines below it are dropped. */
  setLevel(level: LogLevel): void;
  /** Everything logged so far is in the file when it resolves. */
  close(): Promise<void>;
}
