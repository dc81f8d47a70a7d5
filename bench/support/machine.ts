/** The machine that measures, and how busy it is: others' work is in every figure. */
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Processes that ran or wanted to in the last minute, on average. */
  readonly load: number;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

export function machineLine(): string {
  const { cpu, cores, memoryGiB, system, node, load } = machine();
  return `${cores} × ${cpu}, ${memoryGiB} GiB, ${system}, Node.js ${node.slice(1)}, load ${load}`;
}
