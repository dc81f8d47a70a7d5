/**
 * docs/tutorial-simulate.md, followed to the letter: a `ts` block is a file to write, `sh` blocks run in one folder, and
 * a `text` block is what the block before it must have written, where `…` stands for anything.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ROOT } from "../support/idl.ts";
import { coterieCommand } from "../support/node-process.ts";
import { blocksOf, pattern, shellPreamble } from "../support/tutorial.ts";

const TUTORIAL = new URL("../../docs/tutorial-simulate.md", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "coterie-tutorial-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The project of somebody who has installed this checkout. */
function makeProject(): void {
  const installed = join(folder, "node_modules/coterie");
  mkdirSync(installed, { recursive: true });
  const exports = { "./*": "./src/*/index.ts" };
  writeFileSync(
    join(installed, "package.json"),
    JSON.stringify({ name: "coterie", type: "module", exports }),
  );
  symlinkSync(join(ROOT, "src"), join(installed, "src"));
  for (const name of ["vitest", "tsx", "@types"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}

function shell(script: string): string {
  const done = spawnSync("bash", ["-c", shellPreamble(coterieCommand()) + script], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", COTERIE_SIM_SEED: "", COTERIE_SIM_SEEDS: "" },
  });
  // A failure that was found is what the tutorial is about.
  expect([0, 4], `${script}\n${done.stderr}`).toContain(done.status);
  return done.stdout;
}

/** `npx vitest run` in the project. */
function runTests(): string {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const done = spawnSync(process.execPath, [vitest, "run", "--root", folder], {
    encoding: "utf8",
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      NO_COLOR: "1",
      VITEST: "",
      COTERIE_SIM_SEED: "",
      COTERIE_SIM_SEEDS: "",
    },
  });
  expect(done.status, done.stdout + done.stderr).toBe(0);
  return done.stdout;
}

test("the tutorial works as it is written, in as many lines as it says", () => {
  makeProject();
  const markdown = readFileSync(TUTORIAL, "utf8");
  let written = "";
  let compared = 0;
  for (const { kind, name, text } of blocksOf(markdown)) {
    if (kind === "ts") writeFileSync(join(folder, name), text);
    else if (kind === "sh") written = shell(text);
    else if (kind === "text") {
      expect(written).toMatch(pattern(text));
      compared++;
    } else throw new Error(`the tutorial has a block of kind ${kind}, which this test does not know`);
  }
  expect(compared).toBe(6);
  expect(existsSync(join(folder, "bank.svg"))).toBe(true);
  const sources = blocksOf(markdown).filter(({ kind }) => kind === "ts");
  const lines = sources.slice(0, 2).reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
  expect(markdown).toContain(`It takes ${lines} lines.`);
  expect(lines).toBeLessThanOrEqual(60);
  expect(runTests()).toMatch(/7 passed/);
});
