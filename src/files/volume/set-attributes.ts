/** Changing attributes: who may change which (POSIX chmod, chown, utimensat, truncate), and what follows from it. */

import type { WallTime } from "../../world/index.ts";
import type { Core } from "./core.ts";
import { ACCES, FBIG, INVAL, ISDIR, NOSPC, NOT_SYNC, PERM } from "./faults.ts";
import type { Inode } from "./inode.ts";
import { inGroup, mayWrite, owns, SETGID, withoutPrivilege } from "./permissions.ts";
import type { Reaper } from "./reaper.ts";
import { resize } from "./truncate.ts";
import {
  type Attributes,
  type Changes,
  type Context,
  type Credentials,
  Fault,
  type Handle,
  MAX_FILE_BYTES,
  type Outcome,
} from "./types.ts";

const MODE_BITS = 0o7777;

export function setAttributes(
  core: Core,
  reaper: Reaper,
  context: Context,
  handle: Handle,
  changes: Changes,
  guard: WallTime | undefined,
): Outcome<Attributes> {
  const inode = core.load(handle);
  if (inode instanceof Fault) return inode;
  if (guard !== undefined && !sameTime(guard, inode.changed)) return NOT_SYNC;
  if (isEmpty(changes)) return core.finishWith(context, inode);
  const fault = changeFault(inode, context.credentials, changes) ?? sizeFault(core, inode, changes.size);
  if (fault !== undefined) return fault;
  if (changes.size !== undefined) {
    const damage = resize(core, reaper, inode, changes.size);
    if (damage !== undefined) return damage;
    inode.modified = context.now;
    if (context.credentials.uid !== 0) inode.mode = withoutPrivilege(inode.mode);
  }
  assign(inode, context, changes);
  inode.verifier = undefined;
  inode.changed = context.now;
  core.put(inode);
  return core.finishWith(context, inode);
}

export function sameTime(a: WallTime, b: WallTime): boolean {
  return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;
}

function isEmpty(changes: Changes): boolean {
  return (
    changes.mode === undefined &&
    changes.uid === undefined &&
    changes.gid === undefined &&
    changes.size === undefined &&
    changes.accessed === undefined &&
    changes.modified === undefined
  );
}

/** Why `who` may not make the changes, but for the size. */
function changeFault(inode: Inode, who: Credentials, changes: Changes): Fault | undefined {
  const owner = owns(inode, who);
  if (changes.mode !== undefined && !owner) return PERM;
  if (changes.uid !== undefined && who.uid !== 0 && !(owner && changes.uid === inode.uid)) return PERM;
  if (changes.gid !== undefined && who.uid !== 0) {
    if (!owner || !(changes.gid === inode.gid || inGroup(who, changes.gid))) return PERM;
  }
  if (owner) return undefined;
  if (isTime(changes.accessed) || isTime(changes.modified)) return PERM;
  const toNow = changes.accessed !== undefined || changes.modified !== undefined;
  const toWrite = toNow || changes.size !== undefined;
  return toWrite && !mayWrite(inode, who) ? ACCES : undefined;
}

function isTime(time: WallTime | "now" | undefined): boolean {
  return time !== undefined && time !== "now";
}

export function sizeFault(core: Core, inode: Inode, size: number | undefined): Fault | undefined {
  if (size === undefined) return undefined;
  if (inode.type === "directory") return ISDIR;
  if (inode.type !== "file") return INVAL;
  if (!Number.isSafeInteger(size) || size < 0) return INVAL;
  if (size > MAX_FILE_BYTES) return FBIG;
  return size > inode.size && !core.hasRoom(0) ? NOSPC : undefined;
}

/** Everything but the size. */
function assign(inode: Inode, context: Context, changes: Changes): void {
  const who = context.credentials;
  const chowned = changes.uid !== undefined || changes.gid !== undefined;
  if (changes.uid !== undefined) inode.uid = changes.uid;
  if (changes.gid !== undefined) inode.gid = changes.gid;
  if (changes.mode !== undefined) inode.mode = allowedMode(changes.mode, inode.gid, who);
  // Giving a file away takes its privileges; root may say in the same breath that they stay.
  const saidByRoot = changes.mode !== undefined && who.uid === 0;
  if (chowned && inode.type !== "directory" && !saidByRoot) inode.mode = withoutPrivilege(inode.mode);
  assignTimes(inode, context, changes);
}

export function assignTimes(inode: Inode, context: Context, changes: Changes): void {
  if (changes.accessed !== undefined) {
    inode.accessed = changes.accessed === "now" ? context.now : changes.accessed;
  }
  if (changes.modified !== undefined) {
    inode.modified = changes.modified === "now" ? context.now : changes.modified;
  }
}

/** The permission bits that `who` can give: set-group-ID only for a group of one's own. */
export function allowedMode(mode: number, gid: number, who: Credentials): number {
  const bits = mode & MODE_BITS;
  return who.uid === 0 || inGroup(who, gid) ? bits : bits & ~SETGID;
}
