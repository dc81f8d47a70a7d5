/** `coterie df`: how much room the cell has. */
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { withExamples } from "../help.ts";
import { formatBytes, formatCount } from "../style.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("df")
    .description("Show how much space the cell has")
    .argument("[path]", "a path of the file system that is meant", "/")
    .action(async (path: string, options: ServerOptions) => {
      await withClient(context, options, async (client) => {
        const space = await client.statfs(remotePath(path));
        const usedBytes = space.totalBytes - space.freeBytes;
        const usedFiles = space.totalFiles - space.freeFiles;
        const row = { path, ...space, usedBytes, usedFiles };
        context.output.list(
          [row],
          [
            { title: "size", align: "right" },
            { title: "used", align: "right" },
            { title: "available", align: "right" },
            { title: "use", align: "right" },
            { title: "files", align: "right" },
            { title: "path" },
          ],
          () => [
            formatBytes(space.totalBytes),
            formatBytes(usedBytes),
            formatBytes(space.availableBytes),
            percent(usedBytes, usedBytes + space.availableBytes),
            formatCount(usedFiles),
            path,
          ],
        );
      });
    });
  withExamples(addServerOptions(command), [["coterie df", "size, use and room of this machine's cell"]]);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.ceil((part * 100) / whole)}%`;
}
