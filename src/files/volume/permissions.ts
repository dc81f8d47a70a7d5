/**
 * Who may do what, by mode bits and the caller's numbers (POSIX.1-2017 section 4.5), with the two exceptions
 * that a file service without open files needs (RFC 1813 section 4.4): the owner reads and writes its file
 * whatever the mode says, since it may have opened it before a chmod; and who may execute a file may read it.
 */
import type { Inode } from "./inode.ts";
import { Access, type Credentials } from "./types.ts";

export const R = 4;
export const W = 2;
export const X = 1;

export const SETUID = 0o4000;
export const SETGID = 0o2000;
export const STICKY = 0o1000;

export function inGroup(who: Credentials, gid: number): boolean {
  return who.gid === gid || who.groups.includes(gid);
}

/** Whether the mode bits give `who` all of `wanted` (of R, W, X). */
export function permits(inode: Inode, who: Credentials, wanted: number): boolean {
  const mode = inode.mode;
  if (who.uid === 0) return (wanted & X) === 0 || inode.type === "directory" || (mode & 0o111) !== 0;
  const bits = who.uid === inode.uid ? mode >> 6 : inGroup(who, inode.gid) ? mode >> 3 : mode;
  return (bits & wanted) === wanted;
}

export function owns(inode: Inode, who: Credentials): boolean {
  return who.uid === 0 || who.uid === inode.uid;
}

export function mayRead(inode: Inode, who: Credentials): boolean {
  return owns(inode, who) || permits(inode, who, R) || permits(inode, who, X);
}

export function mayWrite(inode: Inode, who: Credentials): boolean {
  return owns(inode, who) || permits(inode, who, W);
}

/** Whether the sticky bit of `directory` keeps `who` from removing or renaming `inode` in it. */
export function stuck(directory: Inode, inode: Inode, who: Credentials): boolean {
  return (directory.mode & STICKY) !== 0 && !owns(directory, who) && !owns(inode, who);
}

/** The mode after a change of content or owner: set-user-ID, and set-group-ID where it means execution, go. */
export function withoutPrivilege(mode: number): number {
  const kept = mode & ~SETUID;
  return (kept & 0o010) !== 0 ? kept & ~SETGID : kept;
}

/** The bits of `wanted` (RFC 1813 ACCESS) that the mode gives: no exception for owners, clients ask about modes. */
export function accessBits(inode: Inode, who: Credentials, wanted: number): number {
  let granted = 0;
  if (permits(inode, who, R)) granted |= Access.read;
  if (inode.type === "directory") {
    if (permits(inode, who, X)) granted |= Access.lookup;
    if (permits(inode, who, W | X)) granted |= Access.modify | Access.extend | Access.delete;
  } else {
    if (permits(inode, who, W)) granted |= Access.modify | Access.extend;
    if (permits(inode, who, X)) granted |= Access.execute;
  }
  return granted & wanted;
}
