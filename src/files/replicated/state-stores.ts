/**
 * The two stores that a replica's volume may be in. One is its state; into the other a state of another replica is taken over, and
 * a record in the log's store says which is which. So the old state is whole until the new one is, and the switch is one atomic write.
 * What an unfinished or a former one left is removed before the store is used again, and otherwise in the background.
 */
import type { Change, Store, World } from "../../world/index.ts";
import { decode_volume_place, encode_volume_place, type volume_place } from "./gen/volume-log.gen.ts";
import { seal, unseal } from "./sealed.ts";

/** Records that one batch removes. */
const REMOVED_RECORDS = 1000;
const PLACE_KEY = new TextEncoder().encode("volume\0place");
const BEGINNING: volume_place = { place: 0, index: 0, is_other_used: false };

export class StateStores {
  readonly #world: World;
  readonly #name: string;
  /** The log's store. */
  readonly #home: Store;
  #place: volume_place;
  #current: Store;
  /** The store that is not the state, while it is open. */
  #other: Store | undefined;
  #isClosed = false;

  static async open(world: World, name: string, home: Store): Promise<StateStores> {
    const stored = home.get(PLACE_KEY);
    const place =
      stored === undefined ? BEGINNING : unseal(world.crc32, PLACE_KEY, decode_volume_place, stored);
    return new StateStores(world, name, home, place, await world.storage.open(`${name}-${place.place}`));
  }

  private constructor(world: World, name: string, home: Store, place: volume_place, current: Store) {
    this.#world = world;
    this.#name = name;
    this.#home = home;
    this.#place = place;
    this.#current = current;
  }

  get current(): Store {
    return this.#current;
  }

  /** The entry as of which the state was taken over; 0 for one that grew here. */
  get index(): number {
    return this.#place.index;
  }

  /** The other store, empty. */
  async empty(): Promise<Store> {
    await this.#write({ ...this.#place, is_other_used: true });
    this.#other ??= await this.#world.storage.open(`${this.#name}-${1 - this.#place.place}`);
    await removeAll(this.#other);
    return this.#other;
  }

  /** The other store, whose content is durable, becomes the state as of `index`. */
  async switch(index: number): Promise<void> {
    await this.#write({ place: 1 - this.#place.place, index, is_other_used: true });
    const former = this.#current;
    this.#current = this.#other as Store;
    this.#other = former;
  }

  /** Removes what the other store holds, if it holds anything. Gives up where the store does. */
  async clean(): Promise<void> {
    if (!this.#place.is_other_used || this.#isClosed) return;
    const other = await this.empty();
    await other.close();
    if (this.#other === other) this.#other = undefined;
    await this.#write({ ...this.#place, is_other_used: false });
  }

  async #write(place: volume_place): Promise<void> {
    this.#home.apply([seal(this.#world.crc32, PLACE_KEY, encode_volume_place, place)]);
    await this.#home.sync();
    this.#place = place;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#current.close(), this.#other?.close()]);
  }
}

async function removeAll(store: Store): Promise<void> {
  for (;;) {
    const keys = Array.from(store.range({ limit: REMOVED_RECORDS, keysOnly: true }), ({ key }) => key);
    if (keys.length === 0) return;
    store.apply(keys.map((key): Change => ({ key, value: undefined })));
    await store.sync();
  }
}
