export { CALLS_PORT, type Calls, type LocalVolumes, openCalls } from "./calls.ts";
export { type CoverOutcome, placeCover, placeOfHandle, removeCover } from "./cover-calls.ts";
export type { Cover } from "./covers.ts";
export { identitiesIn } from "./entry-identities.ts";
export { type ReplicaErrorCode, replicaErrors } from "./errors.ts";
export { createVolumeServices, type VolumeServicesOptions } from "./front.ts";
export {
  decodeLayerList,
  encodeLayerList,
  encodeLayerWish,
  LayerCalls,
  type ReplicaClone,
  type ReplicaLayers,
  type ReplicaSnapshot,
} from "./layer-calls.ts";
export { type OpenReplicaOptions, openReplica } from "./open-replica.ts";
export type { FormatOptions, Replica, ReplicaStatus } from "./replica.ts";
export { defaultReplicaLimits, type ReplicaLimits } from "./replica-limits.ts";
export type { Session } from "./sessions.ts";
export type { Answer, Desk, VolumeCall } from "./volume-call.ts";
export { MAX_KNOWN_ROOTS, type MountPlace, VolumeTree, type VolumeTreeOptions } from "./volume-tree.ts";
