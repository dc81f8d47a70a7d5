/**
 * A replicated log as its users see it, whatever engine is behind it: entries in one order for everybody, applied to a state
 * machine at each replica. What was acknowledged is durable at a majority, and is applied everywhere.
 */
import type { CoterieError } from "../world/index.ts";

/** What `append` resolves with. */
export interface Appended<Reply> {
  /** The entry's place: from 1 up, not every one is taken by an entry. */
  readonly index: number;
  /** Of this replica's state machine. */
  readonly reply: Reply;
}

/**
 * What a replica is at the moment: `joining` waits to be named, a `learner` is sent entries and has no vote,
 * `candidate` asks to lead, `removed` is no member any more, `closed` has ended.
 */
export type LogRole = "joining" | "learner" | "follower" | "candidate" | "leader" | "removed" | "closed";

/** How a replica and its log are, as far as it knows. */
export interface LogStatus {
  readonly role: LogRole;
  /** Name of the leader as far as this replica knows. */
  readonly leader: string | undefined;
  /** The leader takes entries, and answers reads. */
  readonly isServing: boolean;
  /** All up to here is agreed on, and applied here. */
  readonly committed: number;
  readonly applied: number;
  /** The first entry that is kept, and the last that the snapshot holds. */
  readonly first: number;
  readonly snapshot: number;
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  /** Names that shall be the voters, while a change is under way. */
  readonly wanted: readonly string[] | undefined;
}

/**
 * One replica of a log. Methods reject with `CoterieError` of a LOG_… code; each says whether the entry may
 * have been appended.
 */
export interface ReplicatedLog<Reply> {
  /**
   * Appends an entry, from any replica; its bytes are copied. Resolves once it is durable at a majority, and applied here. Entries
   * of one replica keep their order, also with its reads that are asked for after they resolved.
   *
   * Rejects with LOG_NO_QUORUM, LOG_BUSY, LOG_TOO_LARGE, LOG_CLOSED, LOG_REMOVED: it did not happen and never will; LOG_OUTCOME_UNKNOWN:
   * nobody knows.
   */
  append(entry: Uint8Array): Promise<Appended<Reply>>;
  /**
   * Calls `look` when this replica's state machine shows all that was acknowledged to anybody before this call, and
   * resolves with what it returns. `look` only reads, and is synchronous. Rejects as `append` does, and with what `look` throws.
   */
  read<Seen>(look: () => Seen): Promise<Seen>;
  /**
   * Makes these replicas, by their names, the voters. New ones, whose logs are open already, catch up first. Resolves when it is done.
   * Rejects with LOG_UNKNOWN_REPLICA, LOG_CHANGE_REPLACED, LOG_CHANGE_PENDING, and as `append` does.
   * @throws RangeError for names that cannot be a log's voters.
   */
  reconfigure(voters: readonly string[]): Promise<void>;
  status(): LogStatus;
  /** Called when role, leader or replicas change. */
  onStatus: (status: LogStatus) => void;
  /** Resolves when the replica has ended: with the error that ended it, or with undefined after `close`. */
  readonly closed: Promise<CoterieError | undefined>;
  /** Hands leadership over if it has it, and ends. What waits is rejected. */
  close(): Promise<void>;
}
