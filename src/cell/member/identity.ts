/**
 * Who a node is: `node.json` in its directory, written once when it is made. It names the cell, the node, and whom to look for at the
 * start: the founders, or at a node that joined the nodes that it was told of. Where the others are by then, the cell's state says.
 */
import { type Address, CoterieError } from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { cell_standing } from "../gen/cell-admin.gen.ts";
import { isName } from "../state/names.ts";
import { fromHex, toHex } from "../status.ts";

/** The file that says which node of which cell a directory is. */
export const IDENTITY_FILE = "node.json";
/** Raised only when an older version would harm the directory. Format 1 is a directory that one node has for itself. */
export const IDENTITY_FORMAT = 2;
const MAX_BYTES = 256 * 1024;

/** A node, and where it is reached. */
export interface KnownNode {
  readonly name: string;
  /** Where other nodes reach it. */
  readonly mesh: Address;
  /** Where clients reach it. */
  readonly service: Address;
  /** What fails together with it; empty: nobody said. */
  readonly domain: string;
}

/** Which node of which cell this is, and whom it knew when it was made. */
export interface Identity {
  readonly cell: Uint8Array;
  readonly cellName: string;
  readonly self: KnownNode;
  /** True: `nodes` found the cell together. False: this one joined it. */
  readonly isFounder: boolean;
  /** All founders, or the nodes of the cell when this one joined, itself among them. */
  readonly nodes: readonly KnownNode[];
  /** When the directory was made, as ISO 8601 in UTC, and by which version. */
  readonly created: string;
  readonly madeBy: string;
}

/** A node as a command names it: its standing and its revisions are the log's to say. */
export function newNode({ name, mesh, service, domain }: KnownNode) {
  const standing = cell_standing.CELL_ACTIVE;
  return { name, mesh, service, domain, standing, joined: 0n, revision: 0n };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes `node.json`, atomically. Rejects with LOCAL_… codes. */
export async function writeIdentity(files: DirectoryFiles, identity: Identity): Promise<void> {
  const text = JSON.stringify(
    { format: IDENTITY_FORMAT, ...identity, cell: toHex(identity.cell), self: identity.self.name },
    null,
    2,
  );
  await files.replace(IDENTITY_FILE, encoder.encode(`${text}\n`));
}

/**
 * Undefined where there is none.
 * @throws CoterieError CELL_DIRECTORY_NEWER, CELL_DIRECTORY_DAMAGED.
 */
export async function readIdentity(files: DirectoryFiles): Promise<Identity | undefined> {
  const data = await files.read(IDENTITY_FILE, MAX_BYTES);
  if (data === undefined) return undefined;
  const path = `${files.path}/${IDENTITY_FILE}`;
  const value = parsed(decoder.decode(data));
  const format = value?.format;
  if (typeof format === "number" && format > IDENTITY_FORMAT) {
    throw new CoterieError(
      "CELL_DIRECTORY_NEWER",
      `${path} has format ${format}; this version knows up to ${IDENTITY_FORMAT}`,
      { details: { path, format, known: IDENTITY_FORMAT } },
    );
  }
  const identity = value === undefined ? undefined : identityIn(value);
  if (identity !== undefined && format === IDENTITY_FORMAT) return identity;
  throw new CoterieError("CELL_DIRECTORY_DAMAGED", `${path} is not what a node wrote`, { details: { path } });
}

type Json = Readonly<Record<string, unknown>>;

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function identityIn(value: Json): Identity | undefined {
  const { cell, cellName, self, isFounder, nodes, created, madeBy } = value;
  if (typeof cell !== "string" || !/^[0-9a-f]{32}$/.test(cell)) return undefined;
  if (typeof cellName !== "string" || typeof isFounder !== "boolean" || !Array.isArray(nodes))
    return undefined;
  const known = nodes.map(nodeIn);
  const own = known.find((node) => node?.name === self);
  if (own === undefined || !known.every((node): node is KnownNode => node !== undefined)) return undefined;
  return {
    cell: fromHex(cell),
    cellName,
    self: own,
    isFounder,
    nodes: known,
    created: String(created ?? ""),
    madeBy: String(madeBy ?? "?"),
  };
}

function nodeIn(value: unknown): KnownNode | undefined {
  if (!isObject(value)) return undefined;
  const { name, mesh, service, domain = "" } = value;
  if (typeof name !== "string" || !isName(name) || typeof domain !== "string") return undefined;
  const places = [addressIn(mesh), addressIn(service)];
  const [first, second] = places;
  return first && second && { name, mesh: first, service: second, domain };
}

function addressIn(value: unknown): Address | undefined {
  if (!isObject(value)) return undefined;
  const { host, port } = value;
  if (typeof host !== "string" || host === "") return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  return { host, port };
}
