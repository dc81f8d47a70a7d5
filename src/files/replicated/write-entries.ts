/**
 * Unstable writes as entries of the log. A node has answered them already, so an entry of them has no reply: what cannot be done any
 * more, or was refused before, is lost, and the volume's verifier, which changes then, makes the clients write again.
 */
import type { WallTime } from "../../world/index.ts";
import { Fault } from "../volume/types.ts";
import type { DoneCall } from "./done-calls.ts";
import { firstOnes, laterOf } from "./entry.ts";
import type { EntryNotes } from "./entry-notes.ts";
import type { volume_piece, volume_writes } from "./gen/volume-log.gen.ts";
import { isWriteOver } from "./growth.ts";
import type { MadeVolume } from "./made-volume.ts";
import { WRITE_ANEW } from "./refusal.ts";
import type { Crc32 } from "./sealed.ts";
import { idOf } from "./sessions.ts";
import { touchedByWrites } from "./touched.ts";

/** Every reply begins with its status, which is 0 when all went well. */
const STATUS_BYTES = 4;

export class WriteEntries {
  readonly #crc32: Crc32;
  readonly #made: MadeVolume;
  readonly #notes: EntryNotes;

  constructor(crc32: Crc32, made: MadeVolume, notes: EntryNotes) {
    this.#crc32 = crc32;
    this.#made = made;
    this.#notes = notes;
  }

  /** @throws CoterieError REPLICA_DAMAGED, STORE_…. */
  run(index: number, writes: volume_writes): void {
    const { done, sessions } = this.#made;
    const oldest = done.oldest(index);
    const pieces = firstOnes(writes.pieces);
    const firsts = pieces.map(({ identity }) => done.find(identity, oldest));
    const fresh = pieces.filter((_, at) => firsts[at] === undefined);
    const identities = fresh.map(({ identity }) => identity);
    if (!sessions.has(idOf(writes.session))) {
      this.#notes.end(index, [], { identities, replies: [WRITE_ANEW] });
      return;
    }
    const time = laterOf(writes.now, done.time);
    const touched = touchedByWrites(writes, fresh);
    const isInTime = writes.seen >= oldest && !done.isOvertaken(touched, writes.seen);
    const isWritten = isInTime && this.#write(writes, fresh, time);
    // A node may not have known yet, when it answered, that the log had refused a copy of the call.
    if (isWritten && !firsts.some(isRefusal)) {
      this.#notes.end(index, [], { time, identities, touched: [touched] });
      return;
    }
    sessions.lose();
    // Some of them may have been done, but a copy of none may be answered under the new verifier as if it had.
    const refused = { time, identities, replies: [WRITE_ANEW], touched: [touched] };
    this.#notes.end(index, [sessions.sealed(this.#crc32)], refused);
  }

  /** False: one of the pieces could not be written. */
  #write(
    { credentials, layer, inode, generation }: volume_writes,
    pieces: readonly volume_piece[],
    now: WallTime,
  ): boolean {
    // A clone that was dropped is as a file that is gone.
    const view = this.#made.view(layer);
    if (view?.isWritable !== true) return true;
    this.#made.layers.changed(view);
    const { volume } = view;
    let isWhole = true;
    volume.isLooking = false;
    for (const { offset, data } of pieces) {
      if (isWriteOver(this.#made, volume, { inode, generation }, offset, data.length)) {
        isWhole = false;
        continue;
      }
      const written = volume.write({ credentials, now }, { inode, generation }, offset, data, "file-sync");
      // Who writes to a file that is gone learns it from COMMIT.
      if (written instanceof Fault && written.reason !== "STALE") isWhole = false;
    }
    volume.isLooking = true;
    return isWhole;
  }
}

/** Whether a call that is known was not carried out. One of several unstable writes that were has no reply. */
function isRefusal(done: DoneCall | undefined): boolean {
  return done?.reply.subarray(0, STATUS_BYTES).some((byte) => byte !== 0) ?? false;
}
