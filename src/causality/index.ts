export { compareTimestamps, LamportClock, type LamportTimestamp } from "./lamport.ts";
export { isDeliverable, PrecedenceQueue } from "./precedence.ts";
export {
  type Causality,
  compareNamedVectors,
  compareVectors,
  type NamedVector,
  NamedVectorClock,
  type Vector,
  VectorClock,
} from "./vector.ts";
