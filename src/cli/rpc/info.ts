/** `coterie rpc info`: what a host's rpcbind knows. */
import { noRpcbind, programName, type Registered, RPCBIND_PORT, RpcbindClient } from "../../naming/index.ts";
import { isCoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";

export interface InfoFlags {
  readonly port?: number;
  readonly timeout?: number;
}

export async function info(context: CliContext, host: string, flags: InfoFlags): Promise<void> {
  const port = flags.port ?? RPCBIND_PORT;
  const timeoutMs = flags.timeout;
  const rpcbind = new RpcbindClient(await context.world(), {
    host,
    port,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  let found: Registered[];
  try {
    found = await rpcbind.list();
  } catch (error) {
    throw isCoterieError(error, "RPC_UNREACHABLE") ? noRpcbind({ host, port }, error) : error;
  } finally {
    await rpcbind.close();
  }
  const named = found
    .map((registered) => ({ ...registered, name: programName(registered.program) ?? null }))
    .sort((a, b) => a.program - b.program || a.version - b.version || (a.netid < b.netid ? -1 : 1));
  const columns = ["program", "version", "transport", "address", "port", "name", "owner"];
  context.output.list(
    named,
    columns.map((title) => ({ title })),
    (item) => [
      String(item.program),
      String(item.version),
      item.netid,
      item.address,
      item.port === undefined ? "" : String(item.port),
      item.name ?? "",
      item.owner,
    ],
  );
}
