/** What a log is opened with, and what is wrong with it. */
import type { MeshPort } from "../channel/index.ts";
import type { Store } from "../world/index.ts";
import { complaintOfVoters } from "./configuration.ts";
import { PAXOS_MAX_PAYLOAD } from "./gen/paxos.gen.ts";
import type { AnyStateMachine } from "./machine.ts";
import {
  defaultLimits,
  defaultSnapshotLimits,
  defaultTiming,
  type Limits,
  leaseMsOf,
  type SnapshotLimits,
  type Timing,
} from "./options.ts";

/** What a replica of a log needs. */
export interface OpenLogOptions<Reply> {
  /** The log's name in the store: `[a-z0-9-]{1,64}`. */
  readonly name: string;
  /** Where this replica keeps what it must not forget. Logs and others may share it. The caller closes it, after the log. */
  readonly store: Store;
  /** A port of the mesh that all replicas of this log open by the same name, and nobody else uses. The log closes it. */
  readonly port: MeshPort;
  /** Of one kind at all replicas. */
  readonly machine: AnyStateMachine<Reply>;
  /**
   * Names of all first replicas, the same at each of them, when the log is made: it begins once all of them were up. A store
   * that belongs to the log already needs none. Without it, a replica with a new store waits to be made a member by `reconfigure`.
   */
  readonly founders?: readonly string[];
  /**
   * The leader answers reads alone for as long as a majority is bound to it, if clocks keep to `clockDriftPpm` and
   * `clockErrorMs`. The same at all replicas. Default false: each round of reads asks a majority.
   */
  readonly isLeased?: boolean;
  /** For how long an append, a read or a change is tried. Default 10,000. */
  readonly timeoutMs?: number;
  readonly timing?: Partial<Timing>;
  readonly limits?: Partial<Limits & SnapshotLimits>;
}

/** Options with their defaults. */
export interface CheckedOptions<Reply> extends Omit<OpenLogOptions<Reply>, "timing" | "limits"> {
  readonly timing: Timing;
  readonly limits: Limits & SnapshotLimits;
  readonly timeoutMs: number;
  readonly isLeased: boolean;
  readonly founders: readonly string[];
}

const NAME = /^[a-z0-9-]{1,64}$/;
const DEFAULT_TIMEOUT_MS = 10_000;

/** @throws RangeError for options that cannot be. */
export function checkOptions<Reply>(options: OpenLogOptions<Reply>): CheckedOptions<Reply> {
  const { name, founders, timing: times, limits: bounds, isLeased } = options;
  if (!NAME.test(name)) throw new RangeError(`log name ${JSON.stringify(name)} is not of [a-z0-9-]{1,64}`);
  checkFounders(founders, options.port.self);
  const timing = { ...defaultTiming, ...times };
  checkTiming(timing, isLeased ?? false);
  const limits = { ...defaultLimits, ...defaultSnapshotLimits, ...bounds };
  checkLimits(limits);
  return {
    ...options,
    timing,
    limits,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    isLeased: isLeased ?? false,
    founders: founders ?? [],
  };
}

function checkFounders(founders: readonly string[] | undefined, self: string): void {
  if (founders === undefined) return;
  const complaint = complaintOfVoters(founders);
  if (complaint !== undefined) throw new RangeError(complaint);
  if (!founders.includes(self)) throw new RangeError(`${self} is none of the founders`);
}

function checkTiming(timing: Timing, isLeased: boolean): void {
  if (!(timing.heartbeatMs > 0 && timing.electionMs >= 3 * timing.heartbeatMs)) {
    throw new RangeError("electionMs is at least three heartbeats");
  }
  if (isLeased && leaseMsOf(timing) <= timing.heartbeatMs) {
    throw new RangeError(
      "with this clockDriftPpm and clockErrorMs a lease would be over before the next heartbeat",
    );
  }
}

function checkLimits(limits: Limits & SnapshotLimits): void {
  for (const [key, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${key} ${value} is not a whole number from 1`);
  }
  if (limits.maxEntryBytes > PAXOS_MAX_PAYLOAD)
    throw new RangeError(`maxEntryBytes is over ${PAXOS_MAX_PAYLOAD}`);
}
