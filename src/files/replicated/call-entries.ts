/**
 * Calls as entries of the log, one or several in each: each call is run once, whichever nodes it came by, and its reply is noted. A copy gets the
 * first run's reply, byte for byte. What comes too late to be known again is not run, and neither is a copy of an unstable write after which its client may
 * have written anew.
 */
import { NO_EPOCH } from "./commands.ts";
import type { EntryReplies } from "./entries.ts";
import { callOfCommand, laterOf, runOrNothing } from "./entry.ts";
import type { EntryNotes } from "./entry-notes.ts";
import type { volume_call, volume_touched } from "./gen/volume-log.gen.ts";
import { isOverQuota, overQuota } from "./growth.ts";
import type { MadeVolume } from "./made-volume.ts";
import { stale, WRITE_ANEW } from "./refusal.ts";
import { RunningCalls } from "./running-calls.ts";
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

  /** The replies; undefined for a call that came too late, which nobody answers. @throws CoterieError REPLICA_DAMAGED, STORE_…. */
  run(index: number, calls: readonly volume_call[]): EntryReplies {
    const running = new RunningCalls(this.#made.done.time);
    const oldest = this.#made.done.oldest(index);
    const replies = calls.map((call) => this.#run(call, oldest, running));
    this.#notes.end(index, [], running);
    return replies;
  }

  /** `running`: what the calls before it in the same entry did. */
  #run(call: volume_call, oldest: number, running: RunningCalls): Uint8Array | undefined {
    const { done } = this.#made;
    const first = running.replyOf(call.identity) ?? done.find(call.identity, oldest)?.reply;
    const asked = callOfCommand(call);
    const view = this.#made.view(layerOf(asked));
    if (first !== undefined) return first.length > 0 ? first : writtenReply(view, asked);
    if (call.seen < oldest) return undefined;
    if (view === undefined) return running.add(call, stale(asked));
    const touched = runOrNothing(() => touchedByCall(call, view));
    // Refused, it does nothing, now or when a copy of it comes.
    if (this.#isTooLate(call, touched, running)) return running.add(call, WRITE_ANEW);
    if (runOrNothing(() => isOverQuota(this.#made, view, asked))) return running.add(call, overQuota(asked));
    return this.#carryOut(call, asked, view, touched, running);
  }

  /** Whether copies of an unstable write may have been answered elsewhere, and the client written the same bytes anew since. */
  #isTooLate(
    { epoch, seen }: volume_call,
    touched: volume_touched | undefined,
    running: RunningCalls,
  ): boolean {
    if (epoch === NO_EPOCH) return false;
    const { sessions, done } = this.#made;
    if (epoch !== sessions.epoch) return true;
    return touched !== undefined && (running.hasTouched(touched) || done.isOvertaken(touched, seen));
  }

  #carryOut(
    call: volume_call,
    asked: VolumeCall,
    view: LayerView,
    touched: volume_touched | undefined,
    running: RunningCalls,
  ): Uint8Array | undefined {
    const time = laterOf(call.now, running.time);
    const reply = runOrNothing(() => view.procedures.run(asked, call.is_refused ? undefined : time));
    this.#made.layers.changed(view);
    if (reply === undefined) return undefined;
    running.time = time;
    const noted = touched ?? touchedByMaking(call, reply, view);
    if (noted !== undefined) running.touch(noted);
    return running.add(call, reply);
  }
}

/** The reply of an unstable write that was done together with others. */
function writtenReply(view: LayerView | undefined, call: VolumeCall): Uint8Array {
  return view === undefined
    ? stale(call)
    : view.procedures.writtenReply(view.procedures.writeArgs(call.args));
}
