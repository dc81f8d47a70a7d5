/**
 * Directories: each name is two records, one found by the name and one in the order of cookies, and both name
 * the same inode. Cookies come from a counter of the directory and are never given twice, so a listing goes on at its
 * place whatever happened meanwhile.
 */
import { CoterieError, type WallTime } from "../../world/index.ts";
import type { Core } from "./core.ts";
import { ACCES, BAD_COOKIE, EXIST, IO, NOENT } from "./faults.ts";
import { FIRST_COOKIE } from "./format.ts";
import type { Inode } from "./inode.ts";
import { entryKey, listingKey, readNumber } from "./keys.ts";
import { dots, nameFault } from "./names.ts";
import { permits, R, X } from "./permissions.ts";
import { decodeListing, type EntryRecord, isIntact } from "./records.ts";
import {
  type Attributes,
  type Context,
  type DirectoryEntry,
  Fault,
  type Handle,
  type Outcome,
} from "./types.ts";

/** Where a new name would be, and what is there. */
export interface Place {
  readonly parent: Inode;
  readonly existing: EntryRecord | undefined;
}

/** Checks that `name` may be looked for in the directory, and looks. */
export function placeFor(core: Core, context: Context, directory: Handle, name: Uint8Array): Place | Fault {
  const parent = core.loadDirectory(directory);
  if (parent instanceof Fault) return parent;
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (!permits(parent, context.credentials, X)) return ACCES;
  if (dots(name) !== 0) return EXIST;
  const existing = core.entry(parent, name);
  return existing instanceof Fault ? existing : { parent, existing };
}

export function lookup(
  core: Core,
  context: Context,
  directory: Handle,
  name: Uint8Array,
): Outcome<Attributes> {
  const parent = core.loadDirectory(directory);
  if (parent instanceof Fault) return parent;
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (!permits(parent, context.credentials, X)) return ACCES;
  const special = dots(name);
  if (special !== 0) {
    const found = special === 1 ? parent : parentOf(core, parent);
    return found instanceof Fault ? found : found.attributes(core.chunkBytes);
  }
  const entry = core.entry(parent, name);
  if (entry === undefined) return NOENT;
  if (entry instanceof Fault) return entry;
  const inode = core.referred(entry.inode, entry.generation);
  return inode instanceof Fault ? inode : inode.attributes(core.chunkBytes);
}

/** The directory that holds a directory. */
export function parentOf(core: Core, directory: Inode): Inode | Fault {
  const parent = core.resident(directory.parent);
  if (parent instanceof Fault) return parent;
  if (parent === undefined || parent.type !== "directory") {
    core.reportDamage("parent", { inode: directory.handle.inode });
    return IO;
  }
  core.durability.saw(parent.sequence);
  return parent;
}

/** Puts a new name for `inode` into the batch and changes the parent in memory, which the caller puts. */
export function addName(core: Core, parent: Inode, name: Uint8Array, inode: Inode, now: WallTime): void {
  const directory = parent.handle.inode;
  const cookie = parent.nextCookie++;
  core.push(core.writer.entry(directory, name, inode.handle, cookie));
  core.push(core.writer.listing(directory, cookie, inode.handle, name));
  parent.entries++;
  parent.modified = now;
  parent.changed = now;
}

/** Puts another inode under a name that exists; its place in listings stays. */
export function replaceName(
  core: Core,
  parent: Inode,
  name: Uint8Array,
  existing: EntryRecord,
  inode: Inode,
  now: WallTime,
): void {
  const directory = parent.handle.inode;
  core.push(core.writer.entry(directory, name, inode.handle, existing.cookie));
  core.push(core.writer.listing(directory, existing.cookie, inode.handle, name));
  parent.modified = now;
  parent.changed = now;
}

/** Puts a name's removal into the batch and changes the parent in memory, which the caller puts. */
export function dropName(
  core: Core,
  parent: Inode,
  name: Uint8Array,
  entry: EntryRecord,
  now: WallTime,
): void {
  const directory = parent.handle.inode;
  core.pushRemoval(entryKey(directory, name));
  core.pushRemoval(listingKey(directory, entry.cookie));
  parent.entries--;
  parent.modified = now;
  parent.changed = now;
}

export function entries(
  core: Core,
  context: Context,
  directory: Handle,
  cookie: number,
): Outcome<Iterable<DirectoryEntry>> {
  const parent = core.loadDirectory(directory);
  if (parent instanceof Fault) return parent;
  if (!permits(parent, context.credentials, R)) return ACCES;
  if (!Number.isSafeInteger(cookie) || cookie < 0) return BAD_COOKIE;
  if (cookie >= FIRST_COOKIE && cookie >= parent.nextCookie) return BAD_COOKIE;
  return list(core, parent, Math.max(cookie + 1, FIRST_COOKIE));
}

function* list(core: Core, parent: Inode, from: number): Generator<DirectoryEntry> {
  const directory = parent.handle.inode;
  const range = { from: listingKey(directory, from), to: listingKey(directory, parent.nextCookie) };
  for (const { key, value } of core.store.range(range)) {
    const listing = isIntact(core.world.crc32, key, value) ? decodeListing(value) : undefined;
    const cookie = readNumber(key, 7);
    if (listing === undefined) {
      core.reportDamage("listing", { inode: directory, cookie });
      throw new CoterieError("VOLUME_DAMAGED", `entry ${cookie} of directory ${directory} is damaged`);
    }
    yield { name: listing.name, handle: listing.handle, cookie };
  }
}
