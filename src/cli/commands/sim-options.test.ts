/** Options of the `sim` commands: what each refuses, before anything runs, and in what words. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { FORGETFUL, sim, useSimFolder } from "../../../test/support/sim-command.ts";

const folder = useSimFolder();
const { scenarioFile } = folder;

describe("coterie sim run refuses", () => {
  test.each([
    ["--jobs 0", "Expected 1 to 64."],
    ["--jobs 65", "Expected 1 to 64."],
    ["--seeds x", "Expected a whole number"],
    ["--from 1.5", "Expected a whole number"],
    ["--from 9007199254740991 --seeds 2", "there are no 2 seeds from there"],
    ["--limit 0", "In no time nothing runs."],
    ["--limit soon", "Expected a duration"],
    ["--weights loss", "Expected KIND=NUMBER"],
    ["--weights loss=-1", "Expected KIND=NUMBER"],
    [`--weights loss=${"9".repeat(400)}`, "Expected KIND=NUMBER"],
    ["--weights loss=1,loss=2", "It names loss twice."],
    [
      "--weights los=1",
      "letters has no kind of fault los (did you mean loss?); it has crash, crash-restart,",
    ],
    ["--weights __proto__=1", "letters has no kind of fault __proto__; it has crash,"],
    ["--scenario none", "it has letters"],
    ["--prune --no-corpus", "--prune takes from the corpus"],
  ])("%s", async (words, why) => {
    const result = await sim("run", scenarioFile(FORGETFUL), ...words.split(" "));
    expect(result).toMatchObject({ status: 2, out: "" });
    expect(result.err).toMatch(/^error CLI_USAGE: /);
    expect(result.err).toContain(why);
  });

  test("weights of a kind that only another of its scenarios has, and takes them for that one", async () => {
    const kinds = `kinds: [{ kind: "own", class: "timing", summary: "x", draw: () => ({}), apply() {} }]`;
    const file = scenarioFile(
      `export const a = letters(), b = letters({ change: { name: "b", ${kinds} } });`,
    );
    const both = await sim("run", file, "--seeds", "1", "--weights", "own=1", "--no-corpus");
    expect(both).toMatchObject({
      status: 2,
      err: expect.stringContaining("letters has no kind of fault own"),
    });
    const own = ["--scenario", "b", "--weights", "own=1", "--no-corpus"];
    expect(await sim("run", file, "--seeds", "1", ...own)).toMatchObject({ status: 0, err: "" });
  });

  test("a corpus or a folder that cannot be, before the first run", async () => {
    const started = join(folder.path, "started");
    const file = scenarioFile(`import { writeFileSync } from "node:fs";
      export default letters({ change: { run() { writeFileSync(${JSON.stringify(started)}, "x"); } } });`);
    const corpus = join(folder.path, "none", "x.corpus.json");
    expect((await sim("run", file, "--corpus", corpus)).err).toContain(
      "error LOCAL_NOT_FOUND: there is no folder",
    );
    expect((await sim("run", file, "--out", file)).err).toContain("error LOCAL_");
    expect(existsSync(started)).toBe(false);
  });
});

describe("coterie sim replay and shrink refuse", () => {
  test.each([
    ["replay", "", "name the run by --seed, or by --plan"],
    ["replay", "--seed 1 --plan p.json", "not by both"],
    ["replay", "--plan p.json --known", "--known is the plan that the corpus has of a --seed"],
    ["replay", "--plan p.json --weights loss=1", "a plan that was kept is drawn already"],
    ["shrink", "--seed 1 --known --weights loss=1", "a plan that was kept is drawn already"],
    ["replay", "--seed 1 --weights earthquake=1", "letters has no kind of fault earthquake"],
    ["shrink", "--seed 1 --weights earthquake=1", "letters has no kind of fault earthquake"],
    ["replay", "--seed 1 --from 1s", "they need --svg"],
    ["replay", "--seed 1 --to 1s", "they need --svg"],
    ["replay", "--seed 1 --svg x.svg --from 2s --to 1500ms", "--from 2000 ms is after --to 1500 ms"],
    ["replay", "--seed 1 --svg x.svg --from later", "Expected a duration"],
    ["shrink", "--seed 1 --runs many", "Expected a whole number"],
    ["shrink", "--seed 1 --time 5years", "Expected a duration"],
  ])("%s %s", async (command, words, why) => {
    const result = await sim(command, scenarioFile(FORGETFUL), ...words.split(" ").filter(Boolean));
    expect(result).toMatchObject({ status: 2, out: "" });
    expect(result.err).toContain(why);
  });

  test("a file in a folder that is not there, before the first run", async () => {
    const file = scenarioFile(FORGETFUL);
    const nowhere = join(folder.path, "none", "x");
    for (const words of [
      ["replay", "--svg"],
      ["shrink", "--out"],
    ] as const) {
      const [command, option] = words;
      const result = await sim(command, file, "--seed", "5", option, nowhere);
      expect(result).toMatchObject({ status: 1, out: "" });
      expect(result.err).toContain("error LOCAL_NOT_FOUND: there is no folder");
    }
  });
});

test("a diagram has the part of a run that --from and --to choose", async () => {
  const file = scenarioFile(FORGETFUL);
  const svg = join(folder.path, "x.svg");
  /** The first and the last moment that are drawn. */
  const extent = async (...words: readonly string[]): Promise<readonly number[]> => {
    await sim("replay", file, "--seed", "5", "--svg", svg, ...words);
    const said = /events, ([\d,.]+) to ([\d,.]+) ms/.exec(readFileSync(svg, "utf8")) ?? [];
    return said.slice(1).map((ms) => Number(ms.replaceAll(",", "")));
  };
  const [firstMs = 0, lastMs = 0] = await extent();
  expect(firstMs).toBe(0);
  expect(lastMs).toBeGreaterThan(4000);
  const [fromMs = 0, toMs = 0] = await extent("--from", "1500ms", "--to", "4s");
  expect(fromMs).toBeGreaterThanOrEqual(1500);
  expect(toMs).toBeGreaterThan(fromMs);
  expect(toMs).toBeLessThanOrEqual(4000);
  expect(await extent("--to", "4s")).toEqual([0, toMs]);
});

test("help of a command below another shows its options", async () => {
  const help = await runCli(["help", "sim", "replay"]);
  expect(help).toEqual(await runCli(["sim", "replay", "--help"]));
  expect(help.out).toContain("--from <time>");
  expect(help.out).toContain("(default: 1min)");
  expect((await runCli(["sim", "run", "x.ts", "--seeds", "x"])).err).toContain(
    "Read `coterie help sim run`.",
  );
});
