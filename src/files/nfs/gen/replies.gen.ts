// Generated from replies.x by coterie idl compile; do not edit.
import type { Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";

export interface remembered_reply {
  /** grows with each call kept: the largest is the newest */
  sequence: bigint;
  /** the caller's address, as text */
  host: Uint8Array;
  xid: number;
  /** of the whole call message, in bytes */
  length: number;
  /** of the whole call message */
  digest: number[];
  /** the object that was made, or zeros */
  inode: bigint;
  generation: number;
}

export function encode_remembered_reply(w: XdrWriter, v: remembered_reply): void {
  w.uhyper(v.sequence);
  w.opaque(v.host, 64);
  w.uint(v.xid);
  w.uint(v.length);
  w.vector(v.digest.length, 2);
  for (const item of v.digest) {
    w.uint(item);
  }
  w.uhyper(v.inode);
  w.uint(v.generation);
}

export function decode_remembered_reply(r: XdrReader): remembered_reply {
  return {
    sequence: r.uhyper(),
    host: r.opaque(64),
    xid: r.uint(),
    length: r.uint(),
    digest: [r.uint(), r.uint()],
    inode: r.uhyper(),
    generation: r.uint(),
  };
}

export const xdr_remembered_reply: Xdr<remembered_reply> = { encode: encode_remembered_reply, decode: decode_remembered_reply };
