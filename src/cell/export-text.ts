/** Export rules as people read them: in the notation of exports(5), and as a sentence for the banner. */
import type { ExportRule } from "../files/index.ts";

/** `192.168.0.0/24(rw,root_squash)`: everything said, defaults too. */
export function formatExportRule(rule: ExportRule): string {
  const squash = { root: "root_squash", all: "all_squash", none: "no_root_squash" }[rule.squash ?? "root"];
  const options: string[] = [rule.access, squash];
  if (rule.anonymousUid !== undefined) options.push(`anonuid=${rule.anonymousUid}`);
  if (rule.anonymousGid !== undefined) options.push(`anongid=${rule.anonymousGid}`);
  if (rule.staleMs !== undefined) options.push(`stale=${span(rule.staleMs)}`);
  return `${rule.from}(${options.join(",")})`;
}

const UNITS = [
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
] as const;

/** In the largest unit of which it is a whole number. */
function span(ms: number): string {
  const [unitMs, unit] = UNITS.find(([each]) => ms > 0 && ms % each === 0) ?? [1, "ms"];
  return `${ms / unitMs}${unit}`;
}
