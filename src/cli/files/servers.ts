/**
 * Which servers a file command calls: one, or the nodes of a cell. Those that were named are taken; else the nodes of the cell's directory on
 * this machine. A single node of a cell on this machine is asked for the others.
 */
import { CellAdmin, isLoopbackHost } from "../../cell/index.ts";
import { MAX_SERVERS } from "../../files/index.ts";
import { type Address, CoterieError, formatAddress, isCoterieError, type World } from "../../world/index.ts";
import { localNodes } from "../cell/ask-cell.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { locateNode } from "../locate.ts";
import { nodeDirectory } from "../node-directory.ts";

export interface ServerChoice {
  readonly server?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dir?: string;
  /** One server is called, and no other node of its cell. */
  readonly alone?: boolean;
  /** The first answer is waited for so long. */
  readonly timeout?: number;
  /** Where its services are is told otherwise: it is no node of a cell. */
  readonly rpcbind?: boolean;
  readonly mountPort?: number;
}

/** One server, or the nodes of a cell, of which there may be only one. `prefersFirst`: it was named, and the others were found. */
export type Servers =
  | { readonly kind: "server"; readonly address: Address }
  | { readonly kind: "cell"; readonly addresses: readonly Address[]; readonly prefersFirst: boolean };

const DEFAULT_PORT = 2049;
/** A node on this machine answers in milliseconds. */
const ASK_MS = 1000;

/** @throws UsageError for what is no server; CoterieError CELL_UNREACHABLE where a directory was named in which nothing runs. */
export async function findServers(context: CliContext, world: World, choice: ServerChoice): Promise<Servers> {
  const addresses = namedServers(context, choice) ?? (await localServers(context, choice));
  if (addresses.length > 1 && choice.alone)
    throw new UsageError("--alone is for one server: name it with --server");
  if (addresses.length > 1) return { kind: "cell", addresses, prefersFirst: false };
  const [address] = addresses;
  if (address === undefined) throw new UsageError("no server is named");
  // A node tells of its cell to those of its own machine.
  const isPlain = !choice.alone && !choice.rpcbind && choice.mountPort === undefined;
  const mayBeNode = isPlain && isLoopbackHost(address.host);
  const patienceMs = Math.min(ASK_MS, choice.timeout ?? ASK_MS);
  const nodes = mayBeNode ? await nodesBeside(world, address, patienceMs) : undefined;
  if (nodes === undefined) return { kind: "server", address };
  return { kind: "cell", addresses: nodes, prefersFirst: true };
}

function namedServers(context: CliContext, choice: ServerChoice): readonly Address[] | undefined {
  const { server, dir, host, port } = choice;
  if (server !== undefined) return parseServers(server);
  const isLocated = dir !== undefined || host !== undefined || port !== undefined;
  const { server: usual } = context.environment;
  return isLocated || usual === undefined ? undefined : parseServers(usual);
}

async function localServers(context: CliContext, choice: ServerChoice): Promise<readonly Address[]> {
  const { dir, host, port } = choice;
  const { environment } = context;
  const isDirectory = dir !== undefined || environment.directory !== undefined;
  const isAddress = environment.host !== undefined || environment.port !== undefined;
  if (host === undefined && port === undefined && (isDirectory || !isAddress)) {
    const directory = nodeDirectory(context, dir);
    const nodes = await localNodes(context, directory);
    const running = nodes.flatMap((node) => node.running?.address ?? []).slice(0, MAX_SERVERS);
    if (running.length > 0) return running;
    if (nodes.length > 0) {
      const message = `no node of the cell in ${directory} runs`;
      throw new CoterieError("CELL_UNREACHABLE", message, { details: { directory } });
    }
  }
  const options = {
    ...(dir !== undefined && { dir }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
  };
  return [await locateNode(context, options)];
}

/** The cell's nodes, the one that was asked first; undefined where no node of a cell answers. */
async function nodesBeside(
  world: World,
  address: Address,
  timeoutMs: number,
): Promise<readonly Address[] | undefined> {
  const admin = new CellAdmin(world, address, timeoutMs);
  try {
    const { self, nodes } = await admin.status();
    const others = nodes.filter(({ name, standing }) => name !== self && standing === "active");
    return [address, ...others.map(({ host, port }) => ({ host, port }))].slice(0, MAX_SERVERS);
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return undefined;
  } finally {
    await admin.close();
  }
}

/** `SERVER[,SERVER…]`. */
export function parseServers(text: string): readonly Address[] {
  const servers = new Map<string, Address>();
  for (const part of text.split(",")) {
    const address = parseServer(part.trim());
    servers.set(formatAddress(address), address);
  }
  if (servers.size > MAX_SERVERS) throw new UsageError(`more than ${MAX_SERVERS} servers are named`);
  return [...servers.values()];
}

/** `HOST`, `HOST:PORT`, `[IPV6]:PORT`, or an IPv6 address alone. */
export function parseServer(text: string, defaultPort = DEFAULT_PORT): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  if (match !== null && Number(match[3] ?? 0) <= 65_535) {
    return { host: (match[1] ?? match[2]) as string, port: Number(match[3] ?? defaultPort) };
  }
  if (/^[0-9a-fA-F:.]+$/.test(text) && text.split(":").length > 2) return { host: text, port: defaultPort };
  throw new UsageError(`"${text}" is no server: expected HOST, HOST:PORT or [IPV6]:PORT`);
}
