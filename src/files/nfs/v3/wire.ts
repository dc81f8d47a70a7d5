/**
 * NFS v3's shared types, written from and read into the volume's own types without objects between: attributes are
 * in nearly every reply, and the generated encoders' 64-bit integers would cost more than the operation. A test holds
 * every byte against the generated encoders.
 */
import type { XdrReader, XdrWriter } from "../../../marshal/index.ts";
import type { WallTime } from "../../../world/index.ts";
import type { Attributes, FileType, Handle } from "../../volume/types.ts";
import { ftype3 } from "../gen/nfs3.gen.ts";
import type { Handles } from "../handles.ts";

export const FATTR3_BYTES = 84;
/** `post_op_attr` with attributes. */
export const POST_OP_ATTR_BYTES = 4 + FATTR3_BYTES;

const MAX_UINT32 = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;

export class Wire {
  readonly handles: Handles;
  /** The file system's number is the beginning of the volume's id. */
  private readonly fsidHigh: number;
  private readonly fsidLow: number;

  constructor(handles: Handles) {
    this.handles = handles;
    [this.fsidHigh, this.fsidLow] = handles.fsidOf();
  }

  /** `fattr3`. */
  attributes(w: XdrWriter, attributes: Attributes): void {
    const at = w.reserve(FATTR3_BYTES);
    w.patchUint(at, typeOf(attributes.type));
    w.patchUint(at + 4, attributes.mode);
    w.patchUint(at + 8, attributes.links);
    w.patchUint(at + 12, attributes.uid);
    w.patchUint(at + 16, attributes.gid);
    patchUhyper(w, at + 20, attributes.size);
    patchUhyper(w, at + 28, attributes.used);
    w.patchUint(at + 36, attributes.major);
    w.patchUint(at + 40, attributes.minor);
    const { handle } = attributes;
    w.patchUint(at + 44, this.fsidHigh);
    w.patchUint(at + 48, handle.layer === undefined ? this.fsidLow : this.handles.fsidOf(handle)[1]);
    patchUhyper(w, at + 52, handle.inode);
    patchTime(w, at + 60, attributes.accessed);
    patchTime(w, at + 68, attributes.modified);
    patchTime(w, at + 76, attributes.changed);
  }

  /** `post_op_attr`. */
  postOp(w: XdrWriter, attributes: Attributes | null): void {
    w.bool(attributes !== null);
    if (attributes !== null) this.attributes(w, attributes);
  }

  /** `wcc_data`: what tells a client whether others changed the file besides it. */
  wcc(w: XdrWriter, before: Attributes | null, after: Attributes | null): void {
    w.bool(before !== null);
    if (before !== null) {
      const at = w.reserve(24);
      patchUhyper(w, at, before.size);
      patchTime(w, at + 8, before.modified);
      patchTime(w, at + 16, before.changed);
    }
    this.postOp(w, after);
  }

  /** `nfs_fh3`. */
  handle(w: XdrWriter, handle: Handle): void {
    this.handles.writeVariable(w, handle);
  }

  /** `post_op_fh3` with a handle. */
  postOpHandle(w: XdrWriter, handle: Handle): void {
    w.bool(true);
    this.handles.writeVariable(w, handle);
  }
}

/** Whole numbers below 2^53. */
export function patchUhyper(w: XdrWriter, at: number, value: number): void {
  w.patchUint(at, Math.floor(value / TWO_32));
  w.patchUint(at + 4, value >>> 0);
}

export function writeUhyper(w: XdrWriter, value: number): void {
  patchUhyper(w, w.reserve(8), value);
}

/** A 64-bit number; above 2^53 it is not exact, and no less too large for every use than it was. */
export function readUhyper(r: XdrReader): number {
  const high = r.uint();
  return high * TWO_32 + r.uint();
}

/** `nfstime3` begins in 1970 and ends in 2106: times outside are shown as its first and last second. */
function patchTime(w: XdrWriter, at: number, time: WallTime): void {
  w.patchUint(at, Math.min(Math.max(time.seconds, 0), MAX_UINT32));
  w.patchUint(at + 4, time.nanoseconds);
}

export function typeOf(type: FileType): ftype3 {
  switch (type) {
    case "file":
      return ftype3.NF3REG;
    case "directory":
      return ftype3.NF3DIR;
    case "symlink":
      return ftype3.NF3LNK;
    case "block":
      return ftype3.NF3BLK;
    case "character":
      return ftype3.NF3CHR;
    case "fifo":
      return ftype3.NF3FIFO;
    case "socket":
      return ftype3.NF3SOCK;
  }
}
