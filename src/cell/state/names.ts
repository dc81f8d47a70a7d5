/** Names of cells, nodes, volumes, domains and settings. They appear in file names, certificates and on command lines. */
import { Refused } from "./errors.ts";

/** The volume at `/`, made with the cell; it has this name for as long as there is the cell. */
export const ROOT_VOLUME = "root";

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Whether the text may name a node, a volume or a cell. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

export function badName(what: string, name: string): Refused | undefined {
  return isName(name) ? undefined : new Refused("CELL_NAME", `"${name}" cannot be the name of a ${what}`);
}
