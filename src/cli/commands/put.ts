/** `coterie put`: copies files of this machine into the cell. */
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parsePathArgument, remotePath } from "../files/arguments.ts";
import { withClient } from "../files/connection.ts";
import { LocalTree } from "../files/local-tree.ts";
import { RemoteTree } from "../files/remote-tree.ts";
import { putStream, usesStream } from "../files/stream.ts";
import { addTransferOptions, type TransferOptions, transfer } from "../files/transfer.ts";
import { withExamples } from "../help.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("put")
    .description("Copy files of this machine into the cell, checked from end to end")
    .argument("<path...>", "files of this machine, or - for standard input, and last where to in the cell")
    .action(async (paths: string[], options: TransferOptions) => {
      const target = paths.at(-1);
      if (target === undefined || paths.length < 2) throw new UsageError("put needs a source and a target");
      const sources = paths.slice(0, -1);
      const isStream = usesStream(sources, sources, options);
      const to = remotePath(target);
      await withClient(context, options, (client, world) => {
        if (isStream) return putStream(context, client, world, options, { argument: target, path: to });
        return transfer(context, world, options, {
          source: new LocalTree(context.local),
          target: new RemoteTree(client),
          sources: sources.map((argument) => ({ argument, path: parsePathArgument(argument) })),
          to,
          toArgument: target,
        });
      });
    });
  withExamples(addTransferOptions(command), [
    ["coterie put notes.txt /docs/", "copies a file into a directory of the cell"],
    ["coterie put -r project /project", "copies a tree; the same command again goes on where it stopped"],
    ["coterie put -r --checksum project /project", "compares the contents of what is there already"],
    [
      "tar c project | coterie put - /project.tar",
      "copies what another program writes into a file of the cell",
    ],
  ]);
}
