/** `coterie mkdir`: makes directories of the cell. */
import { type Command, InvalidArgumentError } from "commander";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { withExamples } from "../help.ts";

interface Options extends ServerOptions {
  readonly parents?: boolean;
  readonly mode?: number;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("mkdir")
    .description("Make directories of the cell")
    .argument("<path...>", "the directories")
    .option("-p, --parents", "those above it too; one that exists is no error")
    .option("-m, --mode <octal>", "permission bits (default: 755)", parseMode)
    .action(async (paths: string[], options: Options) => {
      await withClient(context, options, async (client) => {
        for (const path of paths) {
          await client.mkdir(remotePath(path), {
            recursive: options.parents === true,
            mode: options.mode ?? 0o755,
          });
          context.output.result({ made: path }, () => "");
        }
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie mkdir /docs", "makes a directory"],
    ["coterie mkdir -p /docs/2026/november", "with the directories above it"],
  ]);
}

function parseMode(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text))
    throw new InvalidArgumentError("Expected permission bits in octal, such as 750.");
  return Number.parseInt(text, 8);
}
