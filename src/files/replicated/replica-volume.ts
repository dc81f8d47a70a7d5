/**
 * The volume as procedures see it that run for a log. What they do is durable by the log, so a reply never waits for the disk and
 * every write is a stable one; the verifier is the log's. While somebody only looks, nothing may change: then what would is refused
 * as if the disk were full, which is also how a call is answered for which too few replicas have room.
 */
import type { Store, WallTime, World } from "../../world/index.ts";
import type { Superblock } from "../volume/format.ts";
import type { VolumeLimits } from "../volume/limits.ts";
import type { Attributes, Changes, Context, Handle, NewObject, Outcome, Stability } from "../volume/types.ts";
import { Fault } from "../volume/types.ts";
import { StoredVolume } from "../volume/volume.ts";

const REFUSED = new Fault("NOSPC");

export class ReplicaVolume extends StoredVolume {
  isLooking = true;
  readonly #verifier: () => Uint8Array;

  constructor(
    world: World,
    store: Store,
    superblock: Superblock,
    limits: VolumeLimits,
    verifier: () => Uint8Array,
  ) {
    super(world, store, superblock, limits, "log");
    this.#verifier = verifier;
  }

  override get verifier(): Uint8Array {
    return this.#verifier();
  }

  override settle<T>(value: T): T {
    return value;
  }

  override setAttributes(
    context: Context,
    handle: Handle,
    changes: Changes,
    guard?: WallTime,
  ): Outcome<Attributes> {
    return this.isLooking ? REFUSED : super.setAttributes(context, handle, changes, guard);
  }

  override write(
    context: Context,
    handle: Handle,
    offset: number,
    data: Uint8Array,
    _stability: Stability,
  ): Outcome<Attributes> {
    return this.isLooking ? REFUSED : super.write(context, handle, offset, data, "file-sync");
  }

  override create(
    context: Context,
    directory: Handle,
    name: Uint8Array,
    object: NewObject,
  ): Outcome<Attributes> {
    return this.isLooking ? REFUSED : super.create(context, directory, name, object);
  }

  override remove(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    return this.isLooking ? REFUSED : super.remove(context, directory, name);
  }

  override rmdir(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    return this.isLooking ? REFUSED : super.rmdir(context, directory, name);
  }

  override rename(
    context: Context,
    fromDirectory: Handle,
    fromName: Uint8Array,
    toDirectory: Handle,
    toName: Uint8Array,
  ): Outcome<void> {
    return this.isLooking ? REFUSED : super.rename(context, fromDirectory, fromName, toDirectory, toName);
  }

  override link(context: Context, handle: Handle, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    return this.isLooking ? REFUSED : super.link(context, handle, directory, name);
  }
}
