/**
 * Checks a volume that nobody has open: every record against its checksum, names against inodes and back, link
 * counts, parents, content against what inodes say of it, the orphan queue, and that nothing else is in the
 * store. It reads in pages and keeps a few bytes for each inode, so the size of the volume hardly matters. It changes
 * nothing.
 */
import { CoterieError, isCoterieError, type Store, type World } from "../../world/index.ts";
import { auditLayers, LayeredStore } from "../layers/index.ts";
import { readSuperblock } from "./format.ts";
import { type CheckCounts, Checker, type CheckOptions, type Finding } from "./fsck-checker.ts";
import { checkContent } from "./fsck-content.ts";
import { checkInodes } from "./fsck-inodes.ts";
import { checkNames } from "./fsck-names.ts";
import { checkStrays } from "./fsck-strays.ts";

export type { CheckCounts, CheckOptions, Finding, FindingKind } from "./fsck-checker.ts";

/** What `fsck` found. */
export interface FsckReport {
  /** 16 bytes in hexadecimal. */
  readonly volume: string;
  /** Empty: the volume is as it should be. */
  readonly findings: readonly Finding[];
  /** Findings beyond `maxFindings`, which were counted only. */
  readonly omitted: number;
  readonly counts: CheckCounts;
}

/**
 * Checks the named volume of a world.
 * @throws CoterieError VOLUME_MISSING, VOLUME_FORMAT, VOLUME_FOREIGN, VOLUME_DAMAGED (the superblock),
 *   STORE_LOCKED while it is in use, and the other `STORE_…` codes.
 */
export async function fsck(world: World, name: string, options: CheckOptions = {}): Promise<FsckReport> {
  const store = await openAlone(world, name);
  try {
    const layers = new LayeredStore(world, store);
    const trunk = layers.trunk();
    const superblock = readSuperblock(world, trunk);
    if (superblock === undefined) throw missing(name);
    const checker = new Checker(world, trunk, superblock, options);
    const isSound = checkLayers(checker, world, store);
    await checkOne(checker, isSound);
    if (options.layers ?? true) await checkOthers(checker, layers, isSound);
    return checker.report();
  } finally {
    await store.close();
  }
}

/** Where the layers' records are not sound, some of it cannot be read: what else there is to say is left unsaid then. */
async function checkOne(checker: Checker, isSound: boolean): Promise<void> {
  for (const check of [checkNames, checkInodes, checkContent, checkStrays]) {
    try {
      await check(checker);
    } catch (error) {
      if (isSound || !isCoterieError(error, "STORE_CORRUPT")) throw error;
    }
  }
}

/** Each snapshot and clone as a volume of its own. */
async function checkOthers(checker: Checker, layers: LayeredStore, isSound: boolean): Promise<void> {
  const { world, superblock, options } = checker;
  const check = async (name: string, store: Store): Promise<void> => {
    const part = new Checker(world, store, superblock, options);
    await checkOne(part, isSound);
    checker.include(name, part.report());
  };
  for (const { name } of layers.snapshots()) await check(`snapshot ${name}`, layers.snapshot(name));
  for (const { name } of layers.clones()) await check(`clone ${name}`, layers.clone(name));
}

/** That the snapshots' and clones' records agree with one another; false when they do not. */
function checkLayers(checker: Checker, world: World, store: Store): boolean {
  try {
    auditLayers(world, store);
    return true;
  } catch (error) {
    if (!isCoterieError(error, "LAYERS_DAMAGED") && !isCoterieError(error, "STORE_CORRUPT")) throw error;
    checker.find("damaged", 0, `snapshots and clones: ${error.message}`);
    return false;
  }
}

/**
 * The store, for ourselves alone where the disk lets us: what somebody else changes meanwhile would look wrong.
 * It is opened for reading first, which makes none where there is none.
 */
async function openAlone(world: World, name: string): Promise<Store> {
  await (await openReadOnly(world, name)).close();
  try {
    return await world.storage.open(name);
  } catch (error) {
    if (!isCoterieError(error, "STORE_PERMISSION")) throw error;
    return await openReadOnly(world, name);
  }
}

async function openReadOnly(world: World, name: string): Promise<Store> {
  try {
    return await world.storage.open(name, { readOnly: true });
  } catch (error) {
    if (isCoterieError(error, "STORE_MISSING")) throw missing(name);
    throw error;
  }
}

function missing(name: string): CoterieError {
  return new CoterieError("VOLUME_MISSING", `there is no volume ${name} here`);
}
