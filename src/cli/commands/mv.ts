/** `coterie mv`: renames within the cell. */
import type { Command } from "commander";
import { hasErrno, joinPath, meansDirectory, type NfsClient, splitPath } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";
import { showBytes } from "../style.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("mv")
    .description("Rename or move files and directories of the cell")
    .argument("<path...>", "what to move, and last the new name, or a directory to move it into")
    .action(async (paths: string[], options: ServerOptions) => {
      const target = paths.at(-1);
      const sources = paths.slice(0, -1);
      if (target === undefined || sources.length === 0)
        throw new UsageError("mv needs a source and a target");
      await withClient(context, options, (client) => move(context, client, sources, target));
    });
  withExamples(addServerOptions(command), [
    ["coterie mv /draft.txt /final.txt", "renames a file, in one step: others see the one name or the other"],
    ["coterie mv /a.txt /b.txt /docs", "moves two files into a directory"],
  ]);
}

async function move(
  context: CliContext,
  client: NfsClient,
  sources: string[],
  target: string,
): Promise<void> {
  const to = remotePath(target);
  const into = await isDirectory(client, to);
  if (!into && (sources.length > 1 || meansDirectory(target))) {
    throw new UsageError(`${target} is no directory to move into: make it first`);
  }
  const moves = sources.map((source) => {
    const from = remotePath(source);
    const name = splitPath(from).at(-1);
    if (name === undefined) throw new UsageError(`mv cannot move ${source}`);
    return { source, from, path: into ? joinPath(to, name) : to };
  });
  await forEachName(context, moves, async ({ source, from, path }) => {
    await client.rename(from, path);
    context.output.result({ from: source, to: showBytes(path) }, () => "");
  });
}

async function isDirectory(client: NfsClient, path: Uint8Array): Promise<boolean> {
  try {
    return (await client.stat(path)).isDirectory();
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return false;
    throw error;
  }
}
