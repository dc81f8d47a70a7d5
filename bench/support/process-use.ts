/**
 * What processes take of the machine, by their ids: on one that others use, too, it says more than a rate does. Linux only (proc(5)); of
 * others' processes only root learns what they write.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./until.ts";

/** Of user and system time, in /proc/PID/stat, counted after the name, which may hold anything. */
const UTIME = 11;
const STIME = 12;
/** Linux tells programs 100 ticks a second, whatever its own are. */
const TICK_MS = 10;
const QUIET_MS = 500;

/** Of the processors, all of them together, their threads included, since they began. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid) * TICK_MS, 0);
}

function ticksOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[UTIME]) + Number(fields[STIME]);
}

/** That they had the system write to disks, all of them together, since they began. */
export function writtenBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, bytes] = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8")) ?? [];
    return sum + Number(bytes);
  }, 0);
}

/** That they hold in memory now, all of them together, pages that they share counted for each: VmRSS in /proc/PID/status. */
export function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return sum + Number(kib) * 1024;
  }, 0);
}

/** Resolves when they have written nothing for a while: what was asked of them before is done. */
export async function settled(pids: readonly number[]): Promise<void> {
  const probe = async () => {
    const before = writtenBytesOf(pids);
    await sleep(QUIET_MS);
    return writtenBytesOf(pids) === before || undefined;
  };
  await until(probe, { what: "an end of writing" });
}
