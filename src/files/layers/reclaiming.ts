/**
 * Taking back the space of what was dropped, a bounded batch at a time. What can be read does not change by it, so replicas of a log do it
 * each in its own time.
 *
 * A value that was retired to a dropped snapshot was not seen by any newer one. If an older live one sees it, it is retired to that
 * one now; if not, nobody does. (The deadlists of ZFS: Bonwick, Ahrens et al. 2003.)
 */
import type { Change, Store } from "../../world/index.ts";
import {
  branchKey,
  endOf,
  HISTORY_HEAD_BYTES,
  historyKey,
  Part,
  RETIRED_HEAD_BYTES,
  retiredKey,
  snapshotKey,
  startOf,
} from "./keys.ts";
import type { Reading } from "./reading.ts";
import {
  eraOf,
  isRemoval,
  type LayerRecords,
  type Retired,
  type SnapshotRecord,
  type Version,
} from "./records.ts";
import type { Table } from "./table.ts";

/** Keys that one batch treats. */
export const RECLAIMED_KEYS = 128;

export class Reclaimer {
  readonly #store: Store;
  readonly #records: LayerRecords;
  readonly #table: Table;
  readonly #readingOf: (branch: number) => Reading;

  constructor(store: Store, records: LayerRecords, table: Table, readingOf: (branch: number) => Reading) {
    this.#store = store;
    this.#records = records;
    this.#table = table;
    this.#readingOf = readingOf;
  }

  /** Applies one batch; false when there is nothing to take back. */
  step(): boolean {
    // Branches first: what they were made of may have been dropped after them.
    for (const [number, { state }] of this.#table.branches) {
      if (state === "dropped") {
        this.#stepBranch(number);
        return true;
      }
    }
    for (const [number, record] of this.#table.snapshots) {
      if (record.state === "dropped") {
        this.#stepSnapshot(number, record);
        return true;
      }
    }
    return false;
  }

  #stepSnapshot(number: number, record: SnapshotRecord): void {
    const older = this.#table.olderThan(record.branch, number);
    const reading = this.#readingOf(record.branch);
    const batch: Change[] = [];
    let moved = 0;
    let movedBytes = 0;
    let treated = 0;
    const range = {
      from: startOf(Part.retired, number),
      to: endOf(Part.retired, number),
      limit: RECLAIMED_KEYS,
    };
    for (const { key: at, value } of this.#store.range(range)) {
      treated++;
      const key = at.subarray(RETIRED_HEAD_BYTES);
      const retired = this.#records.retired(at, value);
      batch.push({ key: at, value: undefined });
      if (eraOf(retired.version) > older) this.#forget(batch, reading, key, retired.version);
      else {
        this.#retire(batch, older, key, retired);
        moved++;
        movedBytes += retired.bytes;
      }
    }
    const updates: [number, SnapshotRecord | undefined][] = [];
    if (moved > 0) {
      const heir = this.#table.snapshots.get(older) as SnapshotRecord;
      updates.push([
        older,
        { ...heir, retiredBytes: heir.retiredBytes + movedBytes, retiredValues: heir.retiredValues + moved },
      ]);
    }
    if (treated < RECLAIMED_KEYS) updates.push([number, undefined]);
    for (const [each, update] of updates) {
      batch.push(
        update === undefined
          ? { key: snapshotKey(each), value: undefined }
          : this.#table.encodeSnapshot(each, update),
      );
    }
    this.#store.apply(batch);
    for (const [each, update] of updates) {
      if (update === undefined) this.#table.snapshots.delete(each);
      else this.#table.snapshots.set(each, update);
    }
    this.#table.index();
  }

  #retire(batch: Change[], snapshot: number, key: Uint8Array, retired: Retired): void {
    const at = retiredKey(snapshot, key);
    batch.push({ key: at, value: this.#records.encodeRetired(at, retired) });
  }

  /** Takes a version away, and removals that hide nothing any more. */
  #forget(batch: Change[], reading: Reading, key: Uint8Array, gone: Version): void {
    if (!isRemoval(gone)) batch.push({ key: reading.place(eraOf(gone), key), value: undefined });
    const before = reading.history(key) ?? [];
    const versions = before.filter((version) => version !== gone);
    if (versions.length === before.length) return;
    while (isIdle(versions.at(-1)) && !this.#isBeneath(reading, key)) versions.pop();
    const at = historyKey(reading.branch, key);
    batch.push({
      key: at,
      value: versions.length === 0 ? undefined : this.#records.encodeHistory(at, versions),
    });
  }

  #isBeneath({ base }: Reading, key: Uint8Array): boolean {
    const at = base?.locate(key);
    return at !== undefined && this.#store.size(at) !== undefined;
  }

  /** All of a clone goes: what its histories name, what is its own, and its snapshots, which were dropped before. */
  #stepBranch(number: number): void {
    const reading = this.#readingOf(number);
    const snapshots = [...this.#table.snapshots].filter(([, { branch }]) => branch === number);
    const batch: Change[] = [];
    let left = RECLAIMED_KEYS;
    const take = (part: typeof Part.history | typeof Part.own | typeof Part.retired, of: number): void => {
      if (left === 0) return;
      for (const { key: at, value } of this.#store.range({
        from: startOf(part, of),
        to: endOf(part, of),
        limit: left,
      })) {
        left--;
        batch.push({ key: at, value: undefined });
        if (part === Part.history) this.#takeVersions(batch, reading, at, value);
      }
    };
    take(Part.history, number);
    take(Part.own, number);
    for (const [snapshot] of snapshots) take(Part.retired, snapshot);
    if (left > 0) {
      for (const [snapshot] of snapshots) batch.push({ key: snapshotKey(snapshot), value: undefined });
      batch.push({ key: branchKey(number), value: undefined });
    }
    this.#store.apply(batch);
    if (left === 0) return;
    for (const [snapshot] of snapshots) this.#table.snapshots.delete(snapshot);
    this.#table.branches.delete(number);
    this.#table.index();
  }

  #takeVersions(batch: Change[], reading: Reading, at: Uint8Array, history: Uint8Array): void {
    const key = at.subarray(HISTORY_HEAD_BYTES);
    for (const version of this.#records.history(at, history)) {
      if (!isRemoval(version)) batch.push({ key: reading.place(eraOf(version), key), value: undefined });
    }
  }
}

function isIdle(version: Version | undefined): boolean {
  return version !== undefined && isRemoval(version);
}
