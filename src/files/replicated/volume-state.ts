/**
 * A replicated volume as a state machine: the same entries make the same store at every replica, byte for byte. Each command becomes
 * one atomic batch of the volume's store, which holds what it did, the note that it is done with the index of its entry, and the reply; so
 * the store itself says how far it is, and an entry that is applied again after a crash finds the state from before it.
 *
 * All that a command depends on is in it or in the store. Time is the command's, but never before the volume's own: every change
 * has a later time than the one before, whichever node's clock it comes from.
 */
import {
  type Change,
  type Entry,
  isCoterieError,
  type Store,
  type WallTime,
  type World,
} from "../../world/index.ts";
import { writtenKey } from "../layers/index.ts";
import { nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { ChunkFormat } from "../volume/chunk-format.ts";
import { makeVolume } from "../volume/format.ts";
import { Kind } from "../volume/keys.ts";
import { isIntact } from "../volume/records.ts";
import { Fault } from "../volume/types.ts";
import { NO_EPOCH } from "./commands.ts";
import { DoneCalls, type Identity } from "./done-calls.ts";
import { callOfCommand, checkFormat, commandOf, firstOnes, laterOf, nameOf, runOrNothing } from "./entry.ts";
import { replicaError } from "./errors.ts";
import {
  decode_volume_time,
  encode_volume_bounds,
  encode_volume_sessions,
  encode_volume_time,
  VOLUME_MACHINE_FORMAT,
  type volume_call,
  type volume_command,
  type volume_done,
  type volume_format,
  type volume_piece,
  type volume_reap,
  type volume_time,
  type volume_touched,
  type volume_writes,
} from "./gen/volume-log.gen.ts";
import { isOverQuota, isWriteOver, overQuota } from "./growth.ts";
import { HeldStore } from "./held-store.ts";
import { loadVolume, type MadeVolume } from "./made-volume.ts";
import { refusal } from "./refusal.ts";
import { Sealed, seal, sealedKey, unseal } from "./sealed.ts";
import { idOf, type Session, verifierOf } from "./sessions.ts";
import { touchedByCall, touchedByWrites } from "./touched.ts";
import { Usage } from "./usage.ts";
import { layerOf, type VolumeCall, WRITE_V3 } from "./volume-call.ts";
import type { LayerStep, LayerView } from "./volume-layers.ts";

const NO_IDENTITIES: readonly Identity[] = [];
const NO_REPLY_BYTES = new Uint8Array(0);
/** Every reply begins with its status, which is 0 when all went well. */
const STATUS_BYTES = 4;
/**
 * Of an unstable write whose copy elsewhere may have been answered and lost: its client has written anew, and perhaps more since,
 * so that the old call must not be done any more. Whoever still waits for it makes a new one.
 */
const WRITE_ANEW = refusal(3, WRITE_V3, nfsstat3.NFS3ERR_JUKEBOX);

/** Whether a call that is known was not carried out. One of several unstable writes that were has no reply. */
function isRefusal(done: volume_done | undefined): boolean {
  return done?.reply.subarray(0, STATUS_BYTES).some((byte) => byte !== 0) ?? false;
}

/** The reply of a call in a snapshot or clone that there is not, or not any more. */
function stale({ version, procedure }: VolumeCall): Uint8Array {
  return version === 0 ? NO_REPLY_BYTES : refusal(version, procedure, nfsstat3.NFS3ERR_STALE);
}

/** The reply of an unstable write that was done together with others. */
function writtenReply(view: LayerView | undefined, call: VolumeCall): Uint8Array {
  return view === undefined
    ? stale(call)
    : view.procedures.writtenReply(view.procedures.writeArgs(call.args));
}

/** What is noted of an entry, beside that it is done. */
interface Note {
  readonly time: WallTime;
  readonly identities: readonly Identity[];
  readonly reply: Uint8Array;
  readonly touched: volume_touched | undefined;
}

export class VolumeState {
  readonly #world: World;
  readonly #store: Store;
  readonly #held: HeldStore;
  readonly #failuresAtOpen: number;
  /** The entry of a scrub was applied, and nothing after it. */
  onScrub: (index: number) => void = () => {};
  #made: MadeVolume | undefined;
  #verifier: Uint8Array | undefined;
  #chunks: ChunkFormat | undefined;
  /** How often damage was met before the entry that is applied. */
  #damageMet: number | undefined;

  /** The state that a store holds. @throws CoterieError VOLUME_…, REPLICA_DAMAGED, REPLICA_FORMAT. */
  constructor(world: World, store: Store) {
    this.#world = world;
    this.#store = store;
    this.#held = new HeldStore(store, () => this.#checkDamage());
    this.#failuresAtOpen = store.failures;
    this.#load();
  }

  #load(): void {
    const made = loadVolume(this.#world, this.#held, () => this.verifier);
    this.#made = made;
    if (made !== undefined) this.#held.onBatch = (batch) => made.usage.count(this.#store, batch);
  }

  get isMade(): boolean {
    return this.#made !== undefined;
  }

  /** @throws CoterieError REPLICA_STOPPED when the volume was not made yet. */
  get made(): MadeVolume {
    if (this.#made !== undefined) return this.#made;
    throw replicaError("REPLICA_STOPPED", "the volume is not made yet");
  }

  /** The last entry that the store knows of. Entries that changed nothing may follow it. */
  get index(): number {
    return this.#made?.done.index ?? 0;
  }

  /** 8 bytes: the write verifier of now. */
  get verifier(): Uint8Array {
    const { volume, sessions } = this.made;
    this.#verifier ??= verifierOf(this.#world.crypto, volume.id, sessions.epoch);
    return this.#verifier;
  }

  get openSessions(): readonly Session[] {
    return this.#made?.sessions.all() ?? [];
  }

  /**
   * Carries an entry out. The reply of a call; undefined for one that came too late, which nobody answers, and for other commands.
   * @throws when the replica cannot go on as the others do: REPLICA_DAMAGED, REPLICA_FORMAT, STORE_….
   */
  apply(index: number, entry: Uint8Array): Uint8Array | undefined {
    this.#checkStore();
    const command = commandOf(entry);
    if (command.kind === 1) {
      this.#format(index, command.format);
      return undefined;
    }
    const made = this.#made;
    if (made === undefined) return undefined;
    this.#damageMet = made.damageMet;
    this.#held.begin();
    return this.#run(index, made, command);
  }

  /** What the others do not meet must not become part of the state. */
  #checkDamage(): void {
    if (this.#made?.damageMet !== this.#damageMet)
      throw replicaError("REPLICA_DAMAGED", "an entry met a damaged record");
  }

  /** The disk undid what the log counts as applied. */
  #checkStore(): void {
    if (this.#store.failures === this.#failuresAtOpen) return;
    throw replicaError("REPLICA_STOPPED", "the disk refused writes of the volume");
  }

  #run(index: number, made: MadeVolume, command: volume_command): Uint8Array | undefined {
    switch (command.kind) {
      case 2:
        return this.#call(index, made, command.call);
      case 3:
        this.#writes(index, made, command.writes);
        break;
      case 4:
        made.sessions.begin(idOf(command.begin.session), nameOf(command.begin.node));
        this.#end(index, made, [this.#sessionsChange(made)]);
        break;
      case 5:
        this.#endSession(index, made, idOf(command.end.session), command.end.is_lost);
        break;
      case 6:
        this.#reap(index, made, command.reap);
        break;
      case 7:
        made.layers.reclaim();
        this.#end(index, made);
        break;
      case 8:
        this.#end(index, made, [this.#scrubChange(command.scrub)]);
        this.onScrub(index);
        break;
      case 9:
        this.#end(index, made, [made.usage.limited(command.limit.quota_bytes)]);
        break;
      default:
        throw replicaError("REPLICA_FORMAT", `entry ${index} is a command of another release`);
    }
    return undefined;
  }

  /** What the entry did is applied, with the note of it. */
  #end(
    index: number,
    made: MadeVolume,
    changes: readonly Change[] = [],
    {
      time = made.done.time,
      identities = NO_IDENTITIES,
      reply = NO_REPLY_BYTES,
      touched,
    }: Partial<Note> = {},
  ): void {
    this.#held.end([...changes, made.done.add(index, time, identities, reply, touched)]);
  }

  #call(index: number, made: MadeVolume, call: volume_call): Uint8Array | undefined {
    const { done } = made;
    const oldest = done.oldest(index);
    const first = done.find(call.identity, oldest);
    const asked = callOfCommand(call);
    const view = made.view(layerOf(asked));
    if (first !== undefined || call.seen < oldest) {
      this.#end(index, made);
      if (first === undefined) return undefined;
      return first.reply.length > 0 ? first.reply : writtenReply(view, asked);
    }
    if (view === undefined) {
      const reply = stale(asked);
      this.#end(index, made, [], { identities: [call.identity], reply });
      return reply;
    }
    const touched = runOrNothing(() => touchedByCall(call, view));
    if (call.epoch !== NO_EPOCH && this.#isTooLate(made, call, touched)) {
      this.#end(index, made, [], { identities: [call.identity], reply: WRITE_ANEW });
      return WRITE_ANEW;
    }
    if (runOrNothing(() => isOverQuota(made, view, asked))) {
      const reply = overQuota(asked);
      this.#end(index, made, [], { identities: [call.identity], reply });
      return reply;
    }
    const time = laterOf(call.now, done.time);
    const reply = runOrNothing(() => view.procedures.run(asked, call.is_refused ? undefined : time));
    made.layers.changed(view);
    if (reply === undefined) this.#end(index, made);
    else this.#end(index, made, [], { time, identities: [call.identity], reply, touched });
    return reply;
  }

  /** Whether copies of an unstable write may have been answered elsewhere, and the client written the same bytes anew since. */
  #isTooLate(
    { sessions, done }: MadeVolume,
    { epoch, seen }: volume_call,
    touched: volume_touched | undefined,
  ) {
    return epoch !== sessions.epoch || (touched !== undefined && done.isOvertaken(touched, seen));
  }

  /** Unstable writes that were answered already. What cannot be done, or was refused before, is lost, and the verifier says so. */
  #writes(index: number, made: MadeVolume, writes: volume_writes): void {
    const { done, sessions } = made;
    const oldest = done.oldest(index);
    const pieces = firstOnes(writes.pieces);
    const firsts = pieces.map(({ identity }) => done.find(identity, oldest));
    const fresh = pieces.filter((_, at) => firsts[at] === undefined);
    const identities = fresh.map(({ identity }) => identity);
    if (!sessions.has(idOf(writes.session))) {
      this.#end(index, made, [], { identities, reply: WRITE_ANEW });
      return;
    }
    const time = laterOf(writes.now, done.time);
    const touched = touchedByWrites(writes, fresh);
    const isInTime = writes.seen >= oldest && !done.isOvertaken(touched, writes.seen);
    const isWritten = isInTime && this.#write(made, writes, fresh, time);
    // A node may not have known yet, when it answered, that the log had refused a copy of the call.
    if (isWritten && !firsts.some(isRefusal)) {
      this.#end(index, made, [], { time, identities, touched });
      return;
    }
    sessions.lose();
    // Some of them may have been done, but a copy of none may be answered under the new verifier as if it had.
    this.#end(index, made, [this.#sessionsChange(made)], { time, identities, reply: WRITE_ANEW, touched });
  }

  /** False: one of the pieces could not be written. */
  #write(
    made: MadeVolume,
    { credentials, layer, inode, generation }: volume_writes,
    pieces: readonly volume_piece[],
    now: WallTime,
  ): boolean {
    // A clone that was dropped is as a file that is gone.
    const view = made.view(layer);
    if (view?.isWritable !== true) return true;
    made.layers.changed(view);
    const { volume } = view;
    let isWhole = true;
    volume.isLooking = false;
    for (const { offset, data } of pieces) {
      if (isWriteOver(made, volume, { inode, generation }, offset, data.length)) {
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

  #endSession(index: number, made: MadeVolume, id: string, isLost: boolean): void {
    const changes = made.sessions.end(id, isLost) ? [this.#sessionsChange(made)] : [];
    this.#end(index, made, changes);
  }

  #sessionsChange({ sessions }: MadeVolume): Change {
    this.#verifier = undefined;
    const key = sealedKey(Sealed.sessions);
    return seal(this.#world.crc32, key, encode_volume_sessions, sessions.stored());
  }

  #scrubChange(asked: volume_time): Change {
    return seal(this.#world.crc32, sealedKey(Sealed.scrub), encode_volume_time, asked);
  }

  /** When the last scrub was asked for, or the volume made, in seconds since 1970; undefined if it is not made, or the note cannot be read. */
  get scrubbedSeconds(): number | undefined {
    const key = sealedKey(Sealed.scrub);
    try {
      const value = this.#store.get(key);
      return value && unseal(this.#world.crc32, key, decode_volume_time, value).seconds;
    } catch (error) {
      if (isCoterieError(error)) return undefined;
      throw error;
    }
  }

  #reap(index: number, made: MadeVolume, { layer, inode, is_truncated, epoch, from }: volume_reap): void {
    const reason = is_truncated ? "truncated" : "removed";
    const view = made.view(layer);
    if (view?.isWritable) view.volume.reap({ inode, reason, epoch, from });
    this.#end(index, made);
  }

  #format(index: number, format: volume_format): void {
    if (this.#made !== undefined) {
      this.#damageMet = this.#made.damageMet;
      this.#held.begin();
      this.#end(index, this.#made);
      return;
    }
    checkFormat(format.format);
    const { id, root_generation: rootGeneration, seed, chunk_bytes, now } = format;
    const options = { rootMode: format.root_mode, rootUid: format.root_uid, rootGid: format.root_gid };
    const { batch } = makeVolume(this.#world, { id, rootGeneration, seed }, chunk_bytes, now, options);
    const { inline_chunks, reaped_chunks, window } = format;
    const bounds = { format: VOLUME_MACHINE_FORMAT, inline_chunks, reaped_chunks, window };
    const { crc32 } = this.#world;
    const notes = new DoneCalls(crc32, this.#held, window);
    batch.push(seal(crc32, sealedKey(Sealed.bounds), encode_volume_bounds, bounds));
    batch.push(this.#scrubChange(now));
    batch.push(notes.add(index, now, NO_IDENTITIES, NO_REPLY_BYTES));
    const usage = new Usage(crc32, { used_bytes: 0, quota_bytes: 0 });
    usage.count(this.#store, batch);
    batch.push(usage.noted());
    this.#store.apply(batch);
    this.#load();
  }

  /**
   * Runs a call that only reads, or that shall only be told that there is no room.
   * @throws CoterieError REPLICA_DAMAGED when a record that it needs is damaged, STORE_….
   */
  look(call: VolumeCall): Uint8Array {
    this.#checkStore();
    const { made } = this;
    const { damageMet } = made;
    try {
      const view = made.view(layerOf(call));
      const reply = view === undefined ? stale(call) : view.procedures.run(call, undefined);
      if (made.damageMet === damageMet) return reply;
    } catch (error) {
      if (!isCoterieError(error, "VOLUME_DAMAGED")) throw error;
    }
    throw replicaError("REPLICA_DAMAGED", "a record that the call needs is damaged");
  }

  /** Whether a record of the store is what was written. */
  isIntact({ key, value }: Entry): boolean {
    const { crc32 } = this.#world;
    const written = writtenKey(key);
    if (written[0] !== Kind.chunk) return isIntact(crc32, written, value);
    this.#chunks ??= new ChunkFormat(crc32, this.made.chunkBytes);
    return this.#chunks.isSized(value) && this.#chunks.isIntact(written, value);
  }

  /** True when nothing waits to be done in the background. What a damaged record hides is not known, and counts as something. */
  get isIdle(): boolean {
    const made = this.#made;
    try {
      return made === undefined || (made.volume.isReaped && made.layers.isIdle);
    } catch (error) {
      if (isCoterieError(error)) return false;
      throw error;
    }
  }

  /** What a command is to do next in the background. @throws CoterieError STORE_…. */
  dueInBackground(): LayerStep | undefined {
    const step = this.#made?.volume.dueReaping();
    return step === undefined ? this.#made?.layers.due() : { layer: 0, step };
  }

  /** The disk is behind: the next entry should wait. */
  get isFull(): boolean {
    return this.#held.isFull;
  }

  /** Makes what was applied durable. */
  async persist(): Promise<void> {
    await this.#store.sync();
    this.#checkStore();
  }
}
