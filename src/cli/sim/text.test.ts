import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createStyle } from "../style.ts";
import { corpusPath, planPath } from "./files.ts";
import { firstLine, fullText, quoted, replayLine } from "./text.ts";

describe("a replay line", () => {
  const line = (what: Omit<Parameters<typeof replayLine>[1], "file">) =>
    replayLine({ commandName: "coterie" }, { file: "my dir/x.ts", ...what });

  test("names file, scenario, seed and weights, quoted where a shell needs it", () => {
    expect(line({ seed: "17" })).toBe("coterie sim replay 'my dir/x.ts' --seed 17");
    expect(line({ seed: "17", known: true, scenario: "a b", weights: undefined })).toBe(
      "coterie sim replay 'my dir/x.ts' --scenario 'a b' --seed 17 --known",
    );
    expect(line({ seed: "5", corpus: "a b.json", known: true })).toMatch(
      / --seed 5 --known --corpus 'a b.json'$/,
    );
    expect(line({ seed: "5", corpus: "a b.json", known: false })).toMatch(/ --seed 5$/);
    expect(line({ seed: "1", weights: { loss: 0, crash: 2.5 } })).toMatch(
      / --seed 1 --weights loss=0,crash=2.5$/,
    );
    expect(line({ plan: "p.json" })).toMatch(/ --plan p.json$/);
  });

  test("a shell reads back what was quoted", () => {
    for (const word of ["plain.ts", "it's", "a b", "$HOME", "`x`", '"', "back\\slash", "*", "", "-x", "é"]) {
      expect(execFileSync("sh", ["-c", `printf %s ${quoted(word)}`], { encoding: "utf8" })).toBe(word);
    }
  });
});

test("files lie beside the scenario's", () => {
  expect([corpusPath("dir/x.ts"), corpusPath("x.mjs"), corpusPath("x")]).toEqual([
    "dir/x.corpus.json",
    "x.corpus.json",
    "x.corpus.json",
  ]);
  expect(planPath("dir/x.sim.ts", "../17")).toBe("dir/x.sim.seed-.._17.plan.json");
});

test("a failure is told by its message's first line, after the code that explains it", () => {
  const message = "main waits\nand more";
  expect(firstLine({ property: "SIM_DEADLOCK", code: "SIM_DEADLOCK", message })).toBe(
    "SIM_DEADLOCK: main waits",
  );
  expect(firstLine({ property: "p", code: "SIM_VIOLATED", message: "p: no" })).toBe("p: no");
  expect(firstLine({ property: "Error: no", message: "no" })).toBe("no");
});

test("messages of user code cannot draw on the terminal", () => {
  const failure = {
    property: "p",
    message: "one\u001b[31m\ntwo",
    stack: "Error: one\n    at run (x.ts:1:1)",
  };
  expect(firstLine(failure)).not.toContain("\u001b");
  const text = fullText(failure, createStyle(false));
  expect(text).not.toContain("\u001b");
  expect(text.split("\n").slice(1)).toEqual(["two", "    at run (x.ts:1:1)"]);
});
