/** The load generator (load.c), compiled and run. Needs the Debian packages gcc and libnfs-dev. */
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Measurement {
  readonly operation: string;
  readonly files: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly calls: number;
  /** Answers that said "ask again", also before calls were counted. */
  readonly later: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Gives the path of the program. */
export function buildGenerator(folder: string): string {
  const binary = join(folder, "load");
  const source = join(import.meta.dirname, "load.c");
  execFileSync("gcc", ["-O2", "-Wall", "-o", binary, source, "-lnfs"], { stdio: "inherit" });
  return binary;
}

/** Runs the words, the generator's own among them; one measurement for each operation that they name. */
export async function runGenerator([file, ...words]: readonly string[]): Promise<Measurement[]> {
  const { stdout } = await promisify(execFile)(file as string, words, { maxBuffer: 1 << 24 });
  const lines = stdout.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Measurement);
}
