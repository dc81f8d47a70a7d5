/** File commands while the nodes of a cell of real processes are killed: what is on its way arrives, and people are told. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LocalCell } from "../support/local-cell.ts";
import { coterieCommand } from "../support/node-process.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-cell-client-"));
let cell: LocalCell | undefined;
afterAll(async () => {
  await cell?.process.kill();
  rmSync(base, { recursive: true, force: true });
});

/** Node after node is killed, and comes back, while a file is put through a pipe. */
test("put and get go on when the node that they use is killed, and say so", async () => {
  cell = await LocalCell.up(join(base, "cell"));
  const [command, ...words] = [...coterieCommand(), "put", "-", "/file", "--dir", cell.directory] as [
    string,
    ...string[],
  ];
  const put = spawn(command, words, { stdio: ["pipe", "ignore", "pipe"] });
  const ended = once(put, "close");
  let told = "";
  put.stderr.on("data", (data: Buffer) => {
    told += data.toString();
  });
  const parts: Buffer[] = [];
  // More than the pipe and the client hold: when it is gone, calls have been made.
  const send = async () => {
    const part = randomBytes(3 * 1024 * 1024);
    parts.push(part);
    if (!put.stdin.write(part)) await Promise.race([once(put.stdin, "drain"), ended]);
  };
  await send();
  for (const { node, pid } of cell.ready.nodes) {
    process.kill(pid ?? 0, "SIGKILL");
    await cell.ended(node);
    await send();
    await cell.serves(node);
  }
  await send();
  put.stdin.end();
  expect(await ended, told).toEqual([0, null]);
  // On a machine with much else to do a node that lives may be left because it is silent.
  const going = "going on with 127\\.0\\.0\\.1:\\d+";
  expect(told).toMatch(
    new RegExp(`^the node at 127\\.0\\.0\\.1:\\d+ (is gone|does not answer): ${going}`, "m"),
  );
  expect(told).not.toMatch(/error/);

  const got = join(base, "got");
  await cell.run("get", "/file", got);
  expect(Buffer.compare(readFileSync(got), Buffer.concat(parts))).toBe(0);
}, 300_000);
