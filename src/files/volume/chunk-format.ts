/**
 * A chunk's value in the store: a head, and the content as far as it was written; zeros follow. The head is the epoch,
 * and a CRC-32 for each block of a chunk, 0 for one that has no content: so a small write puts new bytes and a new
 * checksum for its blocks alone, and a small read checks what it touches.
 *
 * A block's CRC is continued from that of the key, mixed with the epoch and the block's number: content in the place of
 * another chunk or block is found, and so is a wrong epoch. A value that was cut short is found too, because it has checksums
 * where it has no content.
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import type { World } from "../../world/index.ts";

type Crc32 = World["crc32"];

const EPOCH_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** A block is a quarter of a chunk, but no more than this, unless that made too many. */
const USUAL_BLOCK_BYTES = 4096;
/** Sets of blocks are bits of a number. */
const MOST_BLOCKS = 32;

export class ChunkFormat {
  readonly chunkBytes: number;
  readonly blockBytes: number;
  readonly headBytes: number;
  /** The set of all blocks: block n is bit n. */
  readonly allBlocks: number;
  private readonly blocks: number;
  private readonly crc32: Crc32;

  constructor(crc32: Crc32, chunkBytes: number) {
    this.crc32 = crc32;
    this.chunkBytes = chunkBytes;
    this.blockBytes = Math.max(Math.min(chunkBytes / 4, USUAL_BLOCK_BYTES), chunkBytes / MOST_BLOCKS);
    this.blocks = chunkBytes / this.blockBytes;
    this.headBytes = EPOCH_BYTES + this.blocks * CHECKSUM_BYTES;
    this.allBlocks = this.blocksOf(0, chunkBytes);
  }

  /** Bytes of the value of a whole chunk. */
  get largestBytes(): number {
    return this.headBytes + this.chunkBytes;
  }

  content(value: Uint8Array): Uint8Array {
    return value.subarray(this.headBytes);
  }

  epoch(value: Uint8Array): number {
    return readUint32(value, 0);
  }

  /** Whether a value has a size that a chunk can have. */
  isSized(value: Uint8Array): boolean {
    return value.length >= this.headBytes && value.length <= this.largestBytes;
  }

  /** The set of the blocks that have some of a chunk's bytes `from` to `to`. */
  blocksOf(from: number, to: number): number {
    if (from >= to) return 0;
    const first = Math.floor(from / this.blockBytes);
    const last = Math.floor((to - 1) / this.blockBytes);
    return (0xffff_ffff >>> (MOST_BLOCKS - 1 - (last - first))) << first;
  }

  /** Where in a value the checksums of the blocks of `from` to `to` lie. */
  checksumSpan(from: number, to: number): { from: number; to: number } {
    const first = Math.floor(from / this.blockBytes);
    const last = Math.floor((to - 1) / this.blockBytes);
    return { from: EPOCH_BYTES + first * CHECKSUM_BYTES, to: EPOCH_BYTES + (last + 1) * CHECKSUM_BYTES };
  }

  /** Fills in the whole head of a value whose content is in its place. */
  seal(key: Uint8Array, value: Uint8Array, epoch: number): void {
    writeUint32(value, 0, epoch);
    this.sealBlocks(key, value, this.allBlocks);
  }

  /** Fills in the checksums of some blocks of a value that has its epoch. */
  sealBlocks(key: Uint8Array, value: Uint8Array, set: number): void {
    const seed = this.crc32(key) ^ readUint32(value, 0);
    for (let block = 0; block < this.blocks; block++) {
      if ((set >>> block) & 1) writeUint32(value, checksumAt(block), this.checksum(value, block, seed));
    }
  }

  /** Whether some blocks of a value, all unless they are named, are what was written under `key`. */
  isIntact(key: Uint8Array, value: Uint8Array, set: number = this.allBlocks): boolean {
    if (!this.isSized(value)) return false;
    const seed = this.crc32(key) ^ readUint32(value, 0);
    for (let block = 0; block < this.blocks; block++) {
      if (((set >>> block) & 1) === 0) continue;
      if (this.checksum(value, block, seed) !== readUint32(value, checksumAt(block))) return false;
    }
    return true;
  }

  private checksum(value: Uint8Array, block: number, seed: number): number {
    const from = this.headBytes + block * this.blockBytes;
    if (from >= value.length) return 0;
    return this.crc32(value.subarray(from, from + this.blockBytes), (seed ^ (block << 24)) >>> 0);
  }
}

function checksumAt(block: number): number {
  return EPOCH_BYTES + block * CHECKSUM_BYTES;
}
