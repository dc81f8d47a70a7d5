/**
 * What is written to the disk under a folder, by whoever writes there: on a machine with nothing else to do, what is measured. What the
 * system says of each process (`write_bytes` of proc(5)) is of no use where its cache keeps files in large pieces, as Linux does for ext4 since
 * 6.16: it counts a whole piece, up to 2 MiB, for each write of a few bytes into one, and the disk is given the few bytes.
 */
import { readFileSync, statSync } from "node:fs";

/** The kernel's unit, whatever the disk's is. */
const SECTOR_BYTES = 512;
/** In the statistics of a block device (Documentation/block/stat.rst), counted from 0. */
const SECTORS_WRITTEN = 6;

/** Bytes written since the machine was started; undefined where the folder is on no disk of this machine, as in memory. */
export function diskBytesWritten(folder: string): number | undefined {
  try {
    return writtenBytesIn(readFileSync(`/sys/dev/block/${numbersOf(statSync(folder).dev)}/stat`, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Major and minor number, as glibc puts them into one. */
export function numbersOf(device: number): string {
  const bits = BigInt(device);
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xffff_f000n);
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffff_ff00n);
  return `${major}:${minor}`;
}

/** Of a device's line of statistics. */
export function writtenBytesIn(line: string): number {
  return Number(line.trim().split(/\s+/)[SECTORS_WRITTEN]) * SECTOR_BYTES;
}
