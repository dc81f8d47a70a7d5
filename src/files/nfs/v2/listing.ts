/** READDIR of NFS v2 (RFC 1094 section 2.2.17). */
import type { Credentials, DirectoryEntry, Handle, Outcome } from "../../volume/types.ts";
import { Fault, isFault } from "../../volume/types.ts";
import type { Core } from "../core.ts";
import { type dirlist, type entry, MAXDATA } from "../gen/nfs2.gen.ts";
import { entriesAfter } from "../v3/listing.ts";
import { toFileid } from "./attributes.ts";

/** The end of the list, and eof. */
const FRAME_BYTES = 8;
/** That an entry follows, its number, the length of its name, its cookie. */
const ENTRY_BYTES = 16;
/** A client that offers less gets this much: the version has no status that says TOOSMALL. */
export const MIN_LIST_BYTES = 512;

export function listEntries(
  core: Core,
  credentials: Credentials,
  directory: Handle,
  cookie: number,
  count: number,
): Outcome<dirlist> {
  const entries = entriesAfter(core, credentials, directory, cookie);
  if (isFault(entries)) return entries;
  return fill(entries, Math.min(Math.max(count, MIN_LIST_BYTES), MAXDATA));
}

/**
 * Cookies have 32 bits here. The volume gives them out in rising order, so an entry with a larger one stands after
 * four thousand million others that were made in its directory; it cannot be listed in this version, and saying so is
 * better than an end that is none.
 */
function fill(entries: Iterable<DirectoryEntry>, maxBytes: number): Outcome<dirlist> {
  const list: dirlist = { entries: null, eof: true };
  let last: entry | undefined;
  let bytesLeft = maxBytes - FRAME_BYTES;
  for (const { name, handle, cookie } of entries) {
    bytesLeft -= ENTRY_BYTES + ((name.length + 3) & ~3);
    if (bytesLeft < 0 || cookie > 0xffff_ffff) {
      if (last === undefined) return new Fault("IO");
      return { ...list, eof: false };
    }
    const next: entry = {
      fileid: toFileid(handle.inode),
      name,
      cookie: writeCookie(cookie),
      nextentry: null,
    };
    if (last === undefined) list.entries = next;
    else last.nextentry = next;
    last = next;
  }
  return list;
}

export function readCookie(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

function writeCookie(cookie: number): Uint8Array {
  return Uint8Array.of(cookie >>> 24, cookie >>> 16, cookie >>> 8, cookie);
}
