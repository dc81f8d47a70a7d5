/** fsck's first part: every directory's names, by name and by cookie, and the inodes that they name. */
import { FIRST_COOKIE } from "./format.ts";
import type { Checker } from "./fsck-checker.ts";
import type { Inode } from "./inode.ts";
import { entryKey, Kind, listingKey, numberKey, readNumber } from "./keys.ts";
import { dots, nameFault } from "./names.ts";
import { decodeEntry, decodeListing, type EntryRecord } from "./records.ts";

export async function checkNames(checker: Checker): Promise<void> {
  const directories: Inode[] = [];
  const flush = async () => {
    for (const directory of directories.splice(0)) await checkDirectory(checker, directory);
  };
  // Directories are gathered a page at a time, so that no scan runs inside another.
  let from: Uint8Array = numberKey(Kind.inode, 0);
  for (let more = true; more; ) {
    more = false;
    const page = [...checker.store.range({ from, to: Uint8Array.of(Kind.inode + 1), limit: 1024 })];
    for (const { key } of page) {
      const number = checker.numberOf(key);
      const inode = number === undefined ? undefined : checker.inode(number);
      if (inode?.type === "directory") directories.push(inode);
      from = key;
    }
    await flush();
    if (page.length === 1024) {
      const next = new Uint8Array(from.length + 1);
      next.set(from);
      from = next;
      more = true;
      await checker.pause();
    }
  }
}

async function checkDirectory(checker: Checker, directory: Inode): Promise<void> {
  const number = directory.handle.inode;
  let entries = 0;
  let directories = 0;
  await checker.scan(numberKey(Kind.entry, number), numberKey(Kind.entry, number + 1), ({ key, value }) => {
    entries++;
    const entry = checker.isIntact(key, value) ? decodeEntry(value) : undefined;
    const name = key.subarray(7);
    if (entry === undefined) {
      checker.find("damaged", number, "directory entry", { ...path(checker, number, name) });
      return;
    }
    if (checkEntry(checker, directory, name, entry)?.type === "directory") directories++;
  });
  await checkListing(checker, directory);
  checker.counts.entries += entries;
  if (entries !== directory.entries) {
    checker.find("entries", number, `has ${entries} entries, and says ${directory.entries}`);
  }
  if (directory.links !== directories + 2) {
    checker.find("links", number, `has ${directories + 2} links, and says ${directory.links}`);
  }
}

function path(checker: Checker, directory: number, name: Uint8Array): { path?: string } {
  const found = checker.pathIn(directory, name);
  return found === undefined ? {} : { path: found };
}

/** Checks one name; gives the inode that it names. */
function checkEntry(
  checker: Checker,
  directory: Inode,
  name: Uint8Array,
  entry: EntryRecord,
): Inode | undefined {
  const number = directory.handle.inode;
  const at = () => path(checker, number, name);
  if (nameFault(name) !== undefined || dots(name) !== 0) {
    checker.find("entries", number, "a name that no directory may hold", at());
  }
  if (entry.cookie < FIRST_COOKIE || entry.cookie >= directory.nextCookie) {
    checker.find("entries", number, `cookie ${entry.cookie} was never given`, at());
  }
  const key = listingKey(number, entry.cookie);
  const value = checker.store.get(key);
  const listing = value !== undefined && checker.isIntact(key, value) ? decodeListing(value) : undefined;
  // A damaged listing is found when the listings are read.
  if (value === undefined) checker.find("listing", number, `no listing at cookie ${entry.cookie}`, at());
  else if (listing !== undefined && !agrees(listing.handle, listing.name, entry, name)) {
    checker.find("listing", number, `another listing at cookie ${entry.cookie}`, at());
  }
  return checkNamed(checker, directory, entry, at);
}

function agrees(
  handle: { inode: number; generation: number },
  listed: Uint8Array,
  entry: EntryRecord,
  name: Uint8Array,
) {
  return (
    handle.inode === entry.inode &&
    handle.generation === entry.generation &&
    listed.length === name.length &&
    listed.every((byte, i) => byte === name[i])
  );
}

function checkNamed(
  checker: Checker,
  directory: Inode,
  entry: EntryRecord,
  at: () => { path?: string },
): Inode | undefined {
  checker.names.add(entry.inode);
  const inode = checker.inode(entry.inode);
  if (inode === undefined) {
    checker.find("dangling", entry.inode, "named, and there is no such inode", at());
    return undefined;
  }
  if (inode.handle.generation !== entry.generation) {
    checker.find("dangling", entry.inode, "named with another generation", at());
  }
  if (inode.type === "directory" && inode.parent !== directory.handle.inode) {
    const said = `its .. is inode ${inode.parent}, and inode ${directory.handle.inode} names it`;
    checker.find("parent", entry.inode, said, at());
  }
  return inode;
}

async function checkListing(checker: Checker, directory: Inode): Promise<void> {
  const number = directory.handle.inode;
  await checker.scan(listingKey(number, 0), listingKey(number + 1, 0), ({ key, value }) => {
    const cookie = readNumber(key, 7);
    const listing = key.length === 13 && checker.isIntact(key, value) ? decodeListing(value) : undefined;
    if (listing === undefined) {
      checker.find("damaged", number, `listing at cookie ${cookie}`);
      return;
    }
    const entry = checker.store.get(entryKey(number, listing.name));
    const known = entry === undefined ? undefined : decodeEntry(entry);
    if (known?.cookie === cookie) return;
    checker.find("listing", number, `the listing at cookie ${cookie} has no entry`, {
      ...path(checker, number, listing.name),
    });
  });
}
