import { describe, expect, it } from "vitest";
import { bytes, codeThrown, pattern, same } from "../world/contract/contract.ts";
import { runViewModel, type ViewModelCounts } from "../world/contract/store-view-model.ts";
import { Prng, Simulation } from "./index.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 3000 : 30;

describe("views of simulated stores", () => {
  it(`agree with copies, through failed syncs and closing (${SEEDS} seeds)`, {
    timeout: 3_600_000,
  }, async () => {
    const sum: ViewModelCounts = { checked: 0, patched: 0, taken: 0, lost: 0, undone: 0, reopened: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const sim = new Simulation({ seed });
      const node = sim.node("a");
      const counts = await sim.run(() =>
        runViewModel({
          commands: 200,
          random: new Prng(`${seed}`, "view model"),
          open: () => node.world.storage.open("model"),
          pause: () => sim.sleep(0.05),
          failSync: () => node.disk.failNext.push("STORE_IO"),
        }),
      );
      for (const key of Object.keys(sum) as (keyof ViewModelCounts)[]) sum[key] += counts[key];
    }
    for (const count of Object.values(sum)) expect(count).toBeGreaterThan(SEEDS / 2);
  });

  it("end with the life of their process", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a");
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      store.apply([{ key: bytes("k"), value: bytes("1") }]);
      await store.sync();
      const view = store.view();
      node.crash();
      void node.restart();
      expect(codeThrown(() => view.get(bytes("k")))).toBe("SIM_CRASHED");
      const again = await node.world.storage.open("s");
      again.apply([{ key: bytes("k"), value: bytes("2") }]);
      await again.sync();
      expect(again.usage().viewBytes).toBe(0);
    });
  });

  it("share what they have not kept for themselves with the disk, which may damage it", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a");
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      store.apply([{ key: bytes("k"), value: pattern(9000) }]);
      const view = store.view();
      await store.sync();
      expect(same(view.get(bytes("k")), pattern(9000))).toBe(true);
      node.disk.corrupt({ store: "s" });
      expect(same(view.get(bytes("k")), pattern(9000))).toBe(false);
      expect(same(view.get(bytes("k")), store.get(bytes("k")) as Uint8Array)).toBe(true);
    });
  });

  it("give way when the disk is full", async () => {
    const sim = new Simulation({ seed: 1 });
    const node = sim.node("a", { disk: { capacityBytes: 100_000 } });
    await sim.run(async () => {
      const store = await node.world.storage.open("s");
      const write = (fill: number) => {
        store.apply([{ key: bytes("k"), value: new Uint8Array(30_000).fill(fill) }]);
        return store.sync();
      };
      await write(1);
      const views = [store.view()];
      await write(2);
      views.push(store.view());
      await write(3);
      expect(store.usage().viewBytes).toBe(60_002);
      store.apply([{ key: bytes("other"), value: pattern(30_000) }]);
      await store.sync();
      expect(codeThrown(() => views[0]?.get(bytes("k")))).toBe("STORE_VIEW_LOST");
      expect(views[1]?.get(bytes("k"))?.[0]).toBe(2);
      expect(store.usage().viewBytes).toBe(30_001);
    });
  });
});
