/**
 * Calls for volumes that this node has no replica of, and the same for others: a port of the mesh between all nodes. A call goes to one
 * node after the other until one answers. It may so be done by two of them, and is done once all the same: the volume's
 * log knows it.
 */
import type { Mesh } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import { Exchange } from "./exchange.ts";
import { askedOf, callOf, type Desk } from "./volume-call.ts";

export const CALLS_PORT = "calls";
/** How long one node is waited for: longer than it waits for a quorum itself. */
const ASK_MS = 7000;

/** Where the volumes are that this node has replicas of. */
export interface LocalVolumes {
  find(id: Uint8Array): Desk | undefined;
}

export interface Calls {
  /** The volume at other nodes: `nodes` says which have a replica now, the best first. */
  remote(id: Uint8Array, nodes: () => readonly string[]): Desk;
  close(): void;
}

export function openCalls(world: World, mesh: Mesh, local: LocalVolumes): Calls {
  const port = mesh.open(CALLS_PORT);
  const exchange = new Exchange({ port, timers: world.timers, log: world.log });
  exchange.onAsk = async (asked) => {
    const call = callOf(asked);
    const desk = call && local.find(asked.volume);
    return desk === undefined || call === undefined ? "elsewhere" : desk.submit(call);
  };
  return {
    remote: (id, nodes) => ({ submit: (call) => exchange.askEach(nodes(), askedOf(id, call), ASK_MS) }),
    close: () => exchange.close(),
  };
}
