/**
 * Programs of the benchmarks, compiled with all that they import, as the package is published: what tsx makes of the sources on
 * the fly is slower, since it names every function anew each time that it is made.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { atEnd } from "./scratch.ts";

const root = resolve(import.meta.dirname, "../..");

/** Gives the compiled programs, in the order of their sources' paths from the project's folder. */
export function buildPrograms<Sources extends readonly string[]>(
  ...sources: Sources
): { [At in keyof Sources]: string } {
  // Within node_modules, so that it finds its dependencies.
  const folder = join(root, "node_modules", `.coterie-bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  const outDir = join(folder, "out");
  const options = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { noEmit: false, rootDir: root, outDir, typeRoots: [join(root, "node_modules/@types")] },
    files: sources.map((source) => join(root, source)),
    include: [],
  };
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify(options));
  const { status } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", project], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  const programs = sources.map((source) => join(outDir, source.replace(/\.ts$/, ".js")));
  if (status !== 0 || !programs.every((program) => existsSync(program)))
    throw new Error("the programs of the benchmark do not compile; the compiler's words are above");
  return programs as { [At in keyof Sources]: string };
}
