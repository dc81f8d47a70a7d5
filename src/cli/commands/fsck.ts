/** `coterie fsck`: checks a volume of a stopped node, and says what it finds. */
import type { Command } from "commander";
import { readFormat, readIdentity, VOLUME_NAME } from "../../cell/index.ts";
import { type CheckCounts, type Finding, type FsckReport, fsck } from "../../files/index.ts";
import { CoterieError } from "../../world/index.ts";
import { readCell } from "../cell/cell-directory.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus, UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { formatBytes, formatCount, type Style, showText } from "../style.ts";

interface FsckOptions {
  readonly dir?: string;
  readonly content: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("fsck")
    .description("Check a volume of a stopped node, and say what is wrong with it")
    .argument("[volume]", "the volume's name", VOLUME_NAME)
    .option("--dir <directory>", "the node's directory (default: ~/.local/share/coterie)")
    .option("--no-content", "do not read the files' content: much faster, and blind to damage there")
    .action((volume: string, options: FsckOptions) => check(context, volume, options));
  withExamples(command, [
    ["coterie fsck", "the volume of the default directory"],
    ["coterie fsck --dir ./data --no-content", "names and inodes only, of another directory"],
    ["coterie fsck --json", "everything found as one JSON object"],
  ]);
}

async function check(context: CliContext, volume: string, options: FsckOptions): Promise<void> {
  const directory = nodeDirectory(context, options.dir);
  // Opening a world would make the directory.
  if ((await context.local.stat(directory, { follow: true })) === undefined) {
    throw new CoterieError("VOLUME_MISSING", `there is no directory ${showText(directory)}`, {
      details: { directory },
    });
  }
  await requireAlone(context, directory);
  const world = await context.world({ directory });
  const report = await fsck(world, volume, { content: options.content });
  context.output.result(report, (style) => format(report, style));
  if (report.findings.length > 0) context.exitStatus = ExitStatus.findings;
}

/** Errors: CELL_DIRECTORY_…; CLI_USAGE for the directory of a cell, or of one of its nodes. */
async function requireAlone({ local }: CliContext, directory: string): Promise<void> {
  const files = directoryFiles(local, directory);
  const cell = (await readCell(local, directory))?.name ?? (await readIdentity(files))?.cellName;
  if (cell === undefined) {
    await readFormat(files);
    return;
  }
  const message = `${showText(directory)} is of the cell ${showText(cell)}, and fsck is for a node by itself: \`coterie scrub\` checks a cell while it runs`;
  throw new UsageError(message);
}

function format(report: FsckReport, style: Style): string {
  const lines = report.findings.map((finding) => formatFinding(finding, style));
  if (report.omitted > 0) lines.push(`and ${formatCount(report.omitted)} more`);
  const found = report.findings.length + report.omitted;
  const verdict = found === 0 ? style.green("nothing wrong") : style.red(`${formatCount(found)} found wrong`);
  lines.push(`volume ${report.volume}: ${verdict} in ${formatCounts(report.counts)}`);
  return lines.join("\n");
}

function formatFinding({ kind, inode, path, chunk, detail }: Finding, style: Style): string {
  const where = inode === 0 ? "the volume" : path === undefined ? `inode ${inode}` : showText(path);
  const at = chunk === undefined ? "" : `, chunk ${chunk}`;
  const number = path === undefined || inode === 0 ? "" : style.dim(` (inode ${inode})`);
  return `${style.bold(kind)}  ${where}${number}${at}: ${showText(detail)}`;
}

function formatCounts(counts: CheckCounts): string {
  const { inodes, directories, files, entries, contentBytes } = counts;
  return (
    `${formatCount(inodes)} inodes (${formatCount(directories)} directories, ${formatCount(files)} files), ` +
    `${formatCount(entries)} names, ${formatBytes(contentBytes)} of content`
  );
}
