/** Volumes beside the root, as people make them: mounted by their names, moved under a client that writes, held to a limit, and deleted everywhere. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { NfsClient } from "../../src/files/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { LocalCell } from "../support/local-cell.ts";
import { type ProcessResult, runProcess } from "../support/node-process.ts";

interface Told {
  readonly id: string;
  readonly name: string;
  readonly leader?: string;
  readonly quotaBytes: number;
  readonly movingTo?: readonly string[];
  readonly replicas: readonly { readonly node: string }[];
}

const PATIENT = { connectTimeoutMs: 60_000, timeoutMs: 60_000 };
const base = mkdtempSync(join(tmpdir(), "coterie-volumes-"));
const world = createNodeWorld();
let cell: LocalCell | undefined;
afterAll(async () => {
  await cell?.process.kill();
  await world.close();
  rmSync(base, { recursive: true, force: true });
});

async function volume(of: LocalCell, ...words: [string, ...string[]]): Promise<Told> {
  const { code, out, err } = await tried(of, ...words, "--json");
  if (code !== 0) throw new Error(`volume ${words.join(" ")}: ${code} ${err}`);
  return JSON.parse(out) as Told;
}

function tried(of: LocalCell, command: string, ...words: string[]): Promise<ProcessResult> {
  return runProcess(["volume", command, "--dir", of.directory, ...words]);
}

function namesOf({ replicas }: Told): string[] {
  return replicas.map(({ node }) => node);
}

/** Nodes that have stores of the volume on their disks. */
function holders(of: LocalCell, id: string): string[] {
  return ["node-1", "node-2", "node-3", "node-4"].filter((name) =>
    readdirSync(join(of.directory, "nodes", name)).some((store) => store.includes(id)),
  );
}

test("a volume is made, mounted by its name, moved while a client writes, limited, and deleted", async () => {
  cell = await LocalCell.up(join(base, "cell"), ["--nodes", "4"]);
  const made = await volume(cell, "create", "mail", "--on", "node-1,node-2");
  expect(made).toMatchObject({ name: "mail", quotaBytes: 0 });
  expect(namesOf(made)).toEqual(["node-1", "node-2"]);
  const note = join(base, "note.txt");
  writeFileSync(note, "in mail");
  const inMail = ["--export", "/@mail"];
  // A node without a replica serves it as well as any.
  await cell.through("node-4", "put", note, "/", ...inMail);
  expect((await cell.through("node-1", "cat", "/note.txt", ...inMail)).out).toBe("in mail");
  expect((await cell.through("node-1", "ls", "/")).out).not.toContain("note.txt");

  const servers = cell.ready.nodes.map(({ host, port }) => ({ host, port }));
  const client = await NfsClient.connect(world, { servers, export: "/@mail", ...PATIENT });
  let written = 0;
  let isMoved = false;
  const writing = (async () => {
    while (!isMoved || written < 20) {
      await client.writeFile(`/w${written}`, `number ${written}`);
      written++;
    }
  })();
  while (written < 5) await new Promise((resolve) => setTimeout(resolve, 1));
  const moved = await volume(cell, "move", "mail", "--to", "node-3,node-4");
  isMoved = true;
  await writing;
  expect(moved.movingTo).toBeUndefined();
  expect(namesOf(moved)).toEqual(["node-3", "node-4"]);
  for (let at = 0; at < written; at++) expect(await client.readFile(`/w${at}`, "utf8")).toBe(`number ${at}`);
  await client.close();
  await expect
    .poll(() => holders(cell as LocalCell, made.id), { timeout: 60_000 })
    .toEqual(["node-3", "node-4"]);

  await volume(cell, "quota", "mail", "1M");
  const large = join(base, "large");
  writeFileSync(large, new Uint8Array(2 * 1024 * 1024).fill(7));
  await expect
    .poll(
      async () =>
        JSON.parse((await (cell as LocalCell).through("node-1", "df", "/", ...inMail, "--json")).out),
      {
        timeout: 60_000,
      },
    )
    .toMatchObject({ totalBytes: 1024 * 1024 });
  const refused = await cell.tried("put", large, "/", ...inMail);
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/quota/i) });
  await volume(cell, "quota", "mail", "none");
  await expect
    .poll(async () => (await (cell as LocalCell).tried("put", large, "/", ...inMail)).code, {
      timeout: 60_000,
    })
    .toBe(0);

  expect(await tried(cell, "delete", "mail")).toMatchObject({ code: 2 });
  expect(await tried(cell, "delete", "root", "--yes")).toMatchObject({ code: 1 });
  await cell.run("kill", "node-4");
  await cell.ended("node-4");
  await volume(cell, "delete", "mail", "--yes");
  await expect.poll(() => holders(cell as LocalCell, made.id), { timeout: 60_000 }).toEqual(["node-4"]);
  await cell.run("resume", "node-4");
  await expect.poll(() => holders(cell as LocalCell, made.id), { timeout: 60_000 }).toEqual([]);
  const gone = await cell.tried("ls", "/", ...inMail);
  expect(gone.code).not.toBe(0);
});
