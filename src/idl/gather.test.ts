import { expect, test } from "vitest";
import { gather, IdlError, loadModel } from "./index.ts";

test("reads what is included, each file once, and nothing else", async () => {
  const files = new Map([
    ["a.x", '#include "b.x"\n#include "c.x"\nstruct s { t b; };'],
    ["b.x", "typedef int t;"],
    ["inc/c.x", "typedef int u;"],
    ["never.x", ""],
  ]);
  const asked: string[] = [];
  const model = await gather(
    async (path) => {
      asked.push(path);
      return files.get(path);
    },
    (readFile) => loadModel("a.x", { readFile, includeFolders: ["inc"] }),
  );
  expect(model.types.map((type) => type.name)).toEqual(["t", "u", "s"]);
  expect(asked).toEqual(["a.x", "b.x", "c.x", "inc/c.x"]);
});

test("a file that asks for ever more is given up", async () => {
  let asked = 0;
  const endless = gather(
    async () => `#include "${++asked}.x"`,
    (readFile) => {
      for (let i = 0; ; i++) readFile(`${i}.x`);
    },
  );
  await expect(endless).rejects.toThrow(IdlError);
  expect(asked).toBe(1024);
});

test("a reader's own failure comes through", async () => {
  const failure = new Error("disk");
  await expect(
    gather(
      () => Promise.reject(failure),
      (readFile) => readFile("a"),
    ),
  ).rejects.toBe(failure);
});

test("many files beside each other take few runs, and one that only seemed to be needed harms none", async () => {
  const includes = Array.from({ length: 500 }, (_, i) => `#include "b${i}.x"`);
  const text = `#include "guard.x"\n#ifndef GUARD\n#include "broken.x"\n#endif\n${includes.join("\n")}`;
  let runs = 0;
  const model = await gather(
    async (path) => {
      if (path === "broken.x") throw new Error("disk");
      return path === "a.x"
        ? text
        : path === "guard.x"
          ? "#define GUARD"
          : `typedef int ${path.slice(0, -2)};`;
    },
    (readFile) => {
      runs++;
      return loadModel("a.x", { readFile });
    },
  );
  expect(model.types).toHaveLength(500);
  expect(runs).toBe(3);
});
