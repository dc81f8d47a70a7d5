// The volume against an oracle: random operations, every answer, attribute, listing and byte compared; then fsck.
// A failure prints its seed and shrunk actions; COTERIE_SEED replays, COTERIE_SOAK=1 runs many more.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SMALL, withCleanVolume } from "../../../test/volume/fixture.ts";
import { type Action, action, Model } from "../../../test/volume/model.ts";

const seed = Number(process.env.COTERIE_SEED ?? 20_261_121);
const soak = process.env.COTERIE_SOAK === "1";
const TINY = {
  ...SMALL,
  limits: {
    ...SMALL.limits,
    maxCachedInodes: 4,
    maxCachedBytes: 8192,
    maxDirtyBytes: 8192,
    maxDirtyHardBytes: 32_768,
  },
};

async function run(actions: readonly Action[], options: typeof SMALL): Promise<void> {
  await withCleanVolume(async (bench) => {
    const model = new Model(bench);
    for (const one of actions) await model.perform(one);
    model.compareAll();
    await bench.reaped();
    model.compareAll();
    await bench.reopen();
    model.compareAll();
  }, options);
}

describe("the volume behaves like the oracle", () => {
  test.each([
    ["with room for everything", SMALL],
    ["with caches that hold next to nothing", TINY],
  ])("%s", async (_, options) => {
    const actions = fc.array(action, { minLength: 1, maxLength: 120, size: "max" });
    await fc.assert(
      fc.asyncProperty(actions, (some) => run(some, options)),
      { seed, numRuns: soak ? 50_000 : 700 },
    );
  });

  test("the comparison sees a difference", async () => {
    const actions: Action[] = [{ do: "create", at: 0, name: 0, object: 0, size: undefined }];
    await expect(
      withCleanVolume(async (bench) => {
        const model = new Model(bench);
        for (const one of actions) await model.perform(one);
        bench.write(model.nodes[1]?.handle ?? bench.root, 0, new Uint8Array(1));
        model.compareAll();
      }, SMALL),
    ).rejects.toThrow("the oracle");
  });
});
