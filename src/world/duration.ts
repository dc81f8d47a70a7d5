/** Durations as people write them, in options and in rules: one notation wherever a text holds one. */

const FACTORS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["", 1000],
  ["s", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** What to tell who wrote something else. */
export const DURATION_NOTATION = "a number with ms, s, m, h or d behind it, such as 500ms, 5s or 1.5h";

/** Milliseconds from `500ms`, `5s`, `2m` or `2min`, `1.5h`, `7d`; a bare number is seconds. Undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,15})?)([a-z]*)$/.exec(text) ?? [];
  const factor = FACTORS.get(unit ?? "");
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
