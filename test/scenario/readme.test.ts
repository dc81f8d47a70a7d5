import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runExample } from "../support/readme.ts";

it("the project's README does what it says", async () => {
  const { printed, expected } = await runExample(fileURLToPath(new URL("../../README.md", import.meta.url)));
  expect(printed).toBe(expected);
});
