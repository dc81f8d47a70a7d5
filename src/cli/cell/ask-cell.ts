/**
 * Whom a command asks of a cell: the node that was named by address, or one of those that have their directories here, whichever
 * answers first in the order of their names. Any node knows all of the cell.
 */
import {
  type AdminAddress,
  type CellAdmin,
  type CellStatus,
  IDENTITY_FILE,
  isLoopbackHost,
  readIdentity,
  readRunning,
} from "../../cell/index.ts";
import { type Address, CoterieError, formatAddress, isCoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { addressOf, type LocateOptions, reachable } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { nodePath, readCell } from "./cell-directory.ts";
import { failureOf, firstToAnswer, isSilence } from "./first-answer.ts";
import { OPERATOR_FILE, operatorCredentials } from "./operator-key.ts";

/** A node with its directory on this machine. */
export interface LocalNode {
  readonly name: string;
  readonly directory: string;
  /** Where it said that it runs; it may have ended since. */
  readonly running: { readonly pid: number; readonly address: AdminAddress } | undefined;
}

/** Nodes of the cell whose directories are under `path`, or the one whose own directory it is; none where no cell is. */
export async function localNodes(context: CliContext, path: string): Promise<LocalNode[]> {
  const { local } = context;
  const cell = await readCell(local, path);
  if (cell !== undefined) {
    return Promise.all(cell.nodes.map((name) => localNode(context, name, nodePath(path, name))));
  }
  const files = directoryFiles(local, path);
  const isNode = (await files.read(IDENTITY_FILE, 256 * 1024)) !== undefined;
  return isNode ? [await localNode(context, "", path)] : [];
}

async function localNode(context: CliContext, name: string, directory: string): Promise<LocalNode> {
  const running = await readRunning(directoryFiles(context.local, directory));
  const address = running && (await addressFor(context, directory, running));
  return { name, directory, running: running && address && { pid: running.pid, address } };
}

/**
 * A node that listens at one of this machine's addresses on a network does not see that its caller is on this machine. It is asked with the
 * cell's own key, where that lies beside the nodes.
 */
async function addressFor(
  context: CliContext,
  directory: string,
  { host, port }: Address,
): Promise<AdminAddress> {
  const plain = { host: reachable(host), port };
  const key = `${directory}/../../${OPERATOR_FILE}`;
  if (isLoopbackHost(plain.host) || (await context.local.stat(key)) === undefined) return plain;
  const identity = await readIdentity(directoryFiles(context.local, directory));
  if (identity === undefined) return plain;
  const credentials = await operatorCredentials(context, await context.world(), context.local.absolute(key));
  return { ...identity.self.mesh, credentials };
}

/** Addresses to ask, in order; empty where a directory says that no cell is there. */
export async function cellAddresses(context: CliContext, options: LocateOptions): Promise<AdminAddress[]> {
  const operator = operatorIn(context, options);
  if (operator !== undefined) return [await provenAddress(context, options, operator)];
  if (isByAddress(context, options)) return [addressOf(context, options)];
  const nodes = await localNodes(context, nodeDirectory(context, options.dir));
  return nodes.flatMap(({ running }) => running?.address ?? []);
}

/** The file of the key with which a node is asked, if it is: the variable is for nodes that are named by an address. */
export function operatorIn(context: CliContext, options: LocateOptions): string | undefined {
  if (options.operator !== undefined) return options.operator;
  return isByAddress(context, options) ? context.environment.operator : undefined;
}

function isByAddress({ environment }: CliContext, options: LocateOptions): boolean {
  if (options.host !== undefined || options.port !== undefined) return true;
  if (options.dir !== undefined || environment.directory !== undefined) return false;
  return environment.host !== undefined || environment.port !== undefined;
}

/** A node on another machine, or this one, which asks for a proof. */
async function provenAddress(
  context: CliContext,
  options: LocateOptions,
  operator: string,
): Promise<AdminAddress> {
  const { environment } = context;
  if ((options.host ?? environment.host) === undefined || (options.port ?? environment.port) === undefined)
    throw new UsageError("an operator's key needs --host and --port: where a node listens for other nodes");
  const world = await context.world();
  const credentials = await operatorCredentials(context, world, operator);
  return { ...addressOf(context, options), credentials };
}

/**
 * Asks the first node that answers a ping; another failure than that it does not is the answer. `ask` is told whom it asks. It is asked of another node
 * only when the one that answered keeps still after that.
 */
export async function askCell<Told>(
  world: World,
  addresses: readonly AdminAddress[],
  ask: (admin: CellAdmin, address: AdminAddress) => Promise<Told>,
): Promise<Told> {
  let left = addresses;
  let last: CoterieError | undefined;
  for (;;) {
    const found = await firstToAnswer(world, left);
    if (found === undefined || isCoterieError(found)) throw unreachable(addresses, found ?? last);
    const { admin, address } = found;
    try {
      return await ask(admin, address);
    } catch (error) {
      if (!isSilence(address, error)) throw failureOf(address, error);
      last = error;
      left = left.filter((each) => each !== address);
    } finally {
      await admin.close();
    }
  }
}

function unreachable(addresses: readonly Address[], last: CoterieError | undefined): CoterieError {
  const tried = addresses.map(formatAddress).join(", ");
  const message =
    addresses.length === 0 ? "no node of a cell runs here" : `no node of a cell answers at ${tried}`;
  return new CoterieError("CELL_UNREACHABLE", last === undefined ? message : `${message} (${last.message})`, {
    ...(last !== undefined && { cause: last }),
    details: { tried },
  });
}

export function askStatus(world: World, addresses: readonly Address[]): Promise<CellStatus> {
  return askCell(world, addresses, (admin) => admin.status());
}
