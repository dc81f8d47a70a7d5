/**
 * `coterie restore`: a new volume of a backup. It is filled under another name and gets its own when the backup has shown to be whole; otherwise it is
 * deleted, so that nobody takes a part for the volume.
 */
import type { Command } from "commander";
import { CELL_MAX_NAME, cell_deed, isName } from "../../cell/index.ts";
import { type BackupCounts, type Restored, restore } from "../../files/index.ts";
import { CoterieError } from "../../world/index.ts";
import { type Asked, askedCell } from "../cell/asked-cell.ts";
import { untilServed, volumeIn } from "../cell/volume-deeds.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withClient } from "../files/connection.ts";
import { formatTime } from "../files/describe.ts";
import { STREAM } from "../files/stream.ts";
import { withExamples } from "../help.ts";
import { Interruption } from "../interruption.ts";
import type { LocateOptions } from "../locate.ts";
import { parseCopies, parsePort } from "../options.ts";
import { type Progress, startProgress } from "../progress.ts";
import { formatBytes, formatCounted, showText } from "../style.ts";

const DRAFT_SUFFIX = ".restoring";
const PIECE_BYTES = 1024 * 1024;

interface RestoreOptions extends LocateOptions {
  readonly copies?: number;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("restore")
    .description("Make a new volume of a backup")
    .argument("<file>", "what `coterie backup` wrote, or - for standard input")
    .argument("<volume>", "the new volume's name")
    .option(
      "--copies <number>",
      "replicas that it shall have (default: 5, or as many as there are nodes)",
      parseCopies,
    )
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .action((file: string, volume: string, options: RestoreOptions) =>
      bringBack(context, file, volume, options),
    );
  withExamples(command, [
    [
      "coterie restore mail.backup mail-again",
      "clients mount it as /@mail-again; run it as root, as it gives files their owners",
    ],
    ["zstd -d < mail.zst | coterie restore - mail", "from another program"],
  ]);
}

async function bringBack(
  context: CliContext,
  file: string,
  volume: string,
  options: RestoreOptions,
): Promise<void> {
  const draft = volume + DRAFT_SUFFIX;
  if (!isName(volume) || !isName(draft)) {
    const why = `"${volume}" cannot be the name of a restored volume, which has ${CELL_MAX_NAME - DRAFT_SUFFIX.length} characters at most`;
    throw new CoterieError("CELL_NAME", why, { details: { volume } });
  }
  const cell = await askedCell(context, options);
  const { volumes } = await cell.status();
  for (const taken of [volume, draft]) {
    if (!volumes.some(({ name }) => name === taken)) continue;
    throw new UsageError(`the cell has a volume ${taken}: choose another name, or delete that one first`);
  }
  const source = file === STREAM ? context.terminal.input : await opened(context, file);
  const { copies } = options;
  await cell.ask((admin) => admin.makeVolume({ name: draft, ...(copies !== undefined && { copies }) }));
  let restored: Restored;
  const interruption = new Interruption(context);
  try {
    await interruption.or(untilServed(context, cell, draft));
    restored = await fill(context, draft, options, interruption.pieces(source));
    const { idBytes } = volumeIn(await cell.status(), draft);
    const renaming = { volume: idBytes, name: volume };
    await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_RENAME_VOLUME, renaming }));
  } catch (error) {
    await discard(context, cell, draft);
    throw error;
  } finally {
    interruption.release();
  }
  tell(context, volume, restored);
}

/** The file, read in pieces; it is closed at its end. */
async function opened({ local }: CliContext, path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await local.open(path, "read");
  return (async function* () {
    try {
      for (let at = 0; ; ) {
        const buffer = new Uint8Array(PIECE_BYTES);
        const count = await file.read(buffer, at);
        if (count === 0) return;
        yield buffer.subarray(0, count);
        at += count;
      }
    } finally {
      await file.close();
    }
  })();
}

function fill(
  context: CliContext,
  draft: string,
  options: LocateOptions,
  source: AsyncIterable<Uint8Array>,
): Promise<Restored> {
  return withClient(context, { ...options, export: `/@${draft}` }, async (client, world) => {
    const counts: BackupCounts = { files: 0, bytes: 0 };
    const progress = startProgress(context, world, { label: draft, unit: "bytes" });
    try {
      return await restore(world, client, watched(source, progress), counts);
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

/** What was made of the backup is no volume. */
async function discard(context: CliContext, cell: Asked, draft: string): Promise<void> {
  try {
    const { idBytes } = volumeIn(await cell.status(), draft);
    await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_DROP_VOLUME, dropped: idBytes }));
  } catch {
    context.output.note(`what was restored so far is left: coterie volume delete ${draft} --yes`);
  }
}

function tell(context: CliContext, volume: string, { files, bytes, made, volume: of }: Restored): void {
  const time = formatTime(made);
  context.output.result(
    { event: "restore", volume, of, made: time, files, bytes },
    () =>
      `${volume} is ${showText(of)} as of ${time}: ${formatCounted(files, "file")}, ${formatBytes(bytes)} of content; clients mount it as /@${volume}`,
  );
}
