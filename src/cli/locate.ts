/** Where a running node is: what the command line or the environment says, or what the node's directory says. */
import { DEFAULT_HOST, DEFAULT_PORT, readRunning } from "../cell/index.ts";
import { CoterieError, isCoterieError } from "../world/index.ts";
import { nodePath, readCell } from "./cell/cell-directory.ts";
import { firstToAnswer } from "./cell/first-answer.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./errors.ts";
import { directoryFiles, nodeDirectory } from "./node-directory.ts";

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface LocateOptions {
  readonly dir?: string;
  readonly host?: string;
  readonly port?: number;
  /** The file of an operator's key. */
  readonly operator?: string;
}

/**
 * An address that was named is taken; else the one that the node of the directory wrote down. A directory that was named
 * and says nothing is an error: whoever answers at the default address would be another node. Only where nothing was
 * named is the default tried, where a node of another user may run.
 */
export async function locateNode(context: CliContext, options: LocateOptions): Promise<NodeAddress> {
  const { environment } = context;
  const { host, port } = options;
  if (host !== undefined || port !== undefined) return addressOf(context, options);
  if (options.dir !== undefined) return ofDirectory(context, options.dir);
  if (environment.host !== undefined || environment.port !== undefined) return addressOf(context, {});
  if (environment.directory !== undefined) return ofDirectory(context, undefined);
  return (await whereItRuns(context, undefined)) ?? addressOf(context, {});
}

/** What the options, the environment and the defaults say, whether somebody is there or not. */
export function addressOf(context: CliContext, { host, port }: LocateOptions): NodeAddress {
  const { environment } = context;
  return {
    host: reachable(host ?? environment.host ?? DEFAULT_HOST),
    port: port ?? environmentPort(environment.port) ?? DEFAULT_PORT,
  };
}

async function ofDirectory(context: CliContext, dir: string | undefined): Promise<NodeAddress> {
  const address = await whereItRuns(context, dir);
  if (address !== undefined) return address;
  const directory = nodeDirectory(context, dir);
  throw new CoterieError("CELL_UNREACHABLE", `no node runs on ${directory}`, { details: { directory } });
}

/** The node of the directory; of a cell's directory the first node that answers. */
async function whereItRuns(context: CliContext, dir: string | undefined): Promise<NodeAddress | undefined> {
  const path = nodeDirectory(context, dir);
  const cell = await readCell(context.local, path);
  if (cell === undefined) return noteIn(context, path);
  const noted = await Promise.all(cell.nodes.map((name) => noteIn(context, nodePath(path, name))));
  return answering(
    context,
    noted.flatMap((address) => address ?? []),
  );
}

async function noteIn({ local }: CliContext, path: string): Promise<NodeAddress | undefined> {
  const running = await readRunning(directoryFiles(local, path));
  return running && { host: reachable(running.host), port: running.port };
}

/** What a killed node noted is still there, and one that stands still answers nobody. */
async function answering(
  context: CliContext,
  addresses: readonly NodeAddress[],
): Promise<NodeAddress | undefined> {
  const world = await context.world();
  try {
    const found = await firstToAnswer(world, addresses);
    if (found === undefined || isCoterieError(found)) return undefined;
    await found.admin.close();
    return found.address;
  } catch (error) {
    if (isCoterieError(error)) return undefined;
    throw error;
  } finally {
    await world.close();
  }
}

/** A node that listens on every address of the machine is reached at its loopback address. */
export function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function environmentPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new UsageError(`COTERIE_PORT is "${text}": expected a port of 0 to 65535`);
  }
  return Number(text);
}
