/**
 * What must hold of the layers' records in the store, whatever happened: for `coterie fsck`, and for tests. Each record is compared
 * with those that belong to it, one after the other, so that it takes no memory to speak of.
 *
 * - a version has a value exactly if its key's history names it and it is no removal;
 * - a version that is not its key's newest is retired to exactly one snapshot, the newest that sees it or one that was before that;
 * - what is retired is in its key's history, or was a removal that hid nothing any more;
 * - a live snapshot's account is the sum of what is retired to it.
 */
import type { CoterieError, Store, World } from "../../world/index.ts";
import { layersError } from "./errors.ts";
import {
  endOf,
  eraIn,
  HISTORY_HEAD_BYTES,
  historyKey,
  numberOf,
  Part,
  RETIRED_HEAD_BYTES,
  retiredKey,
  startOf,
  VERSION_HEAD_BYTES,
  versionKey,
} from "./keys.ts";
import { eraOf, isRemoval, LayerRecords, type SnapshotRecord, type Version } from "./records.ts";
import { Table, TRUNK } from "./table.ts";

export interface AuditCounts {
  readonly snapshots: number;
  readonly branches: number;
  readonly retired: number;
  /** Versions that are not their keys' newest. */
  readonly older: number;
}

/** @throws CoterieError LAYERS_DAMAGED at the first thing that does not hold; STORE_CORRUPT at a record that is damaged. */
export function auditLayers(world: Pick<World, "crc32">, store: Store): AuditCounts {
  const records = new LayerRecords(world.crc32);
  const audit = new Audit(store, records, new Table(store, records));
  return audit.run();
}

class Audit {
  readonly #store: Store;
  readonly #records: LayerRecords;
  readonly #table: Table;
  #older = 0;
  #retired = 0;

  constructor(store: Store, records: LayerRecords, table: Table) {
    this.#store = store;
    this.#records = records;
    this.#table = table;
  }

  run(): AuditCounts {
    const { snapshots, branches } = this.#table;
    for (const { key, value } of this.#range(Part.history)) this.#checkHistory(key, value);
    for (const { key } of this.#range(Part.version, true)) this.#checkVersion(key);
    for (const [number, snapshot] of snapshots) this.#checkRetired(number, snapshot);
    for (const { key } of this.#range(Part.retired, true)) {
      if (!snapshots.has(numberOf(key)))
        throw damaged("a version is retired to no snapshot that there is", key);
    }
    return { snapshots: snapshots.size, branches: branches.size, retired: this.#retired, older: this.#older };
  }

  #range(part: (typeof Part)["history" | "version" | "retired"], keysOnly = false) {
    return this.#store.range({ from: startOf(part), to: endOf(part), keysOnly });
  }

  #checkHistory(at: Uint8Array, value: Uint8Array): void {
    const branch = numberOf(at);
    const key = at.subarray(HISTORY_HEAD_BYTES);
    const versions = this.#records.history(at, value);
    if (versions.length === 0) throw damaged("an empty history", at);
    for (const [i, version] of versions.entries()) {
      const era = eraOf(version);
      const newer = versions[i - 1];
      if (newer !== undefined) this.#checkOlder(branch, key, version, eraOf(newer));
      if (era === 0 && branch !== TRUNK) throw damaged("a clone has a version of before all clones", at);
      if (era > 0 && (this.#store.size(versionKey(branch, era, key)) === undefined) !== isRemoval(version))
        throw damaged("a version is missing, or was removed and is there", at);
    }
    if (branch === TRUNK && isRemoval(versions.at(-1) as Version))
      throw damaged("a removal hides nothing", at);
  }

  /** A version that was superseded in the era `until`: some snapshot from its own era on, and before that one, has it. */
  #checkOlder(branch: number, key: Uint8Array, version: Version, until: number): void {
    if (eraOf(version) >= until) throw damaged("a history is out of order", key);
    this.#older++;
    let found = 0;
    for (const [number, snapshot] of this.#table.snapshots) {
      if (snapshot.branch !== branch || number < eraOf(version) || number >= until) continue;
      const at = retiredKey(number, key);
      const value = this.#store.get(at);
      if (value !== undefined && this.#records.retired(at, value).version === version) found++;
    }
    if (found !== 1 && this.#table.branches.get(branch)?.state !== "dropped")
      throw damaged(`an older version is retired to ${found} snapshots, and not to one`, key);
  }

  #checkVersion(place: Uint8Array): void {
    const branch = numberOf(place);
    const era = eraIn(place);
    const versions = this.#historyOf(branch, place.subarray(VERSION_HEAD_BYTES));
    if (!versions.some((version) => eraOf(version) === era && !isRemoval(version)))
      throw damaged("a version is in no history", place);
  }

  #checkRetired(number: number, { branch, state, retiredBytes, retiredValues }: SnapshotRecord): void {
    let sum = 0;
    let count = 0;
    const isGoing = this.#table.branches.get(branch)?.state === "dropped";
    for (const { key: at, value } of this.#store.range({
      from: startOf(Part.retired, number),
      to: endOf(Part.retired, number),
    })) {
      const { version, bytes } = this.#records.retired(at, value);
      sum += bytes;
      count++;
      const isNamed = this.#historyOf(branch, at.subarray(RETIRED_HEAD_BYTES)).includes(version);
      if (isNamed) this.#retired++;
      else if (!isRemoval(version) && !isGoing) throw damaged("a retired version is in no history", at);
    }
    if (state === "live" && (sum !== retiredBytes || count !== retiredValues))
      throw damaged(
        `snapshot ${number} keeps ${count} values of ${sum} bytes, and not ${retiredValues} of ${retiredBytes}`,
        undefined,
      );
  }

  #historyOf(branch: number, key: Uint8Array): Version[] {
    const at = historyKey(branch, key);
    const value = this.#store.get(at);
    return value === undefined ? [] : this.#records.history(at, value);
  }
}

function damaged(what: string, key: Uint8Array | undefined): CoterieError {
  return layersError("LAYERS_DAMAGED", what, key === undefined ? {} : { key: [...key].join() });
}
