/**
 * Calls as entries of the log: each is run once, whichever nodes it came by, and its reply is noted. A copy gets the first run's reply,
 * byte for byte. What comes too late to be known again is not run, and neither is a copy of an unstable write after which its client may
 * have written anew.
 */
import { NO_EPOCH } from "./commands.ts";
import { callOfCommand, laterOf, runOrNothing } from "./entry.ts";
import type { EntryNotes } from "./entry-notes.ts";
import type { volume_call, volume_touched } from "./gen/volume-log.gen.ts";
import { isOverQuota, overQuota } from "./growth.ts";
import type { MadeVolume } from "./made-volume.ts";
import { stale, WRITE_ANEW } from "./refusal.ts";
import { touchedByCall, touchedByMaking } from "./touched.ts";
import { layerOf, type VolumeCall } from "./volume-call.ts";
import type { LayerView } from "./volume-layers.ts";

export class CallEntries {
  readonly #made: MadeVolume;
  readonly #notes: EntryNotes;

  constructor(made: MadeVolume, notes: EntryNotes) {
    this.#made = made;
    this.#notes = notes;
  }

  /** The reply; undefined for a call that came too late, which nobody answers. @throws CoterieError REPLICA_DAMAGED, STORE_…. */
  run(index: number, call: volume_call): Uint8Array | undefined {
    const { done } = this.#made;
    const oldest = done.oldest(index);
    const first = done.find(call.identity, oldest);
    const asked = callOfCommand(call);
    const view = this.#made.view(layerOf(asked));
    if (first !== undefined || call.seen < oldest) {
      this.#notes.end(index);
      if (first === undefined) return undefined;
      return first.reply.length > 0 ? first.reply : writtenReply(view, asked);
    }
    if (view === undefined) return this.#refuse(index, call, stale(asked));
    const touched = runOrNothing(() => touchedByCall(call, view));
    if (this.#isTooLate(call, touched)) return this.#refuse(index, call, WRITE_ANEW);
    if (runOrNothing(() => isOverQuota(this.#made, view, asked)))
      return this.#refuse(index, call, overQuota(asked));
    return this.#carryOut(index, call, asked, view, touched);
  }

  /** Whether copies of an unstable write may have been answered elsewhere, and the client written the same bytes anew since. */
  #isTooLate({ epoch, seen }: volume_call, touched: volume_touched | undefined): boolean {
    if (epoch === NO_EPOCH) return false;
    const { sessions, done } = this.#made;
    return epoch !== sessions.epoch || (touched !== undefined && done.isOvertaken(touched, seen));
  }

  /** The call does nothing, now or when a copy of it comes. */
  #refuse(index: number, call: volume_call, reply: Uint8Array): Uint8Array {
    this.#notes.end(index, [], { identities: [call.identity], reply });
    return reply;
  }

  #carryOut(
    index: number,
    call: volume_call,
    asked: VolumeCall,
    view: LayerView,
    touched: volume_touched | undefined,
  ): Uint8Array | undefined {
    const { done, layers } = this.#made;
    const time = laterOf(call.now, done.time);
    const reply = runOrNothing(() => view.procedures.run(asked, call.is_refused ? undefined : time));
    layers.changed(view);
    if (reply === undefined) this.#notes.end(index);
    else {
      const noted = touched ?? touchedByMaking(call, reply, view);
      this.#notes.end(index, [], { time, identities: [call.identity], reply, touched: noted });
    }
    return reply;
  }
}

/** The reply of an unstable write that was done together with others. */
function writtenReply(view: LayerView | undefined, call: VolumeCall): Uint8Array {
  return view === undefined
    ? stale(call)
    : view.procedures.writtenReply(view.procedures.writeArgs(call.args));
}
