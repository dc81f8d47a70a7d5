/** Asks a running node what it is doing. */
import { RpcClient } from "../rpc/index.ts";
import type { World } from "../world/index.ts";
import { decodeStatus } from "./admin-service.ts";
import { COTERIE_CELL_V1_Client } from "./gen/cell.gen.ts";
import type { NodeStatus } from "./status.ts";

/** A node on this machine answers in milliseconds; one that does not in this time hangs. */
export const STATUS_TIMEOUT_MS = 3000;

/** @throws CoterieError NET_REFUSED and the like when nothing listens there, RPC_… when it is no node. */
export async function requestStatus(
  world: World,
  options: { readonly host: string; readonly port: number; readonly timeoutMs?: number },
): Promise<NodeStatus> {
  const { host, port, timeoutMs = STATUS_TIMEOUT_MS } = options;
  const client = new RpcClient(world, { host, port, timeoutMs, reconnect: false });
  try {
    return decodeStatus(await new COTERIE_CELL_V1_Client(client).CELLPROC_STATUS());
  } finally {
    await client.close();
  }
}
