/**
 * A map that keeps itself in a store, entry by entry: a state machine that the log never gathers. What an entry does goes into one batch
 * with its index. A state that is taken over goes beside the own one, under the next generation, and one record says which of them counts.
 */
import { crc32 } from "node:zlib";
import type { DurableStateMachine, StateSink, StateSource } from "../../src/paxos/index.ts";
import { type Change, CoterieError, type Store } from "../../src/world/index.ts";

/** What is known of the state as a whole: written with every entry. */
interface Head {
  readonly generation: number;
  /** Of the last entry. */
  readonly position: number;
}

const HEAD = "machine/head";
const VALUES = "machine/values/";
const READ_TRIES = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What an entry does to the map; undefined removes the key. */
export type Carry = (index: number, entry: string) => ReadonlyMap<string, string | undefined>;

export class DurableMap implements DurableStateMachine<number> {
  values = new Map<string, string>();
  /** Entries that were given to this machine since it was opened. */
  applied: number[] = [];
  /** Called when another state took the place of the own one. */
  onSwitch: (position: number) => void = () => {};
  /** How the present or last transfer to here goes. */
  sinkState: "none" | "open" | "finishing" | "finished" | "abandoned" = "none";
  openSources = 0;
  readonly #store: Store;
  readonly #carry: Carry;
  #head: Head = { generation: 0, position: 0 };
  readonly #failures: number;

  constructor(store: Store, carry: Carry) {
    this.#store = store;
    this.#carry = carry;
    this.#failures = store.failures;
    const head = read(store, encoder.encode(HEAD));
    if (head !== undefined) this.#head = JSON.parse(head) as Head;
    this.#load();
  }

  /** Reads the state, and removes what is none of it. */
  #load(): void {
    const own = valueKey(this.#head.generation, "");
    const stale: Change[] = [];
    const range = { from: encoder.encode(VALUES), to: encoder.encode(`${VALUES}~`), keysOnly: true };
    for (const { key } of [...this.#store.range(range)]) {
      const name = decoder.decode(key);
      if (name.startsWith(own)) this.values.set(name.slice(own.length), read(this.#store, key) as string);
      else stale.push({ key, value: undefined });
    }
    if (stale.length > 0) this.#store.apply(stale);
  }

  durablePosition(): number {
    return this.#head.position;
  }

  apply(index: number, entry: Uint8Array): number {
    if (index <= this.#head.position) throw new RangeError(`${index} was applied already`);
    this.#check();
    this.applied.push(index);
    const { generation } = this.#head;
    const changes: Change[] = [];
    for (const [key, value] of this.#carry(index, decoder.decode(entry))) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
      changes.push(change(valueKey(generation, key), value));
    }
    this.#head = { generation, position: index };
    this.#store.apply([...changes, headChange(this.#head)]);
    return this.applied.length;
  }

  /** A store of its own that refused a write has undone what this machine did. */
  #check(): void {
    if (this.#store.failures !== this.#failures) throw new CoterieError("STORE_IO", "a write was undone");
  }

  async persist(): Promise<void> {
    await this.#store.sync();
    this.#check();
  }

  /** One entry of the map in a chunk. */
  snapshot(): StateSource {
    const entries = [...this.values][Symbol.iterator]();
    this.openSources++;
    return {
      next: () => {
        const { value, done } = entries.next();
        return done === true ? undefined : encoder.encode(JSON.stringify(value));
      },
      close: () => {
        this.openSources--;
      },
    };
  }

  take(index: number): StateSink {
    if (this.sinkState === "open") throw new Error("a state is being taken already");
    this.sinkState = "open";
    const generation = this.#head.generation + 1;
    const taken = new Map<string, string>();
    return {
      add: (chunk) => {
        const [key, value] = JSON.parse(decoder.decode(chunk)) as [string, string];
        taken.set(key, value);
        this.#store.apply([change(valueKey(generation, key), value)]);
        return this.#store.sync();
      },
      finish: async () => {
        this.sinkState = "finishing";
        const head = { generation, position: index };
        const stale = [...this.values.keys()].map((key) =>
          change(valueKey(this.#head.generation, key), undefined),
        );
        this.#store.apply([headChange(head), ...stale]);
        await this.#store.sync();
        this.#check();
        this.#head = head;
        this.values = taken;
        this.sinkState = "finished";
        this.onSwitch(index);
      },
      abandon: () => {
        this.sinkState = "abandoned";
        this.#store.apply([...taken.keys()].map((key) => change(valueKey(generation, key), undefined)));
      },
    };
  }
}

function valueKey(generation: number, key: string): string {
  return `${VALUES}${generation}/${key}`;
}

function headChange(head: Head): Change {
  return change(HEAD, JSON.stringify(head));
}

/** A value under its checksum. */
function change(key: string, text: string | undefined): Change {
  const value = text === undefined ? undefined : encoder.encode(`${crc32(text)} ${text}`);
  return { key: encoder.encode(key), value };
}

/** A read may be damaged though the disk is not: what does not fit its checksum is read again. */
function read(store: Store, key: Uint8Array): string | undefined {
  for (let i = 0; i < READ_TRIES; i++) {
    const value = store.get(key);
    if (value === undefined) return undefined;
    const [sum = "", ...words] = decoder.decode(value).split(" ");
    const text = words.join(" ");
    if (String(crc32(text)) === sum) return text;
  }
  throw new CoterieError("STORE_CORRUPT", `${decoder.decode(key)} is damaged`);
}
