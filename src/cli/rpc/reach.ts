/** Where a program is called: the port that was named, or the one that the host's rpcbind names. */
import { locate, programNumber } from "../../naming/index.ts";
import { type Credential, RpcClient, type Transport } from "../../rpc/index.ts";
import type { World } from "../../world/index.ts";
import { UsageError } from "../errors.ts";

export interface ReachFlags {
  readonly port?: number;
  readonly transport: Transport;
  readonly timeout: number;
}

/** A client of the host's program. It does not keep trying: a person waits. */
export async function reach(
  world: World,
  host: string,
  program: number,
  version: number | undefined,
  flags: ReachFlags,
  credential: Credential = { flavor: "none" },
): Promise<{ client: RpcClient; port: number }> {
  const { transport, timeout: timeoutMs } = flags;
  const port = flags.port ?? (await locate(world, host, program, version, transport));
  const client = new RpcClient(world, { host, port, transport, timeoutMs, credential, reconnect: false });
  return { client, port };
}

export function parseProgram(text: string): number {
  const number = programNumber(text);
  if (number === undefined) throw new UsageError(`${text} is no program's number or well-known name`);
  return number;
}
