/**
 * File handles on the wire: 32 bytes that clients take as they are, the exact size that NFS v2 needs.
 *
 *     volume id, 16 bytes | inode, 8 | generation, 4 | layer, 4
 *
 * A handle holds all that the server must know, so it is good across restarts, and a handle of another volume, or of
 * a file that is gone, is known as such for ever. The layer is 0, or the number of a snapshot or clone that lies in the volume's store
 * and is served with it; numbers are never given twice.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Handle } from "../volume/types.ts";

export const HANDLE_BYTES = 32;

/** The largest that NFS v3 allows. */
const MAX_V3_BYTES = 64;

/** Layers are below this. */
const MAX_LAYER = 2 ** 31;
/** Odd, so that each layer of a volume gets another number of a file system. */
const FSID_STEP = 0x9e3779b1;

/** No volume has an inode 0: operations on it answer STALE. */
const foreign: Handle = { inode: 0, generation: 0 };

export class Handles {
  /** The volume's id as four words. */
  private readonly words: readonly [number, number, number, number];
  /** Of the handles that are read and written; undefined where volumes have no layers. */
  private readonly layer: number | undefined;

  constructor(volumeId: Uint8Array, layer?: number) {
    this.layer = layer;
    if (volumeId.length !== 16) throw new RangeError(`a volume's id has 16 bytes, not ${volumeId.length}`);
    const r = new XdrReader(volumeId);
    this.words = [r.uint(), r.uint(), r.uint(), r.uint()];
  }

  /** A number for the file system that a handle is in: the first 64 bits of the volume's id, as two words, changed by the layer. */
  fsidOf(handle?: Handle): readonly [number, number] {
    const layer = handle?.layer ?? this.layer ?? 0;
    return [this.words[0], (this.words[1] ^ Math.imul(layer, FSID_STEP)) >>> 0];
  }

  /**
   * Reads the 32 bytes. A handle of another volume or layer comes back as one that is stale here; null means that no
   * server of this kind made it.
   */
  read(r: XdrReader): Handle | null {
    const words = this.words;
    const isOurs =
      +(r.uint() === words[0]) &
      +(r.uint() === words[1]) &
      +(r.uint() === words[2]) &
      +(r.uint() === words[3]);
    const high = r.uint();
    const low = r.uint();
    const generation = r.uint();
    const layer = r.uint();
    if (high > 0x1f_ffff || (this.layer === undefined ? layer !== 0 : layer >= MAX_LAYER)) return null;
    return isOurs === 1 && layer === (this.layer ?? 0)
      ? { inode: high * 0x1_0000_0000 + low, generation }
      : foreign;
  }

  /** Reads `opaque nfs_fh3<64>`. */
  readVariable(r: XdrReader): Handle | null {
    const length = r.uint();
    if (length === HANDLE_BYTES) return this.read(r);
    if (length > MAX_V3_BYTES) throw new XdrError("XDR_RANGE", `file handle of ${length} bytes`);
    r.opaqueFixed(length);
    return null;
  }

  /** Writes the 32 bytes. */
  write(w: XdrWriter, handle: Handle): void {
    const words = this.words;
    const at = w.reserve(HANDLE_BYTES);
    w.patchUint(at, words[0]);
    w.patchUint(at + 4, words[1]);
    w.patchUint(at + 8, words[2]);
    w.patchUint(at + 12, words[3]);
    w.patchUint(at + 16, Math.floor(handle.inode / 0x1_0000_0000));
    w.patchUint(at + 20, handle.inode >>> 0);
    w.patchUint(at + 24, handle.generation);
    w.patchUint(at + 28, handle.layer ?? this.layer ?? 0);
  }

  /** Writes `opaque nfs_fh3<64>`. */
  writeVariable(w: XdrWriter, handle: Handle): void {
    w.uint(HANDLE_BYTES);
    this.write(w, handle);
  }

  fromBytes(bytes: Uint8Array): Handle | null {
    return bytes.length === HANDLE_BYTES ? this.read(new XdrReader(bytes)) : null;
  }

  toBytes(handle: Handle): Uint8Array {
    const w = new XdrWriter(HANDLE_BYTES);
    this.write(w, handle);
    return w.detach(0);
  }
}
