/**
 * Five members with little to do, as real processes on a machine whose processors are all taken by something else: nobody suspects
 * anybody. That is a property of a whole hour (`npm run soak -- group-quiet`, any time with COTERIE_MINUTES), and what runs here is
 * the proof that it would be noticed: a member that is stopped is suspected, and one that comes back is in again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { requireRoot } from "../peers/require-peer.ts";
import { BusyLoops } from "../support/busy-loops.ts";
import { WatchedGroup } from "../support/watched-group.ts";

const MEMBERS = 5;
const minutes = Number(process.env.COTERIE_MINUTES ?? (process.env.COTERIE_SOAK === "1" ? 60 : 0));
const detector = process.env.COTERIE_DETECTOR === "swim" ? "swim" : "heartbeat";
const canRun = requireRoot("network namespaces");
const base = mkdtempSync(join(tmpdir(), "coterie-quiet-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const watchedGroup = (name: string): WatchedGroup =>
  new WatchedGroup({
    members: MEMBERS,
    folder: join(base, name),
    detector,
    suspects: (words) => console.log(new Date().toISOString(), words),
  });

const isSuspectedBy = ({ suspicions }: WatchedGroup, by: number, whom: number): boolean =>
  suspicions.some((each) => each.includes(`n${by} suspects n${whom}`));

test.runIf(canRun)("a member that is stopped is suspected, and is in again when it goes on", async () => {
  const watched = watchedGroup("stopped");
  try {
    await watched.start();
    watched.processes.signal(4, "SIGSTOP");
    const others = [0, 1, 2, 3];
    await watched.until(() => others.every((index) => watched.traces.view(index)?.members.length === 4));
    expect(others.some((index) => isSuspectedBy(watched, index, 4))).toBe(true);
    watched.processes.signal(4, "SIGCONT");
    await watched.atRest();
    expect(watched.traces.outs).toBeGreaterThan(0);
    expect(watched.traces.spec.violation).toBeUndefined();
  } finally {
    await watched.close();
  }
});

const soak = minutes > 0 ? test.runIf(canRun) : () => {};
soak(
  `nobody is suspected on a busy machine in ${minutes} minutes`,
  {
    timeout: (minutes + 5) * 60_000,
  },
  async () => {
    const watched = watchedGroup("busy");
    // One for each processor is what keeps all of them busy; more of them leave less to everybody.
    const loops = new BusyLoops(Number(process.env.COTERIE_LOOPS ?? cpus().length));
    try {
      await watched.start();
      const { traces, processes, suspicions } = watched;
      const first = traces.view(0)?.id;
      // What was suspected while five processes began at once is not what is asked here.
      suspicions.length = 0;
      processes.say("load 500");
      for (let minute = 1; minute <= minutes; minute++) {
        await sleep(60_000);
        const words = `${traces.deliveries} deliveries, ${suspicions.length} suspicions, view ${traces.view(0)?.id}`;
        console.log(`minute ${minute}: ${words}`);
      }
      expect(suspicions).toEqual([]);
      expect([0, 1, 2, 3, 4].map((index) => traces.view(index)?.id)).toEqual(Array(5).fill(first));
      expect(traces.spec.violation).toBeUndefined();
      // Each of five sends twice a second to five.
      expect(traces.deliveries).toBeGreaterThan(minutes * 1000);
    } finally {
      loops.close();
      await watched.close();
    }
  },
);
