import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { generate, MODULES, readFromRoot, staleModules } from "./generate.ts";

const root = resolve(import.meta.dirname, "..");

/** Every kept generated module under src. */
function keptModules(): string[] {
  return readdirSync(resolve(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".gen.ts"))
    .map((path) => `src/${path}`)
    .sort();
}

/** What an .x file includes. */
function included(source: string): string[] {
  const found = readFileSync(resolve(root, source), "utf8").matchAll(/^#include "(.+)"$/gm);
  return [...found].map(([, name]) => `x/${name}`);
}

describe("generated code", () => {
  test("is what its .x files compile to: otherwise run `npm run generate`", () => {
    expect(MODULES.length).toBeGreaterThan(0);
    expect(staleModules()).toEqual([]);
  });

  test("has a source for every kept module, and a use for every .x file: a module of its own, or in others", () => {
    expect(keptModules()).toEqual(MODULES.map(({ output }) => output).sort());
    const sources = readdirSync(resolve(root, "x")).filter((name) => name.endsWith(".x"));
    const used = MODULES.flatMap(({ source }) => [source, ...included(source)]);
    expect([...new Set(used)].sort()).toEqual(sources.map((name) => `x/${name}`).sort());
  });

  test("says that it is generated, and from what", () => {
    for (const module of MODULES) {
      const name = module.source.replace("x/", "");
      expect(generate(module)).toContain(`// Generated from ${name} by coterie idl compile; do not edit.`);
    }
  });
});

describe("the check for stale code fails", () => {
  const [module] = MODULES;
  const { source = "", output = "" } = module ?? {};

  test("when an interface has changed", () => {
    const changed = (path: string) => {
      const text = readFromRoot(path);
      return path === source ? `${text}\nconst ADDED_LATER = 1;\n` : text;
    };
    expect(staleModules(changed)).toEqual([output]);
  });

  test("when a module was edited by hand", () => {
    const edited = (path: string) => {
      const text = readFromRoot(path);
      return path === output ? text?.replace("export", "export /* edited */") : text;
    };
    expect(staleModules(edited)).toEqual([output]);
  });

  test("when a module is missing", () => {
    expect(staleModules((path) => (path === output ? undefined : readFromRoot(path)))).toEqual([output]);
  });
});
