/** Opens a replica of a log: what it is told, and what it finds in its store. */
import type { MeshPort } from "../channel/index.ts";
import type { Store, World } from "../world/index.ts";
import { tokenOf } from "./codec.ts";
import { complaintOfVoters } from "./configuration.ts";
import { type DriverOptions, LogDriver } from "./driver.ts";
import { ENTRY_HEAD_BYTES } from "./entry.ts";
import { PAXOS_MAX_PAYLOAD } from "./gen/paxos.gen.ts";
import { Links } from "./links.ts";
import type { ReplicatedLog } from "./log.ts";
import { LogStore } from "./log-store.ts";
import type { StateMachine } from "./machine.ts";
import {
  defaultLimits,
  defaultSnapshotLimits,
  defaultTiming,
  type Limits,
  leaseMsOf,
  type SnapshotLimits,
  type Timing,
} from "./options.ts";

export interface OpenLogOptions<Reply> {
  /** The log's name in the store: `[a-z0-9-]{1,64}`. */
  readonly name: string;
  /** Where this replica keeps what it must not forget. Logs and others may share it. The caller closes it, after the log. */
  readonly store: Store;
  /** A port of the mesh that all replicas of this log open by the same name, and nobody else uses. The log closes it. */
  readonly port: MeshPort;
  readonly machine: StateMachine<Reply>;
  /**
   * Names of all first replicas, the same at each of them, when the log is made: it begins once all of them were up. A store
   * that belongs to the log already needs none. Without it, a replica with a new store waits to be made a member by `reconfigure`.
   */
  readonly founders?: readonly string[];
  /**
   * The leader answers reads alone for as long as a majority is bound to it, if clocks keep to `clockDriftPpm` and
   * `clockErrorMs`. Default false: each round of reads asks a majority.
   */
  readonly isLeased?: boolean;
  /** For how long an append, a read or a change is tried. Default 10,000. */
  readonly timeoutMs?: number;
  readonly timing?: Partial<Timing>;
  readonly limits?: Partial<Limits & SnapshotLimits>;
}

const NAME = /^[a-z0-9-]{1,64}$/;
const TOKEN_BYTES = 16;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Beside its entries, what a message may hold: a hello with all members is the largest. */
const MESSAGE_HEAD_BYTES = 1024 * 1024;

/**
 * Resolves when the replica's state machine is as its store has it, up to what is known to be agreed on.
 * Rejects with LOG_CORRUPT, LOG_FORMAT, LOG_MACHINE_FAILED, LOG_STORE_FAILED, STORE_….
 * @throws RangeError for options that cannot be.
 */
export async function openLog<Reply>(
  world: World,
  options: OpenLogOptions<Reply>,
): Promise<ReplicatedLog<Reply>> {
  const checked = check(options);
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
  options: DriverOptions<Reply>,
  links: Links,
): Promise<ReplicatedLog<Reply>> {
  const { store, name } = options;
  const logStore = new LogStore(store, name, (data, seed) => world.crc32(data, seed));
  const found = logStore.identity();
  const token = found?.token ?? tokenOf(world.random.bytes(TOKEN_BYTES));
  const identity = { token, life: (found?.life ?? 0) + 1, id: found?.id ?? 0, founding: found?.founding };
  const mark = logStore.mark();
  store.apply([logStore.identityChange(identity)]);
  await store.sync();
  const driver = new LogDriver(world, options, links, logStore, identity, mark);
  driver.start();
  const ended = await Promise.race([driver.closed, driver.caughtUp()]);
  if (ended !== undefined) throw ended;
  return driver;
}

function check<Reply>(options: OpenLogOptions<Reply>): DriverOptions<Reply> {
  const { name, founders, timing: times, limits: bounds, isLeased } = options;
  if (!NAME.test(name)) throw new RangeError(`log name ${JSON.stringify(name)} is not of [a-z0-9-]{1,64}`);
  const complaint = founders === undefined ? undefined : complaintOfVoters(founders);
  if (complaint !== undefined) throw new RangeError(complaint);
  if (founders !== undefined && !founders.includes(options.port.self)) {
    throw new RangeError(`${options.port.self} is none of the founders`);
  }
  const timing = { ...defaultTiming, ...times };
  if (!(timing.heartbeatMs > 0 && timing.electionMs >= 3 * timing.heartbeatMs)) {
    throw new RangeError("electionMs is at least three heartbeats");
  }
  if (isLeased && leaseMsOf(timing) <= timing.heartbeatMs) {
    throw new RangeError(
      "with this clockDriftPpm and clockErrorMs a lease would be over before the next heartbeat",
    );
  }
  const limits = { ...defaultLimits, ...defaultSnapshotLimits, ...bounds };
  for (const [key, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${key} ${value} is not a whole number from 1`);
  }
  if (limits.maxEntryBytes > PAXOS_MAX_PAYLOAD)
    throw new RangeError(`maxEntryBytes is over ${PAXOS_MAX_PAYLOAD}`);
  return {
    ...options,
    timing,
    limits,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    isLeased: isLeased ?? false,
    founders: founders ?? [],
  };
}
