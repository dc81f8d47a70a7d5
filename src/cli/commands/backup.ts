/**
 * `coterie backup`: a volume as of one moment, in one file, while it is in use. A snapshot is taken, read, and deleted again; of a node by
 * itself, which takes none, the files are read as they are, while nobody changes them.
 */
import type { Command } from "commander";
import type { CellStatus } from "../../cell/index.ts";
import { type BackupCounts, type BackupParts, backUp } from "../../files/index.ts";
import { CoterieError, isCoterieError } from "../../world/index.ts";
import { type Asked, askedCell } from "../cell/asked-cell.ts";
import { volumeIn } from "../cell/volume-deeds.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withClient } from "../files/connection.ts";
import { STREAM } from "../files/stream.ts";
import { withExamples } from "../help.ts";
import { Interruption } from "../interruption.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";
import { type Progress, startProgress } from "../progress.ts";
import { formatBytes, formatCounted, showText } from "../style.ts";

const PART_SUFFIX = ".part";
/** What the volume of a node by itself is called. */
const ONLY_VOLUME = "root";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("backup")
    .description("Write a volume as it is now into one file, while it is in use")
    .argument("<volume>", "its name")
    .argument("<file>", "a new file on this machine, or - for standard output")
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .action((volume: string, file: string, options: LocateOptions) => backup(context, volume, file, options));
  withExamples(command, [
    [
      "coterie backup mail mail.backup",
      "all files with their owners, modes, times and names, as of one moment",
    ],
    ["coterie backup mail - | zstd > mail.zst", "through another program; look at the exit status of both"],
    ["coterie restore mail.backup mail-again", "what brings it back"],
  ]);
}

/** Where the bytes go, what is counted of them, and what ends them. */
interface Target {
  readonly file: string;
  readonly counts: BackupCounts;
  readonly interruption: Interruption;
}

async function backup(
  context: CliContext,
  volume: string,
  file: string,
  options: LocateOptions,
): Promise<void> {
  const isStream = file === STREAM;
  if (isStream && context.output.json)
    throw new UsageError("--json would mix with the backup on standard output");
  if (!isStream && (await context.local.stat(file)) !== undefined) {
    throw new UsageError(`${showText(file)} is there already: name a new file`);
  }
  const counts: BackupCounts = { files: 0, bytes: 0 };
  const cell = await askedCell(context, options);
  const status = await cell.status().catch(undefinedIfAlone);
  const interruption = new Interruption(context);
  const to = { file, counts, interruption };
  try {
    if (status === undefined) await ofNodeByItself(context, volume, options, to);
    else await ofCell(context, { cell, status }, volume, options, to);
  } finally {
    interruption.release();
  }
  if (isStream) return;
  context.output.result(
    { event: "backup", volume, file, ...counts },
    () =>
      `${volume}: ${formatCounted(counts.files, "file")}, ${formatBytes(counts.bytes)} of content, in ${showText(file)}`,
  );
}

function undefinedIfAlone(error: unknown): undefined {
  if (!isCoterieError(error, "CELL_ALONE")) throw error;
}

/** From a snapshot, which is deleted again. */
async function ofCell(
  context: CliContext,
  { cell, status }: { readonly cell: Asked; readonly status: CellStatus },
  volume: string,
  options: LocateOptions,
  to: Target,
): Promise<void> {
  volumeIn(status, volume);
  const snapshot = `backup-${cell.world.clock.wall().seconds}-${hexOf(cell.world.random.bytes(4))}`;
  await cell.ask((admin) => admin.takeSnapshot(volume, snapshot));
  try {
    const from = { ...options, export: `/@${volume}` };
    await keep(context, from, { path: `/.snapshots/${snapshot}`, volume }, to);
  } finally {
    await cell
      .ask((admin) => admin.dropSnapshot(volume, snapshot))
      .catch((error) => tellLeft(context, volume, snapshot, error));
  }
}

/** Its files as they are, which must not be changed until they are read: it takes no snapshots. */
async function ofNodeByItself(
  context: CliContext,
  volume: string,
  options: LocateOptions,
  to: Target,
): Promise<void> {
  if (volume !== ONLY_VOLUME) {
    const message = `a node by itself has no volume "${volume}"; there is ${ONLY_VOLUME}`;
    throw new CoterieError("CELL_VOLUME_UNKNOWN", message, { details: { volume } });
  }
  await keep(context, options, { path: "/", volume, isLive: true }, to);
}

function keep(
  context: CliContext,
  from: LocateOptions & { readonly export?: string },
  parts: Omit<BackupParts, "client">,
  { file, counts, interruption }: Target,
): Promise<void> {
  return withClient(context, from, async (client, world) => {
    const progress = startProgress(context, world, { label: parts.volume, unit: "bytes" });
    const pieces = backUp(world, { ...parts, client }, counts);
    try {
      const told = watched(interruption.pieces(pieces), progress);
      const { out } = context.terminal;
      if (file === STREAM) for await (const piece of told) await interruption.or(out.writeBytes(piece));
      else await writeFile(context, file, told);
    } finally {
      progress.finish();
    }
  });
}

async function* watched(pieces: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    progress.done += piece.length;
  }
}

/** The name is given to what is whole and on the disk. */
async function writeFile(
  { local }: CliContext,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const part = path + PART_SUFFIX;
  const file = await local.open(part, "write", 0o600);
  try {
    let at = 0;
    for await (const piece of pieces) {
      await file.write(piece, at);
      at += piece.length;
    }
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await local.remove(part).catch(() => {});
    throw error;
  }
  await local.rename(part, path);
}

function tellLeft({ output }: CliContext, volume: string, snapshot: string, error: unknown): void {
  const why = error instanceof CoterieError ? error.code : String(error);
  output.note(`the snapshot is left (${why}): coterie volume snapshot-delete ${volume} ${snapshot}`);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
