/**
 * All nodes of a cell are killed at once under load, as when the power of a whole room fails: what was acknowledged is there, byte for byte,
 * through each of them, and every call that was under way is answered rightly by their successors. Twice here; twenty times with
 * COTERIE_SOAK=1 (`npm run soak -- cell-nemesis`), any number with COTERIE_ROUNDS, another run with COTERIE_SEED.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cellKillRounds } from "../support/cell-kill-rounds.ts";
import { CellProcesses } from "../support/cell-processes.ts";

const rounds = Number(process.env.COTERIE_ROUNDS ?? (process.env.COTERIE_SOAK === "1" ? 20 : 2));
const seed = Number(process.env.COTERIE_SEED ?? 20_261_121);
const folder = mkdtempSync(join(tmpdir(), "coterie-cell-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`a cell whose nodes are all killed at once ${rounds} times loses nothing that was acknowledged (seed ${seed})`, {
  timeout: 120_000 + rounds * 60_000,
}, async () => {
  const cell = await CellProcesses.prepare({ count: 3, folder });
  try {
    await cell.begin();
    const figures = await cellKillRounds({ cell, rounds, seed });
    await cell.whole();
    const digests = await cell.digests();
    console.log(JSON.stringify(figures));
    expect(new Set(digests.map(({ crc }) => crc)).size).toBe(1);
    // A load that did nothing, or that no kill ever interrupted, would prove nothing.
    expect(figures.acknowledged).toBeGreaterThan(rounds * 20);
    expect(figures.resent).toBeGreaterThan(0);
    expect(figures.compared).toBeGreaterThan(rounds * 20);
  } finally {
    await cell.close();
  }
});
