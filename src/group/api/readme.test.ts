import { join } from "node:path";
import { expect, test } from "vitest";
import { runExample } from "../../../test/support/readme.ts";

test.each(["../api", "../shared"])("the example of %s prints what its README says", async (folder) => {
  const { expected, printed } = await runExample(join(import.meta.dirname, folder, "README.md"));
  expect(printed).toBe(expected);
});
