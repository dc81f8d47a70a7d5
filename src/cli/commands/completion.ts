/** `coterie completion SHELL`: a script that completes commands, options and volumes; `coterie completion volumes` is what it asks. */
import { Argument, type Command } from "commander";
import { CellAdmin, type CellStatus } from "../../cell/index.ts";
import { isCoterieError } from "../../world/index.ts";
import { cellAddresses } from "../cell/ask-cell.ts";
import { COMMANDS } from "../commands.ts";
import { completionScript, SHELLS, type Shell } from "../completion.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { buildProgram } from "../program.ts";

/** Somebody waits with a finger on the key: a cell that takes longer has no names to offer. */
export const ANSWER_MS = 500;

const VOLUMES = "volumes";

type Wanted = Shell | typeof VOLUMES;
type Options = Pick<LocateOptions, "dir">;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("completion")
    .description("Print a completion script for a shell")
    .addArgument(
      new Argument(
        "<shell>",
        "the shell; or `volumes`: the names of a cell's volumes, which the scripts ask for",
      ).choices([...SHELLS, VOLUMES]),
    )
    .option("--dir <directory>", "for `volumes`: the cell's directory (default: ~/.local/share/coterie)")
    .action((wanted: Wanted, options: Options) =>
      wanted === VOLUMES ? volumes(context, options) : script(context, wanted),
    );
  withExamples(command, [
    ["source <(coterie completion bash)", "in bash: complete from now on; put it in ~/.bashrc to keep it"],
    ["source <(coterie completion zsh)", "in zsh: the same, for ~/.zshrc"],
    ["coterie completion fish | source", "in fish: the same, for ~/.config/fish/config.fish"],
  ]);
}

async function script(context: CliContext, shell: Shell): Promise<void> {
  const whole = await buildProgram(context, new Set(COMMANDS.map((row) => row.name)));
  const text = completionScript(shell, whole);
  context.output.result({ shell, script: text }, () => text);
}

/** A name on each line; none where nobody answers at once. */
async function volumes(context: CliContext, options: Options): Promise<void> {
  const status = await firstStatus(context, options);
  for (const { name } of status?.volumes ?? []) context.output.result({ name }, () => name);
}

/** All nodes are asked at the same time. Whatever is wrong is not for somebody to read who has not finished the line. */
async function firstStatus(context: CliContext, options: Options): Promise<CellStatus | undefined> {
  try {
    const world = await context.world();
    const admins = (await cellAddresses(context, options)).map(
      (address) => new CellAdmin(world, address, ANSWER_MS),
    );
    try {
      return await Promise.any(admins.map((admin) => admin.status()));
    } finally {
      await Promise.all(admins.map((admin) => admin.close()));
    }
  } catch (error) {
    const failures: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    const bug = failures.find((failure) => !isCoterieError(failure));
    if (bug !== undefined) throw bug;
    return undefined;
  }
}
