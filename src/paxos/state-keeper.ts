/**
 * What the log begins with in the place of the entries that it let go of: where that is, when a new one is due, and how it goes to
 * replicas that are too far behind. There are two: `Snapshots` of state machines that live in memory, which the log writes down
 * itself; and `DurableState` of those that keep their state themselves.
 */
import type { Change } from "../world/index.ts";
import type { Crc32 } from "./entry.ts";
import type { LogStore, Mark } from "./log-store.ts";
import type { TransferMessage } from "./message.ts";
import type { SnapshotLimits } from "./options.ts";
import type { PrefixValue } from "./prefix.ts";

/** Chunks that may be on the way to one receiver. */
export const WINDOW_CHUNKS = 8;
/** An offer that nobody answers is repeated after so many heartbeats; a transfer that stands still for ten times as long is over. */
export const REPEAT_HEARTBEATS = 5;
export const STALLED_REPEATS = 10;

/** What was applied, and the last entry of it that the state machine was given. */
export interface Applied {
  readonly prefix: PrefixValue;
  readonly given: number;
}

export interface StateHost {
  readonly logStore: LogStore;
  readonly crc32: Crc32;
  readonly heartbeatMs: number;
  readonly limits: SnapshotLimits;
  /** How often this replica was started. */
  readonly life: number;
  nowMs(): number;
  applied(): Applied;
  send(to: number, message: TransferMessage): void;
  /** Applies changes; `then` is called when they are durable, unless the replica ended. */
  write(changes: readonly Change[], then: () => void): void;
  /** Calls `then` when the state machine has done what it promised, unless the replica ended; it ends if that fails. */
  wait(doing: string, promise: Promise<void>, then: () => void): void;
  /** What this replica begins with is durable but for its mark: entries before this slot may go with the batch that holds it. */
  taken(mark: Change, first: number): void;
  /** Whether a state up to this slot would bring anything new. */
  isWanted(slot: number): boolean;
  /** The state of another replica is here, but for what is to be written with it. */
  received(mark: Mark, changes: readonly Change[]): void;
}

export interface StateKeeper {
  /** What this replica begins with. */
  mark: Mark;
  /** The state machine is being changed as a whole: nothing may be applied. */
  readonly isSwitching: boolean;
  /** At the start: what an earlier life left unfinished goes. */
  clean(): void;
  /** The state machine becomes what a mark says. */
  restore(mark: Mark): void;
  /** So many bytes of entries were applied. */
  progressed(bytes: number): void;
  /** Of the leader of a ballot: offers what there is to all who need it. */
  offerTo(laggards: ReadonlySet<number>, ballot: number): void;
  receive(from: number, message: TransferMessage): void;
  tick(committed: number): void;
  end(): void;
}

/** Whether the log has grown so much since a mark that another is due. */
export function isDue(
  { slot }: PrefixValue,
  mark: Mark,
  bytesSince: number,
  limits: SnapshotLimits,
): boolean {
  const { snapshotEntries, snapshotBytes } = limits;
  const entries = slot - mark.prefix.slot;
  return entries > 0 && (entries >= snapshotEntries || bytesSince >= snapshotBytes);
}

/** The first entry that is kept beside a snapshot up to a slot. */
export function firstKept(
  slot: number,
  { limits, logStore }: Pick<StateHost, "limits" | "logStore">,
): number {
  const { keptEntries, keptBytes } = limits;
  return Math.max(1, slot + 1 - keptEntries, logStore.entries.firstWithin(slot, keptBytes));
}
