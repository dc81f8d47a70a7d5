/**
 * What the last entries of the log did: each leaves a record in the atomic batch of its deed, in a ring with a place for every
 * index of a window. The newest of them says how far the volume's store is. By the identities in them a call is known that was
 * done already, whichever node it came by: it gets the first run's reply, byte for byte, and nothing is done again.
 *
 * All calls that change something are kept, also those that NFS calls idempotent: a WRITE that a client sent again by another
 * node must not be done a second time after the client's next one. Failures are kept too. A copy of a call that comes after more entries
 * than the window holds is not known any more, so the log does not run what came to its node so long ago.
 *
 * Memory holds where each identity is; a hit is read from the store and compared.
 */
import type { Change, Store, WallTime } from "../../world/index.ts";
import {
  decode_volume_done,
  encode_volume_done,
  type volume_done,
  type volume_identity,
  type volume_touched,
} from "./gen/volume-log.gen.ts";
import { type Crc32, Sealed, seal, sealedPlace, unseal } from "./sealed.ts";
import { isAtOdds } from "./touched.ts";

export type Identity = volume_identity;

/** Entries for which calls are remembered, and beyond which a call is too old to be run. */
export const DEFAULT_WINDOW = 32_768;

interface Touched {
  readonly index: number;
  readonly what: volume_touched;
}

const NEVER: WallTime = { seconds: 0, nanoseconds: 0 };

export class DoneCalls {
  readonly #crc32: Crc32;
  readonly #store: Store;
  readonly #window: number;
  /** The place of each identity. */
  readonly #places = new Map<number, number>();
  /** What is in each place. */
  readonly #identities: (readonly Identity[] | undefined)[];
  /** What the entry of each place touched. */
  readonly #touched: (Touched | undefined)[];
  /** The newest entry that the store knows, and the volume's time after it. */
  index = 0;
  time: WallTime = NEVER;

  /** Reads the ring. @throws CoterieError REPLICA_DAMAGED. */
  constructor(crc32: Crc32, store: Store, window: number) {
    this.#crc32 = crc32;
    this.#store = store;
    this.#window = window;
    this.#identities = new Array(window).fill(undefined);
    this.#touched = new Array(window).fill(undefined);
    const range = { from: sealedPlace(Sealed.done, 0), to: sealedPlace(Sealed.done, 0xffff_ffff) };
    const all = Array.from(store.range(range), ({ key, value }) =>
      unseal(crc32, key, decode_volume_done, value),
    );
    all.sort((a, b) => a.index - b.index);
    for (const done of all) this.#note(done);
  }

  #note({ index, time, identities, touched: [what] }: volume_done): void {
    const place = index % this.#window;
    for (const former of this.#identities[place] ?? []) {
      const name = nameOf(former);
      if (this.#places.get(name) === place) this.#places.delete(name);
    }
    this.#identities[place] = identities;
    this.#touched[place] = what && { index, what };
    for (const identity of identities) this.#places.set(nameOf(identity), place);
    this.index = index;
    this.time = time;
  }

  /** The record that is part of what an entry does. It counts from now on. */
  add(
    index: number,
    time: WallTime,
    identities: readonly Identity[],
    reply: Uint8Array,
    touched?: volume_touched,
  ): Change {
    const done: volume_done = {
      index,
      time,
      identities: identities as Identity[],
      reply,
      touched: touched === undefined ? [] : [touched],
    };
    this.#note(done);
    return seal(this.#crc32, sealedPlace(Sealed.done, index % this.#window), encode_volume_done, done);
  }

  /**
   * What the call's first run, at or after entry `from`, left. Its reply is empty when it was one of several unstable writes.
   */
  find(identity: Identity, from: number): volume_done | undefined {
    const place = this.#places.get(nameOf(identity));
    if (place === undefined) return undefined;
    const key = sealedPlace(Sealed.done, place);
    const value = this.#store.get(key);
    const done = value && unseal(this.#crc32, key, decode_volume_done, value);
    if (done === undefined || done.index < from) return undefined;
    return done.identities.some(({ high, low }) => high === identity.high && low === identity.low)
      ? done
      : undefined;
  }

  /** Whether an entry after `seen`, which is not older than the window, touched the same bytes otherwise than by the same session. */
  isOvertaken(touched: volume_touched, seen: number): boolean {
    for (let index = this.index; index > seen; index--) {
      const other = this.#touched[index % this.#window];
      if (other?.index === index && isAtOdds(touched, other.what)) return true;
    }
    return false;
  }

  /** How far back entries are remembered as of an index. */
  oldest(index: number): number {
    return index - this.#window;
  }
}

/** 53 of the 64 bits: a whole number that a map takes without a box of its own. */
function nameOf({ high, low }: Identity): number {
  return (high >>> 11) * 0x1_0000_0000 + low;
}
