/** STATFS of NFS v2 (RFC 1094 section 2.2.18): blocks are made as large as it takes to count them in 32 bits. */
import type { Statistics } from "../../volume/types.ts";
import { MAXDATA, type statfsokres } from "../gen/nfs2.gen.ts";

const MIN_BLOCK_BYTES = 4096;
const MAX_BLOCKS = 0xffff_ffff;

export function toStatfs(statistics: Statistics): statfsokres {
  let bsize = MIN_BLOCK_BYTES;
  while (statistics.totalBytes / bsize > MAX_BLOCKS) bsize *= 2;
  const blocks = Math.floor(statistics.totalBytes / bsize);
  const bfree = Math.floor(statistics.freeBytes / bsize);
  return { tsize: MAXDATA, bsize, blocks, bfree, bavail: bfree };
}
