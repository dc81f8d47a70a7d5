/** How files are shown: modes, times and names as `ls -l` has them, and the same as JSON. */
import { decodeName, type Stats } from "../../files/index.ts";
import type { WallTime } from "../../world/index.ts";
import { showBytes } from "../style.ts";

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

const DAYS_PER_ERA = 146_097;

/** Year, month and day of a count of days since 1970, in the Gregorian calendar. */
function civilDate(days: number): { year: number; month: number; day: number } {
  // Years are counted from March, in eras of 400 years, so that the leap day comes last.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-21T09:15:00.123456789Z` */
export function formatTime(time: WallTime): string {
  const days = Math.floor(time.seconds / 86_400);
  const second = time.seconds - days * 86_400;
  const { year, month, day } = civilDate(days);
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(":");
  const fraction = String(time.nanoseconds).padStart(9, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}.${fraction}Z`;
}

/** To the second, for people: `2026-11-21 09:15:00`, UTC. */
export function formatShortTime(time: WallTime): string {
  return formatTime(time).slice(0, 19).replace("T", " ");
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

/** A path or name that may not be UTF-8, for a terminal. */
export function showName(name: Uint8Array): string {
  return showBytes(name);
}
