export type { OutReason, StateOrigin } from "./core-types.ts";
export { type GroupErrorCode, groupErrors } from "./errors.ts";
export { Group, type MulticastOptions, openGroup } from "./group.ts";
export type { QuorumRule } from "./membership/quorum.ts";
export {
  defaultGroupLimits,
  type GroupLimits,
  type GroupNode,
  type GroupOptions,
  type GroupState,
} from "./options.ts";
export { GroupSpec } from "./spec.ts";
export type { StatePieces } from "./transfer/giver.ts";
export type { StateSink } from "./transfer/taker.ts";
export {
  type GroupEvent,
  type Guarantee,
  type Member,
  type MessageId,
  memberName,
  type Order,
  type View,
} from "./types.ts";
