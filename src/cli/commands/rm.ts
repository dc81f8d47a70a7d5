/** `coterie rm`: removes files and trees of the cell. */
import type { Command } from "commander";
import { meansDirectory } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";

const SLASH = 0x2f;

interface Options extends ServerOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("rm")
    .description("Remove files, and with -r directories, of the cell")
    .argument("<path...>", "what to remove; symbolic links are removed, not followed")
    .option("-r, --recursive", "directories too, with everything in them")
    .option("-f, --force", "what is not there is no error")
    .action(async (paths: string[], options: Options) => {
      const named = paths.map((path) => ({ argument: path, path: remotePath(path) }));
      const nameless = named.find(({ path }) => meansDirectory(withoutSlashes(path)));
      if (nameless !== undefined) {
        throw new UsageError(`rm does not remove ${nameless.argument}: name a directory, or what is in it`);
      }
      await withClient(context, options, async (client) => {
        await forEachName(context, named, async ({ argument, path }) => {
          await client.rm(path, { recursive: options.recursive === true, force: options.force === true });
          context.output.result({ removed: argument }, () => "");
        });
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie rm /docs/notes.txt", "removes a file"],
    ["coterie rm -r /docs/old", "removes a directory and everything in it"],
  ]);
}

/**
 * What is left ends in a name, or in `.` or `..`, or is nothing, for the root. rm(1) refuses the latter as we do:
 * `rm -r a/..` would remove what is beside `a`.
 */
function withoutSlashes(path: Uint8Array): Uint8Array {
  let end = path.length;
  while (end > 0 && path[end - 1] === SLASH) end--;
  return path.subarray(0, end);
}
