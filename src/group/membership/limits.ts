/** Bounds and delays of membership, with their defaults. Times in milliseconds. */
import type { CoordinatorLimits } from "./coordinator.ts";

export interface MembershipLimits extends CoordinatorLimits {
  /** Members of a view. Who wants to join a full group waits. */
  readonly maxMembers: number;
  /** How long a coordinator waits for others who want to join, after the first. */
  readonly gatherMs: number;
  /** After so long without a decision the next in rank begins a ballot, and after as long again the next. */
  readonly patienceMs: number;
  /** Questions that were not answered are asked again after this time; after longer and longer ones, up to eight times as long. */
  readonly retryMs: number;
  /** A member that is held up by a view change for so long says that it is blocked. */
  readonly blockedAfterMs: number;
  /** How long founders wait for those of them that are missing, when they are enough. */
  readonly foundingWaitMs: number;
  /** A member that cannot get the messages of a view that was decided gives up its place after this time. */
  readonly resignMs: number;
  /** A member that did nothing for so long asks whether it is still one before it delivers anything. */
  readonly pauseMs: number;
}

export const defaultMembershipLimits: MembershipLimits = {
  maxMembers: 256,
  promiseMs: 500,
  acceptMs: 1000,
  gatherMs: 10,
  patienceMs: 750,
  retryMs: 200,
  blockedAfterMs: 1000,
  foundingWaitMs: 2000,
  resignMs: 5000,
  pauseMs: 250,
};
