/**
 * How an entry of the log ends: what it did goes to the store as one batch, together with the note that it is done. Whatever becomes of
 * an entry, it ends so exactly once, also when it changed nothing.
 */
import type { Change } from "../../world/index.ts";
import type { Done } from "./done-calls.ts";
import type { HeldStore } from "./held-store.ts";
import type { MadeVolume } from "./made-volume.ts";

const NONE: readonly never[] = [];

/** What is noted of an entry, beside that it is done. The volume's time after it is as before by default. */
export type EntryNote = Partial<Omit<Done, "index">>;

export class EntryNotes {
  readonly #held: HeldStore;
  readonly #made: Pick<MadeVolume, "done" | "usage">;

  constructor(held: HeldStore, made: Pick<MadeVolume, "done" | "usage">) {
    this.#held = held;
    this.#made = made;
  }

  /** What the entry did is applied, with `changes` beside the volume and the note of it. @throws CoterieError REPLICA_DAMAGED, STORE_…. */
  end(index: number, changes: readonly Change[] = NONE, note: EntryNote = {}): void {
    const { done, usage } = this.#made;
    const { time = done.time, identities = NONE, replies = NONE, touched = NONE } = note;
    const noted = done.add({ index, time, identities, replies, touched });
    this.#held.end([...changes, ...usage.due(), ...noted]);
  }
}
