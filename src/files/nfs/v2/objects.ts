/**
 * What CREATE of NFS v2 can make. The version has no MKNOD; clients put the type's bits into the mode and a device's
 * numbers into the size, and servers have always understood (a fifo also comes as a character device of number -1).
 */
import type { NewObject } from "../../volume/types.ts";
import {
  NFSMODE_BLK,
  NFSMODE_CHR,
  NFSMODE_FIFO,
  NFSMODE_FMT,
  NFSMODE_REG,
  NFSMODE_SOCK,
  type sattr,
} from "../gen/nfs2.gen.ts";
import { toChanges, UNCHANGED } from "./attributes.ts";

/** The object to make, or null when there can be no such one. */
export function newObject(wanted: sattr): NewObject | null {
  const changes = toChanges(wanted);
  if (changes === null) return null;
  const format = wanted.mode === UNCHANGED ? NFSMODE_REG : wanted.mode & NFSMODE_FMT;
  if (format === 0 || format === NFSMODE_REG) return { type: "file", initial: changes, how: "unchecked" };
  const { size, ...initial } = changes;
  switch (format) {
    case NFSMODE_FIFO:
      return { type: "fifo", initial };
    case NFSMODE_SOCK:
      return { type: "socket", initial };
    case NFSMODE_CHR:
    case NFSMODE_BLK: {
      if (size === undefined) return format === NFSMODE_CHR ? { type: "fifo", initial } : null;
      const type = format === NFSMODE_CHR ? "character" : "block";
      return { type, initial, major: size >>> 8, minor: size & 0xff };
    }
    default:
      return null;
  }
}
