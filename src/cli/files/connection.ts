/**
 * Which server the file commands talk to, and as whom. Their paths begin at the export: `/docs` is a file of the
 * cell, never of this machine.
 */
import type { Command } from "commander";
import { type MoveReason, NfsClient, type NfsClientOptions, type ServerMove } from "../../files/index.ts";
import type { Credential } from "../../rpc/index.ts";
import { formatAddress, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseDuration, parsePort } from "../options.ts";
import { noteAbove } from "../progress.ts";
import { findServers, type Servers } from "./servers.ts";
import { UnservedTeller, whyUnanswered } from "./unserved.ts";

export { parseServer } from "./servers.ts";

export interface ServerOptions {
  readonly server?: string;
  readonly alone?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly dir?: string;
  readonly export?: string;
  readonly mountPort?: number;
  readonly rpcbind?: boolean;
  readonly timeout?: number;
}

/** Nobody waits long to learn that no node runs; one that is being restarted is back by then. */
const CONNECT_TIMEOUT_MS = 3000;
/** A cell may have to choose another leader first. */
const CELL_CONNECT_TIMEOUT_MS = 10_000;
/** AUTH_SYS carries so many supplementary groups (RFC 5531 appendix A). */
const MAX_GROUPS = 16;

/** Adds the options that every file command has. */
export function addServerOptions(command: Command): Command {
  return command
    .option(
      "--server <servers>",
      "the NFS server, HOST[:PORT], or nodes of a cell, separated by commas (default: $COTERIE_SERVER, or this machine's nodes)",
    )
    .option("--alone", "call that server alone, even where it is a node of a cell")
    .option("--host <host>", "its host alone")
    .option("--port <port>", "its port alone", parsePort)
    .option(
      "--dir <directory>",
      "the directory of a cell or a node on this machine, which says where it serves",
    )
    .option("--export <path>", "the exported directory that paths begin at (default: /)")
    .option("--mount-port <port>", "where the server's MOUNT service is (default: its port)", parsePort)
    .option("--rpcbind", "ask the server's rpcbind for both ports")
    .option(
      "--timeout <duration>",
      "how long to wait for a server that does not answer (default: 3s at first, 10s for a cell, 60s later)",
      parseDuration,
    );
}

/** Runs a command's work with a client, and closes it. */
export async function withClient<T>(
  context: CliContext,
  options: ServerOptions,
  run: (client: NfsClient, world: World) => Promise<T>,
): Promise<T> {
  const world = await context.world();
  const servers = await findServers(context, world, options);
  const settings = clientOptions(context, servers, options);
  if (servers.kind === "server") return connected(world, settings, run);
  const { addresses } = servers;
  const teller = new UnservedTeller(world, addresses, (text) => noteAbove(context, text));
  try {
    return await connected(world, settings, run);
  } catch (error) {
    throw await whyUnanswered(world, addresses, error);
  } finally {
    teller.stop();
  }
}

async function connected<T>(
  world: World,
  options: NfsClientOptions,
  run: (client: NfsClient, world: World) => Promise<T>,
): Promise<T> {
  const client = await NfsClient.connect(world, options);
  let result: T;
  try {
    result = await run(client, world);
  } catch (error) {
    // The first failure is the one to tell.
    await client.close().catch(() => {});
    throw error;
  }
  await client.close();
  return result;
}

function clientOptions(context: CliContext, found: Servers, options: ServerOptions): NfsClientOptions {
  return {
    ...serverOptions(context, found, options),
    credential: credentialOf(context),
    privilegedPort: context.process.uid === 0,
    ...(options.export !== undefined && { export: options.export }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
  };
}

/** Where a client connects to, and how patient it is. */
function serverOptions(
  context: CliContext,
  found: Servers,
  options: ServerOptions,
): Partial<NfsClientOptions> {
  if (found.kind === "cell") {
    if (options.rpcbind || options.mountPort !== undefined) {
      throw new UsageError("--rpcbind and --mount-port are for a single server, not for the nodes of a cell");
    }
    const onMove = (move: ServerMove) => tellMove(context, move);
    return {
      servers: found.addresses,
      prefersFirst: found.prefersFirst,
      onMove,
      connectTimeoutMs: options.timeout ?? CELL_CONNECT_TIMEOUT_MS,
    };
  }
  const { host, port } = found.address;
  return {
    host,
    ...(options.rpcbind ? { useRpcbind: true } : { port }),
    ...(options.mountPort !== undefined && { mountPort: options.mountPort }),
    connectTimeoutMs: options.timeout ?? CONNECT_TIMEOUT_MS,
  };
}

const REASONS: Readonly<Record<MoveReason, string>> = {
  lost: "is gone",
  silent: "does not answer",
  later: "cannot serve now",
};

/** What was done so far stands: the same calls go on at another node. */
function tellMove(context: CliContext, { from, to, reason }: ServerMove): void {
  noteAbove(
    context,
    `the node at ${formatAddress(from)} ${REASONS[reason]}: going on with ${formatAddress(to)}, nothing is lost`,
  );
}

/** The user of this process, as AUTH_SYS names it. */
function credentialOf(context: CliContext): Credential {
  const { uid = 65_534, gid = 65_534, groups, hostname } = context.process;
  return {
    flavor: "sys",
    stamp: 0,
    machine: hostname.slice(0, 255),
    uid,
    gid,
    gids: groups.filter((group) => group !== gid).slice(0, MAX_GROUPS),
  };
}
