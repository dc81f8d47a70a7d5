export {
  createFileLog,
  DEFAULT_LOG_BYTES,
  DEFAULT_LOGS_KEPT,
  type FileLog,
  type FileLogOptions,
} from "./file-log.ts";
export {
  type FloatingAddress,
  type FloatingOutcome,
  type FloatingPlace,
  floatingAddress,
} from "./floating-address.ts";
export { type GarbageOptions, letGarbageLie } from "./garbage.ts";
export { findModule, loadModule } from "./load-module.ts";
export type {
  Digest,
  DiskSpace,
  LocalEntry,
  LocalFile,
  LocalFiles,
  LocalMode,
  LocalPath,
  LocalReader,
  LocalStat,
  LocalType,
} from "./local-files.ts";
export { createLocalFiles } from "./local-files-node.ts";
export { createLog, type LogLevel, type LogOptions } from "./log.ts";
export { createProcessControl, type ProcessControl, type SignalName } from "./process.ts";
export { createProcessReadings, type LoopDelay, type ProcessReadings } from "./process-readings.ts";
export type { StoreTuning } from "./storage.ts";
export { createTerminal, type Terminal, type TerminalWriter } from "./terminal.ts";
export {
  type ParentOptions,
  type ParentProcess,
  parentProcess,
  type WorkerEnd,
  type WorkerProcess,
} from "./worker-process.ts";
export { createNodeWorld, type NodeWorld, type NodeWorldOptions } from "./world.ts";
