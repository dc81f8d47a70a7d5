/** Which snapshots and branches there are, in memory as in the store. The trunk is branch 0 and has no record. */
import type { Entry, Range } from "../../world/index.ts";
import { layersError } from "./errors.ts";
import { branchKey, endOf, LAYERS_PREFIX, numberOf, Part, snapshotKey, startOf, TABLE_KEY } from "./keys.ts";
import type { BranchRecord, LayerRecords, SnapshotRecord } from "./records.ts";

export const TRUNK = 0;
/** Snapshots and clones that there may be, those included whose space is not taken back yet. */
export const MAX_SNAPSHOTS = 256;
export const MAX_CLONES = 64;

/** What is read: a store, or a view of one. */
export interface Source {
  get(key: Uint8Array): Uint8Array | undefined;
  range(range: Range): Iterable<Entry>;
}

export class Table {
  readonly #records: LayerRecords;
  readonly #source: Source;
  /** The number of the next snapshot or clone, and of the era in which values are written until then; 0 before the first. */
  era = 0;
  /** By number, the oldest first. */
  snapshots = new Map<number, SnapshotRecord>();
  branches = new Map<number, BranchRecord>();
  /** The newest live snapshot of each branch that has one. */
  readonly #newest = new Map<number, number>();

  constructor(source: Source, records: LayerRecords) {
    this.#source = source;
    this.#records = records;
    this.load();
  }

  /** Takes up what the store has. @throws CoterieError LAYERS_DAMAGED. */
  load(): void {
    const value = this.#source.get(TABLE_KEY);
    this.era = value === undefined ? 0 : this.#records.table(TABLE_KEY, value);
    this.snapshots.clear();
    this.branches.clear();
    if (value === undefined) this.#requireNothing();
    else this.#loadRecords();
    this.index();
  }

  /** Whatever the layers have came with the table. */
  #requireNothing(): void {
    const range = {
      from: Uint8Array.of(LAYERS_PREFIX),
      to: Uint8Array.of(LAYERS_PREFIX + 1),
      limit: 1,
      keysOnly: true,
    };
    for (const _ of this.#source.range(range))
      throw layersError("LAYERS_DAMAGED", "the table of snapshots and clones is missing");
  }

  #loadRecords(): void {
    for (const { key, value } of this.#source.range({
      from: startOf(Part.snapshot),
      to: endOf(Part.snapshot),
    })) {
      this.snapshots.set(numberOf(key), this.#records.snapshot(key, value));
    }
    for (const { key, value } of this.#source.range({ from: startOf(Part.branch), to: endOf(Part.branch) })) {
      this.branches.set(numberOf(key), this.#records.branch(key, value));
    }
  }

  /** To be called when the snapshots or branches have changed. */
  index(): void {
    this.#newest.clear();
    for (const [number, { branch, state }] of this.snapshots) {
      if (state === "live") this.#newest.set(branch, number);
    }
  }

  /** No record of the layers can be there but the table. */
  get isPlain(): boolean {
    return this.era === 0;
  }

  /** The newest live snapshot of a branch; -1 when there is none: no value of the branch is seen by any. */
  newestOf(branch: number): number {
    return this.#newest.get(branch) ?? -1;
  }

  /** The newest live snapshot of a branch that is older than `snapshot`, or -1. */
  olderThan(branch: number, snapshot: number): number {
    let found = -1;
    for (const [number, record] of this.snapshots) {
      if (number < snapshot && record.branch === branch && record.state === "live") found = number;
    }
    return found;
  }

  /** @throws CoterieError LAYERS_MISSING. */
  snapshotNamed(name: string): [number, SnapshotRecord] {
    return found("snapshot", name, this.snapshots);
  }

  /** @throws CoterieError LAYERS_MISSING. */
  cloneNamed(name: string): [number, BranchRecord] {
    return found("clone", name, this.branches);
  }

  /** @throws CoterieError LAYERS_EXISTS. */
  requireNew(name: string): void {
    for (const records of [this.snapshots, this.branches]) {
      for (const record of records.values()) {
        if (record.name === name && record.state === "live")
          throw layersError("LAYERS_EXISTS", `there is a snapshot or clone named ${name}`, { name });
      }
    }
  }

  encodeEra(era: number): { key: Uint8Array; value: Uint8Array } {
    return { key: TABLE_KEY, value: this.#records.encodeTable(TABLE_KEY, era) };
  }

  encodeSnapshot(number: number, record: SnapshotRecord): { key: Uint8Array; value: Uint8Array } {
    const key = snapshotKey(number);
    return { key, value: this.#records.encodeSnapshot(key, record) };
  }

  encodeBranch(number: number, record: BranchRecord): { key: Uint8Array; value: Uint8Array } {
    const key = branchKey(number);
    return { key, value: this.#records.encodeBranch(key, record) };
  }
}

function found<Record extends { readonly name: string; readonly state: string }>(
  what: string,
  name: string,
  records: ReadonlyMap<number, Record>,
): [number, Record] {
  for (const [number, record] of records) {
    if (record.name === name && record.state === "live") return [number, record];
  }
  throw layersError("LAYERS_MISSING", `there is no ${what} named ${name}`, { name });
}
