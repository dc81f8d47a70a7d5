/**
 * A replica's part of a store: keys of the log's name and a letter, values of x/paxos.x behind a checksum. Many logs share one
 * store, and so its disk writes.
 *
 *     NAME 0 i            who the replica is          NAME 0 e SLOT SLOT BYTES  entries, from the one to the other
 *     NAME 0 h            what it promised            NAME 0 s GENERATION N     a chunk of a snapshot
 *     NAME 0 m            the snapshot's mark         NAME 0 t                  the mark of a state that is being taken over
 */
import {
  readHyper,
  readUint32,
  writeHyper,
  writeUint32,
  type XdrReader,
  type XdrWriter,
} from "../marshal/index.ts";
import { type Change, CoterieError, type Store } from "../world/index.ts";
import type { HardState } from "./acceptor-state.ts";
import {
  decoded,
  encoded,
  fromWireConfiguration,
  numberOf,
  tokenBytes,
  tokenOf,
  toWireConfiguration,
} from "./codec.ts";
import type { Configuration } from "./configuration.ts";
import { type Crc32, isEntry } from "./entry.ts";
import { EntryRuns, READ_TRIES } from "./entry-runs.ts";
import {
  decode_paxos_hard_state,
  decode_paxos_identity,
  decode_paxos_mark,
  encode_paxos_hard_state,
  encode_paxos_identity,
  encode_paxos_mark,
  PAXOS_FORMAT,
  type paxos_mark,
} from "./gen/paxos.gen.ts";
import type { SnapshotMark } from "./message.ts";
import { snapshotFromWire, snapshotToWire } from "./wire-cold.ts";

export interface Identity {
  readonly token: string;
  readonly life: number;
  /** 0: not known yet. */
  readonly id: number;
  readonly founding: Configuration | undefined;
}

export interface Mark extends SnapshotMark {
  readonly generation: number;
  /** The last entry that a state machine was given which keeps its state itself; undefined for one that does not. */
  readonly given: number | undefined;
}

/** Of the checksum before a value. */
export const SEAL_BYTES = 4;

const LETTER = { identity: 0x69, hard: 0x68, mark: 0x6d, taking: 0x74, entry: 0x65, chunk: 0x73 };
const utf8 = new TextEncoder();

export class LogStore {
  readonly name: string;
  readonly entries: EntryRuns;
  readonly #store: Store;
  readonly #crc32: Crc32;
  readonly #prefix: Uint8Array;

  constructor(store: Store, name: string, crc32: Crc32) {
    this.name = name;
    this.#store = store;
    this.#crc32 = crc32;
    this.#prefix = utf8.encode(`${name}\0`);
    this.entries = new EntryRuns({
      get: (key) => store.get(key),
      range: (range) => store.range(range),
      key: (...numbers) => this.#key(LETTER.entry, ...numbers),
      numbersOf: (key) => this.#hypersOf(key),
      keys: { from: this.#key(LETTER.entry), to: this.#key(LETTER.entry + 1) },
      isIntact: (bytes, slot) => isEntry(bytes, slot, crc32),
    });
  }

  #key(letter: number, ...hypers: readonly number[]): Uint8Array {
    const { length } = this.#prefix;
    const key = new Uint8Array(length + 1 + 8 * hypers.length);
    key.set(this.#prefix);
    key[length] = letter;
    for (const [at, hyper] of hypers.entries()) writeHyper(key, length + 1 + 8 * at, hyper);
    return key;
  }

  #hypersOf(key: Uint8Array): number[] {
    const hypers: number[] = [];
    for (let at = this.#prefix.length + 1; at + 8 <= key.length; at += 8) hypers.push(readHyper(key, at));
    return hypers;
  }

  /** A record under its checksum. */
  #record<T>(letter: number, encode: (writer: XdrWriter, value: T) => void, value: T): Change {
    const body = encoded(encode, value);
    return { key: this.#key(letter), value: this.#sealed(body) };
  }

  #sealed(body: Uint8Array): Uint8Array {
    const value = new Uint8Array(SEAL_BYTES + body.length);
    value.set(body, SEAL_BYTES);
    return this.#seal(value);
  }

  #seal(value: Uint8Array): Uint8Array {
    writeUint32(value, 0, this.#crc32(value.subarray(SEAL_BYTES)));
    return value;
  }

  /** The body of what is stored under a key; undefined if nothing is. */
  #opened(key: Uint8Array, what: string): Uint8Array | undefined {
    for (let i = 0; i < READ_TRIES; i++) {
      const value = this.#store.get(key);
      if (value === undefined) return undefined;
      const body = value.subarray(SEAL_BYTES);
      if (value.length >= SEAL_BYTES && readUint32(value, 0) === this.#crc32(body)) return body;
    }
    throw this.#corrupt(what);
  }

  #read<T>(letter: number, decode: (reader: XdrReader) => T, what: string): T | undefined {
    const body = this.#opened(this.#key(letter), what);
    if (body === undefined) return undefined;
    const value = decoded(decode, body);
    if (value === undefined) throw this.#corrupt(what);
    return value;
  }

  #corrupt(what: string): CoterieError {
    const message = `the log ${this.name} cannot read its ${what}: what is stored is damaged`;
    return new CoterieError("LOG_CORRUPT", message, { details: { log: this.name, what } });
  }

  identity(): Identity | undefined {
    const value = this.#read(LETTER.identity, decode_paxos_identity, "identity");
    if (value === undefined) return undefined;
    if (value.format !== PAXOS_FORMAT) {
      throw new CoterieError("LOG_FORMAT", `the log ${this.name} is in format ${value.format}`);
    }
    const { token, life, id, founding } = value;
    const configuration = founding[0] === undefined ? undefined : fromWireConfiguration(founding[0]);
    return { token: tokenOf(token), life: numberOf(life), id, founding: configuration };
  }

  identityChange({ token, life, id, founding }: Identity): Change {
    return this.#record(LETTER.identity, encode_paxos_identity, {
      format: PAXOS_FORMAT,
      token: tokenBytes(token),
      life: BigInt(life),
      id,
      founding: founding === undefined ? [] : [toWireConfiguration(founding)],
    });
  }

  /** What a replica that has written nothing yet begins with is the default. */
  hardState(): HardState {
    const value = this.#read(LETTER.hard, decode_paxos_hard_state, "promises");
    if (value === undefined) return { promised: 0, committed: 0, first: 1 };
    const { promised, committed, first } = value;
    return { promised: numberOf(promised), committed: numberOf(committed), first: numberOf(first) };
  }

  hardStateChange({ promised, committed, first }: HardState): Change {
    const wire = { promised: BigInt(promised), committed: BigInt(committed), first: BigInt(first) };
    return this.#record(LETTER.hard, encode_paxos_hard_state, wire);
  }

  mark(): Mark | undefined {
    return this.#mark(LETTER.mark, "snapshot's mark");
  }

  markChange(mark: Mark): Change {
    return this.#record(LETTER.mark, encode_paxos_mark, markToWire(mark));
  }

  /** The mark of a state that was about to be taken over when an earlier life ended. */
  taking(): Mark | undefined {
    return this.#mark(LETTER.taking, "mark of a state on its way");
  }

  takingChange(mark: Mark | undefined): Change {
    if (mark === undefined) return { key: this.#key(LETTER.taking), value: undefined };
    return this.#record(LETTER.taking, encode_paxos_mark, markToWire(mark));
  }

  #mark(letter: number, what: string): Mark | undefined {
    const value = this.#read(letter, decode_paxos_mark, what);
    if (value === undefined) return undefined;
    const { snapshot, generation, given } = value;
    return {
      ...snapshotFromWire(snapshot),
      generation: numberOf(generation),
      given: given[0] === undefined ? undefined : numberOf(given[0]),
    };
  }

  readonly load = (slot: number): Uint8Array => {
    const entry = this.entries.load(slot);
    if (entry === undefined) throw this.#corrupt(`entry ${slot}`);
    return entry;
  };

  chunkChange(generation: number, number: number, bytes: Uint8Array): Change {
    const value = new Uint8Array(SEAL_BYTES + bytes.length);
    value.set(bytes, SEAL_BYTES);
    return this.newChunkChange(generation, number, value);
  }

  /** Of a chunk that has room for its checksum, `SEAL_BYTES`, before it. */
  newChunkChange(generation: number, number: number, value: Uint8Array): Change {
    return { key: this.#key(LETTER.chunk, generation, number), value: this.#seal(value) };
  }

  chunk(generation: number, number: number): Uint8Array {
    const bytes = this.#opened(this.#key(LETTER.chunk, generation, number), `snapshot, chunk ${number}`);
    if (bytes === undefined) throw this.#corrupt(`snapshot, chunk ${number}`);
    return bytes;
  }

  /** Removes chunks of other generations than these, so many at most. */
  staleChunks(kept: ReadonlySet<number>, limit: number): Change[] {
    const from = this.#key(LETTER.chunk);
    const to = this.#key(LETTER.chunk + 1);
    const changes: Change[] = [];
    for (const { key } of this.#store.range({ from, to, keysOnly: true })) {
      if (changes.length === limit) break;
      if (!kept.has(this.#hypersOf(key)[0] as number)) changes.push({ key, value: undefined });
    }
    return changes;
  }
}

function markToWire(mark: Mark): paxos_mark {
  const given = mark.given === undefined ? [] : [BigInt(mark.given)];
  return { snapshot: snapshotToWire(mark), generation: BigInt(mark.generation), given };
}
