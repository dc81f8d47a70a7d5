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
      "CLI_SCENARIO",
      "ran",
    ]);
    expect(replies[0]).toMatchObject({ message: `${empty} exports no scenario` });
    expect(replies[1]).toMatchObject({ message: expect.stringContaining("no luck") });
    expect(replies[5]).toMatchObject({ message: expect.stringContaining("earthquake") });
  });
});

test("scenarios are found among a module's exports, each once, also under a loader's wrapper", () => {
  const [a, b] = ["a", "b"].map((name) => letters({ change: { name } }));
  expect(scenariosIn({ default: a, a, b, c: { name: "c" }, d: null })).toEqual([a, b]);
  expect(scenariosIn({ default: { __esModule: true, default: a, b } })).toEqual([a, b]);
});
