/** `coterie sim …` with its real worker processes, on a scenario's file in a folder that lives as long as a test. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createNodeWorld } from "../../src/node/index.ts";
import { type CliResult, runCli } from "./cli-host.ts";

const SUPPORT = new URL("./letters-scenario.ts", import.meta.url).href;
/** A file that exports letters with a bug: seeds 5 and 10 are the first that fail. */
export const FORGETFUL = `export default letters({ bug: "forgetful" });`;

export const simWorld = () => createNodeWorld({});

export interface SimFolder {
  /** Of the present test. */
  readonly path: string;
  /** Writes a file of scenarios; `body` may use `letters`. */
  scenarioFile(body: string, name?: string): string;
}

/** Makes a folder before each test of the file, and removes it after. */
export function useSimFolder(): SimFolder {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "coterie-sim-cli-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    scenarioFile(body, name = "letters.ts") {
      const file = join(path, name);
      writeFileSync(file, `import { letters } from ${JSON.stringify(SUPPORT)};\n${body}\n`);
      return file;
    },
  };
}

export function sim(...args: readonly string[]): Promise<CliResult> {
  return runCli(["sim", ...args], { world: simWorld });
}

/** What a command said under --json. */
export function jsonLines({ out }: CliResult): readonly Record<string, unknown>[] {
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Until a worker has written a file: it says nothing else. */
export async function untilExists(path: string): Promise<void> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "")
    await new Promise((resolve) => setImmediate(resolve));
}
