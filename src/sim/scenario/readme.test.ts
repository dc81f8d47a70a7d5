import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runExample } from "../../../test/support/readme.ts";
import { FAULT_KINDS } from "../index.ts";

const README = fileURLToPath(new URL("./README.md", import.meta.url));

it("does what its README says", async () => {
  const { printed, expected } = await runExample(README);
  expect(printed).toBe(expected);
});

it("names every kind of fault, and no other", () => {
  const rows = readFileSync(README, "utf8").matchAll(/^\| `([a-z-]+)` +\| ([a-z-]+) +\| (.*?) +\|$/gm);
  expect([...rows].map(([, ...row]) => row)).toEqual(
    FAULT_KINDS.map((kind) => [kind.kind, kind.class, kind.summary]),
  );
});
