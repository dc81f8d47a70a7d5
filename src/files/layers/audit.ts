/**
 * What must hold of the layers' records in the store, whatever happened: for `coterie fsck`, and for tests.
 *
 * - a version has a value exactly if some history names it and it is no removal;
 * - a version that is not its key's newest is retired to exactly one snapshot, and what is retired is named by its history or was a removal;
 * - a snapshot's account is the sum of what is retired to it.
 */
import type { Store, World } from "../../world/index.ts";
import { layersError } from "./errors.ts";
import {
  endOf,
  HISTORY_HEAD_BYTES,
  numberOf,
  Part,
  RETIRED_HEAD_BYTES,
  startOf,
  versionKey,
} from "./keys.ts";
import { eraOf, isRemoval, LayerRecords } from "./records.ts";
import { Table, TRUNK } from "./table.ts";

export interface AuditCounts {
  readonly snapshots: number;
  readonly branches: number;
  readonly retired: number;
  /** Versions that are not their keys' newest. */
  readonly older: number;
}

/** @throws CoterieError LAYERS_DAMAGED at the first thing that does not hold. */
export function auditLayers(world: Pick<World, "crc32">, store: Store): AuditCounts {
  const records = new LayerRecords(world.crc32);
  const table = new Table(store, records);
  const named = namedVersions(store, records);
  let versions = 0;
  for (const { key } of rangeOf(store, Part.version, true)) {
    if (!named.values.has(nameOf(key))) throw damaged("a version that no history names", key);
    versions++;
  }
  if (versions !== named.values.size)
    throw damaged(`${named.values.size - versions} versions are missing`, undefined);
  const retired = retiredVersions(store, records, table, named.older);
  for (const name of named.older) {
    if (!retired.has(name)) throw damaged("an older version is retired to no snapshot", keyOf(name));
  }
  return {
    snapshots: table.snapshots.size,
    branches: table.branches.size,
    retired: retired.size,
    older: named.older.size,
  };
}

interface Named {
  /** Places of values that must be there. */
  readonly values: ReadonlySet<string>;
  /** Places of versions that are not the newest, removals too. */
  readonly older: ReadonlySet<string>;
}

function namedVersions(store: Store, records: LayerRecords): Named {
  const values = new Set<string>();
  const older = new Set<string>();
  for (const { key: at, value } of rangeOf(store, Part.history)) {
    const branch = numberOf(at);
    const key = at.subarray(HISTORY_HEAD_BYTES);
    const versions = records.history(at, value);
    if (versions.length === 0) throw damaged("an empty history", at);
    for (const [i, version] of versions.entries()) {
      const era = eraOf(version);
      const after = versions[i + 1];
      if (after !== undefined && eraOf(after) >= era) throw damaged("a history out of order", at);
      if (era === 0 && branch !== TRUNK) throw damaged("a clone's version of before all clones", at);
      const place = nameOf(versionKey(branch, era, key));
      if (i > 0) older.add(place);
      if (era > 0 && !isRemoval(version)) values.add(place);
    }
    const last = versions.at(-1) as number;
    if (branch === TRUNK && isRemoval(last)) throw damaged("a removal that hides nothing", at);
  }
  return { values, older };
}

/** Places of the retired versions that histories name. */
function retiredVersions(
  store: Store,
  records: LayerRecords,
  table: Table,
  older: ReadonlySet<string>,
): ReadonlySet<string> {
  const retired = new Set<string>();
  const accounts = new Map<number, { bytes: number; values: number }>();
  for (const { key: at, value } of rangeOf(store, Part.retired)) {
    const number = numberOf(at);
    const snapshot = table.snapshots.get(number);
    if (snapshot === undefined) throw damaged("a version is retired to no snapshot that there is", at);
    const { version, bytes } = records.retired(at, value);
    const place = nameOf(versionKey(snapshot.branch, eraOf(version), at.subarray(RETIRED_HEAD_BYTES)));
    if (retired.has(place)) throw damaged("a version is retired twice", at);
    if (older.has(place)) retired.add(place);
    else if (!isRemoval(version)) throw damaged("a retired version is in no history", at);
    const account = accounts.get(number) ?? { bytes: 0, values: 0 };
    accounts.set(number, { bytes: account.bytes + bytes, values: account.values + 1 });
  }
  for (const [number, { state, retiredBytes, retiredValues }] of table.snapshots) {
    const { bytes, values } = accounts.get(number) ?? { bytes: 0, values: 0 };
    if (state === "live" && (bytes !== retiredBytes || values !== retiredValues))
      throw damaged(`snapshot ${number} has ${values} retired values, and not ${retiredValues}`, undefined);
  }
  return retired;
}

function rangeOf(
  store: Store,
  part: typeof Part.history | typeof Part.version | typeof Part.retired,
  keysOnly = false,
) {
  return store.range({ from: startOf(part), to: endOf(part), keysOnly });
}

function damaged(what: string, key: Uint8Array | undefined): Error {
  return layersError("LAYERS_DAMAGED", what, key === undefined ? {} : { key: [...key].join() });
}

function nameOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

function keyOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}
