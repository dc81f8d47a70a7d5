export { MAX_REPLICA_ID } from "./ballot.ts";
export { MAX_MEMBERS, MAX_NAME_BYTES } from "./configuration.ts";
export { type LogErrorCode, logErrors } from "./errors.ts";
export type { Appended, LogRole, LogStatus, ReplicatedLog } from "./log.ts";
export {
  type AnyStateMachine,
  CHUNK_BYTES,
  type DurableStateMachine,
  type StateMachine,
  type StateSink,
  type StateSource,
} from "./machine.ts";
export { openLog } from "./open-log.ts";
export type { OpenLogOptions } from "./open-options.ts";
export {
  defaultLimits,
  defaultSnapshotLimits,
  defaultTiming,
  type Limits,
  leaseMsOf,
  type SnapshotLimits,
  type Timing,
} from "./options.ts";
export { type Learned, LogSpec, type Property } from "./spec.ts";
