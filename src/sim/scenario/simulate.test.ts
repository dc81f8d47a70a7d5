import { afterEach, describe, expect, test, vi } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import {
  drawPlan,
  EMPTY_CORPUS,
  formatCorpus,
  type Scenario,
  type SimulateOptions,
  simulate,
  withEntry,
} from "../index.ts";

interface Made {
  readonly name: string;
  readonly timeoutMs: number | undefined;
  run(): Promise<void>;
}

function make(scenario: Scenario<never>, options: SimulateOptions = {}): readonly Made[] {
  const made: Made[] = [];
  simulate(
    (name, run, timeoutMs) => made.push({ name, run, timeoutMs }),
    scenario as unknown as Scenario,
    options,
  );
  return made;
}

const good = letters() as unknown as Scenario<never>;
const forgetful = letters({ bug: "forgetful" }) as unknown as Scenario<never>;

afterEach(() => vi.unstubAllEnvs());

describe("simulate", () => {
  test("makes a test of all seeds, which passes when all are good", async () => {
    const [made, ...more] = make(good, { seeds: 50, from: 7 });
    expect(more).toEqual([]);
    expect(made).toMatchObject({ name: "letters: seeds 7 to 56", timeoutMs: 270_000 });
    await made?.run();
  });

  test("fails at the first seed that does, and says how to repeat it, and its smallest case", async () => {
    const [made] = make(forgetful);
    const error = await made?.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "SIM_VIOLATED",
      details: { seed: "5", property: "each letter is read once" },
    });
    const { message, cause } = error as Error;
    expect(message).toContain("scenario letters, seed 5: each letter is read once");
    expect(message).toContain('COTERIE_SIM_SEED=5 npx vitest run -t "letters"');
    expect(message).toMatch(
      /Shrunk from 2 nodes, 5 faults, 9 operations to 2 nodes, 1 fault, 1 operation in \d+ runs/,
    );
    expect(message).toContain('"kind":"slow-link"');
    expect(cause).toMatchObject({ code: "SIM_VIOLATED" });
  });

  test("shows the whole plan where it is not to be shrunk", async () => {
    const [made] = make(forgetful, { shrinkMs: 0 });
    const message = String(await made?.run().catch((thrown: unknown) => thrown));
    expect(message).not.toContain("Shrunk");
    expect(message.match(/"kind"/g)).toHaveLength(5);
  });

  test("takes the number of seeds from the environment, for a soak, and one seed, to repeat it", () => {
    vi.stubEnv("COTERIE_SIM_SEEDS", "5000");
    expect(make(good, { seeds: 3 }).map(({ name }) => name)).toEqual(["letters: seeds 1 to 5000"]);
    vi.stubEnv("COTERIE_SIM_SEED", "17");
    expect(make(good).map(({ name }) => name)).toEqual(["letters: seed 17"]);
    vi.stubEnv("COTERIE_SIM_SEED", "");
    vi.stubEnv("COTERIE_SIM_SEEDS", "many");
    expect(() => make(good)).toThrow(RangeError);
  });

  test("repeats a seed alone", async () => {
    vi.stubEnv("COTERIE_SIM_SEED", "5");
    await expect(make(forgetful)[0]?.run()).rejects.toThrow("seed 5");
    vi.stubEnv("COTERIE_SIM_SEED", "1");
    await make(forgetful)[0]?.run();
  });

  test("runs the corpus first, a test for each entry of the scenario", async () => {
    const entries = [5, 10].map((seed) => ({
      property: "each letter is read once",
      plan: drawPlan(letters(), seed),
    }));
    const corpus = JSON.parse(formatCorpus(entries.reduce(withEntry, EMPTY_CORPUS)));
    const made = make(forgetful, { corpus, seeds: 1 });
    expect(made.map(({ name }) => name)).toEqual([
      "letters: seed 5 of the corpus: each letter is read once",
      "letters: seed 10 of the corpus: each letter is read once",
      "letters: seeds 1 to 1",
    ]);
    const failed = String(await made[0]?.run().catch((thrown: unknown) => thrown));
    expect(failed).toContain("each letter is read once");
    expect(failed).toContain('To repeat it: npx vitest run -t "letters: seed 5 of the corpus"\n');
    for (const one of make(good, { corpus, seeds: 1 })) await one.run();
    expect(() => make(good, { corpus: { version: 9 } })).toThrow(
      expect.objectContaining({ code: "SIM_CORPUS" }),
    );
  });

  test("runs an entry twice that was not repeated when it was found", async () => {
    let runs = 0;
    const scenario = letters({
      change: { run: ({ node }) => node(0).world.log.info("run", { runs: ++runs }) },
    });
    const plan = drawPlan(scenario, 1);
    const corpusOf = (property: string) => JSON.parse(formatCorpus({ entries: [{ property, plan }] }));
    const [entry] = make(scenario as unknown as Scenario<never>, { corpus: corpusOf("SIM_NOT_REPEATED") });
    await expect(entry?.run()).rejects.toMatchObject({ code: "SIM_NOT_REPEATED" });
    const [other] = make(scenario as unknown as Scenario<never>, { corpus: corpusOf("another") });
    await other?.run();
    expect(runs).toBe(3);
  });

  test("draws with other weights", async () => {
    const none = { loss: 0, duplicate: 0, partition: 0, "slow-link": 0 };
    await make(forgetful, { seeds: 50, weights: none })[0]?.run();
  });
});

simulate(test, letters(), { seeds: 20 });
