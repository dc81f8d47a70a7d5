export {
  type Corpus,
  type CorpusEntry,
  checkCorpus,
  EMPTY_CORPUS,
  entriesOf,
  formatCorpus,
  MAX_CORPUS_BYTES,
  parseCorpus,
  withEntry,
  withoutEntry,
} from "./corpus.ts";
export { defineFault, defineScenario } from "./define.ts";
export { type DrawOptions, drawPlan, nodeSpan } from "./draw.ts";
export type { Failure } from "./failure.ts";
export { EVERY_FAULT, FAULT_KINDS } from "./kinds.ts";
export { checkPlan, MAX_PLAN_BYTES, parsePlan } from "./plan.ts";
export { formatPlan, formatSize } from "./plan-text.ts";
export { type Run, runPlan, runTwice } from "./run.ts";
export {
  type PlanSize,
  type ShrinkOptions,
  type ShrinkTarget,
  type Shrunk,
  shrinkPlan,
  sizeOf,
  type TryPlan,
} from "./shrink.ts";
export { type SimulateOptions, simulate, type TestFunction } from "./simulate.ts";
export type {
  ClockChange,
  DiskChange,
  Fault,
  FaultClass,
  FaultDraw,
  FaultKind,
  FaultScene,
  FaultWeights,
  Json,
  JsonObject,
  LanChange,
  LinkChange,
  LinkEnds,
  Operation,
  Overlays,
  Plan,
  Scenario,
  Span,
  Stage,
  Undo,
  WorkloadDraw,
} from "./types.ts";
