import { type Detector, type DetectorOutput, HeartbeatDetector } from "../../src/group/detector/index.ts";

/** A detector for simulated time, in which no process is held up unless the test wants it: more view changes fit into a run. */
export const impatient = (output: DetectorOutput): Detector =>
  new HeartbeatDetector(output, { pauseMs: 600 });
