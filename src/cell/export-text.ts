/** Export rules as people read them: in the notation of exports(5), and as a sentence for the banner. */
import type { ExportRule } from "../files/index.ts";

/** `192.168.0.0/24(rw,root_squash)`: everything said, defaults too. */
export function formatExportRule(rule: ExportRule): string {
  const squash = { root: "root_squash", all: "all_squash", none: "no_root_squash" }[rule.squash ?? "root"];
  const options: string[] = [rule.access, squash];
  if (rule.anonymousUid !== undefined) options.push(`anonuid=${rule.anonymousUid}`);
  if (rule.anonymousGid !== undefined) options.push(`anongid=${rule.anonymousGid}`);
  if (rule.staleMs !== undefined) options.push(`stale=${rule.staleMs}ms`);
  return `${rule.from}(${options.join(",")})`;
}
