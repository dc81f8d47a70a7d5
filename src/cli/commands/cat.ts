/** `coterie cat`: the content of files of the cell. */
import type { Command } from "commander";
import type { NfsClient } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("cat")
    .description("Print files of the cell")
    .argument("<path...>", "the files")
    .action(async (paths: string[], options: ServerOptions) => {
      await withClient(context, options, async (client) => {
        const named = paths.map((argument) => ({ argument, path: remotePath(argument) }));
        await forEachName(context, named, ({ argument, path }) => print(context, client, argument, path));
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie cat /docs/notes.txt", "the file, byte for byte, on standard output"],
    ["coterie cat --json /docs/notes.txt", "pieces of at most 1 MiB, in base64, with their offsets"],
  ]);
}

async function print(
  context: CliContext,
  client: NfsClient,
  argument: string,
  path: Uint8Array,
): Promise<void> {
  const file = await client.open(path, "r");
  try {
    let offset = 0;
    for await (const chunk of file.chunks()) {
      if (context.output.json) context.output.result({ path: argument, offset, data: chunk }, () => "");
      else await context.terminal.out.writeBytes(chunk);
      offset += chunk.length;
    }
  } finally {
    await file.close();
  }
}
