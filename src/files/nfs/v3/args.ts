/** The arguments of NFS v3's procedures as the volume takes them, read straight from the call. */
import { XdrError, type XdrReader } from "../../../marshal/index.ts";
import type { WallTime } from "../../../world/index.ts";
import type { Changes, Handle, NewObject } from "../../volume/types.ts";
import { createmode3, ftype3, NFS3_CREATEVERFSIZE, nfsstat3, stable_how, time_how } from "../gen/nfs3.gen.ts";
import type { Handles } from "../handles.ts";
import { readUhyper } from "./wire.ts";

/** A handle of null is BADHANDLE. */
export type MaybeHandle = Handle | null;

/** `diropargs3`. */
export interface Where {
  readonly directory: MaybeHandle;
  readonly name: Uint8Array;
}

export interface SetattrArgs {
  readonly object: MaybeHandle;
  readonly changes: Changes | null;
  readonly guard: WallTime | undefined;
}

export interface AccessArgs {
  readonly object: MaybeHandle;
  readonly wanted: number;
}

export interface ReadArgs {
  readonly file: MaybeHandle;
  readonly offset: number;
  readonly count: number;
}

export interface WriteArgs {
  readonly file: MaybeHandle;
  readonly offset: number;
  readonly count: number;
  readonly stable: stable_how;
  readonly data: Uint8Array;
}

export interface MakeArgs {
  readonly where: Where;
  /** Or the status that says why there can be no such object. */
  readonly object: NewObject | nfsstat3;
}

export interface RenameArgs {
  readonly from: Where;
  readonly to: Where;
}

export interface LinkArgs {
  readonly file: MaybeHandle;
  readonly link: Where;
}

export interface ReaddirArgs {
  readonly directory: MaybeHandle;
  readonly cookie: number;
  /** The most bytes of the reply. */
  readonly maxBytes: number;
  /** The most bytes of names, cookies and file numbers. */
  readonly maxNameBytes: number;
  /** With attributes and handles. */
  readonly plus: boolean;
}

export class ArgsReader {
  private readonly handles: Handles;

  constructor(handles: Handles) {
    this.handles = handles;
  }

  readonly object = (r: XdrReader): MaybeHandle => this.handles.readVariable(r);

  readonly where = (r: XdrReader): Where => ({ directory: this.handles.readVariable(r), name: r.opaque() });

  readonly setattr = (r: XdrReader): SetattrArgs => {
    const object = this.handles.readVariable(r);
    const changes = readChanges(r);
    const guard = r.bool() ? readTime(r) : undefined;
    return { object, changes, guard };
  };

  readonly access = (r: XdrReader): AccessArgs => ({
    object: this.handles.readVariable(r),
    wanted: r.uint(),
  });

  readonly read = (r: XdrReader): ReadArgs => ({
    file: this.handles.readVariable(r),
    offset: readUhyper(r),
    count: r.uint(),
  });

  readonly write = (r: XdrReader): WriteArgs => ({
    file: this.handles.readVariable(r),
    offset: readUhyper(r),
    count: r.uint(),
    stable: readStable(r),
    data: r.opaque(),
  });

  readonly create = (r: XdrReader): MakeArgs => ({ where: this.where(r), object: readCreateHow(r) });

  readonly mkdir = (r: XdrReader): MakeArgs => {
    const where = this.where(r);
    const initial = readChanges(r);
    return { where, object: initial === null ? nfsstat3.NFS3ERR_INVAL : { type: "directory", initial } };
  };

  readonly symlink = (r: XdrReader): MakeArgs => {
    const where = this.where(r);
    const initial = readChanges(r);
    const target = r.opaque();
    return {
      where,
      object: initial === null ? nfsstat3.NFS3ERR_INVAL : { type: "symlink", initial, target },
    };
  };

  readonly mknod = (r: XdrReader): MakeArgs => ({ where: this.where(r), object: readNode(r) });

  readonly rename = (r: XdrReader): RenameArgs => ({ from: this.where(r), to: this.where(r) });

  readonly link = (r: XdrReader): LinkArgs => ({ file: this.handles.readVariable(r), link: this.where(r) });

  readonly readdir = (r: XdrReader): ReaddirArgs => {
    const directory = this.handles.readVariable(r);
    const cookie = readUhyper(r);
    r.skip(8);
    const maxBytes = r.uint();
    return { directory, cookie, maxBytes, maxNameBytes: maxBytes, plus: false };
  };

  readonly readdirplus = (r: XdrReader): ReaddirArgs => {
    const directory = this.handles.readVariable(r);
    const cookie = readUhyper(r);
    r.skip(8);
    const maxNameBytes = r.uint();
    return { directory, cookie, maxBytes: r.uint(), maxNameBytes, plus: true };
  };

  /** COMMIT's range is a hint: the volume commits the whole file. */
  readonly commit = (r: XdrReader): MaybeHandle => {
    const file = this.handles.readVariable(r);
    r.skip(12);
    return file;
  };
}

function readTime(r: XdrReader): WallTime {
  return { seconds: r.uint(), nanoseconds: r.uint() };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** `sattr3`; null when a time in it has a thousand million nanoseconds or more. */
function readChanges(r: XdrReader): Changes | null {
  const changes: Mutable<Changes> = {};
  if (r.bool()) changes.mode = r.uint() & 0o7777;
  if (r.bool()) changes.uid = r.uint();
  if (r.bool()) changes.gid = r.uint();
  // A size over 2^53 is no exact number here; any so large is beyond the largest file, and FBIG.
  if (r.bool()) changes.size = Math.min(readUhyper(r), Number.MAX_SAFE_INTEGER);
  const accessed = readNewTime(r);
  const modified = readNewTime(r);
  if (accessed !== undefined) changes.accessed = accessed;
  if (modified !== undefined) changes.modified = modified;
  return isTime(accessed) && isTime(modified) ? changes : null;
}

function readNewTime(r: XdrReader): WallTime | "now" | undefined {
  const how = r.int();
  switch (how) {
    case time_how.DONT_CHANGE:
      return undefined;
    case time_how.SET_TO_SERVER_TIME:
      return "now";
    case time_how.SET_TO_CLIENT_TIME:
      return readTime(r);
    default:
      throw unknown("time_how", how);
  }
}

function isTime(time: WallTime | "now" | undefined): boolean {
  return typeof time !== "object" || time.nanoseconds < 1_000_000_000;
}

function readStable(r: XdrReader): stable_how {
  const stable = r.int();
  if (stable < stable_how.UNSTABLE || stable > stable_how.FILE_SYNC) throw unknown("stable_how", stable);
  return stable as stable_how;
}

function readCreateHow(r: XdrReader): NewObject | nfsstat3 {
  const mode = r.int();
  switch (mode) {
    case createmode3.UNCHECKED:
    case createmode3.GUARDED: {
      const initial = readChanges(r);
      if (initial === null) return nfsstat3.NFS3ERR_INVAL;
      return { type: "file", initial, how: mode === createmode3.GUARDED ? "guarded" : "unchecked" };
    }
    case createmode3.EXCLUSIVE:
      return { type: "file", how: "exclusive", verifier: r.opaqueFixed(NFS3_CREATEVERFSIZE) };
    default:
      throw unknown("createmode3", mode);
  }
}

function readNode(r: XdrReader): NewObject | nfsstat3 {
  const type = r.int();
  switch (type) {
    case ftype3.NF3CHR:
    case ftype3.NF3BLK: {
      const initial = readChanges(r);
      const major = r.uint();
      const minor = r.uint();
      if (initial === null) return nfsstat3.NFS3ERR_INVAL;
      return { type: type === ftype3.NF3CHR ? "character" : "block", initial, major, minor };
    }
    case ftype3.NF3SOCK:
    case ftype3.NF3FIFO: {
      const initial = readChanges(r);
      if (initial === null) return nfsstat3.NFS3ERR_INVAL;
      return { type: type === ftype3.NF3SOCK ? "socket" : "fifo", initial };
    }
    case ftype3.NF3REG:
    case ftype3.NF3DIR:
    case ftype3.NF3LNK:
      return nfsstat3.NFS3ERR_BADTYPE;
    default:
      throw unknown("ftype3", type);
  }
}

function unknown(type: string, value: number): XdrError {
  return new XdrError("XDR_RANGE", `${type}: ${value} is none of its values`);
}
