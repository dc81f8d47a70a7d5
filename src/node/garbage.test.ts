import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { letGarbageLie } from "./garbage.ts";

const MIB = 1024 * 1024;
const module = new URL("./garbage.ts", import.meta.url).href;

/** Full collections of a process that makes half a gigabyte of arrays, and keeps the last 27 MB of them. */
function fullCollections(growth: string): number {
  const script = `
    import { PerformanceObserver } from "node:perf_hooks";
    import { letGarbageLie } from ${JSON.stringify(module)};
    ${growth}
    let full = 0;
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === 4) full++;
    }).observe({ entryTypes: ["gc"] });
    const kept = [];
    for (let i = 0; i < 2_000_000; i++) {
      kept[i % 100_000] = new Array(32).fill(i);
      if (i % 50_000 === 0) await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
    console.log(full);`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

test("a process that may grow by more collects all of its garbage less often", () => {
  // V8 never lets more lie than four times what lives, 110 MB.
  expect(fullCollections("")).toBeGreaterThan(2);
  expect(fullCollections(`letGarbageLie({ growthBytes: ${512 * MIB} })();`)).toBeGreaterThan(2);
  expect(fullCollections(`letGarbageLie({ growthBytes: ${512 * MIB} });`)).toBeLessThan(3);
});

test("a growth of nothing, or without a bound, is refused", () => {
  for (const growthBytes of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => letGarbageLie({ growthBytes })).toThrow(RangeError);
});
