/**
 * What the last entries of the log did: each leaves a record in the atomic batch of its deed, in a ring with a place for every
 * index of a window. The newest of them says how far the volume's store is. By the identities in them a call is known that was
 * done already, whichever node it came by: it gets the first run's reply, byte for byte, and nothing is done again.
 *
 * All calls that change something are kept, also those that NFS calls idempotent: a WRITE that a client sent again by another
 * node must not be done a second time after the client's next one. Failures are kept too. An entry may be of several calls, and no more
 * calls are known than the window has places: the oldest entries are forgotten before. A copy of a call that comes after more than that
 * is not known any more, so the log does not run what came to its node so long ago.
 *
 * Memory holds where each identity is; a hit is read from the store and compared.
 */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Change, Store, WallTime } from "../../world/index.ts";
import {
  decode_volume_done,
  decode_volume_replies,
  encode_volume_done,
  encode_volume_replies,
  type volume_done,
  type volume_identity,
  type volume_touched,
} from "./gen/volume-log.gen.ts";
import { type Crc32, Sealed, seal, sealedPlace, unseal } from "./sealed.ts";
import { isAtOdds, isSameSession, NO_SESSION } from "./touched.ts";

export type Identity = volume_identity;

/** Entries, and calls, that are remembered, and beyond which a call is too old to be run. */
export const DEFAULT_WINDOW = 32_768;

/** What an entry leaves. */
export interface Done {
  readonly index: number;
  /** Of the volume, after it. */
  readonly time: WallTime;
  /** The calls that it did, or refused. */
  readonly identities: readonly Identity[];
  /** One for each of them, one for all, or none where each has its own. */
  readonly replies: readonly Uint8Array[];
  /** Which bytes of which files it changed. */
  readonly touched: readonly volume_touched[];
}

/** A call that was done already. */
export interface DoneCall {
  readonly index: number;
  /** Empty when it was one of several unstable writes. */
  readonly reply: Uint8Array;
}

type Remembered = Pick<Done, "index" | "identities" | "touched">;

/** What a record takes for each call, mostly. */
const CALL_BYTES = 224;
const NEVER: WallTime = { seconds: 0, nanoseconds: 0 };
const NO_REPLY = new Uint8Array(0);

export class DoneCalls {
  readonly #crc32: Crc32;
  readonly #store: Store;
  readonly #window: number;
  /** The place of each identity. */
  readonly #places = new Map<number, number>();
  /** What is in each place. */
  readonly #ring: (Remembered | undefined)[];
  /** How many calls are known, and the oldest entry that is. */
  #calls = 0;
  #first = 0;
  /** Of the newest entry that had one. */
  #session = NO_SESSION;
  /** The newest entry that the store knows, and the volume's time after it. */
  index = 0;
  time: WallTime = NEVER;

  /** Reads the ring. @throws CoterieError REPLICA_DAMAGED. */
  constructor(crc32: Crc32, store: Store, window: number) {
    this.#crc32 = crc32;
    this.#store = store;
    this.#window = window;
    this.#ring = new Array(window).fill(undefined);
    const range = { from: sealedPlace(Sealed.done, 0), to: sealedPlace(Sealed.done, 0xffff_ffff) };
    const all = Array.from(store.range(range), ({ key, value }) => unseal(crc32, key, decodeDone, value));
    all.sort((a, b) => a.index - b.index);
    for (const done of all) this.#note(done);
  }

  #note({ index, time, identities, touched }: Done): void {
    const place = index % this.#window;
    this.#forget(place);
    this.#ring[place] = { index, identities, touched: touched.map((what) => this.#kept(what)) };
    for (const identity of identities) this.#places.set(nameOf(identity), place);
    this.#calls += identities.length;
    if (this.index === 0) this.#first = index;
    this.index = index;
    this.time = time;
    this.#findFirst();
  }

  /** What came is a view of its entry, and would keep a MiB of it in memory for as long as it is remembered. */
  #kept(touched: volume_touched): volume_touched {
    if (isSameSession(touched.session, NO_SESSION)) return { ...touched, session: NO_SESSION };
    if (!isSameSession(touched.session, this.#session)) this.#session = touched.session.slice();
    return { ...touched, session: this.#session };
  }

  #forget(place: number): void {
    const former = this.#ring[place];
    if (former === undefined) return;
    for (const identity of former.identities) {
      const name = nameOf(identity);
      if (this.#places.get(name) === place) this.#places.delete(name);
    }
    this.#calls -= former.identities.length;
    this.#ring[place] = undefined;
  }

  /** Not every entry of the log leaves a record. */
  #findFirst(): void {
    while (this.#ring[this.#first % this.#window]?.index !== this.#first) this.#first++;
  }

  /** The records that are part of what an entry does. They count from now on. */
  add(done: Done): Change[] {
    const { index, identities } = done;
    const changes: Change[] = [];
    const place = index % this.#window;
    while (this.#calls + identities.length > this.#window && this.#first < this.index) {
      const oldest = this.#first % this.#window;
      this.#forget(oldest);
      this.#findFirst();
      if (oldest !== place) changes.push({ key: sealedPlace(Sealed.done, oldest), value: undefined });
    }
    this.#note(done);
    const key = sealedPlace(Sealed.done, place);
    changes.push(seal(this.#crc32, key, encodeDone, done, CALL_BYTES * (identities.length + 1)));
    return changes;
  }

  /** What the call's first run, at or after entry `from`, left. */
  find(identity: Identity, from: number): DoneCall | undefined {
    const place = this.#places.get(nameOf(identity));
    if (place === undefined) return undefined;
    const key = sealedPlace(Sealed.done, place);
    const value = this.#store.get(key);
    const done = value && unseal(this.#crc32, key, decodeDone, value);
    if (done === undefined || done.index < from) return undefined;
    const { index, identities, replies } = done;
    const at = identities.findIndex(({ high, low }) => high === identity.high && low === identity.low);
    if (at < 0) return undefined;
    return { index, reply: replies[replies.length === 1 ? 0 : at] ?? NO_REPLY };
  }

  /** Whether an entry after `seen`, which is not older than the window, touched the same bytes otherwise than by the same session. */
  isOvertaken(touched: volume_touched, seen: number): boolean {
    for (let index = this.index; index > seen; index--) {
      const other = this.#ring[index % this.#window];
      if (other?.index === index && other.touched.some((what) => isAtOdds(touched, what))) return true;
    }
    return false;
  }

  /** All entries after this one, and before `index`, are remembered. */
  oldest(index: number): number {
    return Math.max(index - this.#window, this.#first - 1);
  }
}

function encodeDone(w: XdrWriter, { index, time, identities, replies, touched }: Done): void {
  const [reply = NO_REPLY] = replies.length === 1 ? replies : [];
  encode_volume_done(w, {
    index,
    time,
    identities: identities as Identity[],
    reply,
    touched: touched as volume_touched[],
  });
  if (replies.length > 1) encode_volume_replies(w, { replies: replies as Uint8Array[] });
}

function decodeDone(r: XdrReader): Done {
  const { reply, ...done }: volume_done = decode_volume_done(r);
  const replies = r.remaining > 0 ? decode_volume_replies(r).replies : reply.length > 0 ? [reply] : [];
  return { ...done, replies };
}

/** 53 of the 64 bits: a whole number that a map takes without a box of its own. */
function nameOf({ high, low }: Identity): number {
  return (high >>> 11) * 0x1_0000_0000 + low;
}
