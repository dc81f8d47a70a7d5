/**
 * A world whose stores are measured: what was applied, how long it took to become durable, what they hold. A store is asked what it is always
 * asked; of the many who wait for one disk write, only the first is timed.
 */
import {
  type Change,
  type Entry,
  type Range,
  type Storage,
  type Store,
  type StoreOptions,
  type StoreUsage,
  type StoreView,
  spansBytes,
  type World,
} from "../world/index.ts";
import type { Counter, Histogram } from "./metric.ts";
import type { Registry } from "./registry.ts";

/** Durable writes of which the time is remembered, and how many there must be to judge a disk by. */
const RECENT_SYNCS = 64;
const JUDGED_SYNCS = 16;

/** A world whose stores are counted and timed. */
export interface MeasuredWorld extends World {
  /** The median time in milliseconds of the last durable writes; undefined as long as there were few. */
  recentSyncMs(): number | undefined;
}

/** The same world, with stores whose syncs, bytes and failures are in `registry`. */
export function measureStorage(world: World, registry: Registry): MeasuredWorld {
  const meter = new StoreMeter(world, registry);
  const storage: Storage = { open: (name, options) => meter.open(name, options) };
  return { ...world, storage, recentSyncMs: () => meter.recentSyncMs() };
}

class StoreMeter {
  readonly #world: World;
  readonly #stores = new Map<string, Store>();
  readonly #syncSeconds: Histogram;
  readonly #batches: Counter;
  readonly #bytes: Counter;
  readonly #recent = new Float64Array(RECENT_SYNCS);
  #syncs = 0;

  constructor(world: World, registry: Registry) {
    this.#world = world;
    this.#batches = registry
      .counter({
        name: "coterie_store_batches_total",
        help: "Batches of changes applied to the node's stores.",
        labels: [],
      })
      .of();
    this.#bytes = registry
      .counter({
        name: "coterie_store_applied_bytes_total",
        help: "Bytes of values in batches applied to the node's stores; of values that differ in spans, the spans.",
        labels: [],
      })
      .of();
    this.#syncSeconds = registry
      .histogram({
        name: "coterie_store_sync_seconds",
        help: "How long the stores took to make what was applied durable, one disk write at a time for each store.",
        labels: [],
      })
      .of();
    this.#read(
      registry,
      "failures_total",
      "Times that a disk refused what was applied, and it was undone.",
      ({ failures }) => failures,
    );
    const usage = (name: keyof StoreUsage) => (store: Store) => store.usage()[name];
    this.#read(registry, "used_bytes", "Bytes that the store takes on the disk.", usage("usedBytes"));
    this.#read(registry, "free_bytes", "Bytes that the store could still take.", usage("freeBytes"));
    this.#read(
      registry,
      "view_bytes",
      "Bytes that only views of the store keep, while a backup or a transfer reads it.",
      usage("viewBytes"),
    );
  }

  #read(registry: Registry, what: string, help: string, value: (store: Store) => number): void {
    const type = what.endsWith("_total") ? "counter" : "gauge";
    registry.read(type, { name: `coterie_store_${what}`, help, labels: ["store"] }, (tell) => {
      for (const [name, store] of this.#stores) tell(value(store), name);
    });
  }

  async open(name: string, options?: StoreOptions): Promise<Store> {
    const store = await this.#world.storage.open(name, options);
    this.#stores.set(name, store);
    return new MeasuredStore(store, this, () => {
      if (this.#stores.get(name) === store) this.#stores.delete(name);
    });
  }

  applied(batch: readonly Change[]): void {
    this.#batches.add();
    let bytes = 0;
    for (const { value, spans } of batch) {
      if (spans === undefined) bytes += value?.length ?? 0;
      else bytes += spansBytes(spans);
    }
    this.#bytes.add(bytes);
  }

  nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  synced(tookMs: number): void {
    this.#syncSeconds.observe(tookMs / 1000);
    this.#recent[this.#syncs++ % RECENT_SYNCS] = tookMs;
  }

  recentSyncMs(): number | undefined {
    const known = Math.min(this.#syncs, RECENT_SYNCS);
    if (known < JUDGED_SYNCS) return undefined;
    return this.#recent.slice(0, known).sort()[known >>> 1];
  }
}

class MeasuredStore implements Store {
  readonly #store: Store;
  readonly #meter: StoreMeter;
  readonly #onClosed: () => void;
  #isTiming = false;

  constructor(store: Store, meter: StoreMeter, onClosed: () => void) {
    this.#store = store;
    this.#meter = meter;
    this.#onClosed = onClosed;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#store.get(key);
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    return this.#store.borrow(key);
  }

  size(key: Uint8Array): number | undefined {
    return this.#store.size(key);
  }

  range(range: Range): Iterable<Entry> {
    return this.#store.range(range);
  }

  apply(batch: readonly Change[]): void {
    this.#store.apply(batch);
    this.#meter.applied(batch);
  }

  applyLent(batch: readonly Change[], returned: () => void): void {
    this.#store.applyLent(batch, returned);
    this.#meter.applied(batch);
  }

  sync(): Promise<void> {
    if (this.#isTiming || !this.#store.dirty) return this.#store.sync();
    this.#isTiming = true;
    const beganMs = this.#meter.nowMs();
    const done = this.#store.sync();
    const over = () => {
      this.#isTiming = false;
    };
    done.then(() => {
      over();
      this.#meter.synced(this.#meter.nowMs() - beganMs);
    }, over);
    return done;
  }

  get dirty(): boolean {
    return this.#store.dirty;
  }

  get unsettledReads(): number {
    return this.#store.unsettledReads;
  }

  get failures(): number {
    return this.#store.failures;
  }

  view(): StoreView {
    return this.#store.view();
  }

  usage(): StoreUsage {
    return this.#store.usage();
  }

  async close(): Promise<void> {
    this.#onClosed();
    await this.#store.close();
  }
}
