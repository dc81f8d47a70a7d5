/** What a node's directory itself says of its settings: where it was made to be. */
import {
  FORMAT_FILE,
  IDENTITY_FILE,
  type Identity,
  NODE_KEY_FILE,
  readIdentity,
  SETTINGS_FILE,
  type SettingsSource,
  VOLUME_NAME,
} from "../../cell/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { directoryFiles } from "../node-directory.ts";
import { nodePath, readCell } from "./cell-directory.ts";

/** What may be in a directory before it is a node's; a key is of a joining that was cut short. */
export const HARMLESS: ReadonlySet<string> = new Set([SETTINGS_FILE, NODE_KEY_FILE, "lost+found"]);

/** Errors: CELL_DIRECTORY_…; where no node of a cell has its directory CELL_NODE_ABSENT, CELL_ALONE, or CELL_DIRECTORY_FOREIGN. */
export async function identityIn({ local }: CliContext, directory: string): Promise<Identity> {
  const identity = await readIdentity(directoryFiles(local, directory));
  if (identity !== undefined) return identity;
  throw await whyNone(local, directory);
}

/** By what is in the directory instead. */
async function whyNone(local: LocalFiles, directory: string): Promise<CoterieError> {
  const names = await directoryFiles(local, directory).names();
  const details = { directory, missing: IDENTITY_FILE };
  const [first] = (await readCell(local, directory))?.nodes ?? [];
  if (first !== undefined) {
    const message = `${directory} is of a cell: \`coterie up\` runs all its nodes, \`coterie node --dir ${nodePath(directory, first)}\` one`;
    return new CoterieError("CELL_NODE_ABSENT", message, { details });
  }
  if (isOfNodeByItself(names)) {
    const message = `${directory} is of a node by itself: \`coterie up --nodes 1\` runs it`;
    return new CoterieError("CELL_ALONE", message, { details });
  }
  const stranger = names.find((name) => !HARMLESS.has(name));
  if (stranger !== undefined) {
    const message = `${directory} holds "${stranger}" and is no directory of a node in a cell`;
    return new CoterieError("CELL_DIRECTORY_FOREIGN", message, { details: { ...details, found: stranger } });
  }
  const message = `${directory} has no node yet: join a cell with --join HOST:PORT and --token-file, or make one with \`coterie init\``;
  return new CoterieError("CELL_NODE_ABSENT", message, { details });
}

/** Whether what is in a directory is of a node that is in no cell. */
export function isOfNodeByItself(names: readonly string[]): boolean {
  return !names.includes(IDENTITY_FILE) && (names.includes(FORMAT_FILE) || names.includes(VOLUME_NAME));
}

/** Weaker than everything that somebody asks for. */
export function keptSettings(directory: string, { self }: Identity): SettingsSource {
  const { host, port } = self.service;
  return { values: { host, port }, nameOf: () => `${directory}/${IDENTITY_FILE}` };
}
