/** A cell of real processes that is upgraded one node after the other, under a client that writes all the while. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { NfsClient } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { CellProcesses } from "../support/cell-processes.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-upgrade-"));
const world = createNodeWorld();
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const NEW = { version: "2.0.0", level: 2 };
const contentOf = (name: string) => new TextEncoder().encode(name.repeat(100));

test("each node is ended and started with a new version, nothing fails, and then the old one is refused", async () => {
  const cell = await CellProcesses.prepare({ count: 3, folder });
  try {
    await cell.begin();
    const client = await NfsClient.connect(world, { servers: cell.addresses });
    const written: string[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let at = 0; !isOver; at++) {
        await client.writeFile(`/file-${at}`, contentOf(`/file-${at}`));
        written.push(`/file-${at}`);
      }
    })();
    // It is looked at in the end; till then its failure is not unheard.
    writing.catch(() => {});
    const levels = async () => Promise.all([0, 1, 2].map(async (at) => (await cell.status(at))?.level));
    for (const at of [0, 1, 2]) {
      expect(await levels()).toEqual([1, 1, 1]);
      await cell.stop(at);
      cell.start(at, NEW);
      await Promise.race([cell.whole(), writing]);
    }
    while ((await levels()).some((level) => level !== 2)) await sleep(20);
    isOver = true;
    await writing;
    for (const name of written) expect(await client.readFile(name)).toEqual(contentOf(name));
    await client.close();

    await cell.stop(2);
    const trouble = await cell.refused(2, { version: "1.0.0", level: 1 });
    expect(trouble).toMatch(/CELL_TOO_OLD/);
    cell.start(2, NEW);
    await cell.whole();
  } finally {
    await cell.close();
  }
});
