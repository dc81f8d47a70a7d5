/**
 * A replicated volume as a state machine: the same entries make the same store at every replica, byte for byte. Each command becomes
 * one atomic batch of the volume's store, which holds what it did, the note that it is done with the index of its entry, and the reply; so
 * the store itself says how far it is, and an entry that is applied again after a crash finds the state from before it.
 *
 * All that a command depends on is in it or in the store. Time is the command's, but never before the volume's own: every change
 * has a later time than the one before, whichever node's clock it comes from.
 */
import { type Entry, isCoterieError, type Store, type World } from "../../world/index.ts";
import { writtenKey } from "../layers/index.ts";
import { ChunkFormat } from "../volume/chunk-format.ts";
import { makeVolume } from "../volume/format.ts";
import { Kind } from "../volume/keys.ts";
import { isIntact } from "../volume/records.ts";
import { DoneCalls } from "./done-calls.ts";
import { Entries, type EntryReplies, NO_REPLIES } from "./entries.ts";
import { checkFormat, commandOf } from "./entry.ts";
import { replicaError } from "./errors.ts";
import {
  encode_volume_bounds,
  VOLUME_MACHINE_FORMAT,
  volume_command_kind,
  type volume_format,
} from "./gen/volume-log.gen.ts";
import { HeldStore } from "./held-store.ts";
import { loadVolume, type MadeVolume } from "./made-volume.ts";
import { stale } from "./refusal.ts";
import { scrubbedSecondsIn, scrubNote } from "./scrub-note.ts";
import { Sealed, seal, sealedKey } from "./sealed.ts";
import { type Session, verifierOf } from "./sessions.ts";
import { Usage } from "./usage.ts";
import { layerOf, type VolumeCall } from "./volume-call.ts";
import type { LayerStep } from "./volume-layers.ts";

export class VolumeState {
  readonly #world: World;
  readonly #store: Store;
  readonly #held: HeldStore;
  readonly #failuresAtOpen: number;
  /** The entry of a scrub was applied, and nothing after it. */
  onScrub: (index: number) => void = () => {};
  #made: MadeVolume | undefined;
  #entries: Entries | undefined;
  /** The write verifier of an epoch. */
  #verifier: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;
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
    if (made === undefined) return;
    this.#entries = new Entries(this.#world, this.#held, made);
    this.#held.onBatch = (batch) => made.usage.count(this.#held, batch);
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
    const { epoch } = sessions;
    if (this.#verifier?.epoch !== epoch)
      this.#verifier = { epoch, bytes: verifierOf(this.#world.crypto, volume.id, epoch) };
    return this.#verifier.bytes;
  }

  /** Of sessions of this volume, since it was read: how many were lost. */
  get lostSessions(): number {
    return this.#made?.sessions.lostCount ?? 0;
  }

  /** Whether any was lost, or may have been, in all its time. */
  get hasLost(): boolean {
    return (this.#made?.sessions.epoch ?? 0) > 0;
  }

  get openSessions(): readonly Session[] {
    return this.#made?.sessions.all() ?? [];
  }

  /**
   * Carries an entry out. The replies of its calls, none of other commands: undefined for a call that came too late, which nobody answers.
   * @throws when the replica cannot go on as the others do: REPLICA_DAMAGED, REPLICA_FORMAT, STORE_….
   */
  apply(index: number, entry: Uint8Array): EntryReplies {
    this.#checkStore();
    const command = commandOf(entry);
    const entries = this.#entries;
    if (entries === undefined) {
      if (command.kind === volume_command_kind.VOLUME_FORMAT) this.#format(index, command.format);
      return NO_REPLIES;
    }
    this.#damageMet = this.#made?.damageMet;
    this.#held.begin();
    const replies = entries.run(index, command);
    if (command.kind === volume_command_kind.VOLUME_SCRUB) this.onScrub(index);
    return replies;
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

  /** Makes the volume. */
  #format(index: number, format: volume_format): void {
    checkFormat(format.format);
    const { id, root_generation: rootGeneration, seed, chunk_bytes, now } = format;
    const options = { rootMode: format.root_mode, rootUid: format.root_uid, rootGid: format.root_gid };
    const { batch } = makeVolume(this.#world, { id, rootGeneration, seed }, chunk_bytes, now, options);
    const { inline_chunks, reaped_chunks, window } = format;
    const bounds = { format: VOLUME_MACHINE_FORMAT, inline_chunks, reaped_chunks, window };
    const { crc32 } = this.#world;
    const notes = new DoneCalls(crc32, this.#held, window);
    batch.push(seal(crc32, sealedKey(Sealed.bounds), encode_volume_bounds, bounds));
    batch.push(scrubNote(crc32, now));
    batch.push(...notes.add({ index, time: now, identities: [], replies: [], touched: [] }));
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

  /** When the last scrub was asked for, or the volume made, in seconds since 1970; undefined if it is not made, or the note cannot be read. */
  get scrubbedSeconds(): number | undefined {
    return scrubbedSecondsIn(this.#world.crc32, this.#store);
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
