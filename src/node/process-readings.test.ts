import { expect, test } from "vitest";
import { createProcessReadings } from "./process-readings.ts";

test("a process reads its own processor time, memory and lateness", () => {
  const readings = createProcessReadings();
  const before = readings.cpuSeconds();
  // Ends when the system has seen that this process worked.
  let work = 0;
  const total = () => readings.cpuSeconds().user + readings.cpuSeconds().system;
  while (total() <= before.user + before.system) work = Math.sqrt(work + 2);
  expect(total()).toBeGreaterThan(before.user + before.system);
  const { resident, heapUsed, external } = readings.memoryBytes();
  expect(resident).toBeGreaterThan(heapUsed);
  expect(external).toBeGreaterThan(0);
  // Nothing was sampled yet, or it was reset: no lateness, and no nonsense.
  readings.loopDelay();
  const { p50Seconds, p99Seconds, maxSeconds } = readings.loopDelay();
  expect([p50Seconds, p99Seconds, maxSeconds]).toEqual([0, 0, 0]);
  readings.close();
});
