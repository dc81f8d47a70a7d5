/**
 * READDIR and READDIRPLUS (RFC 1813 sections 3.3.16 and 3.3.17). `.` and `..` come first, with cookies 1 and 2; every
 * other cookie is the volume's, which stays good whatever changes in the directory. So the cookie verifier has nothing
 * to tell: it is zeros and is not looked at.
 *
 * A reply never takes more than the client said, and holds at least one entry unless the directory has no more: where
 * not even one fits, the status is TOOSMALL.
 */
import type { RpcCall } from "../../../rpc/index.ts";
import {
  Access,
  type Attributes,
  type Credentials,
  type DirectoryEntry,
  type FaultReason,
  type Handle,
  isFault,
  type Outcome,
} from "../../volume/types.ts";
import { attributesOf, CallContext, type Core, type Reply, settle } from "../core.ts";
import { nfsstat3 } from "../gen/nfs3.gen.ts";
import { HANDLE_BYTES } from "../handles.ts";
import { maxTransferBytes } from "../limits.ts";
import { statusOf3 } from "../status.ts";
import type { ReaddirArgs } from "./args.ts";
import type { ListedEntry, ListResult } from "./results.ts";
import { POST_OP_ATTR_BYTES } from "./wire.ts";

/** Attributes of the directory, verifier, the end of the list, eof. */
const FRAME_BYTES = POST_OP_ATTR_BYTES + 8 + 4 + 4;
/** That an entry follows, its number, the length of its name, its cookie. */
const ENTRY_BYTES = 4 + 8 + 4 + 8;
const OBJECT_BYTES = POST_OP_ATTR_BYTES + 4 + 4 + HANDLE_BYTES;

const DOT_COOKIE = 1;
const DOTDOT_COOKIE = 2;
const dot = Uint8Array.of(0x2e);
const dotdot = Uint8Array.of(0x2e, 0x2e);

export function list(core: Core, args: ReaddirArgs, call: RpcCall): Reply<ListResult> {
  const client = core.clients.of(call);
  const directory = args.directory;
  if (directory === null) return failed(nfsstat3.NFS3ERR_BADHANDLE, null);
  const attributes = attributesOf(core.volume, directory);
  const entries = entriesAfter(core, client.credentials, directory, args.cookie);
  if (isFault(entries)) return settle(core, failed(statusOf3(entries.reason), attributes), listFailed);
  const showsObjects = args.plus && maySearch(core, client.credentials, directory);
  const maxBytes = Math.min(args.maxBytes, maxTransferBytes(call.transport));
  const page = fill(core, entries, args, maxBytes, showsObjects);
  if (page === undefined) return settle(core, failed(nfsstat3.NFS3ERR_TOOSMALL, attributes), listFailed);
  return settle(core, { status: nfsstat3.NFS3_OK, attributes, ...page, showsObjects }, listFailed);
}

function failed(status: nfsstat3, attributes: Attributes | null): ListResult {
  return { status, attributes, entries: [], eof: false, showsObjects: false };
}

function listFailed(reason: FaultReason): ListResult {
  return failed(statusOf3(reason), null);
}

/** Names may be read without the right to see what they stand for. */
function maySearch(core: Core, credentials: Credentials, directory: Handle): boolean {
  return (
    core.volume.access(new CallContext(credentials, core.clock), directory, Access.lookup) === Access.lookup
  );
}

export function entriesAfter(
  core: Core,
  credentials: Credentials,
  directory: Handle,
  cookie: number,
): Outcome<Iterable<DirectoryEntry>> {
  const context = new CallContext(credentials, core.clock);
  const entries = core.volume.entries(context, directory, cookie <= DOTDOT_COOKIE ? 0 : cookie);
  if (isFault(entries) || cookie >= DOTDOT_COOKIE) return entries;
  const parent = core.volume.parent(directory);
  if (isFault(parent)) return parent;
  return withDots(directory, parent, cookie, entries);
}

function* withDots(
  directory: Handle,
  parent: Handle,
  cookie: number,
  entries: Iterable<DirectoryEntry>,
): Iterable<DirectoryEntry> {
  if (cookie < DOT_COOKIE) yield { name: dot, handle: directory, cookie: DOT_COOKIE };
  yield { name: dotdot, handle: parent, cookie: DOTDOT_COOKIE };
  yield* entries;
}

/** The other volume may be away, and whoever looks at the names shall not wait for it: LOOKUP shows what is seen there. */
function isCovered(core: Core, { handle }: DirectoryEntry): boolean {
  return core.mounts?.volumeAt(handle) !== undefined;
}

/** As many entries as fit, or undefined when there are some and none fits. */
function fill(
  core: Core,
  entries: Iterable<DirectoryEntry>,
  args: ReaddirArgs,
  maxBytes: number,
  showsObjects: boolean,
): { entries: ListedEntry[]; eof: boolean } | undefined {
  const listed: ListedEntry[] = [];
  let bytesLeft = maxBytes - FRAME_BYTES;
  let nameBytesLeft = args.maxNameBytes;
  if (bytesLeft < 0) return undefined;
  const objectBytes = args.plus ? (showsObjects ? OBJECT_BYTES : 8) : 0;
  for (const entry of entries) {
    const nameBytes = ENTRY_BYTES + ((entry.name.length + 3) & ~3);
    bytesLeft -= nameBytes + objectBytes;
    nameBytesLeft -= nameBytes;
    if (bytesLeft < 0 || nameBytesLeft < 0) {
      return listed.length === 0 ? undefined : { entries: listed, eof: false };
    }
    const attributes =
      showsObjects && !isCovered(core, entry) ? attributesOf(core.volume, entry.handle) : null;
    listed.push({ entry, attributes });
  }
  return { entries: listed, eof: true };
}
