/** Opens what a group's safe messages stand on: a replica of their log, a log of the program's, or another node's replica. */
import type { Mesh } from "../../channel/index.ts";
import { openLog } from "../../paxos/index.ts";
import type { World } from "../../world/index.ts";
import { ENTRY_OVERHEAD_BYTES } from "./entry.ts";
import { Feeder } from "./feeder.ts";
import { Follower } from "./follower.ts";
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
  place: SafeLogPlace,
  machine: SafeMachine,
): Promise<SafeLog> {
  const { group, founders, options } = place;
  if (options.open !== undefined) return options.open(machine);
  const replicas = options.replicas ?? founders;
  const limits = checkSafeOptions(options);
  if (replicas.includes(mesh.self.name)) return openReplica(world, mesh, place, replicas, machine);
  return new Follower(world, mesh.open(`group-safe/${group}`), machine, replicas, limits);
}

async function openReplica(
  world: World,
  mesh: Mesh,
  { group, options }: SafeLogPlace,
  replicas: readonly string[],
  machine: SafeMachine,
): Promise<SafeLog> {
  const store = options.store ?? (await world.storage.open(`group-${group}-log`));
  const closeStore = async () => {
    if (options.store === undefined) await store.close();
  };
  const limits = checkSafeOptions(options);
  const { limits: logLimits, ...rest } = options.log ?? {};
  try {
    const log = await openLog(world, {
      name: group,
      store,
      port: mesh.open(`group-log/${group}`),
      machine,
      founders: replicas,
      ...rest,
      limits: { ...logLimits, maxEntryBytes: limits.maxMessageBytes + ENTRY_OVERHEAD_BYTES },
    });
    const feeder = new Feeder(world, mesh.open(`group-safe/${group}`), machine, log, limits);
    return {
      append: (entry) => log.append(entry),
      closed: log.closed,
      async close() {
        feeder.close();
        await log.close();
        await closeStore();
      },
    };
  } catch (error) {
    await closeStore().catch(() => {});
    throw error;
  }
}
