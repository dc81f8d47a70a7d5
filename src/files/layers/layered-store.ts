/**
 * A store with snapshots and clones: the trunk is the store as it was before there were any; a snapshot is a branch as it was;
 * a clone is a branch that begins as a snapshot. All three are stores. Taking, cloning and dropping are one small batch each,
 * whatever the store holds, and depend on nothing but the store and their arguments, so that a replicated log can carry them.
 */
import type { Store, World } from "../../world/index.ts";
import { BranchStore, type Shared, SnapshotStore } from "./branch-store.ts";
import { layersError } from "./errors.ts";
import { Reading } from "./reading.ts";
import { Reclaimer } from "./reclaiming.ts";
import { LayerRecords, MAX_ERA, MAX_LABEL_BYTES } from "./records.ts";
import { MAX_CLONES, MAX_SNAPSHOTS, type Source, Table, TRUNK } from "./table.ts";
import { BatchWriter } from "./writing.ts";

/** A snapshot of a store. */
export interface SnapshotStatus {
  readonly name: string;
  /** No other snapshot or clone of the store ever has it: from 1 to 2^31 - 2, rising. */
  readonly number: number;
  /** The clone that it was taken of; undefined for the trunk. */
  readonly of: string | undefined;
  readonly label: Uint8Array;
  /** Values that were replaced or removed since it was taken and before the next one was, and their bytes: about what it takes. */
  readonly retiredValues: number;
  readonly retiredBytes: number;
}

/** A clone of a store. */
export interface CloneStatus {
  readonly name: string;
  /** As a snapshot's. */
  readonly number: number;
  /** The snapshot that it was made of. */
  readonly base: string;
  readonly label: Uint8Array;
}

const NO_LABEL = new Uint8Array(0);
/** A name is 1 to so many characters. */
const MAX_NAME_LENGTH = 255;

/**
 * A store with snapshots and clones, over any `Store`: taken in constant time, without copying values.
 * Errors: LAYERS_…, STORE_… .
 */
export class LayeredStore {
  readonly #store: Store;
  readonly #records: LayerRecords;
  readonly #table: Table;
  readonly #reclaimer: Reclaimer;
  readonly #shared: Shared;
  #failuresSeen: number;

  /** Takes up the layers of a store, which may have none. @throws CoterieError LAYERS_DAMAGED. */
  constructor(world: Pick<World, "crc32">, store: Store) {
    this.#store = store;
    this.#records = new LayerRecords(world.crc32);
    this.#table = new Table(store, this.#records);
    this.#failuresSeen = store.failures;
    this.#reclaimer = new Reclaimer(store, this.#records, this.#table, (branch) =>
      this.#branch(store, branch),
    );
    this.#shared = {
      store,
      refresh: () => this.#refresh(),
      isPlain: () => this.#table.isPlain,
      requireLive: (reading) => this.#requireLive(reading),
      readingOf: (reading, source) => this.#again(reading, source),
    };
  }

  /** The trunk. Closing it closes the whole. */
  trunk(): Store {
    return this.#open(TRUNK, () => this.#store.close());
  }

  /**
   * A clone, to read and write. Closing it makes what it wrote durable, and leaves the others open. `closed` is called then.
   * @throws CoterieError LAYERS_MISSING.
   */
  clone(name: string, closed: () => void = () => {}): Store {
    this.#refresh();
    return this.#open(this.#table.cloneNamed(name)[0], () => {
      closed();
      return this.#store.sync();
    });
  }

  /** A snapshot, to read; `apply` throws TypeError. `closed` is called when it is closed. @throws CoterieError LAYERS_MISSING. */
  snapshot(name: string, closed: () => void = () => {}): Store {
    this.#refresh();
    const [number] = this.#table.snapshotNamed(name);
    return new SnapshotStore(this.#shared, this.#seenBy(this.#store, number), async () => closed());
  }

  /** The oldest first. */
  snapshots(): SnapshotStatus[] {
    this.#refresh();
    const live = [...this.#table.snapshots].filter(([, { state }]) => state === "live");
    return live.map(([number, { name, branch, label, retiredValues, retiredBytes }]) => ({
      name,
      number,
      of: this.#table.branches.get(branch)?.name,
      label,
      retiredValues,
      retiredBytes,
    }));
  }

  /** The oldest first. */
  clones(): CloneStatus[] {
    this.#refresh();
    const live = [...this.#table.branches].filter(([, { state }]) => state === "live");
    return live.map(([number, { name, base, label }]) => ({
      name,
      number,
      base: this.#table.snapshots.get(base)?.name ?? "",
      label,
    }));
  }

  /**
   * Keeps the trunk, or a clone, as it is now under a name. `label`: up to 1,024 bytes of the caller's.
   * @throws CoterieError LAYERS_EXISTS, LAYERS_TOO_MANY, LAYERS_MISSING, and what `Store.apply` throws.
   */
  takeSnapshot(name: string, options: { readonly of?: string; readonly label?: Uint8Array } = {}): void {
    const label = this.#begin(name, options.label);
    const table = this.#table;
    const branch = options.of === undefined ? TRUNK : table.cloneNamed(options.of)[0];
    if (table.snapshots.size >= MAX_SNAPSHOTS)
      throw layersError("LAYERS_TOO_MANY", `there are ${MAX_SNAPSHOTS} snapshots`);
    const number = this.#nextEra();
    const record = { branch, state: "live", retiredBytes: 0, retiredValues: 0, label, name } as const;
    this.#store.apply([table.encodeEra(number + 1), table.encodeSnapshot(number, record)]);
    table.era = number + 1;
    table.snapshots.set(number, record);
    table.index();
  }

  /**
   * Makes a clone of a snapshot, which stays as long as the clone does. Records of the trunk that no snapshot has are not in it.
   * @throws CoterieError as `takeSnapshot`.
   */
  makeClone(name: string, base: string, options: { readonly label?: Uint8Array } = {}): void {
    const label = this.#begin(name, options.label);
    const table = this.#table;
    const [snapshot] = table.snapshotNamed(base);
    if (table.branches.size >= MAX_CLONES)
      throw layersError("LAYERS_TOO_MANY", `there are ${MAX_CLONES} clones`);
    const number = this.#nextEra();
    const record = { base: snapshot, state: "live", label, name } as const;
    this.#store.apply([table.encodeEra(number + 1), table.encodeBranch(number, record)]);
    table.era = number + 1;
    table.branches.set(number, record);
  }

  /** @throws CoterieError LAYERS_MISSING, LAYERS_IN_USE while there is a clone of it. */
  dropSnapshot(name: string): void {
    this.#refresh();
    const table = this.#table;
    const [number, record] = table.snapshotNamed(name);
    for (const clone of table.branches.values()) {
      if (clone.base === number && clone.state === "live")
        throw inUse(`the clone ${clone.name} was made of the snapshot ${name}`, name);
    }
    const dropped = { ...record, state: "dropped" } as const;
    this.#store.apply([table.encodeSnapshot(number, dropped)]);
    table.snapshots.set(number, dropped);
    table.index();
  }

  /** @throws CoterieError LAYERS_MISSING, LAYERS_IN_USE while there is a snapshot of it. */
  dropClone(name: string): void {
    this.#refresh();
    const table = this.#table;
    const [number, record] = table.cloneNamed(name);
    for (const snapshot of table.snapshots.values()) {
      if (snapshot.branch === number && snapshot.state === "live")
        throw inUse(`the snapshot ${snapshot.name} was taken of the clone ${name}`, name);
    }
    const dropped = { ...record, state: "dropped" } as const;
    this.#store.apply([table.encodeBranch(number, dropped)]);
    table.branches.set(number, dropped);
  }

  /** Whether there is space to take back. */
  get isReclaimable(): boolean {
    this.#refresh();
    for (const records of [this.#table.snapshots, this.#table.branches]) {
      for (const { state } of records.values()) if (state === "dropped") return true;
    }
    return false;
  }

  /**
   * Takes back some of the space of what was dropped: one bounded batch. False when there is none to take back. To be called in the
   * background; it changes nothing that can be read.
   */
  reclaim(): boolean {
    this.#refresh();
    return this.#reclaimer.step();
  }

  #begin(name: string, label: Uint8Array = NO_LABEL): Uint8Array {
    if (name.length < 1 || name.length > MAX_NAME_LENGTH)
      throw new RangeError(`a name of ${name.length} characters`);
    if (label.length > MAX_LABEL_BYTES) throw new RangeError(`a label of ${label.length} bytes`);
    this.#refresh();
    this.#table.requireNew(name);
    return label.slice();
  }

  /** Era 0 is before all snapshots. */
  #nextEra(): number {
    const era = Math.max(1, this.#table.era);
    if (era >= MAX_ERA) throw layersError("LAYERS_TOO_MANY", `there were ${MAX_ERA} snapshots and clones`);
    return era;
  }

  #open(branch: number, onClose: () => Promise<void>): BranchStore {
    const reading = this.#branch(this.#store, branch);
    const writer = new BatchWriter(this.#store, this.#records, this.#table, reading);
    return new BranchStore(this.#shared, reading, writer, onClose);
  }

  /** The branch as it is. */
  #branch(source: Source, branch: number): Reading {
    return this.#reading(source, branch, undefined);
  }

  #seenBy(source: Source, snapshot: number): Reading {
    const record = this.#table.snapshots.get(snapshot);
    if (record === undefined) throw layersError("LAYERS_MISSING", `there is no snapshot ${snapshot}`);
    return this.#reading(source, record.branch, snapshot);
  }

  #reading(source: Source, branch: number, snapshot: number | undefined): Reading {
    const base =
      branch === TRUNK ? undefined : this.#seenBy(source, this.#table.branches.get(branch)?.base ?? -1);
    return new Reading(source, this.#records, () => this.#table.isPlain, branch, snapshot, base);
  }

  /** The same as of a view: also whether there was anything but the trunk then. */
  #again(reading: Reading, source: Source): Reading {
    const { isPlain } = this.#table;
    const base = reading.base === undefined ? undefined : this.#again(reading.base, source);
    return new Reading(source, this.#records, () => isPlain, reading.branch, reading.snapshot, base);
  }

  #requireLive({ branch, snapshot }: Reading): void {
    const isLive =
      snapshot === undefined
        ? branch === TRUNK || this.#table.branches.get(branch)?.state === "live"
        : this.#table.snapshots.get(snapshot)?.state === "live";
    if (!isLive) throw layersError("LAYERS_MISSING", "the snapshot or clone was dropped");
  }

  /** What the disk refused is undone, also of the table. */
  #refresh(): void {
    if (this.#store.failures === this.#failuresSeen) return;
    this.#failuresSeen = this.#store.failures;
    this.#table.load();
  }
}

function inUse(message: string, name: string): Error {
  return layersError("LAYERS_IN_USE", message, { name });
}
