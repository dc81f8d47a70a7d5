/**
 * `npm run generate`: compiles the project's own `.x` files into the modules that are kept beside the code that uses
 * them, and writes the command line's reference and the page of limits. With `--check` it writes nothing and fails when a module is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compileIdl, type ReadFile } from "../src/idl/index.ts";
import { LIMITS_FILE, limitsText } from "./limits.ts";

export interface GeneratedModule {
  /** The `.x` file, from the project's root. */
  readonly source: string;
  /** The generated module, from the project's root. */
  readonly output: string;
}

/** Every `.x` file of ours and the module that it becomes. */
export const MODULES: readonly GeneratedModule[] = [
  { source: "x/nfs2.x", output: "src/files/nfs/gen/nfs2.gen.ts" },
  { source: "x/nfs3.x", output: "src/files/nfs/gen/nfs3.gen.ts" },
  { source: "x/mount.x", output: "src/files/nfs/gen/mount.gen.ts" },
  { source: "x/replies.x", output: "src/files/nfs/gen/replies.gen.ts" },
  { source: "x/backup.x", output: "src/files/backup/gen/backup.gen.ts" },
  { source: "x/volume-log.x", output: "src/files/replicated/gen/volume-log.gen.ts" },
  { source: "x/volume-layers.x", output: "src/files/replicated/gen/volume-layers.gen.ts" },
  { source: "x/volume-covers.x", output: "src/files/replicated/gen/volume-covers.gen.ts" },
  { source: "x/volume-port.x", output: "src/files/replicated/gen/volume-port.gen.ts" },
  { source: "x/rpc.x", output: "src/rpc/gen/rpc.gen.ts" },
  { source: "x/portmap.x", output: "src/naming/gen/portmap.gen.ts" },
  { source: "x/rpcbind.x", output: "src/naming/gen/rpcbind.gen.ts" },
  { source: "x/channel-frames.x", output: "src/channel/gen/channel-frames.gen.ts" },
  { source: "x/channel.x", output: "src/channel/gen/channel.gen.ts" },
  { source: "x/mesh.x", output: "src/channel/mesh/gen/mesh.gen.ts" },
  { source: "x/group.x", output: "src/group/wire/gen/group.gen.ts" },
  { source: "x/group-frames.x", output: "src/group/api/gen/group-frames.gen.ts" },
  { source: "x/group-safe.x", output: "src/group/safe/gen/group-safe.gen.ts" },
  { source: "x/group-shared.x", output: "src/group/shared/gen/group-shared.gen.ts" },
  { source: "x/detector.x", output: "src/group/detector/gen/detector.gen.ts" },
  { source: "x/mailbox.x", output: "src/channel/mailbox/gen/mailbox.gen.ts" },
  { source: "x/cell-admin.x", output: "src/cell/gen/cell-admin.gen.ts" },
  { source: "x/cell.x", output: "src/cell/gen/cell.gen.ts" },
  { source: "x/authority.x", output: "src/cell/authority/gen/authority.gen.ts" },
  { source: "x/join.x", output: "src/cell/authority/gen/join.gen.ts" },
  { source: "x/paxos.x", output: "src/paxos/gen/paxos.gen.ts" },
  { source: "x/transfer.x", output: "src/channel/transfer/gen/transfer.gen.ts" },
];

const RUNTIME = "src/marshal/index.ts";
const ROOT = resolve(import.meta.dirname, "..");

/** The text of a generated module as it should be now. */
export function generate(module: GeneratedModule, readFile: ReadFile = readFromRoot): string {
  const runtime = relative(dirname(module.output), RUNTIME);
  return compileIdl(module.source, { readFile, runtime, includeFolders: ["x"] });
}

/** Modules whose kept text is not what their source compiles to; `read` gives both. */
export function staleModules(read: ReadFile = readFromRoot): string[] {
  return MODULES.filter((module) => generate(module, read) !== read(module.output)).map(
    ({ output }) => output,
  );
}

export function readFromRoot(path: string): string | undefined {
  const absolute = resolve(ROOT, path);
  return existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
}

async function main(): Promise<void> {
  const stale = staleModules();
  if (process.argv.includes("--check")) {
    for (const output of stale) console.error(`${output} is stale: run npm run generate`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const module of MODULES.filter(({ output }) => stale.includes(output))) {
    const path = resolve(ROOT, module.output);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, generate(module));
    console.log(`${module.source} -> ${module.output}`);
  }
  // Last, and loaded late: the commands themselves are built on generated code.
  const { REFERENCE_FILE, referenceText } = await import("./cli-reference.ts");
  mkdirSync(dirname(REFERENCE_FILE), { recursive: true });
  writeFileSync(REFERENCE_FILE, await referenceText());
  writeFileSync(LIMITS_FILE, limitsText());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
