/**
 * Three nodes of a cell as real processes, each on a machine of its own, that are killed, stopped and cut off as a seed says, while clients
 * on a machine of theirs use few names by whichever node answers. Every history is linearizable against one directory; in the end
 * all replicas hold the same. Half a minute here; `npm run soak -- cell-nemesis` takes twenty, COTERIE_MINUTES as long as it says.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { requireRoot } from "../peers/require-peer.ts";
import { BridgedSite } from "../support/bridged-site.ts";
import { CellHistory } from "../support/cell-history.ts";
import { CellProcesses } from "../support/cell-processes.ts";
import { drawHarms, GroupNemesis, HARMS } from "../support/group-nemesis.ts";
import { seededRandom } from "../support/seeded-random.ts";

const NODES = 3;
const minutes = Number(process.env.COTERIE_MINUTES ?? (process.env.COTERIE_SOAK === "1" ? 20 : 0.5));
const seed = Number(process.env.COTERIE_SEED ?? 20_261_121);
const canRun = requireRoot("network namespaces");
const folder = mkdtempSync(join(tmpdir(), "coterie-cell-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.runIf(canRun)(
  `clients of a cell see one directory for ${minutes} minutes of harm (seed ${seed})`,
  { timeout: 240_000 + 2 * minutes * 60_000 },
  async () => {
    const site = new BridgedSite(NODES + 1);
    const cell = await CellProcesses.prepare({ count: NODES, folder, site });
    const nemesis = new GroupNemesis(site, cell, () => {});
    let history: CellHistory | undefined;
    try {
      await cell.begin();
      history = new CellHistory({
        hosts: cell.addresses.map(({ host }) => host),
        port: cell.addresses[0]?.port as number,
        clients: 4,
        operations: 60,
        seed,
        command: (words) => site.command(NODES, words),
      });
      const harms = drawHarms(seededRandom(seed), NODES, minutes * 60_000);
      await Promise.race([nemesis.run(harms), cell.failed, history.failed]);
      await Promise.race([history.finish(), cell.failed]);
      await cell.whole();
      const digests = await cell.digests();
      expect(new Set(digests.map(({ crc }) => crc)).size).toBe(1);
      const { epochs, operations, longestMs } = history;
      const done = Object.fromEntries(nemesis.done);
      console.log(JSON.stringify({ epochs, operations, longestMs: Math.round(longestMs), ...done }));
      // A run in which nothing happened would prove nothing.
      expect(nemesis.done.size).toBeGreaterThan(HARMS.length / 2);
      expect(operations).toBeGreaterThan(200 * minutes);
    } finally {
      nemesis.stop();
      await history?.close();
      await cell.close();
      site.close();
    }
  },
);
