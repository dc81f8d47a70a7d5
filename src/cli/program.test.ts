import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { COMMANDS } from "./commands.ts";
import { VOLUME_FIRST } from "./completion.ts";
import type { CliContext } from "./context.ts";
import { getExamples } from "./help.ts";
import { createOutput } from "./output.ts";
import { buildProgram } from "./program.ts";

function context(): CliContext {
  const host = new FakeHost();
  return {
    ...host,
    output: createOutput(host.terminal, false),
    world: () => Promise.reject(new Error("no world here")),
    fileLog: () => Promise.reject(new Error("no log here")),
    reportFailure: (error) => Promise.reject(error),
    exitStatus: 0,
  };
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

describe("the program", async () => {
  const program = await buildProgram(context(), new Set(COMMANDS.map((row) => row.name)));

  test("registers exactly the table's commands, with the table's summaries", () => {
    const registered = program.commands.map((command) => [command.name(), command.description()]);
    expect(registered).toEqual(COMMANDS.map((row) => [row.name, row.summary]));
  });

  test.each(leaves(program).map((command) => [command.name(), command]))(
    "%s takes --json, describes every option and argument, and shows examples that begin with its name",
    (_, command) => {
      expect(command.options.map((option) => option.long)).toContain("--json");
      expect(command.options.filter((option) => option.description === "")).toEqual([]);
      expect(command.registeredArguments.filter((argument) => argument.description === "")).toEqual([]);
      const examples = getExamples(command).map((example) => example.line);
      expect(examples.length).toBeGreaterThan(0);
      for (const line of examples) expect(line).toContain(`coterie `);
    },
  );

  test("summaries are short, begin with a capital and end without a stop", () => {
    for (const { name, summary } of COMMANDS) expect(summary, name).toMatch(/^[A-Z].{8,70}[^.]$/);
  });

  test("has volumes completed where the first argument is one that there is", () => {
    const found: string[] = [];
    const visit = (command: Command, path: readonly string[]): void => {
      const [argument] = command.registeredArguments;
      const isVolume = argument?.name() === "volume" || (path[0] === "volume" && argument?.name() === "name");
      if (isVolume) found.push(path.join(" "));
      for (const child of command.commands) visit(child, [...path, child.name()]);
    };
    visit(program, []);
    // A new volume has no name yet; `fsck` looks into the directory of a node by itself.
    const others = found.filter((path) => path !== "volume create" && path !== "fsck");
    expect(others.sort()).toEqual([...VOLUME_FIRST].sort());
  });
});
