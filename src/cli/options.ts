/** Parsers for the values of options: each says what it expected when it refuses. */
import { InvalidArgumentError } from "commander";
import { CELL_MAX_REPLICAS } from "../cell/index.ts";
import { DURATION_NOTATION, durationMs } from "../world/index.ts";

function wholeNumber(text: string, low: number, high: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new InvalidArgumentError(`Expected ${what} of ${low} to ${high}.`);
  }
  return value;
}

/** A port; 0 where the system may choose. */
export function parsePort(text: string): number {
  return wholeNumber(text, 0, 65_535, "a port");
}

export function parseCount(text: string): number {
  return wholeNumber(text, 0, Number.MAX_SAFE_INTEGER, "a whole number");
}

/** How many replicas a volume shall have. */
export function parseCopies(text: string): number {
  return wholeNumber(text, 1, CELL_MAX_REPLICAS, "a whole number");
}

/** How often something may be done that is counted in 32 bits. */
export function parseUses(text: string): number {
  return wholeNumber(text, 1, 0xffff_ffff, "a whole number");
}

/** A user's or a group's number. */
export function parseId(text: string): number {
  return wholeNumber(text, 0, 0xffff_ffff, "a whole number");
}

const BYTE_FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** Bytes: `4096`, `64K`, `16MiB`, `2G`; powers of 1024. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text);
  const factor = BYTE_FACTORS[match?.[2]?.toUpperCase() ?? ""];
  const value = Math.round(Number(match?.[1]) * (factor ?? Number.NaN));
  if (match === null || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("Expected bytes, such as 4096, 64K or 2G.");
  }
  return value;
}

/** Longer ones are slips of the keyboard, and would not fit into what counts seconds. */
const MAX_DURATION_MS = 100 * 365 * 86_400_000;

/** Milliseconds from a duration: `500ms`, `5s`, `2min`, `1h`, `7d`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const parsed = durationMs(text);
  if (parsed === undefined || parsed > MAX_DURATION_MS)
    throw new InvalidArgumentError(`Expected a duration of up to 100 years: ${DURATION_NOTATION}.`);
  return parsed;
}
