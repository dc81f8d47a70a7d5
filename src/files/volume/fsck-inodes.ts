/** fsck's second part: every inode, its link count, whether a path leads to it, the counters, the targets. */
import type { Checker } from "./fsck-checker.ts";
import { type Inode, NONE } from "./inode.ts";
import { COUNTERS_KEY, Kind, numberKey } from "./keys.ts";
import { CHECKSUM_BYTES, decodeCounters } from "./records.ts";
import { Tally } from "./tally.ts";

/** What is known of a directory's way to the root. */
const REACHES = 1;
const LOST = 2;

export async function checkInodes(checker: Checker): Promise<void> {
  const ways = new Tally();
  const root = checker.superblock.root;
  ways.set(root.inode, REACHES);
  let records = 0;
  let last = 0;
  await checker.eachInode(
    (inode) => {
      records++;
      last = inode.handle.inode;
      checkInode(checker, ways, inode);
    },
    (number, key) => {
      records++;
      last = Math.max(last, number);
      checker.find("damaged", number, key.length === 7 ? "inode" : "an inode's key of another length");
    },
  );
  if (checker.inode(root.inode)?.handle.generation !== root.generation) {
    checker.find("dangling", root.inode, "the root directory is missing");
  }
  checkCounters(checker, records, last);
}

function checkInode(checker: Checker, ways: Tally, inode: Inode): void {
  const number = inode.handle.inode;
  const { counts } = checker;
  counts.inodes++;
  const names = checker.names.get(number);
  const isRoot = number === checker.superblock.root.inode;
  if (inode.type === "directory") {
    counts.directories++;
    const expected = isRoot ? 0 : 1;
    if (names > expected) checker.find("links", number, `a directory with ${names} names`);
    if (isRoot && inode.parent !== number) checker.find("parent", number, "the root's .. is not itself");
    if (names < expected || !reachesRoot(checker, ways, inode)) {
      checker.find("unreachable", number, "no path leads to this directory");
    }
    return;
  }
  if (inode.type === "file") counts.files++;
  if (names === 0) checker.find("unreachable", number, `no name leads to this ${inode.type}`);
  else if (names !== inode.links)
    checker.find("links", number, `has ${names} names, and says ${inode.links}`);
  if (inode.type === "symlink") checkTarget(checker, inode);
}

/** Climbs to the root, or to a directory whose way is known; remembers it for all on the way. */
function reachesRoot(checker: Checker, ways: Tally, directory: Inode): boolean {
  const climbed: number[] = [];
  const onWay = new Set<number>();
  let way = LOST;
  let at: Inode | undefined = directory;
  while (at !== undefined) {
    const number = at.handle.inode;
    const known = ways.get(number);
    if (known !== 0) {
      way = known;
      break;
    }
    if (at.type !== "directory" || onWay.has(number) || checker.names.get(number) === 0) break;
    onWay.add(number);
    climbed.push(number);
    at = checker.inode(at.parent);
  }
  for (const number of climbed) ways.set(number, way);
  return way === REACHES;
}

function checkTarget(checker: Checker, inode: Inode): void {
  const number = inode.handle.inode;
  const key = numberKey(Kind.target, number);
  const value = checker.store.get(key);
  if (value === undefined) checker.find("target", number, "the link's target is missing");
  else if (!checker.isIntact(key, value)) checker.find("damaged", number, "the link's target");
  else if (value.length - CHECKSUM_BYTES !== inode.size) {
    checker.find(
      "target",
      number,
      `the target has ${value.length - CHECKSUM_BYTES} bytes, not ${inode.size}`,
    );
  }
}

function checkCounters(checker: Checker, records: number, last: number): void {
  const value = checker.store.get(COUNTERS_KEY);
  const counters =
    value !== undefined && checker.isIntact(COUNTERS_KEY, value) ? decodeCounters(value) : undefined;
  if (counters === undefined) {
    checker.find("damaged", 0, "the counters");
    return;
  }
  if (counters.inodes !== records) {
    checker.find("counters", 0, `there are ${records} inodes, and the counter says ${counters.inodes}`);
  }
  if (counters.nextInode <= last) {
    checker.find("counters", 0, `the next inode is ${counters.nextInode}, and ${last} is in use`);
  }
}

/** True when the inode says that some of its chunks are dead. */
export function hasDead(inode: Inode): boolean {
  return inode.deadFrom !== NONE;
}
