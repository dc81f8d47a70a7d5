/**
 * The state machine of a volume's log: the volume's state, in a store of its own, and how it is given to and taken from other
 * replicas. The log is on its own store; the volume's is made durable behind it, when there is much or the log asks.
 */
import type { DurableStateMachine, StateSink, StateSource } from "../../paxos/index.ts";
import { isCoterieError, type Store, type StoreView, type World } from "../../world/index.ts";
import type { EntryReplies } from "./entries.ts";
import type { StateStores } from "./state-stores.ts";
import { RecordReader, ViewSource } from "./state-stream.ts";
import { VolumeState } from "./volume-state.ts";

export class VolumeMachine implements DurableStateMachine<EntryReplies> {
  /** Told of each entry before it is applied; nothing may depend on that. */
  onEntry: (index: number, entry: Uint8Array) => void = () => {};
  /** All that was applied up to here is to be read, by whoever closes the view. */
  onScrub: (index: number, view: StoreView) => void = (_, view) => view.close();
  /** Called after each entry that was applied. */
  onApplied: () => void = () => {};
  readonly #world: World;
  readonly #stores: StateStores;
  #state: VolumeState;
  #index = 0;
  #lostMs = Number.NEGATIVE_INFINITY;
  /** Work at the store that is not the state: one at a time. */
  #beside: Promise<void> = Promise.resolve();

  /** The machine takes the stores over: it closes them, also when they hold no state that it can begin with. */
  static async open(world: World, stores: StateStores): Promise<VolumeMachine> {
    try {
      return new VolumeMachine(world, stores);
    } catch (error) {
      await stores.close().catch(() => {});
      throw error;
    }
  }

  private constructor(world: World, stores: StateStores) {
    this.#world = world;
    this.#stores = stores;
    this.#state = this.#opened(world, stores.current);
    this.#index = this.durablePosition();
    this.#clean();
  }

  #opened(world: World, store: Store): VolumeState {
    const state = new VolumeState(world, store);
    // When its sessions were lost it does not say.
    if (state.hasLost) this.#noteLoss();
    state.onScrub = (index) => this.#scrub(index, store);
    return state;
  }

  #scrub(index: number, store: Store): void {
    try {
      this.onScrub(index, store.view());
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#world.log.warn("replica.not-scrubbed", { code: error.code });
    }
  }

  get state(): VolumeState {
    return this.#state;
  }

  #noteLoss(): void {
    this.#lostMs = this.#world.clock.monotonicMs();
  }

  /**
   * When this replica heard last, on the monotonic clock, that a session was lost: with writes that were answered, and which the log never heard of.
   * It knows no copy of them again.
   */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** The last entry that was applied. */
  get index(): number {
    return this.#index;
  }

  /** Bytes that the state takes on its disk. */
  get usedBytes(): number {
    return this.#stores.current.usage().usedBytes;
  }

  /** Bytes that the disk of the state can still take. */
  get freeBytes(): number {
    return this.#stores.current.usage().freeBytes;
  }

  /** The state as of now, for whoever closes it. */
  view(): StoreView {
    return this.#stores.current.view();
  }

  durablePosition(): number {
    return Math.max(this.#state.index, this.#stores.index);
  }

  apply(index: number, entry: Uint8Array): EntryReplies {
    this.onEntry(index, entry);
    const { lostSessions } = this.#state;
    const replies = this.#state.apply(index, entry);
    if (this.#state.lostSessions > lostSessions) this.#noteLoss();
    this.#index = index;
    this.onApplied();
    return replies;
  }

  isFull(): boolean {
    return this.#state.isFull;
  }

  persist(): Promise<void> {
    return this.#state.persist();
  }

  snapshot(): StateSource {
    const state = this.#state;
    return new ViewSource(this.view(), (entry) => state.isIntact(entry));
  }

  take(index: number): StateSink {
    return new TakenState(
      this.#after(() => this.#stores.empty()),
      () => this.#switch(index),
    );
  }

  /** Runs after what runs beside the state already; what failed before it is forgotten. */
  #after<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#beside.then(run);
    this.#beside = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  async #switch(index: number): Promise<void> {
    await this.#stores.switch(index);
    this.#state = this.#opened(this.#world, this.#stores.current);
    this.#index = this.durablePosition();
    this.#clean();
    this.onApplied();
  }

  #clean(): void {
    this.#after(() => this.#stores.clean()).catch((error: unknown) => {
      this.#world.log.warn("replica.cleaning-failed", { error: String(error) });
    });
  }

  async close(): Promise<void> {
    await this.#after(() => this.#stores.close());
  }
}

/** Records on their way into the store that is not the state. */
class TakenState implements StateSink {
  readonly #store: Promise<Store>;
  readonly #whole: () => Promise<void>;
  readonly #records = new RecordReader();
  #isAbandoned = false;

  constructor(store: Promise<Store>, whole: () => Promise<void>) {
    this.#store = store;
    this.#whole = whole;
    store.catch(() => {});
  }

  async add(chunk: Uint8Array): Promise<void> {
    const store = await this.#store;
    const records = this.#records.add(chunk);
    if (this.#isAbandoned || records.length === 0) return;
    store.apply(records);
    await store.sync();
  }

  async finish(): Promise<void> {
    this.#records.finish();
    await (await this.#store).sync();
    await this.#whole();
  }

  abandon(): void {
    this.#isAbandoned = true;
  }
}
