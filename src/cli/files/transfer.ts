/** What `put` and `get` share: their options, where things go, progress, and what is said at the end. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { joinPath, meansDirectory, splitPath } from "../../files/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { formatBytes, formatCount, formatCounted, formatDuration, showBytes } from "../style.ts";
import { addServerOptions, type ServerOptions } from "./connection.ts";
import { Copier } from "./copier.ts";
import { measureAll } from "./measure.ts";
import { isServerGone } from "./several.ts";
import type { CopySummary } from "./summary.ts";
import type { Tree } from "./tree.ts";

export interface TransferOptions extends ServerOptions {
  readonly recursive?: boolean;
  readonly jobs: number;
  readonly checksum?: boolean;
  readonly verify: boolean;
}

const DEFAULT_JOBS = 16;
const MAX_JOBS = 256;

export function addTransferOptions(command: Command): Command {
  return addServerOptions(
    command
      .option("-r, --recursive", "directories too, with everything in them")
      .option("-j, --jobs <count>", "files in flight", parseJobs, DEFAULT_JOBS)
      .option("--checksum", "compare the contents of files that are there, not only size and time")
      .option("--no-verify", "do not read back what was written"),
  );
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (!/^\d+$/.test(text) || jobs < 1 || jobs > MAX_JOBS) {
    throw new InvalidArgumentError(`Expected a count of 1 to ${MAX_JOBS}.`);
  }
  return jobs;
}

export interface Transfer {
  readonly source: Tree;
  readonly target: Tree;
  /** Each with its name as it was typed. */
  readonly sources: readonly { readonly argument: string; readonly path: Uint8Array }[];
  readonly to: Uint8Array;
  /** The target as it was typed. */
  readonly toArgument: string;
}

/** Copies, says what was done, and fails if a file failed. */
export async function transfer(
  context: CliContext,
  world: World,
  options: TransferOptions,
  what: Transfer,
): Promise<void> {
  const pairs = await plan(what);
  const progress = startProgress(context, world, { label: "", unit: "bytes" });
  const startedMs = world.clock.monotonicMs();
  const copier = new Copier({
    source: what.source,
    target: what.target,
    newDigest: () => context.local.digest(),
    jobs: options.jobs,
    recursive: options.recursive === true,
    checksum: options.checksum === true,
    verify: options.verify,
    onBytes: (count) => {
      progress.done += count;
    },
    onFile: (path) => {
      progress.label = showBytes(path);
    },
  });
  let isOver = false;
  const measured = context.terminal.err.isTerminal
    ? measureAll(
        what.source,
        pairs.map(({ from }) => from),
        () => isOver,
      )
    : Promise.resolve(undefined);
  const shown = measured.then((total) => {
    progress.total = total;
  });
  try {
    const [only] = pairs;
    if (only !== undefined && pairs.length === 1) await copier.copy(only.from, only.to);
    else await copier.copyEach(pairs);
  } finally {
    isOver = true;
    await shown;
    progress.finish();
  }
  reportTransfer(context, copier.summary, world.clock.monotonicMs() - startedMs);
}

/**
 * Which name each source gets. A file goes into a directory that is there, also through a symbolic link; a directory becomes, or is merged into,
 * exactly the directory that is named, so that the same command again goes on where it stopped.
 */
async function plan(what: Transfer): Promise<{ from: Uint8Array; to: Uint8Array }[]> {
  const present = await what.target.stat(what.to, true);
  const asDirectory = meansDirectory(what.toArgument);
  const intoDirectory = what.sources.length > 1 || asDirectory;
  if (intoDirectory && present?.type !== "directory") {
    throw new UsageError(`${what.toArgument} is no directory to copy into: make it first`);
  }
  const pairs: { from: Uint8Array; to: Uint8Array }[] = [];
  for (const { argument, path } of what.sources) {
    const isDirectory = await isDirectoryOf(what.source, path);
    const into = what.sources.length > 1 || (present?.type === "directory" && (asDirectory || !isDirectory));
    const name = splitPath(path).at(-1);
    if (into && !isDirectory && name === undefined) throw new UsageError(`${argument} names no file`);
    const named = name !== undefined && !endsInDots(argument);
    pairs.push({ from: path, to: into && named ? joinPath(what.to, name as Uint8Array) : what.to });
  }
  return pairs;
}

/** False too for what cannot be asked about: the copy itself meets the same failure, and tells it. */
async function isDirectoryOf(source: Tree, path: Uint8Array): Promise<boolean> {
  try {
    return (await source.stat(path))?.type === "directory";
  } catch (error) {
    if (!(error instanceof CoterieError) || isServerGone(error.code)) throw error;
    return false;
  }
}

/** `.`, `..`, `a/.`: like the root, it has no name to be given, so its content goes into the target. */
function endsInDots(path: string): boolean {
  return /(^|\/)\.{1,2}\/*$/.test(path);
}

/** Tells what a copy did. @throws CoterieError COPY_FAILED when a file was not copied. */
export function reportTransfer(context: CliContext, summary: CopySummary, elapsedMs: number): void {
  const { failures, ...counts } = summary;
  for (const failure of failures) context.output.note(`${failure.code}: ${failure.message}`);
  context.output.result({ ...counts, elapsedMs: Math.round(elapsedMs), failures }, () =>
    describe(summary, elapsedMs),
  );
  if (summary.failed > 0) {
    const what = summary.failed === 1 ? "one file was" : `${formatCount(summary.failed)} files were`;
    throw new CoterieError("COPY_FAILED", `${what} not copied`, { details: { failed: summary.failed } });
  }
}

function describe(summary: CopySummary, elapsedMs: number): string {
  const { files, unchanged, directories, symlinks, skipped, bytes } = summary;
  const counted = (count: number, one: string, many: string) =>
    count === 0 ? [] : [formatCounted(count, one, many)];
  const parts = [
    ...counted(files, "file", "files"),
    ...counted(symlinks, "symbolic link", "symbolic links"),
    ...counted(directories, "directory", "directories"),
  ];
  return [
    `copied ${parts.length === 0 ? "nothing" : parts.join(", ")}${amount(bytes, elapsedMs)}`,
    ...counted(unchanged, "was there already", "were there already"),
    ...counted(skipped, "device, fifo or socket was left out", "devices, fifos and sockets were left out"),
  ].join("\n");
}

/** How much and how fast; nothing where no content was copied. */
function amount(bytes: number, elapsedMs: number): string {
  if (bytes === 0) return "";
  const rate = elapsedMs > 0 ? `, ${formatBytes((bytes * 1000) / elapsedMs)}/s` : "";
  return `: ${formatBytes(bytes)} in ${formatDuration(elapsedMs)}${rate}`;
}
