/**
 * Which server the file commands talk to, and as whom. Their paths begin at the export: `/docs` is a file of the
 * cell, never of this machine.
 */
import type { Command } from "commander";
import { NfsClient } from "../../files/index.ts";
import type { Credential } from "../../rpc/index.ts";
import type { World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { locateNode } from "../locate.ts";
import { parseDuration, parsePort } from "../options.ts";

export interface ServerOptions {
  readonly server?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dir?: string;
  readonly export?: string;
  readonly mountPort?: number;
  readonly rpcbind?: boolean;
  readonly timeout?: number;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 2049;
/** Nobody waits long to learn that no node runs; one that is being restarted is back by then. */
const CONNECT_TIMEOUT_MS = 3000;
/** AUTH_SYS carries so many supplementary groups (RFC 5531 appendix A). */
const MAX_GROUPS = 16;

/** Adds the options that every file command has. */
export function addServerOptions(command: Command): Command {
  return command
    .option("--server <host[:port]>", "the NFS server (default: $COTERIE_SERVER, or this machine's node)")
    .option("--host <host>", "its host alone")
    .option("--port <port>", "its port alone", parsePort)
    .option("--dir <directory>", "the directory of a node of this machine, which says where it serves")
    .option("--export <path>", "the exported directory that paths begin at (default: /)")
    .option("--mount-port <port>", "where the server's MOUNT service is (default: its port)", parsePort)
    .option("--rpcbind", "ask the server's rpcbind for both ports")
    .option(
      "--timeout <duration>",
      "how long to wait for a server that does not answer (default: 3s at first, 60s later)",
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
  const { host, port } = await serverAddress(context, options);
  const client = await NfsClient.connect(world, {
    host,
    ...(options.rpcbind ? { useRpcbind: true } : { port }),
    credential: credentialOf(context),
    privilegedPort: context.process.uid === 0,
    ...(options.mountPort !== undefined && { mountPort: options.mountPort }),
    ...(options.export !== undefined && { export: options.export }),
    connectTimeoutMs: options.timeout ?? CONNECT_TIMEOUT_MS,
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
  });
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

async function serverAddress(context: CliContext, options: ServerOptions): Promise<ServerAddress> {
  const { server, dir, host, port } = options;
  if (server !== undefined) return parseServer(server);
  const located = dir !== undefined || host !== undefined || port !== undefined;
  if (!located && context.environment.server !== undefined) return parseServer(context.environment.server);
  return locateNode(context, {
    ...(dir !== undefined && { dir }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
  });
}

/** `HOST`, `HOST:PORT`, `[IPV6]:PORT`, or an IPv6 address alone. */
export function parseServer(text: string, defaultPort = DEFAULT_PORT): ServerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  if (match !== null && Number(match[3] ?? 0) <= 65_535) {
    return { host: (match[1] ?? match[2]) as string, port: Number(match[3] ?? defaultPort) };
  }
  if (/^[0-9a-fA-F:.]+$/.test(text) && text.split(":").length > 2) return { host: text, port: defaultPort };
  throw new UsageError(`"${text}" is no server: expected HOST, HOST:PORT or [IPV6]:PORT`);
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
