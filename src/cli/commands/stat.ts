/** `coterie stat`: everything that the server says of a file. */
import type { Command } from "commander";
import type { Stats } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { describeStats, formatMode, formatTime } from "../files/describe.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";
import { formatBytes, formatCount, type Style, showBytes } from "../style.ts";

interface Options extends ServerOptions {
  readonly follow?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("stat")
    .description("Show everything about files of the cell")
    .argument("<path...>", "the files")
    .option("-L, --follow", "what symbolic links lead to, not the links")
    .action(async (paths: string[], options: Options) => {
      await withClient(context, options, async (client) => {
        await forEachName(context, paths.map(remotePath), async (path) => {
          const stats = options.follow ? await client.stat(path) : await client.lstat(path);
          const target = stats.isSymbolicLink()
            ? await client.readlink(path, { encoding: "buffer" })
            : undefined;
          const described = describeStats(path, stats);
          const whole = target === undefined ? described : { ...described, target: showBytes(target) };
          context.output.result(whole, (style) => describe(path, stats, target, style));
        });
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie stat /docs/notes.txt", "type, mode, owner, size, inode and times of a file"],
    ["coterie stat --json /docs", "the same as one JSON object"],
  ]);
}

function describe(path: Uint8Array, stats: Stats, target: Uint8Array | undefined, style: Style): string {
  const name = style.bold(showBytes(path));
  const line = (label: string, value: string) => `  ${style.dim(label.padEnd(9))} ${value}`;
  return [
    target === undefined ? name : `${name} -> ${showBytes(target)}`,
    line("type", stats.type),
    line("mode", `${formatMode(stats)} (${stats.permissions.toString(8).padStart(4, "0")})`),
    line("owner", `uid ${stats.uid}, gid ${stats.gid}`),
    line(
      "size",
      `${formatCount(stats.size)} bytes (${formatBytes(stats.size)}), ${formatBytes(stats.used)} on disk`,
    ),
    line("inode", `${stats.ino}, ${stats.nlink} ${stats.nlink === 1 ? "link" : "links"}`),
    line("modified", formatTime(stats.mtime)),
    line("changed", formatTime(stats.ctime)),
    line("accessed", formatTime(stats.atime)),
  ].join("\n");
}
