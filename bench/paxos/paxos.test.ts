/** Whether the benchmark measures what it says: that what was acknowledged is what all three processes hold. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Child } from "../support/children.ts";
import { benchmark } from "../support/run-benchmark.ts";
import { until } from "../support/until.ts";
import type { Load, Measured } from "./child.ts";
import type { ServerRequest, ServerValues } from "./server.ts";
import { startServers } from "./servers.ts";
import { KEYS } from "./values.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-bench-test-"));
const started: Child<never>[] = [];
afterAll(() => {
  for (const child of started) child.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What all hold, once it is the same. */
function sameValues(processes: readonly Child<ServerRequest>[]): Promise<ServerValues> {
  const probe = async () => {
    const held = await Promise.all(processes.map((child) => child.ask<ServerValues>("values")));
    return held.every(({ digest }) => digest === held[0]?.digest) ? held[0] : undefined;
  };
  return until(probe, { what: "the same values everywhere" });
}

describe("paxos", () => {
  it.each(["replica", "member"] as const)("counts puts to a %s that all hold", async (role) => {
    const { processes, leader, follower } = await startServers(role, folder);
    started.push(...processes, leader, follower);
    const load: Load = { inFlight: 16, ms: 300, bytes: 100 };
    const first = await leader.ask<Measured>(load);
    const before = await sameValues(processes);
    expect(before.keys).toBe(Math.min(first.puts, KEYS));
    const second = await follower.ask<Measured>({ ...load, bytes: 4096 });
    expect((await sameValues(processes)).keys).toBe(Math.min(Math.max(first.puts, second.puts), KEYS));
    expect((await sameValues(processes)).digest).not.toBe(before.digest);
  });

  it("has a row for each that is compared, over etcd where that is one of them", async () => {
    const options = [
      "--peers",
      "safe-send,safe-send-follower",
      "--clients",
      "2,3",
      "--rounds",
      "1",
      "--seconds",
      "0.2",
    ];
    const { results } = await benchmark("paxos", options);
    for (const clients of [2, 3]) {
      const rows = results[`puts of 100 bytes, ${clients} under way`] ?? [];
      expect(rows.map((row) => [row.clients, row.name, row.overEtcd])).toEqual([
        [clients, "safe-send", undefined],
        [clients, "safe-send-follower", undefined],
      ]);
      for (const { perSecond, cpuUs } of rows) {
        expect(perSecond).toBeGreaterThan(0);
        expect(cpuUs).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
