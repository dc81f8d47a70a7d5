/** Where a running node is: what the command line or the environment says, or what the node's directory says. */
import { DEFAULT_HOST, DEFAULT_PORT, readRunning } from "../cell/index.ts";
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
}

/**
 * An address that was named is taken; else the one that the node of the directory wrote down; else the default,
 * where a node of another user may run.
 */
export async function locateNode(context: CliContext, options: LocateOptions): Promise<NodeAddress> {
  const { environment, local } = context;
  const host = options.host ?? environment.host;
  const port = options.port ?? environmentPort(environment.port);
  if (host === undefined && port === undefined) {
    const running = await readRunning(directoryFiles(local, nodeDirectory(context, options.dir)));
    if (running !== undefined) return { host: reachable(running.host), port: running.port };
  }
  return { host: reachable(host ?? DEFAULT_HOST), port: port ?? DEFAULT_PORT };
}

/** A node that listens on every address of the machine is reached at its loopback address. */
function reachable(host: string): string {
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
