import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import { isCoterieError } from "../../world/index.ts";
import {
  type CorpusEntry,
  drawPlan,
  EMPTY_CORPUS,
  entriesOf,
  formatCorpus,
  parseCorpus,
  withEntry,
  withoutEntry,
} from "../index.ts";
import { MAX_CORPUS_ENTRIES } from "./corpus.ts";

const entry = (seed: number, property = "p", name = "letters"): CorpusEntry => ({
  property,
  plan: drawPlan(letters({ change: { name } }), seed),
});

describe("a corpus", () => {
  test("is read back as it was written", () => {
    let corpus = EMPTY_CORPUS;
    for (let seed = 0; seed < 20; seed++) corpus = withEntry(corpus, entry(seed, `"quoted" ${seed}\n`));
    expect(parseCorpus(formatCorpus(corpus))).toEqual(corpus);
    expect(parseCorpus(formatCorpus(EMPTY_CORPUS))).toEqual(EMPTY_CORPUS);
  });

  test("has one entry for a scenario's seed, the newest, in the place of the first", () => {
    const corpus = [entry(1, "a"), entry(2, "b"), entry(1, "c"), entry(1, "d", "other")].reduce(
      withEntry,
      EMPTY_CORPUS,
    );
    expect(corpus.entries.map(({ property }) => property)).toEqual(["c", "b", "d"]);
    expect(entriesOf(corpus, "letters").map(({ property }) => property)).toEqual(["c", "b"]);
    expect(withoutEntry(corpus, entry(1)).entries.map(({ property }) => property)).toEqual(["b", "d"]);
  });

  test("takes no more entries when it is full, and still newer ones of those it has", () => {
    const plan = entry(0).plan;
    const entries = Array.from({ length: MAX_CORPUS_ENTRIES }, (_, i) => ({
      property: "p",
      plan: { ...plan, seed: `${i}` },
    }));
    expect(withEntry({ entries }, { property: "p", plan: { ...plan, seed: "new" } }).entries).toBe(entries);
    const newer = withEntry({ entries }, { property: "newer", plan: { ...plan, seed: "7" } }).entries;
    expect(newer).toHaveLength(MAX_CORPUS_ENTRIES);
    expect(newer[7]?.property).toBe("newer");
    expect(() => parseCorpus(JSON.stringify({ version: 1, entries: [...entries, entries[0]] }))).toThrow(
      "more than",
    );
  });

  test.each([
    ["{", "no JSON"],
    ["null", "version"],
    ['{"version":2,"entries":[]}', "version is 2"],
    ['{"version":1}', "no list"],
    ['{"version":1,"entries":[{"property":"p"}]}', "entry 0"],
    ['{"version":1,"entries":[null]}', "entry 0"],
  ])("%s is refused", (text, why) => {
    expect(() => parseCorpus(text, "x.corpus.json")).toThrow(
      expect.objectContaining({ code: "SIM_CORPUS", message: expect.stringContaining(why) }),
    );
  });

  test("of any text is one or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseCorpus(text);
        } catch (error) {
          expect(isCoterieError(error, "SIM_CORPUS")).toBe(true);
        }
      }),
    );
  });
});
