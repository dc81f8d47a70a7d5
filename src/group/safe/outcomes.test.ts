/** What becomes of safe messages, against a table that forgets nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_OUTCOMES, Outcomes } from "./outcomes.ts";
import type { Ending } from "./sender.ts";

const newOutcomes = () => new Outcomes((ending, cause) => new Error(`${ending} ${cause}`));
const fateOf = (promise: Promise<void> | undefined) =>
  promise?.then(
    () => "settled",
    ({ message }) => message as string,
  );

describe("outcomes", () => {
  it("are what was said of each, whoever asks first, and of no other sequence", async () => {
    const message = fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      ending: fc.constantFrom<Ending>("settled", "settled", "refused", "unknown"),
      isEarly: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const outcomes = newOutcomes();
        const expected = new Map<number, string>();
        const told: (Promise<string> | undefined)[] = [];
        let sequence = 0;
        for (const { gap, ending } of messages) {
          sequence += gap;
          outcomes.open(sequence);
          expected.set(sequence, ending === "settled" ? ending : `${ending} why`);
        }
        const all = [...expected.keys()];
        for (const [at, { isEarly }] of messages.entries())
          if (isEarly)
            told.push(fateOf(outcomes.of(all[at] as number)), fateOf(outcomes.of(all[at] as number)));
        for (const [at, { ending }] of messages.entries()) outcomes.end(all[at] as number, ending, "why");
        const early = all.filter((_, at) => messages[at]?.isEarly).flatMap((each) => [each, each]);
        expect(await Promise.all(told)).toEqual(early.map((each) => expected.get(each)));
        for (let each = 0; each <= sequence + 1; each++)
          expect(await fateOf(outcomes.of(each))).toBe(expected.get(each));
        outcomes.clear();
        expect(outcomes.of(sequence)).toBeUndefined();
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  it("of very many are kept in little, and what is forgotten is called nothing", async () => {
    const outcomes = newOutcomes();
    for (let sequence = 1; sequence <= 300_000; sequence++) {
      outcomes.open(sequence);
      outcomes.end(sequence, sequence <= 100_000 ? "refused" : "settled", "why");
    }
    expect(outcomes.of(100_000 - KEPT_OUTCOMES)).toBeUndefined();
    expect(await fateOf(outcomes.of(100_001 - KEPT_OUTCOMES))).toBe("refused why");
    expect(await fateOf(outcomes.of(100_001))).toBe("settled");
    for (let sequence = 300_002; sequence < 1_000_000; sequence += 2) {
      outcomes.open(sequence);
      outcomes.end(sequence, "settled", undefined);
    }
    expect(outcomes.of(300_002)).toBeUndefined();
    expect(outcomes.of(999_997)).toBeUndefined();
    expect(await fateOf(outcomes.of(999_998 - 2 * KEPT_OUTCOMES + 2))).toBe("settled");
  });
});
