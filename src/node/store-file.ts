/**
 * What must be right about a store's file before lmdb sees it, because lmdb-js ends the process when opening
 * fails: access, and the two meta pages at the beginning. And what must be done once lmdb has made it: a new
 * file's name is durable only when the directory that holds it has been synced too.
 *
 * Layout checked (lmdb's mdb.c, data version 2): each meta page has a header of 24 bytes, then the magic number,
 * the version, and, 24 bytes after the magic, the page's size.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { CoterieError } from "../world/index.ts";
import { CONTENT_FILE } from "./store-content.ts";
import { logFileName, logFilesIn } from "./store-log-pool.ts";

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const MAGIC_AT = 24;
const VERSION_AT = 28;
const PAGE_SIZE_AT = 48;
const META_BYTES = 64;
const SECTOR_BYTES = 512;
const MIN_PAGE_BYTES = 512;
const MAX_PAGE_BYTES = 65_536;

/**
 * Checks a store's file if there is one. One that a crash left before its first commit is removed.
 * @throws CoterieError STORE_CORRUPT; the system's error when the file may not be opened.
 */
export function checkDataFile(directory: string, readOnly: boolean): void {
  const file = join(directory, "data.mdb");
  let fd: number;
  try {
    fd = openSync(file, readOnly ? "r" : "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    requireNothingElse(directory);
    return;
  }
  try {
    const { size } = fstatSync(fd);
    if (hasMetaPages(fd, size)) return;
    if (readOnly || !isUnborn(fd, size)) throw corrupt(file);
    requireNothingElse(directory);
    unlinkSync(file);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes the names of a new store durable: of its file in its directory, of that in its parent, and so on up to
 * the parent of `firstMade`, the uppermost directory that had to be made (undefined: none).
 */
export function syncDirectories(directory: string, firstMade: string | undefined): void {
  const top = dirname(firstMade ?? directory);
  for (let path = directory; ; path = dirname(path)) {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (path === top || path === dirname(path)) return;
  }
}

/**
 * The log and the content file hold nothing before the database is on the disk with its name. Where it is not and they do, it was
 * lost, and a new one would quietly begin without what they hold.
 */
function requireNothingElse(directory: string): void {
  for (const name of [...logFilesIn(directory).map(logFileName), CONTENT_FILE]) {
    const file = join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || stat.size === 0) continue;
    throw new CoterieError(
      "STORE_CORRUPT",
      `the store ${directory} has lost its data.mdb: restore it from a backup, or remove ${file} and what else is there to begin anew`,
      { details: { path: directory, file } },
    );
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}

/**
 * Its creation did not reach the disk, or only some sectors of it: nothing was ever stored in it. lmdb makes a file by
 * writing both meta pages, of which all but the beginning is zeros, and syncs it at the first commit.
 */
function isUnborn(fd: number, size: number): boolean {
  if (size > 2 * MAX_PAGE_BYTES) return false;
  const bytes = readAt(fd, 0, size);
  for (let at = 0; at < size; at += SECTOR_BYTES) {
    const sector = bytes.subarray(at, at + SECTOR_BYTES);
    if (!sector.every((byte) => byte === 0) && !isMeta(sector.subarray(0, META_BYTES))) return false;
  }
  return true;
}

function hasMetaPages(fd: number, size: number): boolean {
  const first = readAt(fd, 0, META_BYTES);
  if (!isMeta(first)) return false;
  const pageBytes = first.readUInt32LE(PAGE_SIZE_AT);
  if (pageBytes < MIN_PAGE_BYTES || pageBytes > MAX_PAGE_BYTES || size < 2 * pageBytes) return false;
  return isMeta(readAt(fd, pageBytes, META_BYTES));
}

function isMeta(page: Buffer): boolean {
  return (
    page.length === META_BYTES &&
    page.readUInt32LE(MAGIC_AT) === MAGIC &&
    page.readUInt32LE(VERSION_AT) === VERSION
  );
}

function corrupt(file: string): CoterieError {
  return new CoterieError("STORE_CORRUPT", `${file} is not a store, or its beginning is damaged`, {
    details: { path: file },
  });
}
