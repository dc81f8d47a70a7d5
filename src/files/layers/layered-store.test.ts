import { describe, expect, it } from "vitest";
import { Prng, Simulation } from "../../sim/index.ts";
import { bytes, codeThrown, text } from "../../world/contract/contract.ts";
import type { Store, World } from "../../world/index.ts";
import { LayeredStore } from "./index.ts";
import { historyKey, snapshotKey, versionKey } from "./keys.ts";

interface Scene {
  readonly world: World;
  readonly store: Store;
  readonly layers: LayeredStore;
}

function withLayers(main: (scene: Scene) => Promise<void> | void): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("a");
  return sim.run(async () => {
    const store = await world.storage.open("s");
    await main({ world, store, layers: new LayeredStore(world, store) });
  });
}

function put(store: Store, key: string, value: string | undefined): void {
  store.apply([{ key: bytes(key), value: value === undefined ? undefined : bytes(value) }]);
}

function shown(store: Store): string {
  return Array.from(store.range({}), ({ key, value }) => `${text(key)}=${text(value)}`).join(" ");
}

describe("a store of layers", () => {
  it("is the store itself until the first snapshot, and keeps what is there where it is", () =>
    withLayers(({ store, layers }) => {
      const trunk = layers.trunk();
      put(trunk, "a", "1");
      put(trunk, "b", "2");
      layers.takeSnapshot("s");
      put(trunk, "a", "new");
      expect(text(store.get(bytes("a")))).toBe("1");
      expect(text(store.get(versionKey(0, 2, bytes("a"))))).toBe("new");
      expect(shown(trunk)).toBe("a=new b=2");
      layers.dropSnapshot("s");
      while (layers.reclaim());
      expect(store.get(bytes("a"))).toBeUndefined();
      expect(shown(trunk)).toBe("a=new b=2");
      // Without a snapshot a key that is new has its place where it always would have had it.
      put(trunk, "c", "3");
      expect(text(store.get(bytes("c")))).toBe("3");
    }));

  it("writes a changed key once for each snapshot, and in place after that", () =>
    withLayers(({ store, layers }) => {
      const trunk = layers.trunk();
      const value = new Uint8Array(1000);
      trunk.apply([{ key: bytes("k"), value }]);
      layers.takeSnapshot("s");
      const change = (at: number): void => {
        const changed = new Uint8Array(trunk.get(bytes("k")) as Uint8Array);
        changed[at] = 1;
        trunk.apply([{ key: bytes("k"), value: changed, spans: [{ from: at, to: at + 1 }] }]);
      };
      const count = (): number => [...store.range({ keysOnly: true })].length;
      const before = count();
      change(1);
      // The version, its history, and what was retired.
      expect(count()).toBe(before + 3);
      for (let at = 2; at < 20; at++) change(at);
      expect(count()).toBe(before + 3);
      expect(layers.snapshots()).toMatchObject([{ name: "s", retiredValues: 1, retiredBytes: 1000 }]);
      expect(layers.snapshot("s").get(bytes("k"))).toEqual(value);
    }));

  it("says what is wrong with what it is asked for", () =>
    withLayers(({ layers }) => {
      const trunk = layers.trunk();
      layers.takeSnapshot("s");
      layers.makeClone("c", "s");
      layers.takeSnapshot("of c", { of: "c" });
      expect(codeThrown(() => layers.takeSnapshot("s"))).toBe("LAYERS_EXISTS");
      expect(codeThrown(() => layers.takeSnapshot("c"))).toBe("LAYERS_EXISTS");
      expect(codeThrown(() => layers.makeClone("d", "x"))).toBe("LAYERS_MISSING");
      expect(codeThrown(() => layers.takeSnapshot("t", { of: "s" }))).toBe("LAYERS_MISSING");
      expect(codeThrown(() => layers.snapshot("c"))).toBe("LAYERS_MISSING");
      expect(codeThrown(() => layers.clone("s"))).toBe("LAYERS_MISSING");
      expect(codeThrown(() => layers.dropSnapshot("s"))).toBe("LAYERS_IN_USE");
      expect(codeThrown(() => layers.dropClone("c"))).toBe("LAYERS_IN_USE");
      for (const name of ["", "x".repeat(256)]) expect(() => layers.takeSnapshot(name)).toThrow(RangeError);
      expect(() => layers.takeSnapshot("t", { label: new Uint8Array(1025) })).toThrow(RangeError);
      for (const key of [new Uint8Array(0), new Uint8Array(1015), Uint8Array.of(0xe0, 1)]) {
        expect(() => trunk.apply([{ key, value: bytes("v") }])).toThrow(RangeError);
      }
      expect(() => layers.snapshot("s").apply([])).toThrow(TypeError);
      const clone = layers.clone("c");
      layers.dropSnapshot("of c");
      layers.dropClone("c");
      expect(codeThrown(() => clone.get(bytes("k")))).toBe("LAYERS_MISSING");
      expect(codeThrown(() => put(clone, "k", "v"))).toBe("LAYERS_MISSING");
      // Their names are free at once, and what they were made of may go.
      layers.dropSnapshot("s");
      layers.takeSnapshot("c");
    }));

  it("has a bound for snapshots and clones, which counts those whose space is not taken back", () =>
    withLayers(({ layers }) => {
      for (let i = 0; i < 256; i++) layers.takeSnapshot(`s${i}`);
      expect(codeThrown(() => layers.takeSnapshot("more"))).toBe("LAYERS_TOO_MANY");
      for (let i = 0; i < 64; i++) layers.makeClone(`c${i}`, "s9");
      expect(codeThrown(() => layers.makeClone("more", "s9"))).toBe("LAYERS_TOO_MANY");
      layers.dropSnapshot("s1");
      layers.dropClone("c1");
      expect(codeThrown(() => layers.takeSnapshot("more"))).toBe("LAYERS_TOO_MANY");
      expect(codeThrown(() => layers.makeClone("more", "s9"))).toBe("LAYERS_TOO_MANY");
      while (layers.reclaim());
      layers.takeSnapshot("more");
      layers.makeClone("more of it", "s9");
    }));

  it("meets a damaged history as a value that the disk does not give, and a damaged table at once", () =>
    withLayers(({ world, store, layers }) => {
      const trunk = layers.trunk();
      put(trunk, "a", "1");
      put(trunk, "b", "1");
      layers.takeSnapshot("s");
      put(trunk, "a", "2");
      const damage = (key: Uint8Array): void => {
        const value = new Uint8Array(store.get(key) as Uint8Array);
        value[0] = (value[0] as number) ^ 1;
        store.apply([{ key, value }]);
      };
      damage(historyKey(0, bytes("a")));
      expect(codeThrown(() => trunk.get(bytes("a")))).toBe("STORE_CORRUPT");
      expect(codeThrown(() => layers.snapshot("s").get(bytes("a")))).toBe("STORE_CORRUPT");
      expect(codeThrown(() => put(trunk, "a", "3"))).toBe("STORE_CORRUPT");
      expect(text(trunk.get(bytes("b")))).toBe("1");
      put(trunk, "b", "2");
      expect(text(layers.snapshot("s").get(bytes("b")))).toBe("1");
      damage(snapshotKey(1));
      expect(codeThrown(() => new LayeredStore(world, store))).toBe("LAYERS_DAMAGED");
    }));

  it("shows the same on two replicas of which one never takes any space back", async () => {
    const run = async (isIdle: boolean): Promise<string> => {
      const sim = new Simulation({ seed: 1 });
      const { world } = sim.node("a");
      let seen = "";
      await sim.run(async () => {
        const store = await world.storage.open("s");
        const layers = new LayeredStore(world, store);
        const random = new Prng("1", "replicas");
        const trunk = layers.trunk();
        for (let step = 0; step < 400; step++) {
          put(trunk, `k${random.below(12)}`, random.chance(0.3) ? undefined : `${step}`);
          if (step % 9 === 0) layers.takeSnapshot(`s${step}`);
          const names = layers.snapshots().map(({ name }) => name);
          if (names.length > 5) layers.dropSnapshot(names[random.below(names.length)] as string);
          if (!isIdle && step % 4 === 0) layers.reclaim();
        }
        seen = [trunk, ...layers.snapshots().map(({ name }) => layers.snapshot(name))].map(shown).join("\n");
        await store.close();
      });
      return seen;
    };
    const [busy, idle] = [await run(false), await run(true)];
    expect(busy).toBe(idle);
    expect(busy.split("\n").length).toBe(6);
  });
});
