import { describe, expect, it } from "vitest";
import { Prng, Simulation } from "../../sim/index.ts";
import { type Change, compareKeys, type Range, type Store, type World } from "../../world/index.ts";
import { auditLayers } from "./audit.ts";
import { LayeredStore } from "./index.ts";
import {
  type Content,
  EMPTY,
  inRange,
  keyOf,
  type ModelState,
  withClone,
  withContent,
  without,
  withSnapshot,
} from "./model.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 3000 : 25;
const STEPS = 250;
/** Few keys, so that versions pile up; with prefixes of one another, and some that no snapshot has. */
const KEYS = [
  "a",
  "ab",
  "abc",
  "b",
  "b\0",
  "c",
  "\x01",
  "\xdf",
  "\xe1",
  "\xef\xff",
  "\xf0x",
  "\xf0y",
  "\xf1",
];

interface Counts {
  crashes: number;
  lost: number;
  failed: number;
  refused: number;
  reclaimed: number;
  emptied: number;
}

class Run {
  readonly counts: Counts = { crashes: 0, lost: 0, failed: 0, refused: 0, reclaimed: 0, emptied: 0 };
  readonly #random: Prng;
  readonly #world: () => World;
  readonly #crash: () => void;
  readonly #failSync: () => void;
  #store!: Store;
  #layers!: LayeredStore;
  /** What was durable for certain, and every state since. */
  #states: ModelState[] = [EMPTY];
  #named = 0;

  constructor(random: Prng, world: () => World, crash: () => void, failSync: () => void) {
    this.#random = random;
    this.#world = world;
    this.#crash = crash;
    this.#failSync = failSync;
  }

  async open(): Promise<void> {
    this.#store = await this.#world().storage.open("layers");
    this.#layers = new LayeredStore(this.#world(), this.#store);
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 50) this.#apply();
    else if (dice < 58) this.#takeSnapshot();
    else if (dice < 61) this.#makeClone();
    else if (dice < 67) this.#drop();
    else if (dice < 80) this.#reclaim();
    else if (dice < 90) this.#check();
    else if (dice < 95) await this.#sync();
    else if (dice < 97) await this.#lose();
    else if (dice < 98) await this.#fail();
    else await this.#reopen();
  }

  get #now(): ModelState {
    return this.#states.at(-1) as ModelState;
  }

  #become(state: ModelState): void {
    this.#states.push(state);
  }

  #oneOf<T>(all: Iterable<T>): T | undefined {
    const list = [...all];
    return list[this.#random.below(Math.max(1, list.length))];
  }

  #apply(): void {
    const clone = this.#random.chance(0.4) ? this.#oneOf(this.#now.clones.keys()) : undefined;
    const content = new Map(clone === undefined ? this.#now.trunk : this.#now.clones.get(clone));
    const store = clone === undefined ? this.#layers.trunk() : this.#layers.clone(clone);
    const batch = Array.from({ length: 1 + this.#random.below(5) }, () => this.#change(content));
    if (this.#random.chance(0.3)) store.applyLent(batch, () => {});
    else store.apply(batch);
    this.#become(withContent(this.#now, clone, content));
  }

  #change(content: Map<string, Uint8Array>): Change {
    const name = this.#oneOf(KEYS) as string;
    const key = keyOf(name);
    const before = content.get(name);
    if (this.#random.chance(0.3)) {
      content.delete(name);
      return { key, value: undefined };
    }
    if (before !== undefined && before.length > 2 && this.#random.chance(0.5)) {
      const value = before.slice();
      const from = this.#random.below(value.length);
      value.fill(this.#random.below(256), from, from + 1);
      content.set(name, value);
      return { key, value, spans: [{ from, to: from + 1 }] };
    }
    const value = new Uint8Array(this.#random.below(40)).fill(this.#random.below(256));
    content.set(name, value);
    return { key, value };
  }

  #takeSnapshot(): void {
    if (this.#now.snapshots.size > 7) return;
    const of = this.#random.chance(0.3) ? this.#oneOf(this.#now.clones.keys()) : undefined;
    const name = `s${this.#named++}`;
    this.#layers.takeSnapshot(name, of === undefined ? {} : { of });
    this.#become(withSnapshot(this.#now, name, of));
  }

  #makeClone(): void {
    const base = this.#oneOf(this.#now.snapshots.keys());
    if (base === undefined || this.#now.clones.size > 3) return;
    const name = `c${this.#named++}`;
    this.#layers.makeClone(name, base);
    this.#become(withClone(this.#now, name, base));
  }

  #drop(): void {
    const kind = this.#random.chance(0.7) ? "snapshots" : "clones";
    const name = this.#oneOf(this.#now[kind].keys());
    if (name === undefined) return;
    try {
      if (kind === "snapshots") this.#layers.dropSnapshot(name);
      else this.#layers.dropClone(name);
    } catch (error) {
      expect((error as { code?: string }).code).toBe("LAYERS_IN_USE");
      this.counts.refused++;
      return;
    }
    this.#become(without(this.#now, kind, name));
  }

  #reclaim(): void {
    for (let left = this.#random.below(4); left >= 0; left--)
      if (this.#layers.reclaim()) this.counts.reclaimed++;
  }

  #check(): void {
    this.#mustBe(this.#now);
    auditLayers(this.#world(), this.#store);
  }

  #mustBe(state: ModelState): void {
    const wrong = this.#difference(state, true);
    if (wrong !== undefined) throw new Error(wrong);
  }

  /** What differs from a state; with `isThorough` also in ranges drawn at random, and through a view. */
  #difference(state: ModelState, isThorough: boolean): string | undefined {
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join();
    if (names(this.#layers.snapshots()) !== [...state.snapshots.keys()].join()) return "other snapshots";
    if (names(this.#layers.clones()) !== [...state.clones.keys()].join()) return "other clones";
    const stores: [string, Store, Content][] = [["trunk", this.#layers.trunk(), state.trunk]];
    for (const [name, content] of state.snapshots) stores.push([name, this.#layers.snapshot(name), content]);
    for (const [name, content] of state.clones) stores.push([name, this.#layers.clone(name), content]);
    for (const [name, store, content] of stores) {
      const wrong =
        this.#differs(store, content, {}) ?? (isThorough ? this.#differsInDetail(store, content) : undefined);
      if (wrong !== undefined) return `${name}: ${wrong}`;
    }
    return undefined;
  }

  #differsInDetail(store: Store, content: Content): string | undefined {
    for (const name of KEYS) {
      const expected = content.get(name);
      if (!isSame(store.get(keyOf(name)), expected)) return `get ${JSON.stringify(name)}`;
      if (!isSame(store.borrow(keyOf(name)), expected)) return `borrow ${JSON.stringify(name)}`;
      if (store.size(keyOf(name)) !== expected?.length) return `size of ${JSON.stringify(name)}`;
    }
    const end = (): Uint8Array => keyOf(this.#oneOf(KEYS) as string);
    const range: Range = {
      ...(this.#random.chance(0.5) ? { from: end() } : {}),
      ...(this.#random.chance(0.5) ? { to: end() } : {}),
      ...(this.#random.chance(0.5) ? { limit: this.#random.below(9) } : {}),
      reverse: this.#random.chance(0.5),
    };
    const view = store.view();
    const wrong = this.#differs(store, content, range) ?? this.#differs(view, content, range);
    const keys = Array.from(store.range({ ...range, keysOnly: true }), ({ key, value }) => [
      nameOf(key),
      value.length,
    ]);
    view.close();
    if (JSON.stringify(keys) !== JSON.stringify(inRange(content, range).map(([name]) => [name, 0])))
      return "keys alone";
    return wrong;
  }

  #differs(store: Pick<Store, "range">, content: Content, range: Range): string | undefined {
    const got = [...store.range(range)];
    const expected = inRange(content, range);
    if (got.length !== expected.length) return `${got.length} entries of ${expected.length}`;
    for (const [i, { key, value }] of got.entries()) {
      const [name = "", wanted] = expected[i] ?? [];
      if (nameOf(key) !== name || !isSame(value, wanted)) return `entry ${JSON.stringify(nameOf(key))}`;
    }
    return undefined;
  }

  async #sync(): Promise<void> {
    await this.#store.sync();
    this.#states = [this.#now];
  }

  async #lose(): Promise<void> {
    this.#crash();
    await this.open();
    this.counts.crashes++;
    this.#settleOn();
  }

  /** Finds the newest state that is there: a crash may have kept reclaiming alone. */
  #settleOn(): void {
    for (let at = this.#states.length - 1; at >= 0; at--) {
      if (this.#difference(this.#states[at] as ModelState, false) !== undefined) continue;
      this.counts.lost += this.#states.length - 1 - at;
      this.#states = [this.#states[at] as ModelState];
      this.#check();
      return;
    }
    throw new Error(`none of ${this.#states.length} states`);
  }

  async #fail(): Promise<void> {
    await this.#sync();
    for (let left = this.#random.below(6); left >= 0; left--) {
      this.#apply();
      if (this.#random.chance(0.3)) this.#takeSnapshot();
      if (this.#random.chance(0.2)) this.#drop();
      if (this.#random.chance(0.2)) this.#reclaim();
    }
    // Changes that come to nothing are none.
    if (!this.#store.dirty) return;
    this.#failSync();
    await this.#store.sync().catch(() => {});
    this.#states = [this.#states[0] as ModelState];
    this.counts.failed++;
    this.#check();
  }

  async #reopen(): Promise<void> {
    await this.#layers.trunk().close();
    await this.open();
    this.#states = [this.#now];
    this.#check();
  }

  /** Drops all, and sees that nothing but the trunk is left. */
  async end(): Promise<void> {
    for (let round = 0; this.#now.snapshots.size + this.#now.clones.size > 0; round++) {
      if (round > 1000) throw new Error("what is in use stays so");
      this.#drop();
      this.#reclaim();
    }
    while (this.#layers.reclaim());
    this.#check();
    await this.#store.sync();
    const left = auditLayers(this.#world(), this.#store);
    expect(left).toEqual({ snapshots: 0, branches: 0, retired: 0, older: 0 });
    this.counts.emptied++;
    await this.#store.close();
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.length === b.length && compareKeys(a, b) === 0;
}

function nameOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

describe("a store of layers and whole copies", () => {
  it(`agree, through crashes and failures of the disk (${SEEDS} seeds)`, { timeout: 3_600_000 }, async () => {
    const sum: Counts = { crashes: 0, lost: 0, failed: 0, refused: 0, reclaimed: 0, emptied: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const sim = new Simulation({ seed });
      const node = sim.node("a");
      const crash = (): void => {
        node.crash();
        void node.restart();
      };
      const run = new Run(
        new Prng(`${seed}`, "layers"),
        () => node.world,
        crash,
        () => node.disk.failNext.push("STORE_IO"),
      );
      await sim
        .run(async () => {
          await run.open();
          for (let step = 0; step < STEPS; step++) await run.step();
          await run.end();
        })
        .catch((error: Error) => {
          throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
        });
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += run.counts[key];
    }
    expect(sum.emptied).toBe(SEEDS);
    for (const count of Object.values(sum)) expect(count).toBeGreaterThanOrEqual(SEEDS);
  });
});
