/** Opens a replica of a log: what it is told, and what it finds in its store. */
import type { World } from "../world/index.ts";
import { tokenOf } from "./codec.ts";
import { LogDriver } from "./driver.ts";
import { ENTRY_HEAD_BYTES } from "./entry.ts";
import { foundState } from "./found-state.ts";
import { Links } from "./links.ts";
import type { ReplicatedLog } from "./log.ts";
import { LogStore } from "./log-store.ts";
import { type CheckedOptions, checkOptions, type OpenLogOptions } from "./open-options.ts";

const TOKEN_BYTES = 16;
/** Beside its entries, what a message may hold: a hello with all members is the largest. */
const MESSAGE_HEAD_BYTES = 1024 * 1024;

/**
 * Resolves when the replica's state machine is as its store has it, up to what is known to be agreed on.
 * Rejects with LOG_CORRUPT, LOG_FORMAT, LOG_MACHINE_FAILED, LOG_STATE_MISMATCH, LOG_STORE_FAILED, STORE_….
 * @throws RangeError for options that cannot be.
 */
export async function openLog<Reply>(
  world: World,
  options: OpenLogOptions<Reply>,
): Promise<ReplicatedLog<Reply>> {
  const checked = checkOptions(options);
  const { maxEntryBytes, messageBytes } = checked.limits;
  const links = new Links(options.port, messageBytes + maxEntryBytes + ENTRY_HEAD_BYTES + MESSAGE_HEAD_BYTES);
  try {
    return await open(world, checked, links);
  } catch (error) {
    links.close();
    throw error;
  }
}

async function open<Reply>(
  world: World,
  options: CheckedOptions<Reply>,
  links: Links,
): Promise<ReplicatedLog<Reply>> {
  const { store, name } = options;
  const logStore = new LogStore(store, name, (data, seed) => world.crc32(data, seed));
  const found = logStore.identity();
  const token = found?.token ?? tokenOf(world.random.bytes(TOKEN_BYTES));
  const identity = { token, life: (found?.life ?? 0) + 1, id: found?.id ?? 0, founding: found?.founding };
  const state = foundState(logStore, options.machine);
  store.apply([logStore.identityChange(identity), ...state.changes]);
  await store.sync();
  const driver = new LogDriver(world, options, links, logStore, identity, state);
  driver.start();
  const ended = await Promise.race([driver.closed, driver.caughtUp()]);
  if (ended !== undefined) throw ended;
  return driver;
}
