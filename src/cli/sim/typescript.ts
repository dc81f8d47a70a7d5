/**
 * How Node.js runs a user's TypeScript: by itself from 22.18 on, where types are only taken away; before, by tsx, if the
 * user's project has it.
 */
import type { ProcessControl } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";

/** Options for the runtime that is to load `file`. @throws CoterieError CLI_TYPESCRIPT */
export function optionsToLoad(
  file: string,
  control: Pick<ProcessControl, "nodeVersion" | "runsTypeScript">,
  find: (name: string, from: string) => string | undefined,
): readonly string[] {
  if (!/\.[cm]?ts$/.test(file) || control.runsTypeScript || stripsTypes(control.nodeVersion)) return [];
  const loader = find("tsx", file);
  if (loader !== undefined) return ["--import", loader];
  throw new CoterieError("CLI_TYPESCRIPT", `Node.js ${control.nodeVersion} cannot run ${file} by itself`, {
    details: { file },
  });
}

/** 22.18 and 23.6 were the first of their lines to do it unasked. */
export function stripsTypes(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  return major > 23 || (major === 22 && minor >= 18) || (major === 23 && minor >= 6);
}
