/**
 * Calls for volumes that this node has no replica of, and the same for others: a port of the mesh between all nodes. A call goes to one
 * node after the other until one answers. It may so be done by two of them, and is done once all the same: the volume's
 * log knows it.
 *
 * While the volume is made or moves, all of them may say for a moment that it is elsewhere. A call for which the client has no word that means
 * "later" is tried again then, and begins with another node each time: the first may be the one that is cut off from the rest.
 */
import type { Mesh } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import { Exchange } from "./exchange.ts";
import { Patience } from "./patience.ts";
import { type Answer, askedOf, callOf, changes, type Desk, type VolumeCall } from "./volume-call.ts";

export const CALLS_PORT = "calls";
/** How long one node is waited for: longer than it waits for a quorum itself. */
const ASK_MS = 7000;

/** Where the volumes are that this node has replicas of. */
export interface LocalVolumes {
  find(id: Uint8Array): Desk | undefined;
}

/** Brings calls to volumes at other nodes, and serves those that come from them. */
export interface Calls {
  /** The volume at other nodes: `nodes` says which have a replica now, the best first. */
  remote(id: Uint8Array, nodes: () => readonly string[]): Desk;
  close(): void;
}

/**
 * Opens the mesh's port by which nodes bring each other calls. @throws CoterieError MESH_LIMIT, MESH_CLOSED.
 */
export function openCalls(world: World, mesh: Mesh, local: LocalVolumes): Calls {
  const port = mesh.open(CALLS_PORT);
  const exchange = new Exchange({ port, timers: world.timers, log: world.log });
  exchange.onAsk = async (asked) => {
    const call = callOf(asked);
    const desk = call && local.find(asked.volume);
    return desk === undefined || call === undefined ? "elsewhere" : desk.submit(call);
  };
  const patience = new Patience(world);
  const submit = async (
    id: Uint8Array,
    nodes: () => readonly string[],
    call: VolumeCall,
  ): Promise<Answer> => {
    const asked = askedOf(id, call);
    const endMs = patience.endMs();
    const answer = await exchange.askEach(nodes(), asked, ASK_MS);
    if (answer instanceof Uint8Array || !isTriedAgain(call)) return answer;
    // What one attempt left open stays so, whatever the next ones say of themselves.
    let isUnknown = answer === "unknown";
    const attempt = async (round: number) => {
      const again = await exchange.askEach(turned(nodes(), round), asked, ASK_MS);
      isUnknown ||= again === "unknown";
      return again;
    };
    // Who finds the volume here by now asks here.
    const isOver = (told: Answer) => isKnown(told) || local.find(id) !== undefined;
    const last = await patience.again(answer, call.args.length, endMs, attempt, isOver);
    return isKnown(last) || !isUnknown ? last : "unknown";
  };
  return {
    remote: (id, nodes) => ({ submit: (call) => submit(id, nodes, call) }),
    close() {
      patience.close();
      exchange.close();
    },
  };
}

/** A read of version 3 is put off instead, and a search for a path is repeated by whoever makes it. */
function isTriedAgain(call: VolumeCall): boolean {
  return changes(call) || call.version === 2;
}

function isKnown(answer: Answer): answer is Uint8Array {
  return answer instanceof Uint8Array;
}

/** The same nodes, beginning with another one. */
function turned(nodes: readonly string[], by: number): readonly string[] {
  const at = nodes.length === 0 ? 0 : by % nodes.length;
  return [...nodes.slice(at), ...nodes.slice(0, at)];
}
