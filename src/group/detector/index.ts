export { HeartbeatDetector, type HeartbeatOptions } from "./heartbeat.ts";
export { SwimDetector, type SwimOptions } from "./swim.ts";
export type { Detector, DetectorOutput } from "./types.ts";
