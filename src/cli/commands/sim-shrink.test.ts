/** `coterie sim shrink` and `run --shrink`, with their worker processes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import {
  FORGETFUL,
  jsonLines as lines,
  sim,
  untilExists,
  useSimFolder,
  simWorld as world,
} from "../../../test/support/sim-command.ts";
import { parseCorpus } from "../../sim/index.ts";
import { run } from "../run.ts";

const folder = useSimFolder();
const { scenarioFile } = folder;

describe("coterie sim shrink", () => {
  test("makes a run small with the scenario's own simpler operations, and writes the plan where it is told", async () => {
    const simplify = "simplify: (op) => (op.letter === 0 ? [] : [{ ...op, letter: 0 }])";
    const file = scenarioFile(`export default letters({ bug: "hasty", change: { ${simplify} } });`);
    const out = join(folder.path, "small.json");
    const result = await sim("shrink", file, "--seed", "1", "--out", out, "--no-corpus");
    expect(result).toMatchObject({ status: 0, err: "" });
    expect(result.out).toContain("2 nodes, 4 faults, 6 operations → 2 nodes, 1 fault, 1 operation in ");
    expect(result.out).toContain(`coterie sim replay ${file} --plan ${out}`);
    expect(JSON.parse(readFileSync(out, "utf8")).operations).toEqual([{ atMs: 1, node: 1, letter: 0 }]);
    expect(existsSync(join(folder.path, "letters.corpus.json"))).toBe(false);
  });

  test("keeps what has become small when it is interrupted", async () => {
    const [started, go] = [join(folder.path, "started"), join(folder.path, "go")];
    const file = scenarioFile(`import { existsSync, writeFileSync } from "node:fs";
      const { run } = letters({ bug: "forgetful" });
      let runs = 0;
      export default letters({ change: { async run(stage) {
        if (++runs === 8) writeFileSync(${JSON.stringify(started)}, "x");
        while (runs === 8 && !existsSync(${JSON.stringify(go)}));
        await run(stage);
      } } });`);
    const host = new FakeHost({ world });
    const shrinking = run(["sim", "shrink", file, "--seed", "5", "--json"], host);
    await untilExists(started);
    host.signal("SIGINT");
    writeFileSync(go, "x");
    expect(await shrinking).toBe(130);
    const shrunk = JSON.parse(host.out.text);
    expect(shrunk).toMatchObject({ event: "shrunk", complete: false, runs: 7 });
    expect(shrunk.after.faults).toBeLessThan(shrunk.before.faults);
    expect(JSON.parse(readFileSync(shrunk.file, "utf8"))).toEqual(shrunk.plan);
    const { entries } = parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8"));
    expect(entries).toEqual([{ property: "each letter is read once", plan: shrunk.plan }]);
  });

  test("shrinks what kills its worker", async () => {
    const workload = "workload: () => [1, 2, 3].map((letter) => ({ atMs: 1, node: 1, letter }))";
    const file =
      scenarioFile(`export default letters({ change: { nodes: 2, quietMs: 2, faults: {}, ${workload}, run({ plan }) {
      if (plan.operations.some(({ letter }) => letter === 2)) process.exit(7);
    } } });`);
    const result = await sim("shrink", file, "--seed", "1", "--json");
    expect(lines(result)[0]).toMatchObject({
      property: "SIM_DIED",
      before: { nodes: 2, faults: 0, operations: 3 },
      after: { nodes: 2, faults: 0, operations: 1 },
    });
  });

  test("writes a file for each of several scenarios", async () => {
    const file = scenarioFile(
      `${FORGETFUL} export const b = letters({ bug: "forgetful", change: { name: "b c" } });`,
    );
    const words = ["--seeds", "1", "--from", "5", "--no-corpus", "--shrink", "--json"];
    const shrunk = lines(await sim("run", file, ...words)).filter(({ event }) => event === "shrunk");
    const names = ["letters.b_c.seed-5.plan.json", "letters.letters.seed-5.plan.json"];
    expect(shrunk.map((line) => line.file)).toEqual(names.map((name) => join(folder.path, name)));
    for (const line of shrunk) expect(JSON.parse(readFileSync(String(line.file), "utf8"))).toEqual(line.plan);
  });

  test("ends with its budget, and refuses what does not fail", async () => {
    const file = scenarioFile(FORGETFUL);
    const short = await sim("shrink", file, "--seed", "5", "--runs", "3");
    expect(short.out).toContain("in 3 runs; more might: --plan goes on from here");
    expect(await sim("shrink", file, "--seed", "1")).toMatchObject({
      status: 2,
      err: expect.stringContaining("does not fail"),
    });
  });
});
