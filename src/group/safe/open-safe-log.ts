/**
 * Opens what a group's safe messages stand on: a replica of their log, which also serves those who keep none, or at a node that keeps
 * none, the way to one that does.
 */
import type { Mesh } from "../../channel/index.ts";
import { openLog } from "../../paxos/index.ts";
import type { World } from "../../world/index.ts";
import { ENTRY_OVERHEAD_BYTES } from "./entry.ts";
import { Feeder } from "./feeder.ts";
import { Follower } from "./follower.ts";
import type { SafeMachine } from "./machine.ts";
import { checkSafeOptions, type SafeLog, type SafeOptions } from "./options.ts";

export interface SafeLogPlace {
  /** The group's name. */
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
  const replicas = options.replicas ?? founders;
  const limits = checkSafeOptions(options);
  const port = `group-safe/${group}`;
  if (!replicas.includes(mesh.self.name))
    return new Follower(world, mesh.open(port), machine, replicas, limits);
  const log = await (options.open?.(machine) ?? openReplica(world, mesh, place, replicas, machine));
  const feeder = new Feeder(world, mesh.open(port), { machine, log, replicas, limits });
  return {
    append: (entry) => log.append(entry),
    closed: log.closed,
    async close() {
      feeder.close();
      await log.close();
    },
  };
}

async function openReplica(
  world: World,
  mesh: Mesh,
  { group, options }: SafeLogPlace,
  replicas: readonly string[],
  machine: SafeMachine,
): Promise<SafeLog> {
  const { maxMessageBytes } = checkSafeOptions(options);
  const { limits, ...rest } = options.log ?? {};
  const store = options.store ?? (await world.storage.open(`group-${group}-log`, { isLog: true }));
  const closeStore = async () => {
    if (options.store === undefined) await store.close();
  };
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
        await closeStore();
      },
    };
  } catch (error) {
    await closeStore().catch(() => {});
    throw error;
  }
}
