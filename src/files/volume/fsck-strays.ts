/** fsck's last part: records of inodes that are not there, and keys that no volume writes. */

import type { Checker } from "./fsck-checker.ts";
import { Kind, numberKey } from "./keys.ts";
import { hex } from "./names.ts";
import type { FileType } from "./types.ts";
import { RESERVED_PREFIX } from "./types.ts";

export async function checkStrays(checker: Checker): Promise<void> {
  await checkOwners(checker, Kind.entry, "directory");
  await checkOwners(checker, Kind.listing, "directory");
  await checkOwners(checker, Kind.target, "symlink");
  await checkOwners(checker, Kind.chunk, "file");
  checkUnknownKeys(checker);
}

const WHAT: ReadonlyMap<Kind, string> = new Map([
  [Kind.entry, "entries"],
  [Kind.listing, "listings"],
  [Kind.target, "a target"],
  [Kind.chunk, "content"],
]);

/** Jumps from one inode number to the next among the keys of a kind. */
async function checkOwners(checker: Checker, kind: Kind, type: FileType): Promise<void> {
  let from: Uint8Array = Uint8Array.of(kind);
  const to = Uint8Array.of(kind + 1);
  for (let steps = 1; ; steps++) {
    const [first] = [...checker.store.range({ from, to, limit: 1, keysOnly: true })];
    if (first === undefined) return;
    const number = checker.numberOf(first.key.subarray(0, 7));
    if (number === undefined) {
      checker.find("stray", 0, `key ${hex(first.key)}`);
      return;
    }
    checkOwner(checker, kind, number, type);
    from = numberKey(kind, number + 1);
    if (steps % 1024 === 0) await checker.pause();
  }
}

function checkOwner(checker: Checker, kind: Kind, number: number, type: FileType): void {
  const key = numberKey(Kind.inode, number);
  const value = checker.store.get(key);
  // What belongs to a damaged inode is not strayed.
  if (value !== undefined && !checker.isIntact(key, value)) return;
  if (checker.inode(number)?.type === type) return;
  if (kind === Kind.chunk && checker.store.get(numberKey(Kind.orphan, number)) !== undefined) return;
  checker.find("stray", number, `${WHAT.get(kind)} of a ${type} that is not there`);
}

/** Looks into the gaps between the kinds of keys. */
function checkUnknownKeys(checker: Checker): void {
  const known: readonly (readonly [number, boolean])[] = [
    [Kind.superblock, true],
    [Kind.inode, false],
    [Kind.counters, true],
    [Kind.entry, false],
    [Kind.listing, false],
    [Kind.target, false],
    [Kind.chunk, false],
    [Kind.orphan, false],
    [RESERVED_PREFIX, false],
  ];
  let from: Uint8Array | undefined;
  for (const [kind, isSingle] of known) {
    checkGap(checker, from, Uint8Array.of(kind));
    from = isSingle ? Uint8Array.of(kind, 0) : Uint8Array.of(kind + 1);
  }
  checkGap(checker, from, undefined);
}

function checkGap(checker: Checker, from: Uint8Array | undefined, to: Uint8Array | undefined): void {
  const range = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    limit: 100,
    keysOnly: true,
  };
  for (const { key } of checker.store.range(range)) checker.find("stray", 0, `unknown key ${hex(key)}`);
}
