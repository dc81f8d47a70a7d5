export type { DiskOptions, SimDisk } from "./disk.ts";
export { simErrors } from "./errors.ts";
export { DEFAULT_LINK, type LinkOptions } from "./links.ts";
export type { CrashOptions, NodeOptions, Program, SimNode } from "./node.ts";
export { Prng } from "./prng.ts";
export {
  checkPlan,
  type DiskChange,
  type DrawOptions,
  defineFault,
  defineScenario,
  drawPlan,
  EVERY_FAULT,
  FAULT_KINDS,
  type Failure,
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
  MAX_PLAN_BYTES,
  type Operation,
  type Overlays,
  type Plan,
  type PlanSize,
  parsePlan,
  type Run,
  runPlan,
  type Scenario,
  type ShrinkOptions,
  type Shrunk,
  type Span,
  type Stage,
  shrinkPlan,
  type TryPlan,
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
