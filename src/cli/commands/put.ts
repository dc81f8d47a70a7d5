/** `coterie put`: copies files of this machine into the cell. */
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parsePathArgument, remotePath } from "../files/arguments.ts";
import { withClient } from "../files/connection.ts";
import { LocalTree } from "../files/local-tree.ts";
import { RemoteTree } from "../files/remote-tree.ts";
import { addTransferOptions, type TransferOptions, transfer } from "../files/transfer.ts";
import { withExamples } from "../help.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("put")
    .description("Copy files of this machine into the cell, checked from end to end")
    .argument("<path...>", "files of this machine, and last where to in the cell")
    .action(async (paths: string[], options: TransferOptions) => {
      const target = paths.at(-1);
      if (target === undefined || paths.length < 2) throw new UsageError("put needs a source and a target");
      await withClient(context, options, (client, world) =>
        transfer(context, world, options, {
          source: new LocalTree(context.local),
          target: new RemoteTree(client),
          sources: paths.slice(0, -1).map((argument) => ({ argument, path: parsePathArgument(argument) })),
          to: remotePath(target),
          toArgument: target,
        }),
      );
    });
  withExamples(addTransferOptions(command), [
    ["coterie put notes.txt /docs/", "copies a file into a directory of the cell"],
    ["coterie put -r project /project", "copies a tree; the same command again goes on where it stopped"],
    ["coterie put -r --checksum project /project", "compares the contents of what is there already"],
  ]);
}
