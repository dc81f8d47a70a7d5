export { canonicalText, MAX_DEPTH, samePlain } from "./canonical-text.ts";
export {
  type CheckOptions,
  checkLinearizability,
  DEFAULT_MAX_CONFIGURATIONS,
  DEFAULT_MAX_STEPS,
  type LinearizabilityVerdict,
  type PartitionOrder,
} from "./check.ts";
export { type Evidence, MAX_SHOWN_OPERATIONS } from "./evidence.ts";
export { DEFAULT_MAX_OPERATIONS, History, type HistoryOptions, type OpenOperation } from "./history.ts";
export {
  type Model,
  outputOf,
  type Ranks,
  REFUSED,
  type RecordedOperation,
  UNSEEN,
  type Unseen,
} from "./model.ts";
export { type CounterInput, counterModel } from "./models/counter.ts";
export { type KeyValueInput, keyValueModel } from "./models/key-value.ts";
export { type ListInput, type ListOutput, type ListState, listModel } from "./models/list.ts";
export { type LockInput, type LockState, lockModel } from "./models/lock.ts";
export { type QueueInput, queueModel } from "./models/queue.ts";
export {
  type CasRegisterInput,
  casRegisterModel,
  type RegisterInput,
  registerModel,
} from "./models/register.ts";
export { requireLinearizable } from "./require.ts";
