/** Pieces are the same bytes as a read, wherever they come from: chunks, holes, unstable writes. */
import { expect, test } from "vitest";
import { Prng, Simulation } from "../../sim/index.ts";
import { openVolume } from "./open.ts";
import { type Attributes, type Context, isFault, type Outcome } from "./types.ts";

const context: Context = { credentials: { uid: 0, gid: 0, groups: [] }, now: { seconds: 1, nanoseconds: 2 } };

function good<T>(outcome: Outcome<T>): T {
  if (isFault(outcome)) throw new Error(outcome.reason);
  return outcome;
}

test("readPieces gives what read gives", async () => {
  const simulation = new Simulation({ seed: 5 });
  const { world } = simulation.node("n");
  await simulation.run(async () => {
    const volume = await openVolume(world, "v", { chunkBytes: 4096 });
    const initial = { mode: 0o600 };
    const name = Uint8Array.of(1);
    const object = { type: "file", initial, how: "guarded" } as const;
    const { handle }: Attributes = good(volume.create(context, volume.root, name, object));
    const random = new Prng("5", "reads");
    const below = (bound: number) => Math.floor(random.unit() * bound);
    for (let round = 0; round < 300; round++) {
      const data = random.bytes(1 + below(9000));
      const stability = below(2) === 0 ? "unstable" : "file-sync";
      good(volume.write(context, handle, below(60_000), data, stability));
      if (below(20) === 0) good(volume.setAttributes(context, handle, { size: below(70_000) }));
      if (below(10) === 0) good(volume.commit(context, handle));
      await volume.settle(undefined);
      const offset = below(80_000);
      const length = below(40_000);
      const whole = good(volume.read(context, handle, offset, length));
      const { pieces, length: told, eof } = good(volume.readPieces(context, handle, offset, length));
      expect(Buffer.concat(pieces).equals(whole.data)).toBe(true);
      expect(told).toBe(whole.data.length);
      expect(eof).toBe(whole.eof);
    }
    // What was read whole is the reader's own: no later operation changes it.
    const { data } = good(volume.read(context, handle, 0, 10));
    const before = data.slice();
    good(volume.write(context, handle, 0, new Uint8Array(10).fill(0xee), "unstable"));
    expect(data).toEqual(before);
    await volume.close();
  });
});
