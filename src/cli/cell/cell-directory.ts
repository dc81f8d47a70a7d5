/**
 * A cell's directory on this machine, which `coterie up` makes:
 *
 *     cell.json            what this directory is: format, the cell, which of its nodes are here
 *     nodes/NAME/          a node's own directory
 *     nodes/NAME/held      an operator wants the node to stay down
 *
 * A node on a machine of its own has no such directory around it: its own is enough.
 */

import { isName } from "../../cell/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { directoryFiles } from "../node-directory.ts";

export const CELL_FILE = "cell.json";
export const CELL_FORMAT = 1;
const HELD_FILE = "held";
const MAX_BYTES = 256 * 1024;

export interface CellDirectory {
  readonly path: string;
  /** In hexadecimal. */
  readonly cell: string;
  readonly name: string;
  /** Nodes on this machine. */
  readonly nodes: readonly string[];
  readonly created: string;
  readonly madeBy: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function nodePath(path: string, name: string): string {
  return `${path}/nodes/${name}`;
}

/**
 * Undefined where no cell has its directory.
 * @throws CoterieError CELL_DIRECTORY_NEWER, CELL_DIRECTORY_DAMAGED.
 */
export async function readCell(local: LocalFiles, path: string): Promise<CellDirectory | undefined> {
  const data = await directoryFiles(local, path).read(CELL_FILE, MAX_BYTES);
  if (data === undefined) return undefined;
  const file = `${path}/${CELL_FILE}`;
  const value = parsed(decoder.decode(data));
  if (typeof value?.format === "number" && value.format > CELL_FORMAT) {
    const message = `${file} has format ${value.format}; this version knows up to ${CELL_FORMAT}`;
    throw new CoterieError("CELL_DIRECTORY_NEWER", message, { details: { file, format: value.format } });
  }
  const { format, cell, name, nodes, created = "", madeBy = "?" } = value ?? {};
  const isOurs = format === CELL_FORMAT && typeof cell === "string" && typeof name === "string";
  if (!isOurs || !Array.isArray(nodes) || !nodes.every((each) => typeof each === "string" && isName(each))) {
    throw new CoterieError("CELL_DIRECTORY_DAMAGED", `${file} is not what \`coterie up\` wrote`, {
      details: { file },
    });
  }
  return { path, cell, name, nodes, created: String(created), madeBy: String(madeBy) };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The last thing that is written when a cell is made: what has no such file is none yet. */
export async function writeCell(local: LocalFiles, { path, ...rest }: CellDirectory): Promise<void> {
  const text = `${JSON.stringify({ format: CELL_FORMAT, ...rest }, null, 2)}\n`;
  await directoryFiles(local, path).replace(CELL_FILE, encoder.encode(text));
}

export async function isHeld(local: LocalFiles, path: string, name: string): Promise<boolean> {
  return (await local.stat(`${nodePath(path, name)}/${HELD_FILE}`)) !== undefined;
}

export async function hold(local: LocalFiles, path: string, name: string): Promise<void> {
  await directoryFiles(local, nodePath(path, name)).replace(HELD_FILE, new Uint8Array());
}

/** Harmless for one that is not held. */
export async function letGo(local: LocalFiles, path: string, name: string): Promise<void> {
  await directoryFiles(local, nodePath(path, name)).remove(HELD_FILE);
}
