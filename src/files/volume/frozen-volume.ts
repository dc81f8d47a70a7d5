/**
 * A snapshot as a volume: what reads answers as any other does, what would change something is ROFS. When the snapshot is dropped all
 * its handles are stale.
 */

import {
  type Attributes,
  type Context,
  type DirectoryEntry,
  Fault,
  type Handle,
  type Outcome,
  type ReadPieces,
  type ReadResult,
  type Statistics,
  type Volume,
} from "./types.ts";
import type { StoredVolume } from "./volume.ts";

const ROFS = new Fault("ROFS");
const STALE = new Fault("STALE");

export class FrozenVolume implements Volume {
  readonly #volume: StoredVolume;
  #isDropped = false;

  constructor(volume: StoredVolume) {
    this.#volume = volume;
  }

  /** The snapshot is no more. */
  drop(): void {
    this.#isDropped = true;
  }

  get id(): Uint8Array {
    return this.#volume.id;
  }

  get root(): Handle {
    return this.#volume.root;
  }

  get verifier(): Uint8Array {
    return this.#volume.verifier;
  }

  attributes(handle: Handle): Outcome<Attributes> {
    return this.#isDropped ? STALE : this.#volume.attributes(handle);
  }

  lookup(context: Context, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    return this.#isDropped ? STALE : this.#volume.lookup(context, directory, name);
  }

  access(context: Context, handle: Handle, wanted: number): Outcome<number> {
    return this.#isDropped ? STALE : this.#volume.access(context, handle, wanted);
  }

  readlink(context: Context, handle: Handle): Outcome<Uint8Array> {
    return this.#isDropped ? STALE : this.#volume.readlink(context, handle);
  }

  read(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadResult> {
    return this.#isDropped ? STALE : this.#volume.read(context, handle, offset, length);
  }

  readPieces(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadPieces> {
    return this.#isDropped ? STALE : this.#volume.readPieces(context, handle, offset, length);
  }

  entries(context: Context, directory: Handle, cookie: number): Outcome<Iterable<DirectoryEntry>> {
    return this.#isDropped ? STALE : this.#volume.entries(context, directory, cookie);
  }

  parent(handle: Handle): Outcome<Handle> {
    return this.#isDropped ? STALE : this.#volume.parent(handle);
  }

  statistics(): Statistics {
    return this.#volume.statistics();
  }

  settle<T>(value: T): T | Promise<T> {
    return this.#volume.settle(value);
  }

  setAttributes(): Fault {
    return ROFS;
  }

  write(): Fault {
    return ROFS;
  }

  /** There is nothing that is not stable. */
  commit(_context: Context, handle: Handle): Outcome<Attributes> {
    return this.#isDropped ? STALE : this.#volume.attributes(handle);
  }

  create(): Fault {
    return ROFS;
  }

  remove(): Fault {
    return ROFS;
  }

  rmdir(): Fault {
    return ROFS;
  }

  rename(): Fault {
    return ROFS;
  }

  link(): Fault {
    return ROFS;
  }

  attached(): undefined {
    return undefined;
  }

  attachedAll(): Iterable<never> {
    return [];
  }

  close(): Promise<void> {
    return this.#volume.close();
  }
}
