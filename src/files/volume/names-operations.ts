/** Removing, renaming and linking names: REMOVE, RMDIR, RENAME and LINK of RFC 1813. */
import type { WallTime } from "../../world/index.ts";
import type { Core } from "./core.ts";
import { addName, dropName, parentOf, placeFor, replaceName } from "./directories.ts";
import { ACCES, EXIST, INVAL, IO, ISDIR, MLINK, NOENT, NOSPC, NOTDIR, NOTEMPTY, PERM } from "./faults.ts";
import type { Inode } from "./inode.ts";
import { Kind, numberKey } from "./keys.ts";
import { dots } from "./names.ts";
import { permits, stuck, W, X } from "./permissions.ts";
import type { Reaper } from "./reaper.ts";
import type { EntryRecord } from "./records.ts";
import { discardContent } from "./truncate.ts";
import { type Attributes, type Context, Fault, type Handle, MAX_LINKS, type Outcome } from "./types.ts";

/** A name that exists, with what it names. */
interface Named {
  readonly parent: Inode;
  readonly entry: EntryRecord;
  readonly inode: Inode;
}

/** Finds a name that `context` may take out of its directory. */
function removable(core: Core, context: Context, directory: Handle, name: Uint8Array): Named | Fault {
  const place = placeFor(core, context, directory, name);
  if (place instanceof Fault) return place === EXIST ? INVAL : place;
  const { parent, existing } = place;
  if (existing === undefined) return NOENT;
  if (!permits(parent, context.credentials, W | X)) return ACCES;
  const inode = core.referred(existing.inode, existing.generation);
  if (inode instanceof Fault) return inode;
  if (stuck(parent, inode, context.credentials)) return ACCES;
  return { parent, entry: existing, inode };
}

export function remove(
  core: Core,
  reaper: Reaper,
  context: Context,
  directory: Handle,
  name: Uint8Array,
): Outcome<void> {
  const found = removable(core, context, directory, name);
  if (found instanceof Fault) return found;
  if (found.inode.type === "directory") return ISDIR;
  dropName(core, found.parent, name, found.entry, context.now);
  core.put(found.parent);
  unlink(core, reaper, found.inode, context.now);
  return core.finish(context, undefined);
}

export function rmdir(core: Core, context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
  const found = removable(core, context, directory, name);
  if (found instanceof Fault) return found;
  const { parent, entry, inode } = found;
  if (inode.type !== "directory") return NOTDIR;
  if (inode.entries > 0) return NOTEMPTY;
  dropName(core, parent, name, entry, context.now);
  parent.links--;
  core.put(parent);
  core.forget(inode);
  return core.finish(context, undefined);
}

/** Puts the loss of one link into the batch, and of the inode with the last. */
function unlink(core: Core, reaper: Reaper, inode: Inode, now: WallTime): void {
  inode.links--;
  inode.changed = now;
  if (inode.links > 0) {
    core.put(inode);
    return;
  }
  if (inode.type === "file") discardContent(core, reaper, inode);
  else if (inode.type === "symlink") core.pushRemoval(numberKey(Kind.target, inode.handle.inode));
  core.forget(inode);
}

export function link(
  core: Core,
  context: Context,
  handle: Handle,
  directory: Handle,
  name: Uint8Array,
): Outcome<Attributes> {
  const inode = core.load(handle);
  if (inode instanceof Fault) return inode;
  if (inode.type === "directory") return PERM;
  const place = placeFor(core, context, directory, name);
  if (place instanceof Fault) return place;
  if (place.existing !== undefined) return EXIST;
  if (!permits(place.parent, context.credentials, W | X)) return ACCES;
  if (inode.links >= MAX_LINKS) return MLINK;
  if (!core.hasRoom(0)) return NOSPC;
  addName(core, place.parent, name, inode, context.now);
  core.put(place.parent);
  inode.links++;
  inode.changed = context.now;
  core.put(inode);
  return core.finishWith(context, inode);
}

export function rename(
  core: Core,
  reaper: Reaper,
  context: Context,
  fromDirectory: Handle,
  fromName: Uint8Array,
  toDirectory: Handle,
  toName: Uint8Array,
): Outcome<void> {
  const source = removable(core, context, fromDirectory, fromName);
  if (source instanceof Fault) return source;
  if (dots(toName) !== 0) return INVAL;
  const place = placeFor(core, context, toDirectory, toName);
  if (place instanceof Fault) return place;
  const { parent: to, existing } = place;
  if (!permits(to, context.credentials, W | X)) return ACCES;
  const moved = source.inode;
  if (existing?.inode === moved.handle.inode) return core.finish(context, undefined);
  const fault = moveFault(core, context, source, to);
  if (fault !== undefined) return fault;
  const replaced = existing === undefined ? undefined : replaceable(core, context, to, moved, existing);
  if (replaced instanceof Fault) return replaced;
  move(core, reaper, context.now, source, fromName, to, toName, existing, replaced);
  return core.finish(context, undefined);
}

/** Why a directory may not move to another: into itself, or without the right to change its `..`. */
function moveFault(core: Core, context: Context, { parent, inode }: Named, to: Inode): Fault | undefined {
  if (inode.type !== "directory" || to.handle.inode === parent.handle.inode) return undefined;
  if (!permits(inode, context.credentials, W)) return ACCES;
  return descentFault(core, inode, to);
}

/** INVAL if `to` is `moved` or lies below it. No tree is deeper than it has inodes. */
function descentFault(core: Core, moved: Inode, to: Inode): Fault | undefined {
  const root = core.superblock.root.inode;
  let at: Inode | Fault = to;
  for (let steps = core.counters.inodes; steps >= 0; steps--) {
    if (at instanceof Fault) return at;
    if (at.handle.inode === moved.handle.inode) return INVAL;
    if (at.handle.inode === root) return undefined;
    at = parentOf(core, at);
  }
  core.reportDamage("parent", { inode: to.handle.inode });
  return IO;
}

/** What a rename would replace, if it may. */
function replaceable(
  core: Core,
  context: Context,
  to: Inode,
  moved: Inode,
  existing: EntryRecord,
): Inode | Fault {
  const replaced = core.referred(existing.inode, existing.generation);
  if (replaced instanceof Fault) return replaced;
  if (stuck(to, replaced, context.credentials)) return ACCES;
  if (replaced.type !== "directory") return moved.type === "directory" ? NOTDIR : replaced;
  if (moved.type !== "directory") return ISDIR;
  return replaced.entries > 0 ? NOTEMPTY : replaced;
}

function move(
  core: Core,
  reaper: Reaper,
  now: WallTime,
  source: Named,
  fromName: Uint8Array,
  to: Inode,
  toName: Uint8Array,
  existing: EntryRecord | undefined,
  replaced: Inode | undefined,
): void {
  // One object may stand for both directories only if it is the same one.
  const from = source.parent.handle.inode === to.handle.inode ? to : source.parent;
  const { inode } = source;
  dropName(core, from, fromName, source.entry, now);
  if (existing === undefined) addName(core, to, toName, inode, now);
  else replaceName(core, to, toName, existing, inode, now);
  if (inode.type === "directory") {
    from.links--;
    to.links += replaced === undefined ? 1 : 0;
    inode.parent = to.handle.inode;
  }
  if (replaced?.type === "directory") core.forget(replaced);
  else if (replaced !== undefined) unlink(core, reaper, replaced, now);
  inode.changed = now;
  core.put(inode);
  core.put(to);
  if (from !== to) core.put(from);
}
