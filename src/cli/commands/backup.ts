/** `coterie backup`: a volume as of one moment, in one file, while it is in use. A snapshot is taken, read, and deleted again. */
import type { Command } from "commander";
import { type BackupCounts, backUp } from "../../files/index.ts";
import { CoterieError } from "../../world/index.ts";
import { askedCell, volumeIn } from "../cell/volume-deeds.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withClient } from "../files/connection.ts";
import { STREAM } from "../files/stream.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";
import { type Progress, startProgress } from "../progress.ts";
import { formatBytes, formatCount, showText } from "../style.ts";

const PART_SUFFIX = ".part";

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
  const cell = await askedCell(context, options);
  volumeIn(await cell.status(), volume);
  const snapshot = `backup-${cell.world.clock.wall().seconds}-${hexOf(cell.world.random.bytes(4))}`;
  await cell.ask((admin) => admin.takeSnapshot(volume, snapshot));
  const counts: BackupCounts = { files: 0, bytes: 0 };
  try {
    await withClient(context, { ...options, export: `/@${volume}` }, async (client, world) => {
      const progress = startProgress(context, world, { label: volume, unit: "bytes" });
      const pieces = backUp(world, { client, path: `/.snapshots/${snapshot}`, volume }, counts);
      try {
        const told = watched(pieces, progress);
        if (isStream) for await (const piece of told) await context.terminal.out.writeBytes(piece);
        else await writeFile(context, file, told);
      } finally {
        progress.finish();
      }
    });
  } finally {
    await cell
      .ask((admin) => admin.dropSnapshot(volume, snapshot))
      .catch((error) => tellLeft(context, volume, snapshot, error));
  }
  if (isStream) return;
  context.output.result(
    { event: "backup", volume, file, ...counts },
    () =>
      `${volume}: ${formatCount(counts.files)} files, ${formatBytes(counts.bytes)} of content, in ${showText(file)}`,
  );
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
