export { SharedBarrier, sharedBarrier } from "./barrier.ts";
export { type CounterEvent, SharedCounter, sharedCounter } from "./counter.ts";
export { type LeaderEvent, type Leading, SharedLeader, sharedLeader, type Term } from "./leader.ts";
export {
  type EntryChange,
  type MapEntry,
  type MapEvent,
  type MapOptions,
  type MapWatchOptions,
  SharedMap,
  sharedMap,
} from "./map.ts";
export type { MapLimits } from "./map-object.ts";
export { Presence, type PresenceEvent, type PresenceOptions, type Present, presence } from "./presence.ts";
export { type QueueEvent, type QueueOptions, SharedQueue, sharedQueue, type Taken } from "./queue.ts";
export type { QueueLimits } from "./queue-object.ts";
