/** What the nodes of a real cell tell of themselves: their metrics, over HTTP, and what `coterie doctor` makes of them. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-doctor-cell-"));
const cells: LocalCell[] = [];
afterEach(async () => {
  for (const cell of cells.splice(0)) await cell.process.kill();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly message: string;
  readonly remedy?: string;
}

interface Call {
  readonly node: string;
  readonly procedure: string;
  readonly steps: readonly { readonly node: string; readonly kind: string }[];
}

async function doctor(cell: LocalCell): Promise<Finding[]> {
  const { out } = await cell.tried("doctor", "--json");
  const all = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Finding);
  return all.filter(({ check }) => check === "cell" || check === "format");
}

/** A port with two more above it; whoever takes one in between makes the test fail, not lie. */
const METRICS_PORT = 21_000 + (process.pid % 9000);

test("a cell's nodes serve metrics, and doctor tells which of them is gone and what to do", async () => {
  const cell = await LocalCell.up(join(base, "cell"), ["--metrics-port", String(METRICS_PORT)]);
  cells.push(cell);
  const file = join(base, "file");
  writeFileSync(file, "content");
  await cell.through("node-1", "put", file, "/");
  const pages = await Promise.all(
    [0, 1, 2].map(async (at) => (await fetch(`http://127.0.0.1:${METRICS_PORT + at}/metrics`)).text()),
  );
  expect(pages[0]).toMatch(/^coterie_nfs_calls_total\{version="3",procedure="CREATE",status="OK"\} 1$/m);
  for (const [at, page] of pages.entries()) {
    expect(page).toMatch(
      new RegExp(`^coterie_node_info\\{cell=".+",node="node-${at + 1}",version=".+"\\} 1$`, "m"),
    );
    expect(page).toMatch(/^coterie_log_is_served\{log="volume\/root"\} 1$/m);
    expect(page).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
  }

  const traced = JSON.parse((await cell.run("trace", "--json", "mkdir", "/traced")).out) as { calls: Call[] };
  const made = traced.calls.find(({ procedure }) => procedure === "MKDIR");
  const own = made?.steps.flatMap(({ node, kind }) => (node === made.node ? kind : []));
  expect(own).toEqual(["call", "append", "apply", "done", "answer"]);
  const appliedBy = made?.steps.flatMap(({ node, kind }) => (kind === "apply" ? node : [])).sort();
  expect(appliedBy).toEqual(["node-1", "node-2", "node-3"]);
  const again = await cell.tried("trace", "mkdir", "/traced");
  expect(again.err).toMatch(/^error FILES_EXIST|^error .*exist/i);
  expect(again.out).toMatch(/MKDIR at node-\d, answered after/);

  const well = await doctor(cell);
  expect(well.map(({ verdict }) => verdict)).not.toContain("fail");
  expect(well.find(({ check }) => check === "format")?.message).toContain("node-1, node-2, node-3 here");
  expect(well.filter(({ message }) => / serves at /.test(message))).toHaveLength(3);

  await cell.run("kill", "node-2");
  await cell.ended("node-2");
  const findings = await doctor(cell);
  expect(findings).toContainEqual({
    check: "cell",
    verdict: "warn",
    message: expect.stringMatching(/^node-2 tells nothing: /),
    remedy: expect.stringContaining("coterie resume node-2"),
  });
});

/** Overwrites where a store begins: it is none any more. */
function damageVolume(cell: LocalCell, node: string): void {
  const folder = join(cell.directory, "nodes", node);
  const [volume] = readdirSync(folder).filter((name) => name.startsWith("volume-"));
  writeFileSync(join(folder, volume as string, "data.mdb"), new Uint8Array(8192), { flag: "r+" });
}

/** Asks again until it is so; that it never is shows as the test's timeout. */
async function until(cell: LocalCell, holds: (findings: readonly Finding[]) => boolean): Promise<Finding[]> {
  for (;;) {
    const findings = await doctor(cell);
    if (holds(findings)) return findings;
  }
}

test("doctor tells of a damaged replica while nobody can mend it, and nothing more when it was made anew", async () => {
  const cell = await LocalCell.up(join(base, "damaged"));
  cells.push(cell);
  const file = join(base, "kept");
  writeFileSync(file, "content of a replica");
  await cell.through("node-1", "put", file, "/");
  // With one whole replica of three nobody can say which nodes shall have one.
  await cell.run("kill", "node-2", "node-3");
  await cell.ended("node-3");
  damageVolume(cell, "node-2");
  await cell.run("resume", "node-2");
  const isDamage = ({ message }: Finding) => /^volume root at node-2 is damaged/.test(message);
  const damaged = await until(cell, (findings) => findings.some(isDamage));
  expect(damaged.find(isDamage)).toEqual({
    check: "cell",
    verdict: "warn",
    message: expect.stringContaining("waits to be made anew: STORE_CORRUPT"),
    remedy: expect.stringContaining("start the nodes that are down"),
  });

  await cell.run("resume", "node-3");
  await until(cell, (findings) => !findings.some(({ message }) => message.startsWith("volume root")));
  await cell.run("kill", "node-1");
  const again = await cell.through("node-2", "cat", "/kept");
  expect(again.out).toBe("content of a replica");
});
