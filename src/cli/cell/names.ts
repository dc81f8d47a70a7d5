/** How a cell and its nodes are called, and where they are found, when nobody says. */
import { configError, type NodeSettings } from "../../cell/index.ts";
import { CoterieError, type World } from "../../world/index.ts";

/** A machine's name as the name of a node or a cell. */
export function nameFrom(hostname: string): string {
  const plain = hostname
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "")
    .replace(/^[._-]+/, "");
  return plain.slice(0, 63) || "cell";
}

/** Every address of a machine, and none by which anybody finds it. */
export function isAnyHost(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** The address by which nodes and clients know a node: a cell has to have one. Errors: CELL_CONFIG, NET_NAME_UNKNOWN. */
export async function hostOf(world: World, { host }: NodeSettings): Promise<string> {
  const [first] = await world.net.resolve(host);
  if (first === undefined) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  if (!isAnyHost(first)) return first;
  const expected = `one address of this machine, by which the cell knows its nodes; later starts can listen on ${host}`;
  throw configError("--host", `expected ${expected}`);
}
