import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadCatalogue } from "./catalogue.ts";

const src = new URL("..", import.meta.url).pathname;

/** Every code that a table declares anywhere in the sources. */
function declaredCodes(): string[] {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), "utf8");
    return [...text.matchAll(/defineErrors\(\{([\s\S]*?)\n\}\)/g)].flatMap((table) =>
      [...(table[1] ?? "").matchAll(/^ {2}([A-Z][A-Z0-9_]+): \{/gm)].map((match) => match[1] as string),
    );
  });
}

test("every code that any layer declares can be explained", async () => {
  const declared = declaredCodes();
  expect(declared.length).toBeGreaterThan(40);
  const catalogue = await loadCatalogue();
  expect(declared.filter((code) => !catalogue.has(code))).toEqual([]);
  expect(catalogue.size).toBe(declared.length);
});

test("every entry is a sentence that says what happened, and one that says what to do", async () => {
  for (const { code, summary, remedy } of (await loadCatalogue()).values()) {
    expect(summary, code).toMatch(/^([A-Z`]|rpcbind ).*\.$/);
    expect(remedy, code).toMatch(/^([A-Z`]|rpcbind ).*[.)]$/);
  }
});
