// docs/reference/logs.md and the code say the same: each event that is logged has a row with its level, and no row is of another.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sources } from "./layers.ts";

const root = join(import.meta.dirname, "..");

/** Level by event, of every line of the code that logs one. */
function logged(text: string): [event: string, level: string][] {
  const found = text.matchAll(/\blog\??\.(debug|info|warn|error)\(\s*"([^"]+)"/g);
  return [...found].map(([, level = "", event = ""]) => [event, level]);
}

function documented(text: string): [event: string, level: string, advice: string][] {
  const found = text.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (.*?) +\|$/gm);
  return [...found].map(([, event = "", level = "", advice = ""]) => [event, level, advice]);
}

test("every event that is logged is in the reference, with its level and what to do, and no other", () => {
  const code = sources(join(root, "src")).flatMap((path) => logged(readFileSync(path, "utf8")));
  const rows = documented(readFileSync(join(root, "docs/reference/logs.md"), "utf8"));
  expect(code.length).toBeGreaterThan(50);
  const unique = [...new Set(code.map((each) => each.join(" | ")))].sort();
  expect(rows.map(([event, level]) => `${event} | ${level}`).sort()).toEqual(unique);
  for (const [event, , advice] of rows) expect(advice, event).toMatch(/\w.*\.$/);
});

test("an event is found however its call is broken into lines", () => {
  const text =
    'world.log.warn(\n  "one",\n  {},\n);\nlog?.debug("two");\nthis.#world.log.error("three", { a });';
  expect(logged(text)).toEqual([
    ["one", "warn"],
    ["two", "debug"],
    ["three", "error"],
  ]);
});
