import { describe, expect, it } from "vitest";
import { bytes, codeOf, codeThrown, text } from "../world/contract/contract.ts";
import { type ModelCounts, runStoreModel } from "../world/contract/store-model.ts";
import { Prng, Simulation } from "./index.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 5000 : 150;

describe("the simulated store and a naive oracle", () => {
  it(`agree, through crashes that keep a prefix of whole batches (${SEEDS} seeds)`, async () => {
    const sum: ModelCounts = { applied: 0, synced: 0, reads: 0, crashes: 0, reopened: 0, lostBatches: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const sim = new Simulation({ seed });
      const node = sim.node("a");
      const counts = await sim.run(() =>
        runStoreModel({
          commands: 300,
          open: () => node.world.storage.open("model"),
          crash: () => {
            node.crash();
            void node.restart();
            return Promise.resolve();
          },
          random: new Prng(`${seed}`, "store model"),
        }),
      );
      for (const key of Object.keys(sum) as (keyof ModelCounts)[]) sum[key] += counts[key];
    }
    expect(sum.crashes).toBeGreaterThan(SEEDS);
    // Some crashes lose batches and some keep un-synced ones, or the simulated disk is kinder or harsher than real ones.
    expect(sum.lostBatches).toBeGreaterThan(SEEDS);
  });
});

describe("a simulated disk", () => {
  it("keeps some un-synced batches at some crashes, none at others, and all that were confirmed", async () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const sim = new Simulation({ seed });
      const node = sim.node("a");
      await sim.run(async () => {
        const store = await node.world.storage.open("s");
        store.apply([{ key: bytes("k0"), value: bytes("0") }]);
        await store.sync();
        for (let i = 1; i <= 3; i++) store.apply([{ key: bytes(`k${i}`), value: bytes(`${i}`) }]);
        node.crash();
        void node.restart();
        const after = await node.world.storage.open("s");
        const found = [...after.range({})].map(({ value }) => text(value));
        expect(found).toEqual(["0", "1", "2", "3"].slice(0, found.length));
        expect(found.length).toBeGreaterThanOrEqual(1);
        kept.add(found.length);
      });
    }
    expect([...kept].sort()).toEqual([1, 2, 3, 4]);
  });

  it("fails a sync when told to: undone for all, counted, and reads go on", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a");
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      store.apply([{ key: bytes("a"), value: bytes("1") }]);
      await store.sync();
      node.disk.failNext.push("STORE_IO");
      store.apply([{ key: bytes("a"), value: bytes("2") }]);
      const first = codeOf(store.sync());
      await sim.sleep(0.05);
      store.apply([{ key: bytes("b"), value: bytes("3") }]);
      const second = codeOf(store.sync());
      expect([await first, await second]).toEqual(["STORE_IO", "STORE_IO"]);
      expect(store.failures).toBe(1);
      expect(store.dirty).toBe(false);
      expect(text(store.get(bytes("a")))).toBe("1");
      expect(store.get(bytes("b"))).toBeUndefined();
      store.apply([{ key: bytes("b"), value: bytes("4") }]);
      await store.sync();
      expect(text(store.get(bytes("b")))).toBe("4");
    });
  });

  it("fails at the rate that was asked for, is slow when asked, and is full at its capacity", async () => {
    const sim = new Simulation({ seed: 5 });
    const node = sim.node("a", { disk: { ioError: 0.5, syncMs: 100, syncJitterMs: 0, capacityBytes: 1000 } });
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      let failures = 0;
      const start = sim.nowMs;
      for (let i = 0; i < 100; i++) {
        store.apply([{ key: bytes("a"), value: bytes(`${i}`) }]);
        if ((await codeOf(store.sync())) === "STORE_IO") failures++;
      }
      expect(sim.nowMs - start).toBeGreaterThanOrEqual(10_000);
      expect(failures).toBeGreaterThan(30);
      expect(failures).toBeLessThan(70);
      expect(store.failures).toBe(failures);
      node.disk.options = { ...node.disk.options, ioError: 0 };
      store.apply([{ key: bytes("big"), value: new Uint8Array(2000) }]);
      expect(await codeOf(store.sync())).toBe("STORE_FULL");
      store.apply([{ key: bytes("a"), value: undefined }]);
      await store.sync();
    });
  });

  it("stays the next life's own when a store of the last one is closed", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a");
    await sim.run(async () => {
      const last = await node.world.storage.open("s");
      node.crash();
      void node.restart();
      await node.world.storage.open("s");
      expect(await codeOf(last.close())).toBe("SIM_CRASHED");
      expect(await codeOf(node.world.storage.open("s"))).toBe("STORE_LOCKED");
    });
  });

  it("is dead to the incarnation that crashed", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a");
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      const { world } = node;
      node.crash();
      expect(codeThrown(() => store.apply([{ key: bytes("a"), value: bytes("1") }]))).toBe("SIM_CRASHED");
      expect(codeThrown(() => store.get(bytes("a")))).toBe("SIM_CRASHED");
      expect(codeThrown(() => world.storage.open("s"))).toBe("SIM_CRASHED");
      expect(() => node.world).toThrow("down");
      await node.restart();
      const again = await node.world.storage.open("s");
      expect([...again.range({})]).toEqual([]);
    });
  });
});
