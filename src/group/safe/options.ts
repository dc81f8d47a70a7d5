/** What a group is told that has safe messages. */
import type { OpenLogOptions, ReplicatedLog, StateMachine } from "../../paxos/index.ts";
import type { Store } from "../../world/index.ts";
import type { SafeState } from "./machine.ts";
import type { SenderLimits } from "./sender.ts";
import type { Verdict } from "./senders.ts";

/** What safe messages need of a log. */
export type SafeLog = Pick<ReplicatedLog<Verdict>, "append" | "closed" | "close">;

export interface FollowLimits {
  /** Bytes of the newest entries that a replica keeps for those who follow it; who lacks more is sent the state. */
  readonly keptBytes: number;
  /** Bytes on the way to one that follows. */
  readonly followBytes: number;
  /** Messages of those who follow that a replica has with the log. */
  readonly maxSubmitted: number;
  /** How often a replica says how far it is; one that follows, and is behind another for as long, turns to that. */
  readonly followMs: number;
  /** For how long one that follows waits for the answer to what it submitted. */
  readonly submitMs: number;
}

/** Bounds of safe messages. */
export interface SafeLimits extends SenderLimits, FollowLimits {}

const KIB = 1024;
const MIB = 1024 * KIB;

/** An entry, and a message with it, must fit into what the log and the mesh carry. */
export const MAX_SAFE_BYTES = 15 * MIB;

/** The bounds of safe messages for which nothing else is said. */
export const defaultSafeLimits: SafeLimits = {
  maxMessageBytes: MIB,
  maxQueuedBytes: 4 * MIB,
  maxQueued: 16_384,
  windowMessages: 1024,
  windowBytes: 2 * MIB,
  maxTries: 3,
  keptBytes: 8 * MIB,
  followBytes: 2 * MIB,
  maxSubmitted: 8192,
  followMs: 1000,
  submitMs: 15_000,
};

/** Where safe messages are kept, and what they make of the program. */
export interface SafeOptions {
  /** What the safe messages made of the program: the log keeps it, and lets go of the messages. */
  readonly state: SafeState;
  /** Nodes that keep replicas of the log, the same list everywhere. Default: the founders. All others follow them. */
  readonly replicas?: readonly string[];
  /** Where this node keeps its replica. Default: a store of its own, `group-NAME-log`. */
  readonly store?: Store;
  /** Of the log that the group opens. */
  readonly log?: Pick<OpenLogOptions<Verdict>, "timing" | "limits" | "isLeased" | "timeoutMs">;
  /**
   * Opens this node's replica with this state machine; the group closes it, and nothing else appends to the log. For another engine, or to
   * have the log itself, whose replicas it can change. Default: `openLog` with `store` and `log`.
   */
  readonly open?: (machine: StateMachine<Verdict>) => Promise<SafeLog>;
  /**
   * The program keeps the effect of messages itself, and has that of all up to this one (`Group.safePosition` while it was
   * delivered): they are not delivered again. Default 0.
   */
  readonly from?: number;
  readonly limits?: Partial<SafeLimits>;
}

/** @throws RangeError for limits out of their bounds, a position that is none, and replicas that cannot be. */
export function checkSafeOptions({ limits = {}, from = 0, replicas }: SafeOptions): SafeLimits {
  const all = { ...defaultSafeLimits, ...limits };
  for (const [limit, value] of Object.entries(all))
    if (!(value > 0)) throw new RangeError(`${limit}: ${value} is not above 0`);
  if (all.maxMessageBytes > MAX_SAFE_BYTES)
    throw new RangeError(`maxMessageBytes: ${all.maxMessageBytes} is over ${MAX_SAFE_BYTES}`);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new RangeError(`from: ${from} is no position of a message`);
  if (replicas !== undefined && (replicas.length === 0 || new Set(replicas).size !== replicas.length))
    throw new RangeError("replicas are one or more nodes, each once");
  return all;
}
