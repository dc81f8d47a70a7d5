/**
 * A real tree goes into a cell and out again by `coterie put` and `coterie get`, while the server is killed with -9 and
 * started again in the middle of each: what comes out is what went in, to the byte, the mode and the microsecond.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CountingProxy } from "../support/counting-proxy.ts";
import { type ProcessResult, type RunningNode, runProcess, startNode } from "../support/node-process.ts";
import { listTree } from "../support/tree-compare.ts";

const KILLS = Number(process.env.COTERIE_ROUNDS ?? 5);
/** All of node_modules, not only some. */
const WHOLE = process.env.COTERIE_SOAK === "1";
const root = resolve(import.meta.dirname, "../..");
const base = mkdtempSync(join(tmpdir(), "coterie-copy-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** This project's sources, some of its dependencies, and what is awkward to copy. */
function makeTree(to: string): void {
  cpSync(join(root, "src"), join(to, "src"), { recursive: true, preserveTimestamps: true });
  const options = { recursive: true, preserveTimestamps: true, dereference: false, verbatimSymlinks: true };
  const some = ["commander", "fast-check", "lmdb", "@types/node"];
  for (const name of WHOLE ? [""] : some) {
    cpSync(join(root, "node_modules", name), join(to, "node_modules", name), options);
  }
  const odd = join(to, "odd");
  mkdirSync(join(odd, "empty"), { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${odd}/latin1-`), Buffer.from([0xe9, 0xff, 0x80])]), "name");
  writeFileSync(join(odd, "n".repeat(255)), "long name");
  writeFileSync(join(odd, "new\nline"), "");
  writeFileSync(join(odd, "read-only"), "x", { mode: 0o444 });
  writeFileSync(join(odd, "runs"), "#!/bin/sh\n", { mode: 0o755 });
  symlinkSync("../src/world", join(odd, "link"));
  symlinkSync("nowhere/at all", join(odd, "dangling"));
  const large = Buffer.alloc(20 * 1024 * 1024 + 13);
  for (let at = 0; at < large.length; at += 4)
    large.writeUInt32LE((at * 2_654_435_761) >>> 0, Math.min(at, large.length - 4));
  writeFileSync(join(odd, "large"), large);
  utimesSync(join(odd, "large"), 1_000_000_000.5, 1_234_567_890.123456);
  utimesSync(join(odd, "empty"), 0, 1);
}

/** Kills and restarts the node `times` times while `copy` runs, each after a share of `bytes` has passed. */
async function killDuring(
  copy: Promise<ProcessResult>,
  node: { now: RunningNode },
  proxy: CountingProxy,
  directory: string,
  times: number,
  bytes: number,
): Promise<number> {
  let killed = 0;
  for (; killed < times; killed++) {
    const marks = [proxy.after(Math.floor(bytes / (times + 2))).then(() => true), copy.then(() => false)];
    if (!(await Promise.race(marks))) break;
    const { port } = node.now.ready;
    await node.now.process.kill();
    node.now = await startNode(directory, ["--port", String(port)]);
  }
  return killed;
}

test(`a tree goes in and out again through ${KILLS} kills of the server in each direction`, {
  timeout: WHOLE ? 1_200_000 : 300_000,
}, async () => {
  const source = join(base, "tree");
  const back = join(base, "back");
  const directory = join(base, "node");
  makeTree(source);
  const expected = listTree(source);
  expect(expected.length).toBeGreaterThan(500);
  // What passes at least, so that all kills come in the middle: contents go in once and are read back once.
  const bytes = (WHOLE ? 2 : 1) * 24 * 1024 * 1024;

  const node = { now: await startNode(directory) };
  const proxy = await CountingProxy.start(node.now.ready.port);
  const server = ["--server", `127.0.0.1:${proxy.port}`];
  try {
    const putting = runProcess(["put", "-r", "--json", ...server, source, "/tree"]);
    const killedIn = await killDuring(putting, node, proxy, directory, KILLS, bytes);
    const put = await putting;
    expect(put).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(put.out)).toMatchObject({ failed: 0, skipped: 0, unchanged: 0 });
    expect(killedIn).toBe(KILLS);

    const again = await runProcess(["put", "-r", "--json", ...server, source, "/tree"]);
    expect(JSON.parse(again.out)).toMatchObject({ files: 0, symlinks: 0, bytes: 0, failed: 0 });

    const getting = runProcess(["get", "-r", "--json", ...server, "/tree", back]);
    const killedOut = await killDuring(getting, node, proxy, directory, KILLS, bytes);
    const get = await getting;
    expect(get).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(get.out)).toMatchObject({ failed: 0, skipped: 0 });
    expect(killedOut).toBe(KILLS);
    expect(listTree(back)).toEqual(expected);
  } finally {
    await proxy.close();
    await node.now.process.kill();
  }
  expect(await runProcess(["fsck", "--dir", directory, "--json"])).toMatchObject({ code: 0, err: "" });
});
