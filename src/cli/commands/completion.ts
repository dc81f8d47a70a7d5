/** `coterie completion SHELL`: a script that completes commands and options. */
import { Argument, type Command } from "commander";
import { COMMANDS } from "../commands.ts";
import { completionScript, SHELLS, type Shell } from "../completion.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { buildProgram } from "../program.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("completion")
    .description("Print a completion script for a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell: Shell) => {
      const whole = await buildProgram(context, new Set(COMMANDS.map((row) => row.name)));
      const script = completionScript(shell, whole);
      context.output.result({ shell, script }, () => script);
    });
  withExamples(command, [
    ["source <(coterie completion bash)", "in bash: complete from now on; put it in ~/.bashrc to keep it"],
    ["source <(coterie completion zsh)", "in zsh: the same, for ~/.zshrc"],
    ["coterie completion fish | source", "in fish: the same, for ~/.config/fish/config.fish"],
  ]);
}
