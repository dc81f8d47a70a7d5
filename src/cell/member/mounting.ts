/**
 * Mounting as an operator asks for it: a path is followed to its directory, the cell's log notes the mount, and the volume with the directory keeps
 * it in its place from then on. If that refuses, the note is taken back. What dies in between is mended by `MountDuties`.
 */
import {
  type CoverOutcome,
  type Desk,
  isFault,
  placeCover,
  placeOfHandle,
  removeCover,
  type VolumeTree,
} from "../../files/index.ts";
import { CoterieError, isCoterieError, type Random } from "../../world/index.ts";
import { CELL_MAX_PATH, cell_deed } from "../gen/cell-admin.gen.ts";
import type { CellMount } from "../state/records.ts";
import type { CellLog } from "./cell-log.ts";
import { coverOf, isHopeless, takeBack } from "./mount-duties.ts";

export interface MountTools {
  readonly cell: Pick<CellLog, "state" | "read" | "propose">;
  readonly tree: VolumeTree;
  /** A volume, wherever it is. */
  desk(id: Uint8Array): Desk | undefined;
  readonly random: Random;
}

const utf8 = new TextEncoder();

/**
 * The revision of the cell's state. Rejects with CELL_VOLUME_UNKNOWN, CELL_MOUNT_POINT, CELL_MOUNT_TAKEN, CELL_MOUNT_PENDING, CELL_FULL,
 * LOG_….
 */
export async function mountVolume(tools: MountTools, name: string, path: string): Promise<bigint> {
  const { cell } = tools;
  const volume = await cell.read((state) => state.volumeNamed(name));
  if (volume === undefined) throw new CoterieError("CELL_VOLUME_UNKNOWN", `the cell has no volume "${name}"`);
  const shown = normal(path);
  const place = await directoryAt(tools, shown);
  if (place === undefined) throw badPoint(shown, "it is in a snapshot or a clone");
  if (await isRoot(tools, shown)) {
    throw new CoterieError("CELL_MOUNT_TAKEN", `${shown} is the root of a volume already`);
  }
  const wanted = {
    in_volume: place.volume,
    inode: BigInt(place.inode),
    generation: place.generation,
    volume: volume.id,
    path: shown,
    revision: 0n,
  };
  const revision = await cell.propose({ deed: cell_deed.CELL_MOUNT, mount: wanted });
  await put(tools, { ...wanted, revision });
  return revision;
}

/** Rejects with CELL_MOUNT_UNKNOWN, LOG_…. Clients that have files of the volume open keep them. */
export async function unmountVolume(tools: MountTools, path: string): Promise<bigint> {
  const { cell, random } = tools;
  const shown = normal(path);
  await cell.read(() => undefined);
  const mount = await mountAt(tools, shown);
  if (mount === undefined) throw new CoterieError("CELL_MOUNT_UNKNOWN", `nothing is mounted at ${shown}`);
  const revision = await cell.propose({ deed: cell_deed.CELL_UNMOUNT, unmounted: mount });
  const desk = tools.desk(mount.in_volume);
  // Who leads the volume does it if this node cannot: nobody waits for that.
  if (desk !== undefined) void removeCover(desk, random, coverOf(mount)).catch(orBug);
  return revision;
}

async function put(tools: MountTools, mount: CellMount): Promise<void> {
  const desk = tools.desk(mount.in_volume);
  const outcome = desk === undefined ? "unknown" : await placeCover(desk, tools.random, coverOf(mount));
  if (outcome === "done") return;
  if (!isHopeless(outcome)) {
    throw new CoterieError("CELL_MOUNT_PENDING", `${mount.path} is not in place yet`);
  }
  await takeBack(tools.cell, mount);
  throw badPoint(mount.path, REASONS[outcome] ?? `the volume refuses it: ${outcome}`);
}

const REASONS: Partial<Record<CoverOutcome, string>> = {
  NOTEMPTY: "it is not empty",
  NOTDIR: "it is no directory",
  STALE: "it was removed meanwhile",
  NOENT: "there is no such directory",
  NOSPC: "the volume has as many mount points as it can have",
};

function orBug(error: unknown): void {
  if (!isCoterieError(error)) throw error;
}

/** Undefined: a directory in which nothing can be mounted. */
async function directoryAt(tools: MountTools, path: string) {
  return placeOfHandle(await handleAt(tools, path));
}

async function handleAt({ tree }: MountTools, path: string): Promise<Uint8Array> {
  const found = await tree.findDirectory(utf8.encode(path));
  if (isFault(found)) throw badPoint(path, REASONS[found.reason] ?? `it cannot be reached: ${found.reason}`);
  if (typeof found !== "string") return found;
  throw new CoterieError("LOG_NO_QUORUM", `a volume on the way to ${path} does not answer`);
}

/** The root of the tree, or of what is mounted already. */
async function isRoot(tools: MountTools, path: string): Promise<boolean> {
  return path === "/" || (await mountSeenAt(tools, path)) !== undefined;
}

/** The mount whose volume's root a path leads to. */
async function mountSeenAt(tools: MountTools, path: string): Promise<CellMount | undefined> {
  const handle = await handleAt(tools, path);
  const place = placeOfHandle(handle);
  const mount = tools.cell.state.mounts.find(({ volume }) => place && sameBytes(volume, place.volume));
  const root = mount && (await tools.tree.rootOf(mount.volume));
  return root !== undefined && sameBytes(root, handle) ? mount : undefined;
}

/** What is seen at the path now; where that cannot be told, what was mounted by that name. */
async function mountAt(tools: MountTools, path: string): Promise<CellMount | undefined> {
  try {
    return await mountSeenAt(tools, path);
  } catch (error) {
    const named = tools.cell.state.mounts.filter((mount) => mount.path === path);
    if (named.length === 1 && error instanceof CoterieError) return named[0];
    // What is no directory has nothing mounted at it.
    if (isCoterieError(error, "CELL_MOUNT_POINT")) return undefined;
    throw error;
  }
}

/** From the root, without a slash at the end. @throws CoterieError CELL_MOUNT_POINT. */
function normal(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  if (!path.startsWith("/") || utf8.encode(path).length > CELL_MAX_PATH || parts.some(isDots)) {
    throw badPoint(path, "a path begins with / and has no . or .. in it");
  }
  return `/${parts.join("/")}`;
}

function isDots(part: string): boolean {
  return part === "." || part === "..";
}

function badPoint(path: string, why: string): CoterieError {
  return new CoterieError("CELL_MOUNT_POINT", `${path}: ${why}`, { details: { path } });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
