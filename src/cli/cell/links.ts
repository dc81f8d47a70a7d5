/** How the nodes of a cell on one machine know each other: a secret that was drawn when the cell was made, in each node's directory. */
import type { DirectoryFiles } from "../../cell/index.ts";
import type { CarrierOptions } from "../../channel/index.ts";
import { CoterieError, type World } from "../../world/index.ts";

export const SECRET_FILE = "links.key";
const SECRET_BYTES = 32;
const MAX_BYTES = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function drawSecret(world: Pick<World, "random">): Uint8Array {
  return world.random.bytes(SECRET_BYTES);
}

export async function writeSecret(files: DirectoryFiles, secret: Uint8Array): Promise<void> {
  const text = Array.from(secret, (byte) => byte.toString(16).padStart(2, "0")).join("");
  await files.replace(SECRET_FILE, encoder.encode(`${text}\n`));
}

/** @throws CoterieError CELL_DIRECTORY_DAMAGED. */
export async function openLinks(files: DirectoryFiles): Promise<CarrierOptions> {
  const data = await files.read(SECRET_FILE, MAX_BYTES);
  const text = data === undefined ? "" : decoder.decode(data).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    const path = `${files.path}/${SECRET_FILE}`;
    throw new CoterieError("CELL_DIRECTORY_DAMAGED", `${path} is not what \`coterie up\` wrote`, {
      details: { path },
    });
  }
  const secret = Uint8Array.from({ length: SECRET_BYTES }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
  return { kind: "tcp", secret };
}
