/** Builds commander's program from the table of commands: the module of one command, or of all. */
import { Command, type OutputConfiguration } from "commander";
import { COMMANDS, type CommandRow } from "./commands.ts";
import type { CliContext } from "./context.ts";

const GROUP_HEADINGS = { Cell: "The cell:", Files: "Files:", Tools: "Tools:" } as const;

const INTRODUCTION = "Several machines that behave as one: a shared file system that any NFS client can use.";
const EPILOGUE = `
Start here:
  $ coterie up                 serve files from this machine
  $ coterie help COMMAND       everything about a command, with examples
  $ coterie explain CODE       what an error means and what to do`;

export function commandRow(name: string | undefined): CommandRow | undefined {
  return COMMANDS.find((row) => row.name === name);
}

/** `names`: the commands whose modules to load; the others are there by name and summary alone. */
export async function buildProgram(context: CliContext, names: ReadonlySet<string>): Promise<Command> {
  const program = new Command("coterie");
  program
    .description(INTRODUCTION)
    .usage("COMMAND [options]")
    .version(context.version, "-V, --version", "the version, and nothing else")
    .helpOption("-h, --help", "this help; after a command, the help of that command")
    .addHelpCommand(helpCommand())
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", EPILOGUE)
    .exitOverride()
    .configureOutput(outputOf(context));
  for (const row of COMMANDS) {
    if (names.has(row.name)) await addLoaded(program, context, row);
    else program.command(row.name).description(row.summary).helpGroup(GROUP_HEADINGS[row.group]);
  }
  for (const command of program.commands) {
    const row = commandRow(command.name());
    if (row !== undefined) command.helpGroup(GROUP_HEADINGS[row.group]);
    addJsonOption(command);
  }
  return program;
}

function helpCommand(): Command {
  const command = new Command("help").argument("[command]").helpOption(false);
  return command.description("Help for a command, with examples").helpGroup(GROUP_HEADINGS.Tools);
}

/** A module may register several commands, and this program may have some of them already. */
async function addLoaded(program: Command, context: CliContext, row: CommandRow): Promise<void> {
  if (program.commands.some((command) => command.name() === row.name)) return;
  const scratch = new Command("coterie").exitOverride().configureOutput(outputOf(context));
  (await row.load()).register(scratch, context);
  const command = scratch.commands.find((each) => each.name() === row.name);
  if (command === undefined)
    throw new Error(`invariant broken: the module of ${row.name} registers no such command`);
  program.addCommand(command);
}

/** Every command that does something takes `--json`; those that only hold others do not. */
function addJsonOption(command: Command): void {
  for (const child of command.commands) addJsonOption(child);
  if (command.commands.length > 0 || command.options.some((option) => option.long === "--json")) return;
  command.option("--json", "print results as JSON, one value a line");
}

function outputOf(context: CliContext): OutputConfiguration {
  const { out, err } = context.terminal;
  return {
    writeOut: (text) => out.write(text),
    // What commander says of misuse is reported like every other failure, by the runner. What is left is the help
    // of a command that was given without the one below it.
    writeErr: (text) => {
      if (!text.startsWith("error:")) err.write(text);
    },
    getOutHelpWidth: () => Math.min(out.width, 110),
    getErrHelpWidth: () => Math.min(err.width, 110),
    getOutHasColors: () => out.colour,
    getErrHasColors: () => err.colour,
  };
}
