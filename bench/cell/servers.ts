/** The servers that the benchmarks of a cell compare: one node by itself, and the nodes of a cell of three. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CellProcesses } from "../../test/support/cell-processes.ts";
import { atEnd } from "../support/scratch.ts";

export const NODE_PROGRAM = "test/support/cell-program.ts";
export const SINGLE_PROGRAM = "test/peers/nfs/serve.ts";

export interface Single {
  readonly port: number;
  readonly pid: number;
}

/** A volume that one process serves and nobody replicates. */
export async function startSingle(folder: string, program: string): Promise<Single> {
  const words = [program, join(folder, "single"), "0", "127.0.0.0/8(rw,no_root_squash)"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  atEnd(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines)
    return { port: (JSON.parse(line) as { port: number }).port, pid: child.pid as number };
  throw new Error(`the node by itself ended with ${child.exitCode}`);
}

export interface StartCellOptions {
  readonly count?: number;
  /** A folder for profiles of the nodes' processors; a profile is written when its node ends in order. */
  readonly profile?: string | undefined;
}

/** Three nodes, when their volume can be used at each. */
export async function startCell(
  folder: string,
  program: string,
  { count = 3, profile }: StartCellOptions = {},
): Promise<CellProcesses> {
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const cell = await CellProcesses.prepare({
    count,
    folder,
    program: [process.execPath, ...profiling, program],
  });
  atEnd(() => void cell.close());
  await Promise.race([cell.begin(), cell.failed]);
  return cell;
}
