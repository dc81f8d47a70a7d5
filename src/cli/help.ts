/** Examples under a command's help; the reference in docs/reference/cli.md shows them too. */
import type { Command } from "commander";

export interface Example {
  readonly line: string;
  readonly meaning: string;
}

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Gives `command` its examples: each is a whole command line and what it does. Every command has at least one. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const list = examples.map(([line, meaning]) => ({ line, meaning }));
  examplesOf.set(command, list);
  const text = list.map(({ line, meaning }) => `  $ ${line}\n      ${meaning}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

export function getExamples(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? [];
}
