/**
 * The results of NFS v3's procedures as the server has them, and how they are written. Attributes of null are not
 * to be had: the reply goes without them, which the protocol allows everywhere but in GETATTR.
 */
import type { XdrWriter } from "../../../marshal/index.ts";
import type { Attributes, DirectoryEntry, Statistics } from "../../volume/types.ts";
import { MAX_FILE_BYTES, MAX_LINKS, MAX_NAME_BYTES } from "../../volume/types.ts";
import {
  FSF3_CANSETTIME,
  FSF3_HOMOGENEOUS,
  FSF3_LINK,
  FSF3_SYMLINK,
  nfsstat3,
  type stable_how,
} from "../gen/nfs3.gen.ts";
import { type Wire, writeUhyper } from "./wire.ts";

const OK = nfsstat3.NFS3_OK;

/** GETATTR, and the failures of all that have nothing but attributes then. */
export interface ObjectResult {
  readonly status: nfsstat3;
  readonly attributes: Attributes | null;
}

/** SETATTR, REMOVE, RMDIR. */
export interface WccResult {
  readonly status: nfsstat3;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

export interface LookupResult {
  readonly status: nfsstat3;
  /** There when the status is OK. */
  readonly object: Attributes | null;
  readonly directory: Attributes | null;
  /** In place of the object's handle and attributes: the mark of another volume's root, which is seen there. */
  readonly mark?: Uint8Array | undefined;
}

export interface AccessResult extends ObjectResult {
  readonly granted: number;
}

export interface ReadlinkResult extends ObjectResult {
  readonly target: Uint8Array;
}

export interface ReadFileResult extends ObjectResult {
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces together. */
  readonly length: number;
  readonly eof: boolean;
}

export interface WriteResult extends WccResult {
  readonly count: number;
  readonly committed: stable_how;
  readonly verifier: Uint8Array;
}

/** CREATE, MKDIR, SYMLINK, MKNOD: the object is there when the status is OK, unless it is gone again already. */
export interface MakeResult extends WccResult {
  readonly object: Attributes | null;
}

export interface RenameResult {
  readonly status: nfsstat3;
  readonly fromBefore: Attributes | null;
  readonly fromAfter: Attributes | null;
  readonly toBefore: Attributes | null;
  readonly toAfter: Attributes | null;
}

export interface LinkResult extends WccResult {
  readonly attributes: Attributes | null;
}

export interface ListedEntry {
  readonly entry: DirectoryEntry;
  /** READDIRPLUS only: without them there is no handle either, and the client asks by name. */
  readonly attributes: Attributes | null;
}

/** READDIR and READDIRPLUS. */
export interface ListResult extends ObjectResult {
  readonly entries: readonly ListedEntry[];
  readonly eof: boolean;
  /** READDIRPLUS: whether the caller may see what the names stand for. */
  readonly showsObjects: boolean;
}

export interface FsstatResult extends ObjectResult {
  readonly statistics: Statistics | null;
}

export interface FsinfoResult extends ObjectResult {
  /** The most bytes of one READ, WRITE or READDIR over the caller's transport. */
  readonly maxTransferBytes: number;
}

export interface CommitResult extends WccResult {
  readonly verifier: Uint8Array;
}

const noCookieVerifier = new Uint8Array(8);

export class ResultWriter {
  private readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  readonly getattr = (w: XdrWriter, result: ObjectResult): void => {
    w.uint(result.status);
    if (result.attributes !== null && result.status === OK) this.wire.attributes(w, result.attributes);
  };

  readonly wcc = (w: XdrWriter, result: WccResult): void => {
    w.uint(result.status);
    this.wire.wcc(w, result.before, result.after);
  };

  readonly lookup = (w: XdrWriter, result: LookupResult): void => {
    w.uint(result.status);
    if (result.mark !== undefined) {
      w.opaque(result.mark);
      w.bool(false);
    } else if (result.object !== null) {
      this.wire.handle(w, result.object.handle);
      this.wire.postOp(w, result.object);
    }
    this.wire.postOp(w, result.directory);
  };

  private object(w: XdrWriter, result: ObjectResult): boolean {
    w.uint(result.status);
    this.wire.postOp(w, result.attributes);
    return result.status === OK;
  }

  readonly access = (w: XdrWriter, result: AccessResult): void => {
    if (this.object(w, result)) w.uint(result.granted);
  };

  readonly readlink = (w: XdrWriter, result: ReadlinkResult): void => {
    if (this.object(w, result)) w.opaque(result.target);
  };

  readonly read = (w: XdrWriter, result: ReadFileResult): void => {
    if (!this.object(w, result)) return;
    const { pieces, length } = result;
    w.uint(length);
    w.bool(result.eof);
    w.uint(length);
    const filled = (length + 3) & ~3;
    let at = w.reserve(filled);
    const end = at + filled;
    for (const piece of pieces) {
      w.bytes.set(piece, at);
      at += piece.length;
    }
    w.bytes.fill(0, at, end);
  };

  readonly write = (w: XdrWriter, result: WriteResult): void => {
    this.wcc(w, result);
    if (result.status !== OK) return;
    w.uint(result.count);
    w.uint(result.committed);
    w.raw(result.verifier);
  };

  readonly make = (w: XdrWriter, result: MakeResult): void => {
    w.uint(result.status);
    if (result.status === OK) {
      const object = result.object;
      w.bool(object !== null);
      if (object !== null) this.wire.handle(w, object.handle);
      this.wire.postOp(w, object);
    }
    this.wire.wcc(w, result.before, result.after);
  };

  readonly rename = (w: XdrWriter, result: RenameResult): void => {
    w.uint(result.status);
    this.wire.wcc(w, result.fromBefore, result.fromAfter);
    this.wire.wcc(w, result.toBefore, result.toAfter);
  };

  readonly link = (w: XdrWriter, result: LinkResult): void => {
    w.uint(result.status);
    this.wire.postOp(w, result.attributes);
    this.wire.wcc(w, result.before, result.after);
  };

  readonly readdir = (w: XdrWriter, result: ListResult): void => {
    if (!this.object(w, result)) return;
    w.raw(noCookieVerifier);
    for (const { entry } of result.entries) this.entry(w, entry);
    w.bool(false);
    w.bool(result.eof);
  };

  readonly readdirplus = (w: XdrWriter, result: ListResult): void => {
    if (!this.object(w, result)) return;
    w.raw(noCookieVerifier);
    for (const { entry, attributes } of result.entries) {
      this.entry(w, entry);
      this.wire.postOp(w, attributes);
      if (result.showsObjects && attributes !== null) this.wire.postOpHandle(w, entry.handle);
      else w.bool(false);
    }
    w.bool(false);
    w.bool(result.eof);
  };

  private entry(w: XdrWriter, entry: DirectoryEntry): void {
    w.bool(true);
    writeUhyper(w, entry.handle.inode);
    w.opaque(entry.name);
    writeUhyper(w, entry.cookie);
  }

  readonly fsstat = (w: XdrWriter, result: FsstatResult): void => {
    this.object(w, result);
    const statistics = result.statistics;
    if (statistics === null) return;
    writeUhyper(w, statistics.totalBytes);
    writeUhyper(w, statistics.freeBytes);
    writeUhyper(w, statistics.freeBytes);
    writeUhyper(w, statistics.totalInodes);
    writeUhyper(w, statistics.freeInodes);
    writeUhyper(w, statistics.freeInodes);
    w.uint(0);
  };

  readonly fsinfo = (w: XdrWriter, result: FsinfoResult): void => {
    if (!this.object(w, result)) return;
    const most = result.maxTransferBytes;
    for (const value of [most, most, TRANSFER_MULTIPLE]) w.uint(value);
    for (const value of [most, most, TRANSFER_MULTIPLE]) w.uint(value);
    w.uint(Math.min(most, PREFERRED_LIST_BYTES));
    writeUhyper(w, MAX_FILE_BYTES);
    w.uint(0);
    w.uint(1);
    w.uint(FSF3_LINK | FSF3_SYMLINK | FSF3_HOMOGENEOUS | FSF3_CANSETTIME);
  };

  readonly pathconf = (w: XdrWriter, result: ObjectResult): void => {
    if (!this.object(w, result)) return;
    w.uint(MAX_LINKS);
    w.uint(MAX_NAME_BYTES);
    w.bool(true); // no_trunc: a name that is too long is refused, not cut
    w.bool(true); // chown_restricted: only root gives a file away
    w.bool(false); // case_insensitive
    w.bool(true); // case_preserving
  };

  readonly commit = (w: XdrWriter, result: CommitResult): void => {
    this.wcc(w, result);
    if (result.status === OK) w.raw(result.verifier);
  };
}

/** Sizes of which reads and writes should be a multiple: a page of the client's memory. */
const TRANSFER_MULTIPLE = 4096;
const PREFERRED_LIST_BYTES = 65_536;
