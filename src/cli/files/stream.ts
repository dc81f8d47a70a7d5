/**
 * `-`, where a file of this machine would stand: standard input for `put`, standard output for `get`. The content
 * passes through in pieces, so its size does not matter. What has left for a pipe cannot be read back: a `put`
 * is checked from end to end like every other, a `get` for having seen one state of its source.
 */

import type { FileHandle } from "../../files/index.ts";
import { hasErrno, joinPath, meansDirectory, type NfsClient, type Stats } from "../../files/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { showBytes } from "../style.ts";
import { digestRange } from "./copy-file.ts";
import { DRAFT_MODE, nameOf, parentOf, partName } from "./part-file.ts";
import { newSummary } from "./summary.ts";
import { reportTransfer, type TransferOptions } from "./transfer.ts";
import { sameTime } from "./tree.ts";

/** The argument that stands for standard input or output. A file of this name is `./-`. */
export const STREAM = "-";

/** What a new file gets that has no source to take it from. */
const DEFAULT_MODE = 0o644;
const READ_BACK_BYTES = 1024 * 1024;

/** True when a stream takes part in a `put` or a `get`. @throws UsageError for what a stream cannot do. */
export function usesStream(
  streams: readonly string[],
  sources: readonly string[],
  options: TransferOptions,
): boolean {
  if (!streams.includes(STREAM)) return false;
  if (options.recursive) throw new UsageError("- is one stream of bytes, and -r is for directories: use tar");
  if (sources.length > 1) throw new UsageError("- stands for one file, and several are named: use cat");
  return true;
}

/** Copies standard input to a file of the cell, which appears when it is complete. */
export async function putStream(
  context: CliContext,
  client: NfsClient,
  world: World,
  options: TransferOptions,
  target: { readonly argument: string; readonly path: Uint8Array },
): Promise<void> {
  const present = await statOf(client, target.path);
  if (meansDirectory(target.argument) || present?.isDirectory()) {
    throw new UsageError(`${target.argument} is a directory, and standard input has no name: name the file`);
  }
  const startedMs = world.clock.monotonicMs();
  const part = joinPath(
    parentOf(target.path),
    partName(nameOf(target.path), () => context.local.digest()),
  );
  const file = await client.open(part, "w+", DRAFT_MODE);
  let bytes: number;
  try {
    bytes = await receive(context, world, file, options, target.path);
    await file.chmod(present?.isFile() ? present.permissions : DEFAULT_MODE);
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    // Nothing could take it up: the stream is gone.
    await client.unlink(part).catch(() => {});
    throw error;
  }
  await client.rename(part, target.path);
  const summary = { ...newSummary(), files: 1, bytes };
  reportTransfer(context, summary, world.clock.monotonicMs() - startedMs);
}

async function statOf(client: NfsClient, path: Uint8Array): Promise<Stats | undefined> {
  try {
    return await client.stat(path);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Returns how many bytes there were: on the server's disk, and read back from it. */
async function receive(
  context: CliContext,
  world: World,
  file: FileHandle,
  options: TransferOptions,
  name: Uint8Array,
): Promise<number> {
  const progress = startProgress(context, world, { label: showBytes(name), unit: "bytes" });
  const digest = context.local.digest();
  let size = 0;
  try {
    for await (const data of standardInput(context)) {
      digest.update(data);
      await file.pwrite(data, size);
      size += data.length;
      progress.done = size;
    }
    await file.sync();
    if (options.verify) await verify(context, file, size, digest.hex(), name);
  } finally {
    progress.finish();
  }
  return size;
}

async function* standardInput({ terminal }: CliContext): AsyncGenerator<Uint8Array> {
  try {
    yield* terminal.input;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CoterieError("LOCAL_IO", `standard input cannot be read: ${why}`, { cause: error });
  }
}

async function verify(
  context: CliContext,
  file: FileHandle,
  size: number,
  expected: string,
  name: Uint8Array,
): Promise<void> {
  const written = { read: (buffer: Uint8Array, position: number) => file.pread(buffer, position) };
  const buffer = new Uint8Array(READ_BACK_BYTES);
  const found = await digestRange(written, 0, size, buffer, () => context.local.digest());
  if (found !== expected) {
    throw new CoterieError(
      "COPY_DIFFERS",
      `${showBytes(name)}: what was read back differs from standard input`,
    );
  }
}

/** Copies a file of the cell to standard output. */
export async function getStream(
  context: CliContext,
  client: NfsClient,
  world: World,
  path: Uint8Array,
): Promise<void> {
  const file = await client.open(path, "r");
  try {
    const before = await file.stat();
    const progress = startProgress(context, world, {
      label: showBytes(path),
      total: before.size,
      unit: "bytes",
    });
    let bytes = 0;
    try {
      for await (const chunk of file.chunks()) {
        await context.terminal.out.writeBytes(chunk);
        bytes += chunk.length;
        progress.done = bytes;
      }
    } finally {
      progress.finish();
    }
    const after = await file.stat();
    if (bytes !== before.size || after.size !== before.size || !sameTime(after.mtime, before.mtime)) {
      throw new CoterieError("COPY_CHANGED", `${showBytes(path)} changed while it was copied`);
    }
  } finally {
    await file.close();
  }
}
