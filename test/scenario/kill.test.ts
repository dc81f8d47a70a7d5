/**
 * What was acknowledged survives kill -9, and calls that were under way are answered rightly by the next process.
 * A slice runs here; all 200 rounds with COTERIE_SOAK=1, any number with COTERIE_ROUNDS, another run with
 * COTERIE_SEED.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { killRounds } from "../support/kill-rounds.ts";
import { runProcess } from "../support/node-process.ts";

const rounds = Number(process.env.COTERIE_ROUNDS ?? (process.env.COTERIE_SOAK === "1" ? 200 : 5));
const seed = Number(process.env.COTERIE_SEED ?? 20_261_121);
const base = mkdtempSync(join(tmpdir(), "coterie-kill-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Below the ports that the system gives to clients: a connection to a killed node must not meet itself. */
async function freePort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

test(`${rounds} rounds of kill -9 under load lose nothing that was acknowledged (seed ${seed})`, {
  timeout: 60_000 + rounds * 20_000,
}, async () => {
  const directory = join(base, "node");
  const figures = await killRounds({
    directory,
    port: await freePort(),
    rounds,
    seed,
    onRound: (round, { acknowledged, resent }) => {
      if (round % 20 === 0) console.log(`round ${round}: ${acknowledged} acknowledged, ${resent} sent again`);
    },
  });
  console.log(JSON.stringify(figures));
  expect(figures.rounds).toBe(rounds);
  // A load that did nothing, or that no kill ever interrupted, would prove nothing.
  expect(figures.acknowledged).toBeGreaterThan(rounds * 20);
  expect(figures.resent).toBeGreaterThan(0);
  expect(figures.compared).toBeGreaterThan(rounds * 20);
  expect(await runProcess(["fsck", "--dir", directory, "--json"])).toMatchObject({ code: 0, err: "" });
});
