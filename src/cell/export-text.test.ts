import { expect, test } from "vitest";
import { parseExportRule } from "../files/index.ts";
import { formatExportRule } from "./export-text.ts";

test("times are in the largest unit of which they are a whole number, and read back as what they were", () => {
  for (const span of ["0ms", "250ms", "1500ms", "5s", "90s", "2m", "1h"]) {
    const rule = parseExportRule(`10.0.0.0/8(ro,stale=${span})`);
    const text = formatExportRule(rule);
    expect(text).toContain(`stale=${span}`);
    expect(parseExportRule(text)).toEqual({ ...rule, squash: "root" });
  }
});
