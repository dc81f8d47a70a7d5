/** What a node that joins tells of itself, and what it is told: records of the cell's state, carried by the messages of joining (x/join.x). */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { decode_cell_founding, decode_cell_node, encode_cell_node } from "../gen/cell-admin.gen.ts";
import { type Identity, type KnownNode, newNode } from "./identity.ts";

export function encodeNode(node: KnownNode): Uint8Array {
  const w = new XdrWriter(256);
  encode_cell_node(w, newNode(node));
  return w.detach(0);
}

/** Undefined for bytes that say nothing of a node. */
export function decodeNode(bytes: Uint8Array): KnownNode | undefined {
  const node = read(bytes, decode_cell_node);
  if (node === undefined || !isPlace(node.mesh) || !isPlace(node.service)) return undefined;
  const { name, mesh, service, domain } = node;
  return { name, mesh, service, domain };
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
