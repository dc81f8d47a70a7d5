export type { DiskOptions, SimDisk } from "./disk.ts";
export { simErrors } from "./errors.ts";
export { DEFAULT_LINK, type LinkOptions } from "./links.ts";
export type { CrashOptions, NodeOptions, Program, SimNode } from "./node.ts";
export { Prng } from "./prng.ts";
export {
  type DiskChange,
  defineFault,
  defineScenario,
  type Fault,
  type FaultClass,
  type FaultDraw,
  type FaultKind,
  type FaultScene,
  type FaultWeights,
  type Json,
  type JsonObject,
  type LinkChange,
  type LinkEnds,
  type Operation,
  type Overlays,
  type Plan,
  type Scenario,
  type Span,
  type Stage,
  type Undo,
  type WorkloadDraw,
} from "./scenario/index.ts";
export {
  type RunOptions,
  type RunStatistics,
  type SimulatedNetwork,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
export { DEFAULT_TRACE_LINES, Trace, type TracedMessage, type TraceKind, type TraceRecord } from "./trace.ts";
