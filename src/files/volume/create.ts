/** Making objects: CREATE in its three ways, MKDIR, SYMLINK, MKNOD of RFC 1813. */
import type { Core } from "./core.ts";
import { addName, type Place, placeFor } from "./directories.ts";
import { ACCES, EXIST, INVAL, NAMETOOLONG, NOSPC, PERM } from "./faults.ts";
import { FIRST_COOKIE } from "./format.ts";
import type { Inode } from "./inode.ts";
import { inGroup, mayWrite, permits, SETGID, W, withoutPrivilege, X } from "./permissions.ts";
import type { Reaper } from "./reaper.ts";
import type { EntryRecord } from "./records.ts";
import { allowedMode, assignTimes, sizeFault } from "./set-attributes.ts";
import { resize } from "./truncate.ts";
import {
  type Attributes,
  type Changes,
  type Context,
  Fault,
  type Handle,
  MAX_SYMLINK_BYTES,
  type NewObject,
  type Outcome,
} from "./types.ts";

/** Modes where the caller gives none. What an exclusive create makes is its owner's alone until SETATTR. */
const DEFAULT_MODE = 0o644;
const DEFAULT_DIRECTORY_MODE = 0o755;
const EXCLUSIVE_MODE = 0o600;
const SYMLINK_MODE = 0o777;
const VERIFIER_BYTES = 8;
const NO_CHANGES: Changes = {};

export function create(
  core: Core,
  reaper: Reaper,
  context: Context,
  directory: Handle,
  name: Uint8Array,
  object: NewObject,
): Outcome<Attributes> {
  const place = placeFor(core, context, directory, name);
  if (place instanceof Fault) return place;
  const { parent, existing } = place;
  if (existing !== undefined) return createOver(core, reaper, context, existing, object);
  if (!permits(parent, context.credentials, W | X)) return ACCES;
  const fault = objectFault(context, object);
  if (fault !== undefined) return fault;
  if (!core.hasRoom(0)) return NOSPC;
  return createNew(core, context, place, name, object);
}

function objectFault(context: Context, object: NewObject): Fault | undefined {
  switch (object.type) {
    case "block":
    case "character":
      return context.credentials.uid === 0 ? undefined : PERM;
    case "symlink":
      if (object.target.length === 0) return INVAL;
      return object.target.length > MAX_SYMLINK_BYTES ? NAMETOOLONG : undefined;
    case "file":
      return object.how === "exclusive" && object.verifier.length !== VERIFIER_BYTES ? INVAL : undefined;
    default:
      return undefined;
  }
}

function createNew(
  core: Core,
  context: Context,
  { parent }: Place,
  name: Uint8Array,
  object: NewObject,
): Outcome<Attributes> {
  const inode = core.newInode(object.type, context);
  if (inode instanceof Fault) return inode;
  inode.links = 1;
  const initial = "initial" in object ? object.initial : NO_CHANGES;
  const fault = initialise(core, context, inode, parent, initial);
  if (fault !== undefined) {
    core.loadCounters();
    return fault;
  }
  if (object.type === "directory") becomeDirectory(inode, parent);
  else if (object.type === "symlink") becomeSymlink(core, inode, object.target);
  else if (object.type === "file" && object.how === "exclusive") becomeExclusive(inode, object.verifier);
  else if (object.type === "block" || object.type === "character") {
    inode.major = object.major;
    inode.minor = object.minor;
  }
  addName(core, parent, name, inode, context.now);
  core.put(inode);
  core.put(parent);
  core.putCounters();
  return core.finishWith(context, inode);
}

/** Owner, group, mode, size and times of a new inode in `parent`. */
function initialise(
  core: Core,
  context: Context,
  inode: Inode,
  parent: Inode,
  initial: Changes,
): Fault | undefined {
  const who = context.credentials;
  const inherits = (parent.mode & SETGID) !== 0;
  inode.uid = who.uid === 0 ? (initial.uid ?? 0) : who.uid;
  inode.gid = inherits ? parent.gid : who.gid;
  if (initial.gid !== undefined && (who.uid === 0 || inGroup(who, initial.gid))) inode.gid = initial.gid;
  const isDirectory = inode.type === "directory";
  const mode = initial.mode ?? (isDirectory ? DEFAULT_DIRECTORY_MODE : DEFAULT_MODE);
  inode.mode = allowedMode(mode, inode.gid, who);
  if (isDirectory && inherits) inode.mode |= SETGID;
  assignTimes(inode, context, initial);
  if (inode.type !== "file") return undefined;
  const fault = sizeFault(core, inode, initial.size);
  if (fault === undefined) inode.size = inode.storedSize = initial.size ?? 0;
  return fault;
}

function becomeDirectory(inode: Inode, parent: Inode): void {
  inode.links = 2;
  inode.parent = parent.handle.inode;
  inode.nextCookie = FIRST_COOKIE;
  parent.links++;
}

function becomeSymlink(core: Core, inode: Inode, target: Uint8Array): void {
  inode.mode = SYMLINK_MODE;
  inode.size = inode.storedSize = target.length;
  core.push(core.writer.target(inode.handle.inode, target));
}

function becomeExclusive(inode: Inode, verifier: Uint8Array): void {
  inode.mode = EXCLUSIVE_MODE;
  inode.verifier = verifier.slice();
}

/** A create whose name is taken. */
function createOver(
  core: Core,
  reaper: Reaper,
  context: Context,
  existing: EntryRecord,
  object: NewObject,
): Outcome<Attributes> {
  if (object.type !== "file" || object.how === "guarded") return EXIST;
  const inode = core.referred(existing.inode, existing.generation);
  if (inode instanceof Fault) return inode;
  if (inode.type !== "file") return EXIST;
  if (object.how === "exclusive") {
    const same = inode.verifier?.every((byte, i) => byte === object.verifier[i]) ?? false;
    return same && object.verifier.length === VERIFIER_BYTES ? core.finishWith(context, inode) : EXIST;
  }
  const { size } = object.initial;
  return size === undefined
    ? core.finishWith(context, inode)
    : openTruncated(core, reaper, context, inode, size);
}

/** Of what an unchecked create asks of a file that is there, only the size is done, as open(2) with O_TRUNC does. */
function openTruncated(
  core: Core,
  reaper: Reaper,
  context: Context,
  inode: Inode,
  size: number,
): Outcome<Attributes> {
  if (!mayWrite(inode, context.credentials)) return ACCES;
  const fault = sizeFault(core, inode, size) ?? resize(core, reaper, inode, size);
  if (fault !== undefined) return fault;
  inode.modified = context.now;
  inode.changed = context.now;
  inode.verifier = undefined;
  if (context.credentials.uid !== 0) inode.mode = withoutPrivilege(inode.mode);
  core.put(inode);
  return core.finishWith(context, inode);
}
