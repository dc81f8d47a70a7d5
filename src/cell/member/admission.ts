/** What a node that joins tells of itself, and what it is told: records of the cell's state, carried by the messages of joining (x/join.x). */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { decode_cell_founding, decode_cell_newcomer, encode_cell_newcomer } from "../gen/cell-admin.gen.ts";
import { LEVELS, type Levels } from "../state/level.ts";
import { type Identity, type KnownNode, newNode } from "./identity.ts";

/** From which level to which a version knows. */
export type KnownLevels = Pick<Levels, "current" | "oldest">;

export interface Newcomer {
  readonly node: KnownNode;
  readonly levels: KnownLevels;
}

/** What a node that joins says of itself: its record, and the levels of formats that it knows. */
export function encodeNewcomer(node: KnownNode, { current, oldest }: KnownLevels = LEVELS): Uint8Array {
  const w = new XdrWriter(256);
  encode_cell_newcomer(w, { node: newNode(node), level: current, oldest_level: oldest });
  return w.detach(0);
}

/** Undefined for bytes that say nothing of a node. */
export function decodeNewcomer(bytes: Uint8Array): Newcomer | undefined {
  const told = read(bytes, decode_cell_newcomer);
  if (told === undefined || !isPlace(told.node.mesh) || !isPlace(told.node.service)) return undefined;
  const { name, mesh, service, domain } = told.node;
  const levels = { current: told.level, oldest: told.oldest_level };
  return { node: { name, mesh, service, domain }, levels };
}

function isPlace({ host, port }: KnownNode["mesh"]): boolean {
  return host !== "" && port > 0 && port <= 65_535;
}

/** Who a node is by what it was told when it joined; undefined for what does not name it. */
export function identityFrom(
  welcome: Uint8Array,
  name: string,
  made: Pick<Identity, "created" | "madeBy">,
): Identity | undefined {
  const told = read(welcome, decode_cell_founding);
  const nodes = told?.nodes.map(({ name: each, mesh, service, domain }) => ({
    name: each,
    mesh,
    service,
    domain,
  }));
  const self = nodes?.find((node) => node.name === name);
  if (told === undefined || nodes === undefined || self === undefined) return undefined;
  return { cell: told.id.slice(), cellName: told.name, self, isFounder: false, nodes, ...made };
}

function read<T>(bytes: Uint8Array, decode: (r: XdrReader) => T): T | undefined {
  try {
    const r = new XdrReader(bytes);
    const value = decode(r);
    r.finish();
    return value;
  } catch (error) {
    if (error instanceof XdrError) return undefined;
    throw error;
  }
}
