/** The `sim` commands with their worker processes, as a user runs them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import { CoterieProcess, sourcesCommand } from "../../../test/support/node-process.ts";
import {
  FORGETFUL,
  jsonLines as lines,
  sim,
  untilExists,
  useSimFolder,
  simWorld as world,
} from "../../../test/support/sim-command.ts";
import { formatCorpus, type Plan, parseCorpus } from "../../sim/index.ts";
import { run } from "../run.ts";

const folder = useSimFolder();
const { scenarioFile } = folder;

describe("coterie sim run", () => {
  test("counts good runs, and writes nothing", async () => {
    const file = scenarioFile("export default letters();");
    const result = await sim("run", file, "--seeds", "30", "--jobs", "2");
    expect(result).toMatchObject({ status: 0, err: "" });
    expect(result.out).toMatch(/^letters: 30 runs, none failed; .* simulated in /);
    expect(readdirSync(folder.path)).toEqual(["letters.ts"]);
  });

  test("tells failures with the line that repeats them, keeps them, and runs them first the next time", async () => {
    const file = scenarioFile(FORGETFUL);
    const first = await sim("run", file, "--seeds", "12");
    expect(first.status).toBe(4);
    expect(first.out).toContain("FAILED  letters, seed 5: each letter is read once: letter 0 was read twice");
    expect(first.out).toContain(`coterie sim replay ${file} --seed 5\n`);
    expect(first.out).toContain("letters: 12 runs, 2 failed");
    const { entries } = parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8"));
    expect(entries.map(({ plan }) => plan.seed).sort()).toEqual(["10", "5"]);
    const again = await sim("run", file, "--seeds", "1", "--from", "100", "--json", "--jobs", "1");
    const failures = lines(again).filter(({ event }) => event === "failure");
    expect(failures.map(({ seed, known }) => [seed, known])).toEqual(
      entries.map(({ plan }) => [plan.seed, true]),
    );
    expect(lines(again).at(-1)).toMatchObject({ event: "summary", runs: 3, failures: 2, interrupted: false });
  });

  test("says which of the corpus pass again, and prunes them when told to", async () => {
    const file = scenarioFile(FORGETFUL);
    await sim("run", file, "--seeds", "5");
    scenarioFile("export default letters();");
    const kept = await sim("run", file, "--seeds", "1");
    expect(kept).toMatchObject({ status: 0 });
    expect(kept.out).toContain("seed 5 of the corpus passes again (each letter is read once); it stays");
    const pruned = await sim("run", file, "--seeds", "1", "--prune");
    expect(pruned.out).toContain("it is removed from it");
    expect(parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8")).entries).toEqual([]);
  });

  test("shrinks one failure of each property, keeps the small plan, and stops early when told to", async () => {
    const file = scenarioFile(FORGETFUL);
    const result = await sim(
      "run",
      file,
      "--fail-fast",
      "--shrink",
      "--out",
      join(folder.path, "out"),
      "--json",
    );
    expect(result.status).toBe(4);
    const [failure, shrunk, summary] = lines(result);
    expect(failure).toMatchObject({ event: "failure", property: "each letter is read once" });
    expect(shrunk).toMatchObject({
      event: "shrunk",
      after: { nodes: 2, faults: 1, operations: 1 },
      complete: true,
    });
    expect(summary).toMatchObject({ event: "summary", failures: 1 });
    expect(summary?.runs).toBeLessThan(100);
    const seed = failure?.seed;
    const { entries } = parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8"));
    expect(entries).toEqual([{ property: "each letter is read once", plan: shrunk?.plan }]);
    expect(JSON.parse(readFileSync(join(folder.path, `letters.seed-${seed}.plan.json`), "utf8"))).toEqual(
      shrunk?.plan,
    );
    expect(readdirSync(join(folder.path, "out"))).toEqual(
      expect.arrayContaining([
        `letters-${seed}.plan.json`,
        `letters-${seed}.trace.txt`,
        `letters-${seed}.svg`,
      ]),
    );
    expect(readFileSync(join(folder.path, "out", `letters-${seed}.trace.txt`), "utf8")).toContain(
      "n1 start 1",
    );
  });

  test("leaves a shrunk plan in the corpus as it is when its seed fails again", async () => {
    const file = scenarioFile(FORGETFUL);
    const corpus = () => parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8")).entries;
    await sim("run", file, "--seeds", "1", "--from", "5");
    await sim("shrink", file, "--seed", "5");
    const [shrunk] = corpus();
    expect(shrunk?.plan.operations).toHaveLength(1);
    const again = await sim("run", file, "--seeds", "1", "--from", "5", "--json");
    expect(lines(again).filter(({ event }) => event === "failure")).toHaveLength(2);
    expect(corpus()).toEqual([shrunk]);
  });

  test("keeps the plan of a seed anew when the one in the corpus fails no more", async () => {
    const file = scenarioFile(FORGETFUL);
    const path = join(folder.path, "letters.corpus.json");
    await sim("run", file, "--seeds", "1", "--from", "5");
    const [found] = parseCorpus(readFileSync(path, "utf8")).entries;
    const calm = { property: found?.property ?? "", plan: { ...found?.plan, faults: [] } as Plan };
    writeFileSync(path, formatCorpus({ entries: [calm] }));
    await sim("run", file, "--seeds", "1", "--from", "5");
    expect(parseCorpus(readFileSync(path, "utf8")).entries).toEqual([found]);
  });

  test("tells how to repeat what it found in another corpus, and of one scenario of several", async () => {
    const file = scenarioFile(`${FORGETFUL} export const other = letters({ change: { name: "other" } });`);
    const corpus = join(folder.path, "other.json");
    const words = ["run", file, "--scenario", "letters", "--seeds", "1", "--from", "5", "--corpus", corpus];
    await sim(...words);
    const again = lines(await sim(...words, "--json")).map(({ replay }) => replay);
    const replay = `coterie sim replay ${file} --scenario letters --seed 5`;
    expect(again.slice(0, 2)).toEqual([`${replay} --known --corpus ${corpus}`, replay]);
    const replayed = await sim(...String(again[0]).split(" ").slice(2));
    expect(replayed).toMatchObject({ status: 4, err: "" });
  });

  test("takes other weights, and all scenarios of a file or the one that is named", async () => {
    const file = scenarioFile(`${FORGETFUL} export const other = letters({ change: { name: "other" } });`);
    const calm = "loss=0,duplicate=0,partition=0,slow-link=0";
    const result = await sim("run", file, "--seeds", "10", "--weights", calm, "--no-corpus", "--json");
    expect(lines(result).map(({ scenario, failures }) => [scenario, failures])).toEqual([
      ["letters", 0],
      ["other", 0],
    ]);
    const one = await sim("run", file, "--seeds", "10", "--scenario", "other", "--json");
    expect(lines(one).map(({ scenario }) => scenario)).toEqual(["other"]);
    expect(await sim("run", file, "--scenario", "third")).toMatchObject({
      status: 2,
      err: expect.stringContaining("it has letters, other"),
    });
  });

  test("finds with --twice what does not do the same when it is run again", async () => {
    const file = scenarioFile(`let runs = 0;
      export default letters({ change: { async run({ node }) { node(0).world.log.info("run", { runs: ++runs }); } } });
      export const good = letters({ change: { name: "good" } });`);
    const found = await sim("run", file, "--seeds", "3", "--twice", "--no-corpus", "--json");
    const failures = lines(found).filter(({ event }) => event === "failure");
    expect(failures.map(({ scenario, property }) => [scenario, property])).toEqual(
      Array.from({ length: 3 }, () => ["letters", "SIM_NOT_REPEATED"]),
    );
    expect(failures[0]?.replay).toMatch(/ --scenario letters --seed 1 --twice$/);
    await sim("run", file, "--scenario", "letters", "--seeds", "1", "--twice");
    const known = await sim("run", file, "--scenario", "letters", "--seeds", "0", "--json");
    expect(lines(known)[0]).toMatchObject({ event: "failure", property: "SIM_NOT_REPEATED", known: true });
  });

  test("takes a worker that hangs or dies for the failure of its seed, and goes on", async () => {
    const file = scenarioFile(`export default letters({ change: { run({ plan }) {
      if (plan.seed === "2") for (;;);
      if (plan.seed === "4") process.exit(7);
    } } });`);
    const result = await sim("run", file, "--seeds", "6", "--limit", "4s", "--json");
    expect(result.status).toBe(4);
    const failures = lines(result).filter(({ event }) => event === "failure");
    expect(failures).toMatchObject([
      { seed: "2", property: "SIM_STUCK", message: expect.stringContaining("4000 ms") },
      { seed: "4", property: "SIM_DIED", message: expect.stringContaining("status 7") },
    ]);
    expect(lines(result).at(-1)).toMatchObject({ runs: 6, failures: 2 });
  });

  test("says which plans of the corpus the scenario cannot run any more, and goes on", async () => {
    const kinds = `kinds: [{ kind: "own", class: "timing", summary: "nothing", draw: () => ({}), apply() {} }]`;
    const file = scenarioFile(
      `export default letters({ bug: "forgetful", change: { faults: { own: 1, loss: 3 }, ${kinds} } });`,
    );
    expect((await sim("run", file, "--seeds", "30", "--fail-fast")).status).toBe(4);
    scenarioFile("export default letters();");
    const result = await sim("run", file, "--seeds", "1", "--prune", "--json");
    expect(result.status).toBe(0);
    const events = lines(result).map(({ event }) => event);
    expect(events).toContain("stale");
    expect(events.at(-1)).toBe("summary");
    expect(parseCorpus(readFileSync(join(folder.path, "letters.corpus.json"), "utf8")).entries).toEqual([]);
  });

  test("ends its workers and sums up when it is interrupted", async () => {
    const started = join(folder.path, "started");
    const file = scenarioFile(`import { writeFileSync } from "node:fs";
      export default letters({ change: { async run({ sim }) {
        writeFileSync(${JSON.stringify(started)}, String(process.pid));
        for (;;) await sim.sleep(1);
      }, limitMs: 1e12 } });`);
    const host = new FakeHost({ world });
    const running = run(["sim", "run", file, "--json"], host);
    await untilExists(started);
    expect(host.signal("SIGINT")).toBe(true);
    expect(await running).toBe(130);
    expect(JSON.parse(host.out.text)).toMatchObject({ event: "summary", runs: 0, interrupted: true });
    expect(host.signal("SIGINT")).toBe(false);
    rmSync(started);
    const replaying = new FakeHost({ world });
    const replayed = run(["sim", "replay", file, "--seed", "1"], replaying);
    await untilExists(started);
    replaying.signal("SIGTERM");
    expect(await replayed).toBe(143);
    expect(replaying.out.text).toBe("");
  });

  test("leaves no worker behind when it is killed, not even one in a loop without end", async () => {
    const started = join(folder.path, "started");
    const file = scenarioFile(`import { writeFileSync } from "node:fs";
      export default letters({ change: { run() {
        writeFileSync(${JSON.stringify(started)}, String(process.pid));
        for (;;);
      } } });`);
    const command = new CoterieProcess(["sim", "run", file], { command: sourcesCommand() });
    await untilExists(started);
    await command.kill();
    await untilGone(Number(readFileSync(started, "utf8")));
  });

  test.each([
    ["a file that is not there", "none.ts", undefined, 1, "LOCAL_NOT_FOUND"],
    ["a file without scenarios", "x.ts", "export const x = 1;", 1, "CLI_SCENARIO"],
    ["a file that does not load", "x.ts", "import './none.ts';", 1, "CLI_SCENARIO"],
    ["two scenarios of one name", "x.ts", "export const a = letters(), b = letters();", 1, "CLI_SCENARIO"],
    [
      "a workload that throws",
      "x.ts",
      "export const a = letters({ change: { workload() { null.x; } } });",
      1,
      "SIM_SCENARIO",
    ],
  ])("refuses %s", async (_, name, body, status, code) => {
    const file = body === undefined ? join(folder.path, name) : scenarioFile(body, name);
    const result = await sim("run", file);
    expect(result).toMatchObject({ status, out: "" });
    expect(result.err).toContain(`error ${code}:`);
  });

  test("refuses a corpus that is none, rather than write over it", async () => {
    const file = scenarioFile(FORGETFUL);
    writeFileSync(join(folder.path, "letters.corpus.json"), "mine");
    expect((await sim("run", file)).err).toContain("error SIM_CORPUS:");
    expect(readFileSync(join(folder.path, "letters.corpus.json"), "utf8")).toBe("mine");
  });
});

describe("coterie sim replay", () => {
  test("repeats a seed, to the same trace, and shows it", async () => {
    const file = scenarioFile(FORGETFUL);
    const [once, twice] = [
      await sim("replay", file, "--seed", "5", "--json"),
      await sim("replay", file, "--seed", "5", "--trace", "--json"),
    ];
    expect(once.status).toBe(4);
    const [a, b] = [lines(once)[0], lines(twice)[0]];
    expect(a).toMatchObject({
      scenario: "letters",
      seed: "5",
      failure: { property: "each letter is read once" },
    });
    expect(b?.digest).toBe(a?.digest);
    expect(b?.trace).toContain("fault 0 ");
    const human = await sim("replay", file, "--seed", "5");
    expect(human.out).toContain("letters, seed 5: FAILED");
    expect(human.out).toContain("plan: 2 nodes, 5 faults, 9 operations");
    expect(await sim("replay", file, "--seed", "1")).toMatchObject({
      status: 0,
      out: expect.stringContaining("seed 1: good"),
    });
  });

  test("repeats a plan of a file, and the corpus's plan of a seed", async () => {
    const file = scenarioFile(`${FORGETFUL} export const other = letters({ change: { name: "other" } });`);
    const shrunk = await sim("shrink", file, "--scenario", "letters", "--seed", "5", "--json");
    const [{ plan, file: kept, failure } = {}] = lines(shrunk);
    expect(failure).toBeUndefined();
    const fromFile = lines(await sim("replay", file, "--plan", String(kept), "--json"))[0];
    expect(fromFile).toMatchObject({ scenario: "letters", plan });
    const fromCorpus = lines(await sim("replay", file, "--seed", "5", "--known", "--json"))[0];
    expect(fromCorpus?.digest).toBe(fromFile?.digest);
    expect((await sim("replay", file, "--seed", "6", "--known")).err).toContain("has no seed 6");
  });

  test("refuses plans that are none, or another scenario's, and runs that are not named", async () => {
    const file = scenarioFile(FORGETFUL);
    const plan = join(folder.path, "p.json");
    writeFileSync(plan, "{");
    expect((await sim("replay", file, "--plan", plan)).err).toContain("error SIM_PLAN:");
    writeFileSync(plan, '{"scenario":"letters","seed":7}');
    expect((await sim("replay", file, "--plan", plan)).err).toContain("error SIM_PLAN:");
    writeFileSync(plan, '{"scenario":"other"}');
    expect(await sim("replay", file, "--plan", plan)).toMatchObject({ status: 2 });
    expect(await sim("replay", file)).toMatchObject({ status: 2 });
    expect(await sim("replay", file, "--seed", "1", "--plan", plan)).toMatchObject({ status: 2 });
  });
});

/** Until a process has ended. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ESRCH");
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
