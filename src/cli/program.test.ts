import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { COMMANDS } from "./commands.ts";
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
});
