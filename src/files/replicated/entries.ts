/**
 * How each kind of entry is carried out on a volume that is made: what it changes in the volume, in what is kept beside it, or in both,
 * and its end, which makes one batch of that.
 */
import type { World } from "../../world/index.ts";
import { CallEntries } from "./call-entries.ts";
import { nameOf } from "./entry.ts";
import { EntryNotes } from "./entry-notes.ts";
import { replicaError } from "./errors.ts";
import {
  type volume_begin,
  type volume_command,
  volume_command_kind,
  type volume_end,
  type volume_reap,
} from "./gen/volume-log.gen.ts";
import type { HeldStore } from "./held-store.ts";
import type { MadeVolume } from "./made-volume.ts";
import { scrubNote } from "./scrub-note.ts";
import { idOf } from "./sessions.ts";
import { WriteEntries } from "./write-entries.ts";

/** Undefined of a call that came too late. */
export type CallReply = Uint8Array | undefined;
/** One for each call of an entry. */
export type EntryReplies = readonly CallReply[];

export const NO_REPLIES: EntryReplies = [];

export class Entries {
  readonly #world: World;
  readonly #made: MadeVolume;
  readonly #notes: EntryNotes;
  readonly #calls: CallEntries;
  readonly #writes: WriteEntries;

  constructor(world: World, held: HeldStore, made: MadeVolume) {
    const notes = new EntryNotes(held, made);
    this.#world = world;
    this.#made = made;
    this.#notes = notes;
    this.#calls = new CallEntries(made, notes);
    this.#writes = new WriteEntries(world.crc32, made, notes);
  }

  /** The replies of calls; none of other commands. @throws CoterieError REPLICA_…, STORE_…. */
  run(index: number, command: volume_command): EntryReplies {
    const made = this.#made;
    switch (command.kind) {
      case volume_command_kind.VOLUME_FORMAT:
        // It is made, so this does nothing.
        this.#notes.end(index);
        break;
      case volume_command_kind.VOLUME_CALL:
        return this.#calls.run(index, [command.call]);
      case volume_command_kind.VOLUME_CALLS:
        return this.#calls.run(index, command.calls.calls);
      case volume_command_kind.VOLUME_WRITES:
        this.#writes.run(index, command.writes);
        break;
      case volume_command_kind.VOLUME_BEGIN_SESSION:
        this.#beginSession(index, command.begin);
        break;
      case volume_command_kind.VOLUME_END_SESSION:
        this.#endSession(index, command.end);
        break;
      case volume_command_kind.VOLUME_REAP:
        this.#reap(index, command.reap);
        break;
      case volume_command_kind.VOLUME_RECLAIM:
        made.layers.reclaim();
        this.#notes.end(index);
        break;
      case volume_command_kind.VOLUME_SCRUB:
        this.#notes.end(index, [scrubNote(this.#world.crc32, command.scrub)]);
        break;
      case volume_command_kind.VOLUME_LIMIT:
        this.#notes.end(index, [made.usage.limited(command.limit.quota_bytes)]);
        break;
      default:
        throw replicaError("REPLICA_FORMAT", `entry ${index} is a command of another release`);
    }
    return NO_REPLIES;
  }

  #beginSession(index: number, { session, node }: volume_begin): void {
    const { sessions } = this.#made;
    sessions.begin(idOf(session), nameOf(node));
    this.#notes.end(index, [sessions.sealed(this.#world.crc32)]);
  }

  #endSession(index: number, { session, is_lost }: volume_end): void {
    const { sessions } = this.#made;
    const isEnded = sessions.end(idOf(session), is_lost);
    this.#notes.end(index, isEnded ? [sessions.sealed(this.#world.crc32)] : []);
  }

  #reap(index: number, { layer, inode, is_truncated, epoch, from }: volume_reap): void {
    const reason = is_truncated ? "truncated" : "removed";
    const view = this.#made.view(layer);
    if (view?.isWritable) view.volume.reap({ inode, reason, epoch, from });
    this.#notes.end(index);
  }
}
