import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runExample } from "../../../test/support/readme.ts";

it("does what its README says", async () => {
  const { printed, expected } = await runExample(fileURLToPath(new URL("./README.md", import.meta.url)));
  expect(printed).toBe(expected);
});
