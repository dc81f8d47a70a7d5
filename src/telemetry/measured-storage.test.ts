import { expect, test } from "vitest";
import { Simulation } from "../sim/index.ts";
import type { Store } from "../world/index.ts";
import { measureStorage } from "./measured-storage.ts";
import { Registry } from "./registry.ts";

const key = new Uint8Array([1]);

/** The value of a line of the registry's text. */
function told(registry: Registry, line: string): number {
  const found = registry.text().match(new RegExp(`^${line.replaceAll(/[{}"]/g, "\\$&")} (.*)$`, "m"));
  return Number(found?.[1]);
}

async function measured(
  body: (store: Store, registry: Registry, syncMs: () => number | undefined) => Promise<void>,
) {
  const sim = new Simulation({ seed: 1 });
  const machine = sim.node("machine");
  await sim.run(() =>
    machine.start(async (world) => {
      const registry = new Registry();
      const counted = measureStorage(world, registry);
      const store = await counted.storage.open("log-cell");
      await body(store, registry, () => counted.recentSyncMs());
    }),
  );
}

test("a measured store is the store that it measures", async () => {
  await measured(async (store) => {
    store.apply([{ key, value: new Uint8Array([7, 8]) }]);
    expect(store.dirty).toBe(true);
    expect(store.get(key)).toEqual(new Uint8Array([7, 8]));
    expect(store.borrow(key)).toEqual(new Uint8Array([7, 8]));
    expect(store.size(key)).toBe(2);
    expect(store.unsettledReads).toBeGreaterThan(0);
    let isReturned = false;
    store.applyLent([{ key: new Uint8Array([2]), value: new Uint8Array(1) }], () => {
      isReturned = true;
    });
    await store.sync();
    expect([store.dirty, store.failures, isReturned]).toEqual([false, 0, true]);
    const view = store.view();
    store.apply([{ key, value: undefined }]);
    expect([[...store.range({})].length, [...view.range({})].length]).toEqual([1, 2]);
    await store.close();
    expect(() => store.apply([{ key, value: undefined }])).toThrow("closed");
  });
});

test("batches, bytes and disk writes are counted, each write of many waiters once", async () => {
  await measured(async (store, registry, syncMs) => {
    store.apply([{ key, value: new Uint8Array(100) }]);
    store.apply([{ key, value: new Uint8Array(100).fill(1, 10, 14), spans: [{ from: 10, to: 14 }] }]);
    await Promise.all([store.sync(), store.sync(), store.sync()]);
    expect(told(registry, "coterie_store_batches_total")).toBe(2);
    expect(told(registry, "coterie_store_applied_bytes_total")).toBe(104);
    expect(told(registry, "coterie_store_sync_seconds_count")).toBe(1);
    expect(told(registry, "coterie_store_sync_seconds_sum")).toBeGreaterThan(0);
    await store.sync();
    expect(told(registry, "coterie_store_sync_seconds_count")).toBe(1);
    expect(told(registry, 'coterie_store_free_bytes{store="log-cell"}')).toBe(store.usage().freeBytes);
    expect(syncMs()).toBeUndefined();
    for (let at = 0; at < 20; at++) {
      store.apply([{ key, value: new Uint8Array([at]) }]);
      await store.sync();
    }
    expect(told(registry, "coterie_store_sync_seconds_count")).toBe(21);
    expect(syncMs()).toBeGreaterThan(0);
    await store.close();
    expect(registry.text()).not.toContain("log-cell");
  });
});
