/**
 * Makes a cell's directory on this machine: names, ports and identities of its first nodes. What somebody put there before stays as it is, and is told;
 * `cell.json` is written last, so that a founding which was cut short is begun again.
 */
import {
  certifyFounders,
  type Identity,
  isoTime,
  type KnownNode,
  keyToJoinWith,
  MemberCredentials,
  SETTINGS_FILE,
  writeIdentity,
} from "../../cell/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import { directoryFiles, makeNodeDirectory } from "../node-directory.ts";
import { CELL_FILE, type CellDirectory, nodePath, writeCell } from "./cell-directory.ts";
import { OPERATOR_FILE } from "./operator-key.ts";
import type { Place } from "./places.ts";

export interface FoundingPlan {
  readonly path: string;
  /** The cell's name, for people. */
  readonly name: string;
  /** The address of this machine by which clients and other nodes reach it. */
  readonly host: string;
  /** One for each node. */
  readonly places: readonly Place[];
  readonly version: string;
}

/** The name in the certificate of whoever operates the cell. */
const OPERATOR = "operator";
const NODES_FOLDER = "nodes";
/** What may be in a directory before it is a cell's: settings, and what a file system puts at its own root. */
const HARMLESS = new Set([SETTINGS_FILE, OPERATOR_FILE, "lost+found"]);

/** Errors: CELL_DIRECTORY_FOREIGN, CELL_DIRECTORY_DAMAGED. */
export async function requireVacant(local: LocalFiles, path: string): Promise<void> {
  const names = await directoryFiles(local, path).names();
  const stranger = names.find(
    (name) => name !== NODES_FOLDER && !HARMLESS.has(name) && !name.startsWith(`${CELL_FILE}.`),
  );
  if (stranger !== undefined) {
    throw new CoterieError(
      "CELL_DIRECTORY_FOREIGN",
      `${path} holds "${stranger}" and is no cell's directory`,
      {
        details: { directory: path, found: stranger },
      },
    );
  }
  if (names.includes(NODES_FOLDER)) await requireUnused(local, path);
}

/** Nodes that never ran were made by a founding that was cut short. */
async function requireUnused(local: LocalFiles, path: string): Promise<void> {
  for (const name of await directoryFiles(local, `${path}/${NODES_FOLDER}`).names()) {
    const names = await directoryFiles(local, nodePath(path, name)).names();
    if (!names.some((each) => each.startsWith("log"))) continue;
    throw new CoterieError(
      "CELL_DIRECTORY_DAMAGED",
      `${path} has the data of ${name}, and no ${CELL_FILE} that says of which cell`,
      { details: { directory: path, node: name } },
    );
  }
}

/** Errors: LOCAL_…. */
export async function foundCell(world: World, local: LocalFiles, plan: FoundingPlan): Promise<CellDirectory> {
  const { path, name, version } = plan;
  const cell = world.random.bytes(16);
  const created = isoTime(world.clock.wall());
  const nodes = plan.places.map((place, at) => knownNode(`node-${at + 1}`, plan.host, place));
  for (const self of nodes) {
    const identity = { cell, cellName: name, self, isFounder: true, nodes, created, madeBy: version };
    await makeNode(local, nodePath(path, self.name), identity);
  }
  await certify(world, local, path, cell, nodes);
  const hex = Array.from(cell, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const names = nodes.map((node) => node.name);
  const made: CellDirectory = { path, cell: hex, name, nodes: names, created, madeBy: version };
  await writeCell(local, made);
  return made;
}

function knownNode(name: string, host: string, { service, mesh }: Place): KnownNode {
  return { name, mesh: { host, port: mesh }, service: { host, port: service }, domain: "" };
}

async function makeNode(local: LocalFiles, path: string, identity: Identity): Promise<void> {
  await makeNodeDirectory(local, path);
  await writeIdentity(directoryFiles(local, path), identity);
}

/** The nodes, and whoever operates the cell: the operator's key lies beside them. */
async function certify(
  world: World,
  local: LocalFiles,
  path: string,
  cell: Uint8Array,
  nodes: readonly KnownNode[],
): Promise<void> {
  const founders = nodes.map(({ name }) => ({ name, files: directoryFiles(local, nodePath(path, name)) }));
  const authority = await certifyFounders(world, cell, founders);
  const files = directoryFiles(local, path);
  const privateKey = await keyToJoinWith(world, files, OPERATOR_FILE);
  const { publicKey } = world.crypto.ed25519(privateKey);
  const { der } = await authority.certify("operator", OPERATOR, publicKey);
  const identity = { certificate: der, privateKey };
  await MemberCredentials.keep(world, files, identity, [authority.certificate], OPERATOR_FILE);
}
