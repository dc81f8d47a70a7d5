/** Commands about nodes: who is in the cell, where it is reached, and who goes. */

import {
  CELL_MAX_GONE,
  CELL_MAX_NODES,
  type cell_address_change,
  type cell_admission,
  type cell_node,
  cell_standing,
  type cell_standing_change,
} from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import { badName } from "./names.ts";
import { activeNodes, type CellNode, hex, holds, type Records } from "./records.ts";

/** A token of zeros: an operator admits the node. */
const NO_TOKEN = "0".repeat(16);

export function admit(records: Records, admission: cell_admission, revision: bigint): Refused | undefined {
  const refused = unfit(records, admission.node) ?? useToken(records, admission);
  if (refused !== undefined) return refused;
  enter(records, admission.node, revision);
  return undefined;
}

/** Why a node of this name and place cannot enter. */
export function unfit(records: Records, node: cell_node): Refused | undefined {
  if (records.nodes.has(node.name) || records.gone.has(node.name)) {
    const tense = records.gone.has(node.name) ? "had" : "has";
    return new Refused("CELL_NODE_KNOWN", `the cell ${tense} a node "${node.name}"`);
  }
  if (records.nodes.size >= CELL_MAX_NODES) return new Refused("CELL_FULL", `${CELL_MAX_NODES} nodes`);
  return badName("node", node.name) ?? (node.domain === "" ? undefined : badName("domain", node.domain));
}

export function enter(records: Records, node: cell_node, revision: bigint): void {
  records.nodes.set(node.name, {
    ...node,
    standing: cell_standing.CELL_ACTIVE,
    joined: revision,
    revision,
  });
}

/** Takes one use of the token; the last thing that an admission checks, so that a refused one costs none. */
function useToken(records: Records, { token, now_seconds }: cell_admission): Refused | undefined {
  const id = hex(token);
  if (id === NO_TOKEN) return undefined;
  const kept = records.tokens.get(id);
  if (kept === undefined || kept.expires_seconds <= now_seconds) {
    return new Refused(
      "CELL_TOKEN",
      kept === undefined ? "the token is unknown" : "the token is over its time",
    );
  }
  if (kept.uses_left <= 1) records.tokens.delete(id);
  else records.tokens.set(id, { ...kept, uses_left: kept.uses_left - 1 });
  return undefined;
}

export function readdress(
  records: Records,
  { node: name, mesh, service }: cell_address_change,
  revision: bigint,
): Refused | undefined {
  return change(records, name, (node) => ({ ...node, mesh, service, revision }));
}

export function stand(
  records: Records,
  { node: name, standing }: cell_standing_change,
  revision: bigint,
): Refused | undefined {
  const others = activeNodes(records).filter((node) => node.name !== name);
  if (standing === cell_standing.CELL_DRAINING && others.length === 0 && records.nodes.has(name)) {
    return new Refused("CELL_NODE_LAST", `"${name}" is the last active node`);
  }
  return change(records, name, (node) => ({ ...node, standing, revision }));
}

export function dismiss(records: Records, name: string): Refused | undefined {
  if (!records.nodes.has(name)) return unknownNode(name);
  const held = [...records.volumes.values()].filter((volume) => holds(volume, name));
  if (held.length > 0) {
    const names = held.map((volume) => volume.name).slice(0, 5);
    const others = held.length > names.length ? ` and ${held.length - names.length} more` : "";
    return new Refused("CELL_NODE_HOLDS", `"${name}" has replicas of ${names.join(", ")}${others}`);
  }
  if (activeNodes(records).every((node) => node.name === name)) {
    return new Refused("CELL_NODE_LAST", `"${name}" is the last active node`);
  }
  records.nodes.delete(name);
  records.gone.add(name);
  for (const oldest of records.gone) {
    if (records.gone.size <= CELL_MAX_GONE) break;
    records.gone.delete(oldest);
  }
  return undefined;
}

function change(records: Records, name: string, to: (node: CellNode) => CellNode): Refused | undefined {
  const node = records.nodes.get(name);
  if (node === undefined) return unknownNode(name);
  records.nodes.set(name, to(node));
  return undefined;
}

function unknownNode(name: string): Refused {
  return new Refused("CELL_NODE_UNKNOWN", `the cell has no node "${name}"`);
}
