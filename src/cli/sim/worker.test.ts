import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import type { ParentProcess } from "../../node/index.ts";
import { drawPlan } from "../../sim/index.ts";
import type { Reply, Request } from "./messages.ts";
import { scenariosIn, serveSimulations } from "./worker.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-sim-worker-"));
afterAll(() => rmSync(folder, { recursive: true }));

const support = new URL("../../../test/support/letters-scenario.ts", import.meta.url).href;
const file = join(folder, "letters.ts");
writeFileSync(
  file,
  `import { letters } from ${JSON.stringify(support)};
   export default letters({ bug: "forgetful", change: { name: "forgetful", simplify: () => [{ letter: 1 }] } });
   export const good = letters({ change: { name: "good" } });
   export const number = 7;`,
);

/** What a worker answers to each request, in order. */
async function answers(...requests: readonly Request[]): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const parent: ParentProcess = {
    send(message) {
      replies.push(message as Reply);
      if (replies.length === requests.length) done();
    },
    onMessage: () => {},
  };
  serveSimulations(parent);
  for (const request of requests) parent.onMessage(request);
  await all;
  return replies;
}

const load: Request = { type: "load", file };

describe("a worker", () => {
  test("names the scenarios of a file", async () => {
    expect(await answers(load)).toEqual([
      {
        type: "loaded",
        scenarios: [
          { name: "forgetful", nodes: { min: 2, max: 4 }, kinds: [] },
          { name: "good", nodes: { min: 2, max: 4 }, kinds: [] },
        ],
      },
    ]);
  });

  test("runs seeds and plans, one after another, with the plan of those that fail", async () => {
    const run = (seed: string, more: object = {}): Request => ({
      type: "run",
      scenario: "forgetful",
      seed,
      ...more,
    });
    const plan = drawPlan(letters({ change: { name: "forgetful" } }), 5);
    const [, bad, again, quiet, traced] = await answers(
      load,
      run("5"),
      { type: "run", scenario: "forgetful", plan },
      run("5", { weights: { loss: 0, "slow-link": 0, duplicate: 0, partition: 0 } }),
      run("1", { want: { trace: true, svg: true } }),
    );
    expect(bad).toMatchObject({ seed: "5", failure: { property: "each letter is read once" }, plan });
    expect(again).toEqual(bad);
    expect(quiet).toMatchObject({ type: "ran", seed: "5" });
    expect(quiet).not.toHaveProperty("failure");
    expect(traced).toMatchObject({ trace: expect.stringContaining("n1 start 1") });
    expect(traced).toMatchObject({ svg: expect.stringMatching(/^<svg .*forgetful, seed 1: good/s) });
    expect(traced).not.toHaveProperty("plan");
  });

  test("draws plans, and simplifies operations", async () => {
    const [, planned, simplified, none] = await answers(
      load,
      { type: "plan", scenario: "good", seed: "7" },
      { type: "simplify", scenario: "forgetful", operation: {} },
      { type: "simplify", scenario: "good", operation: {} },
    );
    expect(planned).toEqual({ type: "planned", plan: drawPlan(letters({ change: { name: "good" } }), 7) });
    expect(simplified).toEqual({ type: "simplified", operations: [{ letter: 1 }] });
    expect(none).toEqual({ type: "simplified", operations: [] });
  });

  test("refuses what it cannot run, and goes on", async () => {
    const empty = join(folder, "empty.ts");
    writeFileSync(empty, "export const nothing = 7;");
    const broken = join(folder, "broken.ts");
    writeFileSync(broken, "throw new Error('no luck');");
    const replies = await answers(
      { type: "load", file: empty },
      { type: "load", file: broken },
      { type: "run", scenario: "none", seed: "1" },
      load,
      { type: "run", scenario: "good", plan: { ...drawPlan(letters(), 1) } },
      { type: "run", scenario: "good", seed: "1", weights: { earthquake: 1 } },
      { type: "run", scenario: "good", seed: "1" },
    );
    expect(replies.map((reply) => (reply.type === "refused" ? reply.code : reply.type))).toEqual([
      "CLI_SCENARIO",
      "CLI_SCENARIO",
      "CLI_SCENARIO",
      "loaded",
      "SIM_PLAN",
      "SIM_SCENARIO",
      "ran",
    ]);
    expect(replies[0]).toMatchObject({ message: `${empty} exports no scenario` });
    expect(replies[1]).toMatchObject({ message: expect.stringContaining("no luck") });
    expect(replies[5]).toMatchObject({ message: expect.stringContaining("earthquake") });
  });
});

test("what a scenario's own code throws before its run is told with the seed and the place", async () => {
  const own = join(folder, "own.ts");
  writeFileSync(
    own,
    `import { letters } from ${JSON.stringify(support)};
     export const a = letters({ change: { name: "a", workload: () => { throw new Error("no work"); } } });
     export const b = letters({ change: { name: "b", layout: () => { throw new Error("no room"); } } });
     export const c = letters({ change: { name: "c", workload: () => [new Date(0)] } });
     export const d = letters({ change: { name: "d", nodes: 300, faults: {} } });
     export const e = letters({ change: { name: "e", simulation: { link: { loss: 7 } } } });`,
  );
  const run = (scenario: string): Request => ({ type: "run", scenario, seed: "7" });
  const [, ...replies] = await answers({ type: "load", file: own }, ...["a", "b", "c", "d", "e"].map(run));
  const refused = { type: "refused", code: "SIM_SCENARIO" };
  expect(replies).toEqual([
    {
      ...refused,
      message: expect.stringMatching(/^no plan for a, seed 7: no work \(at .*\/own\.ts:2:\d+\)+$/),
    },
    {
      ...refused,
      message: expect.stringMatching(/^b, seed 7, cannot be set up: no room \(at .*\/own\.ts:3:\d+\)+$/),
    },
    { ...refused, message: expect.stringContaining("plan.operations.0 is a Date: draw plain data") },
    {
      ...refused,
      message: expect.stringContaining("d, seed 7, cannot be set up: network mesh has 250 nodes"),
    },
    { ...refused, message: "e, seed 7, cannot be set up: link: loss 7 is not of 0 to 1" },
  ]);
  const nowhere = join(folder, "nowhere.ts");
  writeFileSync(
    nowhere,
    `import { letters } from ${JSON.stringify(support)};
     export const a = letters({ change: { name: "a", nodes: { min: 3, max: 2 } } });`,
  );
  expect(await answers({ type: "load", file: nowhere })).toEqual([
    { ...refused, message: expect.stringContaining("a cannot be: nodes of 3 to 2") },
  ]);
});

test("scenarios are found among a module's exports, each once, also under a loader's wrapper", () => {
  const [a, b] = ["a", "b"].map((name) => letters({ change: { name } }));
  expect(scenariosIn({ default: a, a, b, c: { name: "c" }, d: null })).toEqual([a, b]);
  expect(scenariosIn({ default: { __esModule: true, default: a, b } })).toEqual([a, b]);
});
