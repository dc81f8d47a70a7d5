/** The counts are exact, whatever else the machine does: what docs/benchmarks.md says of three members. */
import { expect, test } from "vitest";
import { benchmark } from "../support/run-benchmark.ts";

/** For each receiver: what a multicast of 64 bytes takes that shares nothing with another. */
const APART: readonly (readonly [order: string, messages: number, bytes: number])[] = [
  ["fifo", 3, 180],
  ["causal", 3, 184 + 4 * 3],
  ["total", 6, 300],
];

test("group-scale counts what a multicast of three members costs, and what idle ones send", async () => {
  const { results, told } = await benchmark("group-scale", ["--members", "3"]);
  const rows = results.multicast ?? [];
  expect(rows.map(({ members, order, guarantee }) => [members, order, guarantee])).toEqual(
    APART.flatMap(([order]) => ["reliable", "atomic"].map((guarantee) => [3, order, guarantee])),
  );
  for (const row of rows) {
    const [, messages, bytes] = APART.find(([order]) => order === row.order) as (typeof APART)[number];
    expect([row["one, apart"], row["one, apart: B"]]).toEqual([2 * messages, bytes]);
    expect(row["one, crowd"]).toBeLessThan(2 * messages * 0.05);
  }
  expect(results.idle).toEqual([
    { members: 3, none: 0, "none: B": 0, heartbeat: 20, "heartbeat: B": 400, swim: 10, "swim: B": 240 },
  ]);
  // Each row was told as it came.
  for (const row of rows) expect(told).toContain(`multicast ${JSON.stringify(row)}`);
});
