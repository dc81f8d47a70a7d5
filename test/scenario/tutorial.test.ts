/**
 * docs/tutorial.md, followed to the letter: `console` blocks start the cell as the first terminal does, `sh` blocks run
 * in one folder as the second does, and a `text` block is what the block before it must have written, where `…` stands
 * for anything.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CoterieProcess, coterieCommand } from "../support/node-process.ts";
import { blocksOf, pattern, shellPreamble } from "../support/tutorial.ts";

const TUTORIAL = new URL("../../docs/tutorial.md", import.meta.url);
const home = mkdtempSync(join(tmpdir(), "coterie-tutorial-"));
let node: CoterieProcess | undefined;
afterAll(async () => {
  await node?.kill();
  rmSync(home, { recursive: true, force: true });
});

/** The environment of somebody who has just cloned the project; the port is any, for the default may be taken here. */
const environment = { HOME: home, XDG_DATA_HOME: "" };

/** `npm start`, which is `coterie up` after the set-up; ready when the banner's last line is out. */
async function firstTerminal(line: string): Promise<string> {
  const [, words = ""] = /^npm start(?: -- (.+))?\n$/.exec(line) ?? [];
  expect(line.startsWith("npm start")).toBe(true);
  node = new CoterieProcess(["up", ...words.split(" "), "--port", "0", "--no-portmap"], { environment });
  const lines: string[] = [];
  while (!lines.at(-1)?.includes("Ctrl-C")) {
    const next = await node.line();
    if (next === undefined) throw new Error(`the node did not start: ${node.err}`);
    lines.push(next);
  }
  return `${lines.slice(1).join("\n")}\n`;
}

/** A cell that has just begun takes a moment until all its nodes have met; the reader looks again. */
const LOOKS = 60;

function secondTerminal(script: string): string {
  const isLook = script.trim() === "npx coterie status";
  let done = run(script);
  for (let looks = 1; isLook && done.status === 4 && looks < LOOKS; looks++) done = run(script);
  expect(done.status, `${script}\n${done.stdout}${done.stderr}`).toBe(0);
  return done.stdout;
}

function run(script: string) {
  return spawnSync("bash", ["-c", shellPreamble(coterieCommand()) + script], {
    cwd: home,
    encoding: "utf8",
    env: {
      ...process.env,
      ...environment,
      COTERIE_PORT: "",
      COTERIE_DIR: "",
      COTERIE_SERVER: "",
      NODE_OPTIONS: "",
    },
  });
}

test("the tutorial works as it is written", async () => {
  const blocks = blocksOf(readFileSync(TUTORIAL, "utf8"));
  let written = "";
  let compared = 0;
  for (const { kind, text } of blocks) {
    if (kind === "console") written = await firstTerminal(text);
    else if (kind === "sh") written = secondTerminal(text);
    else if (kind === "text") {
      expect(written).toMatch(pattern(text));
      compared++;
    } else throw new Error(`the tutorial has a block of kind ${kind}, which this test does not know`);
  }
  expect(blocks.filter((block) => block.kind === "console")).toHaveLength(1);
  expect(compared).toBeGreaterThan(6);
  expect(await node?.stop()).toMatchObject({ code: 0, signal: null });
}, 600_000);
