/** Names members and joiners to the mesh, so that it has links to them. */
import type { Mesh } from "../channel/index.ts";
import { isCoterieError, type World } from "../world/index.ts";
import type { Seat } from "./membership/seat.ts";

/** @param group its name, for the log. */
export function reachSeats(world: World, mesh: Mesh, group: string, seats: readonly Seat[]): void {
  for (const { node, host, port } of seats) {
    if (node === mesh.self.name || host === "") continue;
    try {
      mesh.add({ name: node, address: { host, port } });
    } catch (error) {
      // Over the mesh's bound: the node may still reach us.
      if (!isCoterieError(error)) throw error;
      world.log.warn("group node not reached", { group, node, code: error.code });
    }
  }
}
