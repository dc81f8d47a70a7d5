/** `coterie get`: copies files of the cell to this machine. */
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parsePathArgument, remotePath } from "../files/arguments.ts";
import { withClient } from "../files/connection.ts";
import { LocalTree } from "../files/local-tree.ts";
import { RemoteTree } from "../files/remote-tree.ts";
import { getStream, usesStream } from "../files/stream.ts";
import { addTransferOptions, type TransferOptions, transfer } from "../files/transfer.ts";
import { withExamples } from "../help.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("get")
    .description("Copy files of the cell to this machine, checked from end to end")
    .argument("<path...>", "files of the cell, and last where to on this machine, or - for standard output")
    .action(async (paths: string[], options: TransferOptions) => {
      const target = paths.at(-1);
      if (target === undefined || paths.length < 2) throw new UsageError("get needs a source and a target");
      const sources = paths.slice(0, -1).map((argument) => ({ argument, path: remotePath(argument) }));
      const [first] = sources;
      const isStream = usesStream([target], paths.slice(0, -1), options);
      if (isStream && context.output.json) {
        throw new UsageError(
          "--json would mix with the file on standard output; `coterie cat --json` encodes it",
        );
      }
      await withClient(context, options, (client, world) => {
        if (isStream && first !== undefined) return getStream(context, client, world, first.path);
        return transfer(context, world, options, {
          source: new RemoteTree(client),
          target: new LocalTree(context.local),
          sources,
          to: parsePathArgument(target),
          toArgument: target,
        });
      });
    });
  withExamples(addTransferOptions(command), [
    ["coterie get /docs/notes.txt .", "copies a file of the cell into this directory"],
    ["coterie get -r /project project", "copies a tree; the same command again goes on where it stopped"],
    ["coterie get /project.tar - | tar x", "copies a file of the cell into another program"],
  ]);
}
