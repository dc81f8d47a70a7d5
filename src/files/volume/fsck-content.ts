/** fsck's third part: every chunk, and the orphan queue. */
import { readUint32 } from "../../marshal/index.ts";
import type { Checker } from "./fsck-checker.ts";
import { hasDead } from "./fsck-inodes.ts";
import type { Inode } from "./inode.ts";
import { chunkKey, Kind, numberKey } from "./keys.ts";
import { decodeOrphan, isDead } from "./records.ts";

export async function checkContent(checker: Checker): Promise<void> {
  if (checker.options.content !== false) await checkFiles(checker);
  await checkOrphans(checker);
}

/** Walks through all chunks in the order of files, and through the files beside it. */
async function checkFiles(checker: Checker): Promise<void> {
  let run = new Run(checker, 0);
  await checker.scanChunks((key, value) => {
    if (key.length !== 11) {
      checker.find("stray", 0, `a chunk's key of ${key.length} bytes`);
      return;
    }
    const number = checker.numberOf(key.subarray(0, 7)) ?? 0;
    if (number !== run.number) {
      run.end();
      run = new Run(checker, number);
    }
    run.chunk(key, value);
  });
  run.end();
  // Those whose inodes count chunks and of which no chunk was met.
  await checker.eachInode((inode) => {
    if (inode.type === "file" && inode.storedChunks > 0 && !hasChunks(checker, inode.handle.inode)) {
      checker.find("content", inode.handle.inode, `has no chunks, and says ${inode.storedChunks}`);
    }
  });
}

function hasChunks(checker: Checker, number: number): boolean {
  const range = {
    from: chunkKey(number, 0),
    to: numberKey(Kind.chunk, number + 1),
    limit: 1,
    keysOnly: true,
  };
  for (const _ of checker.store.range(range)) return true;
  return false;
}

/** The chunks of one file. */
class Run {
  readonly number: number;
  private readonly checker: Checker;
  private readonly inode: Inode | undefined;
  private chunks = 0;

  constructor(checker: Checker, number: number) {
    this.checker = checker;
    this.number = number;
    this.inode = checker.inode(number);
  }

  chunk(key: Uint8Array, value: Uint8Array | undefined): void {
    const { checker, inode, number } = this;
    this.chunks++;
    // Those of no file are for the search for strays.
    if (inode?.type !== "file") return;
    const { format } = checker;
    const index = readUint32(key, 7);
    checker.counts.chunks++;
    if (value === undefined) {
      checker.find("damaged", number, "content, which the disk does not give", { chunk: index });
      return;
    }
    checker.counts.contentBytes += Math.max(0, value.length - format.headBytes);
    if (!format.isIntact(key, value)) {
      checker.find("damaged", number, "content", { chunk: index });
    } else if (!isDead(inode, index, format.epoch(value))) this.live(inode, index, value);
  }

  private live(inode: Inode, index: number, value: Uint8Array): void {
    const { chunkBytes, headBytes } = this.checker.format;
    const end = index * chunkBytes + value.length - headBytes;
    if (end <= inode.size) return;
    const detail = `reaches beyond the end by ${end - inode.size}`;
    this.checker.find("content", this.number, detail, { chunk: index });
  }

  end(): void {
    const { inode, chunks } = this;
    if (inode?.type !== "file" || inode.storedChunks === chunks) return;
    this.checker.find("content", this.number, `has ${chunks} chunks, and says ${inode.storedChunks}`);
  }
}

async function checkOrphans(checker: Checker): Promise<void> {
  await checker.scan(Uint8Array.of(Kind.orphan), Uint8Array.of(Kind.orphan + 1), ({ key, value }) => {
    const number = checker.numberOf(key);
    const reason = checker.isIntact(key, value) ? decodeOrphan(value) : undefined;
    if (number === undefined || reason === undefined) {
      checker.find("damaged", number ?? 0, "orphan record");
      return;
    }
    const inode = checker.inode(number);
    if (reason === "removed" && inode !== undefined) {
      checker.find("orphan", number, "its content waits to be removed, and it exists");
    }
    if (reason === "truncated" && !(inode !== undefined && hasDead(inode))) {
      checker.find("orphan", number, "waits to be reaped, and has nothing dead");
    }
  });
  await checker.eachInode((inode) => {
    if (inode.type !== "file" || !hasDead(inode)) return;
    if (checker.store.get(numberKey(Kind.orphan, inode.handle.inode)) !== undefined) return;
    checker.find("orphan", inode.handle.inode, "has dead chunks, and no record for the reaper");
  });
}
