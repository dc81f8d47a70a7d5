/**
 * Runs one command line: finds its command, loads that alone, runs it, closes what it opened, and turns a
 * failure into one line and an exit status.
 */
import { type Command, CommanderError } from "commander";
import type { LocalFiles, ProcessControl, Terminal } from "../node/index.ts";
import { CoterieError, isCoterieError } from "../world/index.ts";
import { findEntry } from "./catalogue.ts";
import { COMMANDS } from "./commands.ts";
import type { CliContext, OwnedLog, OwnedWorld, WorldOptions } from "./context.ts";
import type { Environment } from "./environment.ts";
import { cliErrors, ExitStatus, exitStatusOf, UsageError } from "./errors.ts";
import { createOutput, type Output } from "./output.ts";
import { buildProgram, commandRow } from "./program.ts";
import { asCoterieError, formatFailure } from "./report.ts";
import { nearest } from "./suggest.ts";

/** What the entry, or a test, provides. */
export interface CliHost {
  readonly version: string;
  readonly commandName: string;
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly local: LocalFiles;
  readonly process: ProcessControl;
  createWorld(options: WorldOptions): Promise<OwnedWorld>;
  createFileLog(path: string, fields?: Readonly<Record<string, unknown>>): Promise<OwnedLog>;
}

class Runner implements CliContext {
  readonly version: string;
  readonly commandName: string;
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly local: LocalFiles;
  readonly process: ProcessControl;
  output: Output;
  exitStatus: number = ExitStatus.ok;
  #host: CliHost;
  #owned: { close(): Promise<void> }[] = [];

  constructor(host: CliHost, json: boolean) {
    this.#host = host;
    this.version = host.version;
    this.commandName = host.commandName;
    this.environment = host.environment;
    this.terminal = host.terminal;
    this.local = host.local;
    this.process = host.process;
    this.output = createOutput(host.terminal, json);
  }

  async world(options: WorldOptions = {}): Promise<OwnedWorld> {
    return this.#own(await this.#host.createWorld(options));
  }

  async fileLog(path: string, fields?: Readonly<Record<string, unknown>>): Promise<OwnedLog> {
    return this.#own(await this.#host.createFileLog(path, fields));
  }

  async reportFailure(error: CoterieError): Promise<void> {
    await report(error, this);
    this.exitStatus = ExitStatus.failed;
  }

  /** Closes what the command opened, last first. */
  async close(): Promise<void> {
    for (const owned of this.#owned.splice(0).reverse()) await owned.close();
  }

  #own<T extends { close(): Promise<void> }>(owned: T): T {
    this.#owned.push(owned);
    return owned;
  }
}

/** `args` without the runtime and the script. Returns the exit status. */
export async function run(args: readonly string[], host: CliHost): Promise<number> {
  const json = wantsJson(args);
  const runner = new Runner(host, json);
  host.terminal.out.onGone = (why) => endForOutput(why, host, json);
  let status: number;
  try {
    await execute(args, runner);
    status = runner.exitStatus;
  } catch (error) {
    status = await report(error, runner);
  }
  try {
    await runner.close();
  } catch (error) {
    status = Math.max(status, await report(error, runner));
  }
  return status;
}

/** A reader that went away is no failure to speak of; a disk that does not take the output is one. */
function endForOutput(why: string, { terminal, process, environment }: CliHost, json: boolean): void {
  if (why === "reader") process.exit(ExitStatus.broken);
  const failure = new CoterieError("LOCAL_IO", `standard output cannot be written: ${why}`);
  const options = { json, colour: terminal.err.colour, debug: environment.debug };
  terminal.err.write(formatFailure(failure, cliErrors.LOCAL_IO, options));
  process.exit(ExitStatus.failed);
}

/** Known before anything is parsed, so that misuse too is reported as JSON. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

async function execute(args: readonly string[], runner: Runner): Promise<void> {
  const program = await buildProgram(runner, namesToLoad(args));
  if (args.every((word) => word === "--")) {
    program.outputHelp();
    return;
  }
  if (args[0] === "help") requireHelp(program, args.slice(1));
  else if (wantsHelp(args)) requireHelp(program, leadingWords(args));
  program.on("command:*", (words: string[]) => unknownCommand(words[0] ?? ""));
  program.hook("preAction", (_, command) => requireText(command));
  try {
    await program.parseAsync(helpLast(args), { from: "user" });
  } catch (error) {
    if (isCoterieError(error, "CLI_USAGE")) throw ofCommand(error, fullName(program, args));
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    if (error.code !== "commander.help" || namesToLoad(args).size === 0)
      throw usageError(error, program, args);
    // Its help has been shown: the command is not complete without one of those below it.
    runner.exitStatus = ExitStatus.usage;
  }
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

/** Those before the first option: commands, and then arguments. */
function leadingWords(args: readonly string[]): readonly string[] {
  const end = args.findIndex((word) => word.startsWith("-"));
  return end < 0 ? args : args.slice(0, end);
}

/** Commander's own `help` knows commands of one word: `help sim run` is `sim run --help`. */
function helpLast(args: readonly string[]): string[] {
  const [first, ...words] = args;
  return first === "help" && words.length > 1 ? [...words, "--help"] : [...args];
}

/** Help is of what there is: commander would show that of everything else instead. */
function requireHelp(program: Command, words: readonly string[]): void {
  let at = program;
  for (const word of words.filter((each) => !each.startsWith("-"))) {
    const below = at.commands.find((command) => command.name() === word);
    if (below === undefined && at === program) unknownCommand(word);
    if (below === undefined && at.commands.length > 0) {
      const command = fullName(program, words);
      throw new UsageError(`${command} has no command ${word} below it`, { command });
    }
    if (below === undefined) return;
    at = below;
  }
}

/** Arguments that are never empty on purpose. What names a file of the cell is looked at where it is read. */
const NAMES_SOMETHING: ReadonlySet<string> = new Set(["file", "host"]);

/** An empty value is a variable of the shell that was never set: it must not become the folder in which the command was typed. */
function requireText(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const values = [command.getOptionValue(name)].flat();
    if (command.getOptionValueSource(name) === "cli" && values.includes(""))
      throw new UsageError(`${option.long ?? option.flags} is given an empty value`);
  }
  for (const [at, argument] of command.registeredArguments.entries()) {
    const values = argument.variadic ? command.args.slice(at) : [command.args[at]];
    if (NAMES_SOMETHING.has(argument.name()) && values.includes(""))
      throw new UsageError(`the argument ${argument.name()} is empty`);
  }
}

/** Misuse that a command itself found, with whose help to read. */
function ofCommand(error: CoterieError, command: string): CoterieError {
  if (command === "" || error.details.command !== undefined) return error;
  return new UsageError(error.message, { command, ...error.details });
}

/** The command that the words name: `ls …`, or `help ls`. */
function namesToLoad(args: readonly string[]): ReadonlySet<string> {
  const words = args.filter((word) => !word.startsWith("-"));
  const name = words[0] === "help" ? words[1] : words[0];
  return new Set(commandRow(name) === undefined ? [] : [name as string]);
}

function unknownCommand(word: string): never {
  const guess = nearest(
    word,
    COMMANDS.map((row) => row.name),
  );
  const hint = guess === undefined ? "; `coterie help` lists them" : `; did you mean ${guess}?`;
  throw new UsageError(`there is no command ${word === "" ? '""' : word}${hint}`);
}

/** Commander's own words, without its prefix, and which help to read. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): UsageError {
  const command = fullName(program, args);
  if (command === "" && !error.code.startsWith("commander.unknownOption")) {
    unknownCommand(args.find((each) => !each.startsWith("-") && each !== "help") ?? "");
  }
  const said = error.message.replace(/^error: /, "").replace(/\n\((.*)\)$/, "; $1");
  return new UsageError(said, command === "" ? {} : { command });
}

/** `sim run` of `sim run x.ts --seeds`. */
function fullName(program: Command, args: readonly string[]): string {
  const names: string[] = [];
  let at: Command | undefined = program;
  for (const word of args.filter((each) => !each.startsWith("-"))) {
    at = at.commands.find((command) => command.name() === word);
    if (at === undefined) break;
    names.push(word);
  }
  return names.join(" ");
}

async function report(error: unknown, runner: Runner): Promise<number> {
  const { terminal, environment, output } = runner;
  const options = { json: output.json, colour: terminal.err.colour, debug: environment.debug };
  const failure = asCoterieError(error);
  terminal.err.write(formatFailure(failure, await findEntry(failure.code), options));
  return exitStatusOf(failure);
}

/** The line for an error that nobody caught: a bug, whatever else it says. Written at once, for the process ends. */
export function crashLine(
  error: unknown,
  options: { readonly colour: boolean; readonly debug: boolean },
): string {
  const failure = new CoterieError("CLI_INTERNAL", asCoterieError(error).message, { cause: error });
  return formatFailure(failure, cliErrors.CLI_INTERNAL, { json: false, ...options });
}
