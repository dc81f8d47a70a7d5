/**
 * How a volume's state goes to another replica: the format's number, then every record of the store in the order of keys, as lengths of key
 * and value, key, value. The log cuts nothing and checks everything; here the bytes are put into chunks of one size,
 * so a record may begin in one and end in a later one.
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { CHUNK_BYTES, type StateSource } from "../../paxos/index.ts";
import {
  type Change,
  type Entry,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  type StoreView,
} from "../../world/index.ts";
import { replicaError } from "./errors.ts";

export const STREAM_FORMAT = 1;
const HEAD_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** A state as of the view, which it closes. What the disk gives wrongly goes to nobody. */
export class ViewSource implements StateSource {
  readonly #view: StoreView;
  readonly #isIntact: (entry: Entry) => boolean;
  readonly #entries: Iterator<Entry>;
  /** What is begun and did not fit the last chunk, one after the other. */
  #rest: Uint8Array[] = [word(STREAM_FORMAT)];
  #isDone = false;

  constructor(view: StoreView, isIntact: (entry: Entry) => boolean) {
    this.#view = view;
    this.#isIntact = isIntact;
    this.#entries = view.range({})[Symbol.iterator]();
  }

  next(): Uint8Array | undefined {
    const chunk = new Uint8Array(CHUNK_BYTES);
    let at = 0;
    while (at < CHUNK_BYTES) {
      const piece = this.#piece();
      if (piece === undefined) break;
      const taken = Math.min(piece.length, CHUNK_BYTES - at);
      chunk.set(piece.subarray(0, taken), at);
      at += taken;
      if (taken < piece.length) this.#rest.unshift(piece.subarray(taken));
    }
    return at === 0 ? undefined : chunk.subarray(0, at);
  }

  #piece(): Uint8Array | undefined {
    const begun = this.#rest.shift();
    if (begun !== undefined || this.#isDone) return begun;
    const entry = this.#entries.next();
    if (entry.done) {
      this.#isDone = true;
      return undefined;
    }
    const { key, value } = entry.value;
    if (!this.#isIntact(entry.value)) {
      throw replicaError(
        "REPLICA_DAMAGED",
        `a record of kind ${key[0]} is damaged: it is given to no other replica`,
      );
    }
    const head = new Uint8Array(HEAD_BYTES);
    writeUint32(head, 0, key.length);
    writeUint32(head, 4, value.length);
    this.#rest = [key, value];
    return head;
  }

  close(): void {
    this.#view.close();
  }
}

/** Puts records together again. */
export class RecordReader {
  #pending: Uint8Array = NOTHING;
  #hasHead = false;

  /** Records that are whole with this chunk. @throws CoterieError REPLICA_FORMAT for what is no such stream. */
  add(chunk: Uint8Array): Change[] {
    const bytes = this.#pending.length === 0 ? chunk : joined(this.#pending, chunk);
    const records: Change[] = [];
    let at = 0;
    if (!this.#hasHead && bytes.length >= 4) {
      const format = readUint32(bytes, 0);
      if (format !== STREAM_FORMAT) throw replicaError("REPLICA_FORMAT", `a state of format ${format}`);
      this.#hasHead = true;
      at = 4;
    }
    while (this.#hasHead && bytes.length - at >= HEAD_BYTES) {
      const keyEnd = at + HEAD_BYTES + readUint32(bytes, at);
      const end = keyEnd + readUint32(bytes, at + 4);
      checkSizes(keyEnd - at - HEAD_BYTES, end - keyEnd);
      if (end > bytes.length) break;
      records.push({ key: bytes.subarray(at + HEAD_BYTES, keyEnd), value: bytes.subarray(keyEnd, end) });
      at = end;
    }
    this.#pending = bytes.subarray(at);
    return records;
  }

  /** @throws CoterieError REPLICA_FORMAT when a record is missing its end. */
  finish(): void {
    if (this.#hasHead && this.#pending.length === 0) return;
    throw replicaError("REPLICA_FORMAT", "a state that ends in the middle of a record");
  }
}

function checkSizes(keyBytes: number, valueBytes: number): void {
  if (keyBytes >= 1 && keyBytes <= MAX_KEY_BYTES && valueBytes <= MAX_VALUE_BYTES) return;
  throw replicaError("REPLICA_FORMAT", `a record of ${keyBytes} and ${valueBytes} bytes`);
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
