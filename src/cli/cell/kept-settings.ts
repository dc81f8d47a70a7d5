/** What a node's directory itself says of its settings: where it was made to be. */
import { IDENTITY_FILE, type Identity, readIdentity, type SettingsSource } from "../../cell/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { directoryFiles } from "../node-directory.ts";

/** Errors: CELL_DIRECTORY_…; CELL_DIRECTORY_FOREIGN where no node of a cell has its directory. */
export async function identityIn({ local }: CliContext, directory: string): Promise<Identity> {
  const identity = await readIdentity(directoryFiles(local, directory));
  if (identity !== undefined) return identity;
  throw new CoterieError("CELL_DIRECTORY_FOREIGN", `${directory} is no directory of a node in a cell`, {
    details: { directory, missing: IDENTITY_FILE },
  });
}

/** Weaker than everything that somebody asks for. */
export function keptSettings(directory: string, { self }: Identity): SettingsSource {
  const { host, port } = self.service;
  return { values: { host, port }, nameOf: () => `${directory}/${IDENTITY_FILE}` };
}
