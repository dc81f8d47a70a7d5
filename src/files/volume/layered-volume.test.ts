// Snapshots and clones of a volume: random operations under them, and what each shows compared with a picture taken when it was made.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Bench,
  bytes,
  ok,
  pattern,
  ROOT,
  reason,
  SMALL,
  textOf,
  withVolume,
} from "../../../test/volume/fixture.ts";
import { action, Model } from "../../../test/volume/model.ts";
import { Prng } from "../../sim/index.ts";
import { codeThrown } from "../../world/contract/contract.ts";
import type { Store } from "../../world/index.ts";
import { auditLayers } from "../layers/index.ts";
import { historyKey, retiredKey, TABLE_KEY, versionKey } from "../layers/keys.ts";
import type { Context, Handle, Volume } from "./index.ts";
import { chunkKey, Kind, numberKey } from "./keys.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 2000 : 15;
const ACTIONS = 80;

const context: Context = { credentials: ROOT, now: { seconds: 1_900_000_000, nanoseconds: 0 } };

function idOf(seed: number): Uint8Array {
  return pattern(16, seed);
}

/** Everything that can be seen of a tree but its handles, and what its files take. */
function picture(volume: Volume, handle: Handle = volume.root): string {
  // What is reaped shows in what a file takes, in a clone too.
  const { handle: _, used: __, ...attributes } = ok(volume.attributes(handle));
  let inside = "";
  if (attributes.type === "file") inside = digest(ok(volume.read(context, handle, 0, 1 << 20)).data);
  if (attributes.type === "symlink") inside = textOf(ok(volume.readlink(context, handle)));
  if (attributes.type === "directory") {
    const children = Array.from(ok(volume.entries(context, handle, 0)), (entry) => ({ ...entry }));
    inside = children
      .map(({ name, handle: child, cookie }) => `${textOf(name)}@${cookie}:${picture(volume, child)}`)
      .join();
  }
  return `${JSON.stringify(attributes)}{${inside}}`;
}

function digest(data: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${data.length}/${hash >>> 0}`;
}

class Scene {
  readonly bench: Bench;
  readonly model: Model;
  readonly #random: Prng;
  readonly #pictures = new Map<string, string>();
  #clones: string[] = [];
  #named = 0;
  taken = 0;
  cloned = 0;
  dropped = 0;

  constructor(bench: Bench, random: Prng) {
    this.bench = bench;
    this.model = new Model(bench);
    this.#random = random;
  }

  get #layers() {
    return this.bench.layers;
  }

  async step(): Promise<void> {
    const dice = this.#random.below(10);
    if (dice < 2) this.#take();
    else if (dice < 3) this.#clone();
    else if (dice < 5) this.#change();
    else if (dice < 6) await this.#drop();
    else if (dice < 7) this.compare();
  }

  #identity() {
    return { id: idOf(this.#named), now: context.now };
  }

  #take(): void {
    const of = this.#random.chance(0.3) ? this.#clones[0] : undefined;
    const name = `s${this.#named++}`;
    this.#layers.takeSnapshot(name, this.#identity(), of);
    this.#pictures.set(name, picture(of === undefined ? this.bench.volume : this.#layers.clone(of)));
    this.taken++;
  }

  #clone(): void {
    const [snapshot] = this.#layers.snapshots();
    if (snapshot === undefined || this.#clones.length > 2) return;
    const name = `c${this.#named++}`;
    this.#layers.makeClone(name, snapshot.name, this.#identity());
    this.#clones.push(name);
    this.#pictures.set(name, this.#pictures.get(snapshot.name) as string);
    this.cloned++;
  }

  /** Does some things to a clone. */
  #change(): void {
    const name = this.#clones[this.#random.below(Math.max(1, this.#clones.length))];
    if (name === undefined) return;
    const clone = this.#layers.clone(name);
    const entry = [...ok(clone.entries(context, clone.root, 0))][this.#random.below(4)];
    if (entry !== undefined && this.#random.chance(0.5)) clone.remove(context, clone.root, entry.name);
    const file = clone.create(context, clone.root, bytes(`new${this.#random.below(5)}`), {
      type: "file",
      how: "unchecked",
      initial: {},
    });
    const { handle } = ok(file);
    const how = this.#random.chance(0.5) ? "unstable" : "file-sync";
    if (this.#random.chance(0.3))
      ok(clone.setAttributes(context, handle, { size: this.#random.below(40_000) }));
    else
      ok(
        clone.write(
          context,
          handle,
          this.#random.below(20_000),
          pattern(this.#random.below(20_000), this.#named),
          how,
        ),
      );
    if (how === "unstable") ok(clone.commit(context, handle));
    this.#pictures.set(name, picture(clone));
  }

  async #drop(): Promise<void> {
    const snapshots = this.#layers.snapshots();
    const name = snapshots[this.#random.below(Math.max(1, snapshots.length))]?.name;
    if (name === undefined) return;
    const clone = this.#layers.clones().find(({ base }) => base === name)?.name;
    const depends = clone !== undefined && snapshots.some(({ of }) => of === clone);
    if (clone !== undefined && depends) return;
    if (clone === undefined) this.#layers.dropSnapshot(name);
    else {
      expect(codeThrown(() => this.#layers.dropSnapshot(name))).toBe("LAYERS_IN_USE");
      await this.#layers.dropClone(clone);
      this.#clones = this.#clones.filter((each) => each !== clone);
    }
    this.#pictures.delete(clone ?? name);
    this.dropped++;
  }

  compare(): void {
    this.model.compareAll();
    for (const { name } of this.#layers.snapshots()) {
      const volume = this.#layers.snapshot(name);
      expect(picture(volume), name).toBe(this.#pictures.get(name));
      void volume.close();
    }
    for (const name of this.#clones)
      expect(picture(this.#layers.clone(name)), name).toBe(this.#pictures.get(name));
  }
}

async function run(seed: number): Promise<Scene> {
  const actions = fc.sample(action, { seed, numRuns: ACTIONS });
  let scene: Scene | undefined;
  await withVolume(async (bench) => {
    const random = new Prng(`${seed}`, "layered volume");
    scene = new Scene(bench, random);
    for (const one of actions) {
      await scene.model.perform(one);
      if (random.chance(0.5)) await scene.step();
    }
    scene.compare();
    await bench.reaped();
    await bench.sim.sleep(1000);
    scene.compare();
    await bench.layers.close();
    await bench.open();
    scene.compare();
    // What is durable survives, and nothing of what is reclaimed meanwhile is missed.
    await bench.layers.sync();
    await bench.crash();
    scene.compare();
    await bench.layers.close();
    const store = await bench.world.storage.open("main");
    auditLayers(bench.world, store);
    await store.close();
    await bench.open();
    expect(await bench.findings()).toEqual([]);
  }, SMALL);
  return scene as Scene;
}

describe("a volume with snapshots and clones", () => {
  it(`keeps each as it was, whatever becomes of the others (${SEEDS} seeds)`, {
    timeout: 3_600_000,
  }, async () => {
    let taken = 0;
    let cloned = 0;
    let dropped = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const scene = await run(seed).catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
      });
      taken += scene.taken;
      cloned += scene.cloned;
      dropped += scene.dropped;
    }
    expect(Math.min(taken, cloned, dropped)).toBeGreaterThan(SEEDS);
  });

  it("gives each an identity of its own, and nobody changes a snapshot", () =>
    withVolume(async (bench) => {
      const file = bench.file(bench.root, "f");
      bench.write(file, 0, pattern(10_000));
      bench.layers.takeSnapshot("s", { id: idOf(7), now: { seconds: 12, nanoseconds: 34 } });
      bench.layers.makeClone("c", "s", { id: idOf(8), now: context.now });
      const snapshot = bench.layers.snapshot("s");
      const clone = bench.layers.clone("c");
      expect([snapshot.id, clone.id]).toEqual([idOf(7), idOf(8)]);
      expect(bench.layers.snapshots()).toMatchObject([
        { name: "s", id: idOf(7), now: { seconds: 12, nanoseconds: 34 } },
      ]);
      expect(bench.layers.clones()).toMatchObject([{ name: "c", base: "s", id: idOf(8) }]);
      expect(bench.layers.clone("c")).toBe(clone);
      const { root } = snapshot;
      const name = bytes("x");
      const initial = {};
      for (const outcome of [
        snapshot.write(context, file, 0, name, "file-sync"),
        snapshot.setAttributes(context, file, { mode: 0 }),
        snapshot.create(context, root, name, { type: "directory", initial }),
        snapshot.remove(context, root, bytes("f")),
        snapshot.rmdir(context, root, name),
        snapshot.rename(context, root, bytes("f"), root, name),
        snapshot.link(context, file, root, name),
      ]) {
        expect(reason(outcome)).toBe("ROFS");
      }
      expect(ok(snapshot.commit(context, file)).size).toBe(10_000);
      ok(clone.write(context, file, 5000, pattern(100, 9), "file-sync"));
      ok(bench.volume.write(context, file, 0, pattern(10_000, 3), "file-sync"));
      expect(ok(snapshot.read(context, file, 0, 1 << 20)).data).toEqual(pattern(10_000));
      expect(ok(clone.read(context, file, 5000, 100)).data).toEqual(pattern(100, 9));
      expect(ok(clone.read(context, file, 0, 5000)).data).toEqual(pattern(10_000).subarray(0, 5000));
    }, SMALL));

  it("has what was written unstably before a snapshot, and not what was written after", () =>
    withVolume(async (bench) => {
      const file = bench.file(bench.root, "f");
      bench.writeUnstable(file, 0, pattern(9000));
      bench.layers.takeSnapshot("s", { id: idOf(1), now: context.now });
      bench.writeUnstable(file, 0, pattern(9000, 2));
      expect(ok(bench.layers.snapshot("s").read(context, file, 0, 9000)).data).toEqual(pattern(9000));
      expect(bench.read(file)).toEqual(pattern(9000, 2));
    }, SMALL));

  it("does not reap what a snapshot has, and takes it all back when the snapshot goes", () =>
    withVolume(async (bench) => {
      const file = bench.file(bench.root, "large");
      bench.write(file, 0, pattern(60 * 4096));
      await bench.settle();
      bench.layers.takeSnapshot("s", { id: idOf(1), now: context.now });
      ok(bench.remove(bench.root, "large"));
      await bench.reaped();
      const snapshot = bench.layers.snapshot("s");
      expect(ok(snapshot.read(context, file, 0, 1 << 20)).data).toEqual(pattern(60 * 4096));
      const [status] = bench.layers.snapshots();
      expect(status?.retiredBytes).toBeGreaterThan(60 * 4096);
      await bench.settle();
      const before = bench.node.disk.usedBytes;
      bench.layers.dropSnapshot("s");
      expect(reason(snapshot.attributes(file))).toBe("STALE");
      await bench.sim.sleep(1000);
      expect(bench.node.disk.usedBytes).toBeLessThan(before - 60 * 4096);
      expect(bench.layers.reclaim()).toBe(false);
    }, SMALL));

  it("refuses an identity that is none, and too many open at once", () =>
    withVolume(async (bench) => {
      expect(() => bench.layers.takeSnapshot("s", { id: idOf(1).subarray(1), now: context.now })).toThrow(
        RangeError,
      );
      bench.layers.takeSnapshot("s", { id: idOf(1), now: context.now });
      const open = Array.from({ length: 16 }, () => bench.layers.snapshot("s"));
      expect(codeThrown(() => bench.layers.snapshot("s"))).toBe("LAYERS_TOO_MANY");
      await open[0]?.close();
      await bench.layers.snapshot("s").close();
    }, SMALL));

  it("is checked whole: what only a snapshot or a clone has, and the records between them", () =>
    withVolume(async (bench) => {
      const file = bench.file(bench.root, "f");
      bench.write(file, 0, pattern(10_000));
      bench.layers.takeSnapshot("s", { id: idOf(1), now: context.now });
      bench.layers.makeClone("c", "s", { id: idOf(2), now: context.now });
      bench.write(file, 0, pattern(10_000, 2));
      ok(bench.layers.clone("c").write(context, file, 0, pattern(4096, 3), "file-sync"));
      ok(bench.layers.clone("c").setAttributes(context, bench.root, { mode: 0o700 }));
      await bench.layers.close();
      const findings = async (change: (store: Store) => void) => {
        await bench.tamper(change);
        await bench.open();
        return (await bench.findings()).map(({ kind, detail }) => `${kind} ${detail}`);
      };
      const damage = (key: Uint8Array) => (store: Store) => {
        const value = new Uint8Array(store.get(key) as Uint8Array);
        value[value.length - 1] = (value[value.length - 1] as number) ^ 1;
        store.apply([{ key, value }]);
      };
      expect(await findings(() => {})).toEqual([]);
      // The snapshot's content lies where it always did; of the clone's, what it changed lies in the first era after it was made.
      const shared = await findings(damage(chunkKey(file.inode, 2)));
      expect(shared).toHaveLength(2);
      expect(shared[0]).toMatch(/^damaged snapshot s: /);
      expect(shared[1]).toMatch(/^damaged clone c: /);
      expect(await findings(damage(chunkKey(file.inode, 2)))).toEqual([]);
      const own = await findings(damage(versionKey(2, 3, chunkKey(file.inode, 0))));
      expect(own).toHaveLength(1);
      expect(own[0]).toMatch(/^damaged clone c: /);
      expect(await findings(damage(versionKey(2, 3, chunkKey(file.inode, 0))))).toEqual([]);
      const root = numberKey(Kind.inode, 1);
      const history = await findings(damage(historyKey(2, root)));
      expect(history[0]).toBe(
        "damaged snapshots and clones: a record of snapshots and clones does not match its checksum",
      );
      expect(await findings(damage(historyKey(2, root)))).toEqual([]);
      const retired = await findings((store) =>
        store.apply([{ key: retiredKey(1, chunkKey(file.inode, 0)), value: undefined }]),
      );
      expect(retired).toEqual([
        "damaged snapshots and clones: an older version is retired to 0 snapshots, and not to one",
      ]);
      const records = await bench
        .tamper((store) => store.apply([{ key: TABLE_KEY, value: undefined }]))
        .then(() =>
          bench.open().then(
            () => "opened",
            (error: { code?: string }) => error.code,
          ),
        );
      expect(records).toBe("LAYERS_DAMAGED");
    }, SMALL));
});
