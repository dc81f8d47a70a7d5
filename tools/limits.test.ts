import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chapters, LIMITS_FILE, limitsSection, limitsText } from "./limits.ts";

describe("docs/limits.md", () => {
  test("is what the chapters say: otherwise run `npm run generate`", () => {
    expect(existsSync(LIMITS_FILE)).toBe(true);
    expect(readFileSync(LIMITS_FILE, "utf8")).toBe(limitsText());
  });

  test("has a section for every layer that keeps bounds", () => {
    const bounded = [
      "cli",
      "cell",
      "naming",
      "rpc",
      "idl",
      "marshal",
      "node",
      "sim",
      "files/volume",
      "files/nfs",
      "files/client",
    ];
    const without = chapters()
      .filter(({ text }) => limitsSection(text) === undefined)
      .map(({ path }) => path);
    expect(bounded.filter((folder) => without.includes(`src/${folder}/README.md`))).toEqual([]);
  });

  test("takes the section up to the next heading, and moves its links", () => {
    const text = "# A\n\n## Limits\n\nsee [b](b.md)\n\n### Deeper\n\nmore\n\n## After\n\nnot this\n";
    expect(limitsSection(text)).toBe("see [b](b.md)\n\n### Deeper\n\nmore");
    expect(limitsSection("# A\n")).toBeUndefined();
    expect(limitsText([{ path: "src/rpc/README.md", text }])).toContain(
      "## [coterie/rpc](../src/rpc/README.md)",
    );
    expect(limitsText([{ path: "src/rpc/README.md", text }])).toContain("see [b](../src/rpc/b.md)");
    expect(limitsText([{ path: "src/rpc/README.md", text: text.replace("see", "saw") }])).not.toBe(
      limitsText([{ path: "src/rpc/README.md", text }]),
    );
  });
});
