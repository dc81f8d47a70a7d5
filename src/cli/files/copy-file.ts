/**
 * Copies the content of one file, checked from end to end: the digest of every block, as it was read from the source,
 * is compared with the digest of the block read back from the target after it was made durable. A block that
 * differs is written once more; if it still differs, the copy fails.
 */
import type { Digest } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { showBytes } from "../style.ts";
import { BLOCK_BYTES } from "./part-file.ts";
import type { TreeFile } from "./tree.ts";

/** How much is read and written at a time. A chunk of zeros alone is not written: it becomes a hole of the target. */
const CHUNK_BYTES = 1024 * 1024;

export interface CopyFileOptions {
  readonly newDigest: () => Digest;
  /** Read back what was written, and compare. */
  readonly verify: boolean;
  /** Where in the file to begin: a multiple of the block's size; what is before it is at the target already. */
  readonly from: number;
  /** For messages. */
  readonly name: Uint8Array;
  /** Called for every piece that was copied. */
  readonly onBytes: (count: number) => void;
}

/** What was copied: the file's size and the digest of each of its blocks that was copied. */
export interface CopiedContent {
  readonly size: number;
}

/**
 * Copies `source` from `options.from`, where the target ends, to the source's end and makes it durable. Returns the size
 * of the whole file.
 */
export async function copyContent(
  source: TreeFile,
  target: TreeFile,
  options: CopyFileOptions,
): Promise<CopiedContent> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  const digests: string[] = [];
  let position = options.from;
  let endsInHole = false;
  for (let more = true; more; ) {
    const block = await copyBlock(source, target, position, buffer, options, isZeros);
    digests.push(block.digest);
    position += block.size;
    more = block.size === BLOCK_BYTES;
    if (block.size > 0) endsInHole = block.endsInHole;
  }
  if (endsInHole) await target.truncate(position);
  await target.sync();
  if (options.verify) await verifyBlocks(source, target, digests, position, buffer, options);
  return { size: position };
}

async function copyBlock(
  source: TreeFile,
  target: TreeFile,
  start: number,
  buffer: Uint8Array,
  options: CopyFileOptions,
  isHole: (data: Uint8Array) => boolean,
): Promise<{ size: number; digest: string; endsInHole: boolean }> {
  const digest = options.newDigest();
  let size = 0;
  let endsInHole = false;
  while (size < BLOCK_BYTES) {
    const count = await source.read(buffer, start + size);
    const data = buffer.subarray(0, count);
    digest.update(data);
    if (count > 0) {
      endsInHole = isHole(data);
      if (!endsInHole) await target.write(data, start + size);
    }
    options.onBytes(count);
    size += count;
    if (count < buffer.length) break;
  }
  return { size, digest: digest.hex(), endsInHole };
}

function isZeros(data: Uint8Array): boolean {
  return data.length === CHUNK_BYTES && data.every((byte) => byte === 0);
}

async function verifyBlocks(
  source: TreeFile,
  target: TreeFile,
  digests: readonly string[],
  end: number,
  buffer: Uint8Array,
  options: CopyFileOptions,
): Promise<void> {
  for (const [index, expected] of digests.entries()) {
    const start = options.from + index * BLOCK_BYTES;
    const stop = Math.min(start + BLOCK_BYTES, end);
    if ((await digestRange(target, start, stop, buffer, options.newDigest)) === expected) continue;
    const quiet = { ...options, onBytes: () => {} };
    // Zeros too: what differs where nothing was written must be overwritten.
    const again = await copyBlock(source, target, start, buffer, quiet, () => false);
    await target.sync();
    if (again.digest !== (await digestRange(target, start, stop, buffer, options.newDigest))) {
      throw new CoterieError(
        "COPY_DIFFERS",
        `${showBytes(options.name)}: what was read back at ${start} differs from the source`,
        { details: { offset: start } },
      );
    }
  }
}

/** SHA-256 of a range of a file, in hexadecimal. */
export async function digestRange(
  file: Pick<TreeFile, "read">,
  start: number,
  end: number,
  buffer: Uint8Array,
  newDigest: () => Digest,
): Promise<string> {
  const digest = newDigest();
  for (let at = start; at < end; ) {
    const count = await file.read(buffer.subarray(0, Math.min(buffer.length, end - at)), at);
    if (count === 0) break;
    digest.update(buffer.subarray(0, count));
    at += count;
  }
  return digest.hex();
}

/**
 * How much of the target's beginning is the source's already, in whole blocks: both are read and compared.
 * `size`: the source's.
 */
export async function commonPrefix(
  source: TreeFile,
  target: TreeFile,
  size: number,
  newDigest: () => Digest,
  onBytes: (count: number) => void,
): Promise<number> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  const present = Math.min(size, (await target.stat()).size);
  let same = 0;
  while (same + BLOCK_BYTES <= present) {
    const end = same + BLOCK_BYTES;
    const left = await digestRange(source, same, end, buffer, newDigest);
    const right = await digestRange(target, same, end, buffer, newDigest);
    if (left !== right) break;
    onBytes(BLOCK_BYTES);
    same = end;
  }
  return same;
}
