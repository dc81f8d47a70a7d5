export type { DiskOptions, SimDisk } from "./disk.ts";
export { simErrors } from "./errors.ts";
export { DEFAULT_LINK, type LinkOptions } from "./links.ts";
export type { CrashOptions, NodeOptions, Program, SimNode } from "./node.ts";
export { Prng } from "./prng.ts";
export {
  type RunOptions,
  type RunStatistics,
  type SimulatedNetwork,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
export { DEFAULT_TRACE_LINES, Trace } from "./trace.ts";
