export {
  type Codec,
  type GroupEvents,
  JoinedGroup,
  type JoinedOptions,
  type JoinOptions,
  join,
  jsonCodec,
  type ListenOptions,
  MAX_LISTENERS,
  type OutputOf,
  type OwnMesh,
  type SchemaIssue,
  type SchemaResult,
  type SendOptions,
  type SharedMesh,
  type StandardSchema,
  type Unsubscribe,
} from "./api/index.ts";
export {
  CallError,
  type CallHandler,
  type CallOptions,
  type CallOutcome,
  type MemberFailure,
  type MemberReply,
  type Wanted,
} from "./calls/index.ts";
export type { OutReason, StateOrigin } from "./core-types.ts";
export {
  type Detector,
  type DetectorOutput,
  HeartbeatDetector,
  type HeartbeatOptions,
  SwimDetector,
  type SwimOptions,
} from "./detector/index.ts";
export { type GroupErrorCode, groupErrors } from "./errors.ts";
export { Group } from "./group.ts";
export {
  type ActiveDefinition,
  activeMachine,
  type Context,
  type Declaration,
  type Declarations,
  type Handles,
  type MachineEvent,
  type PassiveDefinition,
  passiveMachine,
  Refusal,
  type RequestOptions,
  SharedMachine,
  type ViewChange,
  type WhenBlocked,
} from "./machine/index.ts";
export type { QuorumRule } from "./membership/quorum.ts";
export { openGroup } from "./open-group.ts";
export {
  defaultGroupLimits,
  type GroupLimits,
  type GroupNode,
  type GroupOptions,
  type GroupState,
  type MulticastOptions,
} from "./options.ts";
export type { SafeState } from "./safe/machine.ts";
export {
  defaultSafeLimits,
  MAX_SAFE_BYTES,
  type SafeLimits,
  type SafeLog,
  type SafeOptions,
} from "./safe/options.ts";
export { MAX_SENDERS, type Verdict } from "./safe/senders.ts";
export {
  type CounterEvent,
  type EntryChange,
  type LeaderEvent,
  type Leading,
  type MapEntry,
  type MapEvent,
  type MapLimits,
  type MapOptions,
  type MapWatchOptions,
  Presence,
  type PresenceEvent,
  type PresenceOptions,
  type Present,
  presence,
  type QueueEvent,
  type QueueLimits,
  type QueueOptions,
  SharedBarrier,
  SharedCounter,
  SharedLeader,
  SharedMap,
  SharedQueue,
  sharedBarrier,
  sharedCounter,
  sharedLeader,
  sharedMap,
  sharedQueue,
  type Taken,
  type Term,
} from "./shared/index.ts";
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
