/** How commands for a cell ask it: a node by itself, which they may find in its place, is told apart from nobody. */
import type { AdminAddress, CellAdmin, CellStatus } from "../../cell/index.ts";
import { CoterieError, isCoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import type { LocateOptions } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { askCell, cellAddresses } from "./ask-cell.ts";
import { isOfNodeByItself } from "./kept-settings.ts";

export interface Asked {
  readonly world: World;
  /** Whom it asks, in order. */
  readonly addresses: readonly AdminAddress[];
  /** Asks a node that answers. Errors: CELL_…, LOG_…, CELL_UNREACHABLE. */
  ask<Told>(what: (admin: CellAdmin, at: AdminAddress) => Promise<Told>): Promise<Told>;
  status(): Promise<CellStatus>;
}

/** What it asks rejects with CELL_ALONE where a node by itself is found instead of a cell. */
export async function askedCell(context: CliContext, options: LocateOptions): Promise<Asked> {
  const world = await context.world();
  const addresses = await cellAddresses(context, options);
  const ask: Asked["ask"] = async (what) => {
    if (addresses.length === 0) await requireNoNodeByItself(context, options);
    try {
      return await askCell(world, addresses, what);
    } catch (error) {
      // It knows another version of the program.
      throw isCoterieError(error, "RPC_PROG_MISMATCH") ? byItself("what answers", error) : error;
    }
  };
  return { world, addresses, ask, status: () => ask((admin) => admin.status()) };
}

async function requireNoNodeByItself(context: CliContext, { dir }: LocateOptions): Promise<void> {
  const directory = nodeDirectory(context, dir);
  if (isOfNodeByItself(await directoryFiles(context.local, directory).names())) throw byItself(directory);
}

function byItself(what: string, cause?: CoterieError): CoterieError {
  const message = `${what} is a node by itself, with one volume and neither replicas nor snapshots`;
  return new CoterieError("CELL_ALONE", message, cause === undefined ? {} : { cause });
}
