/** Text for people: colour where the writer takes it, columns that line up, bytes and times in their units. */
import { columnsOf } from "./columns.ts";

/** Marks text; every function gives it back unchanged where there is no colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

function marker(enabled: boolean, on: number, off: number): (text: string) => string {
  return enabled ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
}

export function createStyle(colour: boolean): Style {
  return {
    bold: marker(colour, 1, 22),
    dim: marker(colour, 2, 22),
    red: marker(colour, 31, 39),
    green: marker(colour, 32, 39),
    yellow: marker(colour, 33, 39),
    cyan: marker(colour, 36, 39),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what a colour begins with.
const COLOUR = /\u001b\[\d+m/g;

/** Columns that `text` takes on a terminal, colours not counted. */
export function visibleLength(text: string): number {
  return columnsOf(text.replace(COLOUR, ""));
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A table with a header, two spaces between columns, no space at the ends of lines. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => visibleLength(line[i] ?? ""))));
  const pad = (text: string, i: number) => {
    const space = " ".repeat((widths[i] ?? 0) - visibleLength(text));
    return columns[i]?.align === "right" ? space + text : text + space;
  };
  return lines
    .map(
      (line) =>
        `${columns
          .map((_, i) => pad(line[i] ?? "", i))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `512 B`, `1.5 KiB`, `24 GiB`: three digits at most, in powers of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${BYTE_UNITS[unit]}`;
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `4 min 5 s`, `2 h 3 min`, `5 d 1 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** 1234567 as `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 file`, `1,234 files`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** True for what a terminal would obey instead of showing: controls of ASCII and of Latin-1, and their like. */
function isControl(codePoint: number): boolean {
  return (
    codePoint < 0x20 ||
    (codePoint >= 0x7f && codePoint < 0xa0) ||
    codePoint === 0x2028 ||
    codePoint === 0x2029 ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069)
  );
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/**
 * A name of any encoding as text that is safe on a terminal: UTF-8 as it is, other bytes and everything that
 * could drive the terminal as `\xNN` or `\u{…}`.
 */
export function showBytes(bytes: Uint8Array): string {
  let text: string;
  try {
    text = strictText.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hexByte(byte),
    ).join("");
  }
  return showText(text);
}

/** Text from outside, with everything that could drive the terminal shown as an escape. */
export function showText(text: string): string {
  let shown = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    if (!isControl(codePoint)) shown += character;
    else shown += codePoint < 0x100 ? hexByte(codePoint) : `\\u{${codePoint.toString(16)}}`;
  }
  return shown;
}
