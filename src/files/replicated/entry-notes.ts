/**
 * How an entry of the log ends: what it did goes to the store as one batch, together with the note that it is done. Whatever becomes of
 * an entry, it ends so exactly once, also when it changed nothing.
 */
import type { Change, WallTime } from "../../world/index.ts";
import type { DoneCalls, Identity } from "./done-calls.ts";
import type { volume_touched } from "./gen/volume-log.gen.ts";
import type { HeldStore } from "./held-store.ts";
import { NO_REPLY_BYTES } from "./refusal.ts";

const NO_IDENTITIES: readonly Identity[] = [];

/** What is noted of an entry, beside that it is done. */
export interface EntryNote {
  /** The volume's time after it; as before by default. */
  readonly time?: WallTime;
  /** The calls that it did, or refused. */
  readonly identities?: readonly Identity[];
  /** Their reply; empty where each has its own. */
  readonly reply?: Uint8Array;
  readonly touched?: volume_touched | undefined;
}

export class EntryNotes {
  readonly #held: HeldStore;
  readonly #done: DoneCalls;

  constructor(held: HeldStore, done: DoneCalls) {
    this.#held = held;
    this.#done = done;
  }

  /** What the entry did is applied, with `changes` beside the volume and the note of it. @throws CoterieError REPLICA_DAMAGED, STORE_…. */
  end(
    index: number,
    changes: readonly Change[] = [],
    { time = this.#done.time, identities = NO_IDENTITIES, reply = NO_REPLY_BYTES, touched }: EntryNote = {},
  ): void {
    this.#held.end([...changes, this.#done.add(index, time, identities, reply, touched)]);
  }
}
