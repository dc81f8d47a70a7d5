// The layers as a test: it reads every import under src/ and fails on an arrow that points up, on a door to the
// outside anywhere but in src/node, and on a folder without its chapter.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { complaint, importsOf, native, sources } from "./layers.ts";

const src = new URL("../src", import.meta.url).pathname;

describe("layers", () => {
  const files = sources(src);
  const imports = files.flatMap((file) => importsOf(relative(src, file), readFileSync(file, "utf8")));

  test("every import points down, through an index, and the outside is reached through src/node alone", () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(imports.some((one) => native.test(one.target))).toBe(true);
    expect(imports.map(complaint).filter((one) => one !== undefined)).toEqual([]);
  });

  test("an upward arrow, a sideways one, a second door and a shortcut are seen", () => {
    const bad = [
      ["rpc/a.ts", "../cell/index.ts"],
      ["sim/a.ts", "../node/index.ts"],
      ["rpc/a.ts", "node:fs"],
      ["cli/commands/a.ts", "lmdb"],
      ["cell/a.ts", "../rpc/core.ts"],
      ["nowhere/a.ts", "../world/index.ts"],
    ];
    for (const [file, target] of bad) {
      expect(
        complaint({ file: file as string, target: target as string }),
        `${file} → ${target}`,
      ).toBeDefined();
    }
    expect(complaint({ file: "rpc/a.ts", target: "../world/index.ts" })).toBeUndefined();
    expect(
      importsOf("x.ts", 'import a from "a";\nexport * from "b";\nawait import("c");\nimport "d";'),
    ).toHaveLength(4);
  });

  test("every layer's folder has its chapter", () => {
    const folders = new Set(files.map((file) => relative(src, file).split("/")[0] as string));
    expect([...folders].filter((folder) => !existsSync(join(src, folder, "README.md")))).toEqual([]);
  });
});
