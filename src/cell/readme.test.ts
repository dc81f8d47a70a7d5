// Runs the example of README.md: its text is compiled as it stands, with the package's names turned into its folders.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the example of the chapter runs", async () => {
  const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(text)?.[1];
  if (example === undefined) throw new Error("the chapter has no example");
  const src = join(import.meta.dirname, "..");
  const folder = mkdtempSync(join(tmpdir(), "coterie-readme-"));
  try {
    const file = join(folder, "example.ts");
    writeFileSync(file, example.replace(/"coterie\/(\w+)"/g, `"${src}/$1/index.ts"`));
    const { status } = await import(file);
    expect(status).toMatchObject({ state: "serving", version: "1.0.0", pid: 1, problems: [] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
