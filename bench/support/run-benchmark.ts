/** For tests of benchmarks: runs one as people do, for its JSON. Whether it counts right can be tested; how quick it is, never. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Cells } from "./report.ts";

export interface BenchmarkResult {
  /** The tables, by their names. */
  readonly results: Readonly<Record<string, readonly Cells[]>>;
  /** On standard error. */
  readonly told: string;
}

const WITHIN_MS = 250_000;

/** Errors: those of one that fails, or takes too long, with all that it said. */
export async function benchmark(name: string, options: readonly string[]): Promise<BenchmarkResult> {
  const script = join(import.meta.dirname, "..", `${name}.ts`);
  const words = ["--import", import.meta.resolve("tsx"), script, "--json", ...options];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { timeout: WITHIN_MS });
  const { results } = JSON.parse(stdout) as Pick<BenchmarkResult, "results">;
  return { results, told: stderr };
}
