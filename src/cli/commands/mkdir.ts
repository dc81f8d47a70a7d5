/** `coterie mkdir`: makes directories of the cell. */
import { type Command, InvalidArgumentError } from "commander";
import { joinPath, type NfsClient, splitPath } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";

const SLASH = 0x2f;
const DEFAULT_MODE = 0o755;

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
    .option(
      "-m, --mode <octal>",
      "permission bits (default: 755); those above it have the default",
      parseMode,
    )
    .action(async (paths: string[], options: Options) => {
      await withClient(context, options, async (client) => {
        const named = paths.map((argument) => ({ argument, path: remotePath(argument) }));
        await forEachName(context, named, async ({ argument, path }) => {
          await make(client, path, options);
          context.output.result({ made: argument }, () => "");
        });
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie mkdir /docs", "makes a directory"],
    ["coterie mkdir -p /docs/2026/november", "with the directories above it"],
  ]);
}

/** As POSIX has it, `--mode` is for the directory that was named: those above it get the default. */
async function make(client: NfsClient, path: Uint8Array, options: Options): Promise<void> {
  const { parents = false, mode = DEFAULT_MODE } = options;
  if (parents && mode !== DEFAULT_MODE) {
    const names = splitPath(path).slice(0, -1);
    const above = names.reduce((directory, name) => joinPath(directory, name), Uint8Array.of(SLASH));
    await client.mkdir(above, { recursive: true, mode: DEFAULT_MODE });
  }
  await client.mkdir(path, { recursive: parents, mode });
}

function parseMode(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text))
    throw new InvalidArgumentError("Expected permission bits in octal, such as 750.");
  return Number.parseInt(text, 8);
}
