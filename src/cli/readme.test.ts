// Runs the example of README.md: a command module, registered and run as the runner does with those of the table.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { createNodeWorld } from "../node/index.ts";
import type { CommandModule } from "./commands.ts";
import type { CliContext } from "./context.ts";
import { createOutput } from "./output.ts";

test("the example of the chapter is a command that works", async () => {
  const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(text)?.[1];
  if (example === undefined) throw new Error("the chapter has no example");
  const folder = mkdtempSync(join(tmpdir(), "coterie-readme-"));
  try {
    const file = join(folder, "clock.ts");
    writeFileSync(file, example.replace(/"\.\.\/src\/cli\//g, `"${import.meta.dirname}/`));
    const module: CommandModule = await import(file);
    const host = new FakeHost();
    const output = createOutput(host.terminal, false);
    const context: CliContext = {
      ...host,
      output,
      exitStatus: 0,
      world: async () => createNodeWorld(),
      fileLog: () => Promise.reject(new Error("it has no log")),
      reportFailure: (error) => Promise.reject(error),
    };
    const program = new Command("coterie");
    module.register(program, context);
    await program.parseAsync(["clock"], { from: "user" });
    expect(host.out.text).toMatch(/^\d{10} s since 1970\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
