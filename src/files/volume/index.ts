export { volumeErrors } from "./errors.ts";
export { FORMAT_VERSION } from "./format.ts";
export {
  type CheckCounts,
  type CheckOptions,
  type Finding,
  type FindingKind,
  type FsckReport,
  fsck,
} from "./fsck.ts";
export { type Identity, LayeredVolume, type VolumeClone, type VolumeSnapshot } from "./layered-volume.ts";
export { DEFAULT_CHUNK_BYTES, DEFAULT_LIMITS, defaultLimits, type VolumeLimits } from "./limits.ts";
export { openLayeredVolume, openVolume, type VolumeOptions } from "./open.ts";
export {
  Access,
  type Attributes,
  type Changes,
  type Context,
  type Credentials,
  type DirectoryEntry,
  Fault,
  type FaultReason,
  type FileType,
  type Handle,
  isFault,
  MAX_FILE_BYTES,
  MAX_LINKS,
  MAX_NAME_BYTES,
  MAX_SYMLINK_BYTES,
  type NewObject,
  type Outcome,
  RESERVED_PREFIX,
  type ReadPieces,
  type ReadResult,
  type Stability,
  type Statistics,
  type Volume,
} from "./types.ts";
export { StoredVolume } from "./volume.ts";
