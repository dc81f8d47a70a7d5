/** Opens what a group's safe messages stand on: a replica of their log, a log of the program's, or another node's replica. */
import type { Mesh } from "../../channel/index.ts";
import { openLog } from "../../paxos/index.ts";
import type { World } from "../../world/index.ts";
import { ENTRY_OVERHEAD_BYTES } from "./entry.ts";
import type { SafeMachine } from "./machine.ts";
import { checkSafeOptions, type SafeLog, type SafeOptions } from "./options.ts";

/** Of a group: `replicas` are the nodes that keep the log, unless the program opens one. */
export interface SafeLogPlace {
  readonly group: string;
  readonly founders: readonly string[];
  readonly options: SafeOptions;
}

/** Errors: those of the log, and of the store. */
export async function openSafeLog(
  world: World,
  mesh: Mesh,
  { group, founders, options }: SafeLogPlace,
  machine: SafeMachine,
): Promise<SafeLog> {
  if (options.open !== undefined) return options.open(machine);
  const replicas = options.replicas ?? founders;
  return openReplica(world, mesh, group, replicas, options, machine);
}

async function openReplica(
  world: World,
  mesh: Mesh,
  group: string,
  replicas: readonly string[],
  options: SafeOptions,
  machine: SafeMachine,
): Promise<SafeLog> {
  const store = options.store ?? (await world.storage.open(`group-${group}-log`));
  const isOwn = options.store === undefined;
  const { maxMessageBytes } = checkSafeOptions(options);
  const { limits, ...rest } = options.log ?? {};
  try {
    const log = await openLog(world, {
      name: group,
      store,
      port: mesh.open(`group-log/${group}`),
      machine,
      founders: replicas,
      ...rest,
      limits: { ...limits, maxEntryBytes: maxMessageBytes + ENTRY_OVERHEAD_BYTES },
    });
    return {
      append: (entry) => log.append(entry),
      closed: log.closed,
      async close() {
        await log.close();
        if (isOwn) await store.close();
      },
    };
  } catch (error) {
    if (isOwn) await store.close().catch(() => {});
    throw error;
  }
}
