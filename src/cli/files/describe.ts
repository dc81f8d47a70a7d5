/** How files are shown: modes, times and names as `ls -l` has them, and the same as JSON. */
import { isoTime } from "../../cell/index.ts";
import { decodeName, type Stats } from "../../files/index.ts";
import type { WallTime } from "../../world/index.ts";

const TYPE_LETTERS: Readonly<Record<Stats["type"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  block: "b",
  character: "c",
  fifo: "p",
  socket: "s",
};

/** `drwxr-xr-x`, as ls(1) has it. */
export function formatMode(stats: Pick<Stats, "type" | "mode">): string {
  const { mode } = stats;
  const triple = (shift: number, special: boolean, letter: string) => {
    const bits = mode >> shift;
    const x = special ? ((bits & 1) !== 0 ? letter : letter.toUpperCase()) : (bits & 1) !== 0 ? "x" : "-";
    return `${(bits & 4) !== 0 ? "r" : "-"}${(bits & 2) !== 0 ? "w" : "-"}${x}`;
  };
  return [
    TYPE_LETTERS[stats.type],
    triple(6, (mode & 0o4000) !== 0, "s"),
    triple(3, (mode & 0o2000) !== 0, "s"),
    triple(0, (mode & 0o1000) !== 0, "t"),
  ].join("");
}

/** `2026-11-21T09:15:00.123456789Z` */
export function formatTime(time: WallTime): string {
  return isoTime(time).replace("Z", `.${String(time.nanoseconds).padStart(9, "0")}Z`);
}

/** To the second, for people: `2026-11-21 09:15:00`, UTC. */
export function formatShortTime(time: WallTime): string {
  return isoTime(time).slice(0, 19).replace("T", " ");
}

/** A file as one JSON object. Names that are not UTF-8 carry their bytes beside them. */
export function describeStats(name: Uint8Array, stats: Stats | undefined): Record<string, unknown> {
  const text = decodeName(name);
  const described: Record<string, unknown> = { name: text };
  if (/\p{Surrogate}/u.test(text)) described.nameBytes = name;
  if (stats === undefined) return described;
  return {
    ...described,
    type: stats.type,
    mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
    links: stats.nlink,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    used: stats.used,
    inode: stats.ino.toString(),
    accessed: formatTime(stats.atime),
    modified: formatTime(stats.mtime),
    changed: formatTime(stats.ctime),
    ...((stats.type === "block" || stats.type === "character") && { device: stats.rdev }),
  };
}
