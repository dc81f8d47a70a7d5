/**
 * Compiles `coterie` once for a run of the tests: a command that is a process of its own starts in a third of the time
 * that its sources take, and it is what people run. A folder for each run, since several may go on in one checkout.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** Where the entry is told to the processes of the tests. */
export const COMPILED_ENTRY = "COTERIE_COMPILED_ENTRY";

/** Types are `npm run check`'s to look at. */
const FLAGS = ["--noCheck", "--declaration", "false", "--sourceMap", "false"];

/** Before all tests; what it gives is done after them. */
export function setup(): () => void {
  // Among the packages, which whatever walks through this project's files passes over.
  const folder = join(ROOT, "node_modules", `.coterie-test-${process.pid}`);
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const words = [
    compiler,
    "-p",
    join(ROOT, "tsconfig.build.json"),
    "--outDir",
    join(folder, "dist"),
    ...FLAGS,
  ];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`coterie cannot be compiled:\n${stdout}`);
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  process.env[COMPILED_ENTRY] = join(folder, "dist/cli/main.js");
  return () => rmSync(folder, { recursive: true, force: true });
}
