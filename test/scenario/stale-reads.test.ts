/**
 * docs/how-to/read-what-may-be-behind.md, command for command, at a cell of real processes that loses its majority. Two addresses of this machine
 * stand for the guide's networks, and an hour for its five seconds, so that no clock of a busy machine decides.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { NfsClient, parseExportRule } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { LocalCell } from "../support/local-cell.ts";
import { runProcess } from "../support/node-process.ts";
import { blocksOf } from "../support/tutorial.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-stale-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const guide = readFileSync(new URL("../../docs/how-to/read-what-may-be-behind.md", import.meta.url), "utf8");
const blocks = blocksOf(guide);
const commands = blocks
  .filter(({ kind }) => kind === "sh")
  .flatMap(({ text }) => text.trim().split("\n"))
  .map((command) => command.split(" ").slice(1));
const textOf = (kind: string) => blocks.find((block) => block.kind === kind)?.text ?? "";

const STALE = "127.0.0.2";
const FRESH = "127.0.0.1";
const here = (text: string) =>
  text.replaceAll("10.1.0.0/16", STALE).replaceAll("10.0.0.0/8", FRESH).replaceAll("stale=5s", "stale=1h");

async function coterie(cell: LocalCell, words: readonly string[]): Promise<string> {
  const { code, out, err } = await runProcess(words, { environment: { COTERIE_DIR: cell.directory } });
  expect({ words, code, err }).toMatchObject({ words, code: 0 });
  return out;
}

test("the guide to reads that may be behind does what it says", async () => {
  const rules = JSON.parse(textOf("json")).exports as string[];
  expect(rules.map(parseExportRule)).toMatchObject([{ access: "ro", staleMs: 5000 }, { access: "rw" }]);

  const cell = await LocalCell.up(join(base, "cell"));
  const world = createNodeWorld();
  const connect = (host: string, timeoutMs: number) =>
    NfsClient.connect(world, { host: FRESH, port: cell.portOf("node-1"), from: { host }, timeoutMs });
  const withoutMajority = async (look: () => Promise<void>) => {
    await cell.run("kill", "node-2", "node-3");
    await look();
    await cell.run("resume", "node-2", "node-3");
    // In either order; those that wait for the others do not serve.
    const served = new Set<string>();
    while (served.size < 2) {
      const { node = "" } = await cell.next(({ isServing }) => isServing === true);
      if (node !== "node-1") served.add(node);
    }
  };
  try {
    const file = join(base, "page");
    writeFileSync(file, "a page\n");
    await cell.run("put", file, "/page");
    expect(commands.map((words) => words.slice(0, 2).join(" "))).toEqual([
      "exports set",
      "exports show",
      "restart node-1",
    ]);
    const [set, show, restart] = commands as [string[], string[], string[]];

    await coterie(cell, set.map(here));
    const out = await coterie(cell, show);
    expect(out.replace(/ +$/gm, "")).toBe(here(textOf("text")));
    const alone = await connect(STALE, 60_000);
    const asking = await connect(FRESH, 1000);
    for (const client of [alone, asking]) expect(await client.readFile("/page", "utf8")).toBe("a page\n");
    await expect(alone.writeFile("/mine", "")).rejects.toMatchObject({ code: "FILES_ROFS" });
    await withoutMajority(async () => {
      expect(await alone.readFile("/page", "utf8")).toBe("a page\n");
      await expect(asking.readFile("/page")).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
    });
    await Promise.all([alone.close(), asking.close()]);

    await coterie(cell, ["exports", "clear"]);
    writeFileSync(join(cell.directory, "nodes/node-1/coterie.json"), here(textOf("json")));
    await coterie(cell, restart);
    const again = await connect(STALE, 60_000);
    expect(await again.readFile("/page", "utf8")).toBe("a page\n");
    await withoutMajority(async () => expect(await again.readFile("/page", "utf8")).toBe("a page\n"));
    await again.close();
    await cell.stop();
  } catch (error) {
    throw new Error(cell.story(), { cause: error });
  } finally {
    await world.close();
    await cell.process.kill();
  }
}, 240_000);
