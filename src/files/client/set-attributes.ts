/** Changes of attributes as SETATTR and CREATE take them: `sattr3` of RFC 1813. */
import type { WallTime } from "../../world/index.ts";
import { type nfstime3, type sattr3, time_how } from "../nfs/gen/nfs3.gen.ts";
import type { FilePath } from "./names.ts";
import type { Session } from "./session.ts";

/** What is absent stays. */
export interface AttributeChanges {
  /** Permission bits, 0 to 0o7777. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly size?: number | undefined;
  /** "now": the server's clock. */
  readonly accessed?: WallTime | "now" | undefined;
  readonly modified?: WallTime | "now" | undefined;
}

/** The largest time of NFS v3: the year 2106. */
const MAX_SECONDS = 0xffff_ffff;

/** @throws RangeError for a mode, owner, size or time that NFS v3 cannot hold. */
export function encodeChanges(changes: AttributeChanges): sattr3 {
  const { mode, uid, gid, size } = changes;
  if (mode !== undefined && (mode & ~0o7777) !== 0) throw new RangeError(`mode 0${mode.toString(8)}`);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) throw new RangeError(`size ${size}`);
  return {
    mode: mode === undefined ? { set_it: false } : { set_it: true, mode },
    uid: uid === undefined ? { set_it: false } : { set_it: true, uid },
    gid: gid === undefined ? { set_it: false } : { set_it: true, gid },
    size: size === undefined ? { set_it: false } : { set_it: true, size: BigInt(size) },
    atime: accessTime(changes.accessed),
    mtime: modificationTime(changes.modified),
  };
}

function accessTime(time: WallTime | "now" | undefined): sattr3["atime"] {
  if (time === undefined) return { set_it: time_how.DONT_CHANGE };
  if (time === "now") return { set_it: time_how.SET_TO_SERVER_TIME };
  return { set_it: time_how.SET_TO_CLIENT_TIME, atime: encodeTime(time) };
}

function modificationTime(time: WallTime | "now" | undefined): sattr3["mtime"] {
  if (time === undefined) return { set_it: time_how.DONT_CHANGE };
  if (time === "now") return { set_it: time_how.SET_TO_SERVER_TIME };
  return { set_it: time_how.SET_TO_CLIENT_TIME, mtime: encodeTime(time) };
}

function encodeTime(time: WallTime): nfstime3 {
  if (time.seconds < 0 || time.seconds > MAX_SECONDS) {
    throw new RangeError(`NFS v3 holds times of 1970 to 2106, not ${time.seconds} seconds from 1970`);
  }
  return { seconds: time.seconds, nseconds: time.nanoseconds };
}

/** The nearest time that NFS v3 holds. */
export function holdableTime(time: WallTime): WallTime {
  if (time.seconds < 0) return { seconds: 0, nanoseconds: 0 };
  return time.seconds > MAX_SECONDS ? { seconds: MAX_SECONDS, nanoseconds: 0 } : time;
}

export async function changeAttributes(
  session: Session,
  handle: Uint8Array,
  changes: AttributeChanges,
  operation: string,
  path?: FilePath,
): Promise<void> {
  const args = {
    object: handle,
    new_attributes: encodeChanges(changes),
    guard: { check: false as const },
  };
  await session.ask(() => session.nfs.NFSPROC3_SETATTR(args), operation, path);
}
