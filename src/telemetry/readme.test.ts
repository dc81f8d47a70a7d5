import { join } from "node:path";
import { expect, test } from "vitest";
import { runExample } from "../../test/support/readme.ts";

test("the README's example prints what the README says", async () => {
  const { expected, printed } = await runExample(join(import.meta.dirname, "README.md"));
  expect(printed).toBe(expected);
});
