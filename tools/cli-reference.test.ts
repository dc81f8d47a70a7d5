import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REFERENCE_FILE, referenceText } from "./cli-reference.ts";

test("docs/reference/cli.md is what the commands say of themselves (else: npm run generate)", async () => {
  const text = await referenceText();
  expect(text).toContain("### coterie up");
  expect(readFileSync(REFERENCE_FILE, "utf8")).toBe(text);
});
