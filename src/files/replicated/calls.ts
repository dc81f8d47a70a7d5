/**
 * Calls for volumes that this node has no replica of, and the same for others: a port of the mesh between all nodes. A call goes to one
 * node after the other until one answers. It may so be done by two of them, and is done once all the same: the volume's
 * log knows it.
 */
import type { Mesh } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import { Exchange } from "./exchange.ts";
import { type Answer, askedOf, callOf, type Desk, type VolumeCall } from "./volume-call.ts";

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
    remote: (id, nodes) => ({ submit: (call) => ask(exchange, id, nodes(), call) }),
    close: () => exchange.close(),
  };
}

async function ask(
  exchange: Exchange,
  id: Uint8Array,
  nodes: readonly string[],
  call: VolumeCall,
): Promise<Answer> {
  const asked = askedOf(id, call);
  let isUnknown = false;
  for (const node of nodes) {
    if (!exchange.isUp(node)) continue;
    const answer = await exchange.ask(node, asked, ASK_MS);
    if (answer instanceof Uint8Array) return answer;
    if (answer === "later") return isUnknown ? "unknown" : "later";
    if (answer !== "elsewhere") isUnknown = true;
  }
  return isUnknown ? "unknown" : "later";
}
