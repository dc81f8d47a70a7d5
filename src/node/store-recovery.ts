/**
 * What a crash left in the log beyond the database's mark, as one layer over the database. As in a file of the log patches stay
 * patches until somebody wants the value, so that opening a store reads none of the values that lie beneath.
 */
import { type Change, CoterieError, type Range, SortedMap } from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";
import { type Demand, NO_DEMAND, plus } from "./store-demand.ts";
import {
  isPatch,
  joinPatches,
  type LoggedChange,
  type LogRecord,
  type Patch,
  patched,
} from "./store-log-format.ts";
import { ENTRY_BYTES, keyString, type Layer, PAGE_BYTES, walkLayer } from "./store-overlay.ts";
import type { Scratch } from "./store-scratch.ts";
import { writtenBytes } from "./store-slices.ts";
import { bodyBytes } from "./store-value.ts";

type Beneath = Pick<StoreDatabase, "path" | "has" | "borrow">;

/** The last whole change of a key, if there is one, and the patches since. */
interface Recovered {
  readonly key: Uint8Array;
  readonly base: Change | undefined;
  readonly patches: Patch[];
}

export class Recovery implements Layer {
  /** What it needs in the database. */
  demand: Demand = NO_DEMAND;
  readonly #database: Beneath;
  readonly #found = new SortedMap<Recovered>();

  /** @throws CoterieError STORE_CORRUPT when a patch lies over nothing. */
  constructor(database: Beneath, records: readonly LogRecord[]) {
    this.#database = database;
    for (const { changes } of records) for (const change of changes) this.#add(change);
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** How many keys it changes. */
  get size(): number {
    return this.#found.size;
  }

  find(name: string): Change | undefined {
    const found = this.#found.get(name);
    return found && this.#changeOf(found);
  }

  lengthOf(name: string): number | undefined {
    const found = this.#found.get(name);
    if (found === undefined) return undefined;
    return found.patches.at(-1)?.valueBytes ?? found.base?.value?.length ?? -1;
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.#found, range, (found) => this.#changeOf(found));
  }

  /** Nobody changes a store that is only read. */
  freeze(): Layer {
    return this;
  }

  /** What the changes of each key come to: one patch where they are nothing else, unless they change the value's length. */
  *values(scratch: Scratch): Generator<LoggedChange> {
    const take = (bytes: number): Uint8Array => scratch.take(bytes);
    for (const [, found] of this.#found.entries()) {
      const patch = found.base === undefined ? joinPatches(found.patches, take) : undefined;
      yield patch ?? this.#changeOf(found, take);
    }
  }

  #add(change: LoggedChange): void {
    const { key } = change;
    const name = keyString(key);
    const found = this.#found.get(name);
    this.demand = plus(this.demand, demandOf(change, found !== undefined));
    if (!isPatch(change)) this.#found.set(name, { key, base: change, patches: [] });
    else if (found === undefined) {
      if (!this.#database.has(key)) throw missing(this.#database.path);
      this.#found.set(name, { key, base: undefined, patches: [change] });
    } else {
      if (found.base !== undefined && found.base.value === undefined) throw missing(this.#database.path);
      found.patches.push(change);
    }
  }

  #changeOf({ key, base, patches }: Recovered, take?: (bytes: number) => Uint8Array): Change {
    if (base !== undefined && patches.length === 0) return base;
    const before = base === undefined ? this.#database.borrow(key) : base.value;
    if (before === undefined) throw missing(this.#database.path);
    return { key, value: patched(before, patches, take) };
  }
}

/** What a change needs; a patch of a key that is counted already needs its own bytes alone, unless it may make the value longer. */
function demandOf(change: LoggedChange, isCounted: boolean): Demand {
  const valueBytes = isPatch(change) ? change.valueBytes : change.value?.length;
  const wholeBytes = change.key.length + (valueBytes ?? 0) + ENTRY_BYTES;
  const grownBytes = isPatch(change) ? change.key.length + writtenBytes(change) + ENTRY_BYTES : wholeBytes;
  const isWhole = !isCounted || !isPatch(change) || writtenBytes(change) === valueBytes;
  const bytes = isWhole ? wholeBytes : grownBytes;
  const contentBytes = isWhole && valueBytes !== undefined ? bodyBytes(valueBytes) : 0;
  const slackBytes = Math.min(bytes - contentBytes, PAGE_BYTES);
  const removals = valueBytes === undefined ? 1 : 0;
  return { bytes, contentBytes, grownBytes, slackBytes, added: isWhole ? 1 : 0, removals };
}

function missing(path: string): CoterieError {
  return new CoterieError("STORE_CORRUPT", `the log of the store ${path} changes a value that is missing`, {
    details: { path },
  });
}
