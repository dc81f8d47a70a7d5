/** The floating address on machines of their own: a client that knows nothing else goes on when its holder is killed, stands still or ends. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { requireRoot } from "../peers/require-peer.ts";
import { BridgedSite } from "../support/bridged-site.ts";
import { CellProcesses } from "../support/cell-processes.ts";
import { COMPILED_ENTRY } from "../support/compiled-command.ts";

const canRun = requireRoot("network namespaces");
const COUNT = 3;
const CLIENT = COUNT;
const ADDRESS = "10.78.0.99";

/** Machines that have the address. */
function holders(site: BridgedSite): number[] {
  return Array.from({ length: COUNT }, (_, at) => at).filter((at) => {
    const [file, ...words] = site.command(at, ["ip", "-4", "-o", "addr", "show", "dev", "eth0"]);
    return execFileSync(file, words, { encoding: "utf8" }).includes(`${ADDRESS}/`);
  });
}

/** Never two at once, from now on; gives the one that has it, other than `but`. */
async function held(site: BridgedSite, but?: number): Promise<number> {
  for (;;) {
    const found = holders(site);
    expect(found.length).toBeLessThan(2);
    const [first] = found;
    if (first !== undefined && first !== but) return first;
    await sleep(50);
  }
}

/** Runs `coterie` on the client's machine, until it succeeds: each try is short, as if somebody pressed the key again. */
async function patiently(site: BridgedSite, ...words: string[]): Promise<string> {
  const entry = process.env[COMPILED_ENTRY] as string;
  const server = ["--server", `${ADDRESS}:2049`, "--alone"];
  const [file, ...rest] = site.command(CLIENT, [process.execPath, entry, ...words, ...server]);
  for (;;) {
    try {
      return (await promisify(execFile)(file, rest, { timeout: 10_000 })).stdout;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") throw error;
      await sleep(50);
    }
  }
}

test.runIf(canRun)("a client of the floating address follows it from machine to machine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coterie-vip-"));
  const site = new BridgedSite(COUNT + 1);
  const vip = { address: ADDRESS, prefix: 24 };
  const cell = await CellProcesses.prepare({ count: COUNT, folder, site, vip });
  try {
    await cell.begin();
    const first = await held(site);
    await patiently(site, "mkdir", "/first");
    await cell.kill(first);
    const second = await held(site, first);
    expect(await patiently(site, "ls", "/")).toContain("first");
    cell.start(first);
    await cell.whole();

    cell.signal(second, "SIGSTOP");
    const third = await held(site, second);
    await patiently(site, "mkdir", "/second");
    cell.signal(second, "SIGCONT");
    await cell.whole();
    expect(holders(site)).toEqual([third]);

    await cell.stop(third);
    expect(holders(site)).not.toContain(third);
    await held(site, third);
    expect(await patiently(site, "ls", "/")).toMatch(/first[\s\S]*second/);
  } finally {
    await cell.close();
    site.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
