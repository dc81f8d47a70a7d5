/**
 * Everything that happened at the world's edge, as records: who, when, what, and for a message the number that
 * joins its sending to what became of it. `text()` shows them, one line an event: `time node what`. Two runs did the
 * same if their digests are equal, which cover every record, also those that are no longer kept.
 *
 * Adding a record is on the path of every simulated message. So records are kept in columns, the words of a line are put
 * together only when somebody asks for them, and hashing takes a chunk at a time.
 */
import { Digest } from "./host.ts";

/** Records that are kept; the oldest half goes when there are more. */
export const DEFAULT_TRACE_LINES = 1_000_000;
/** Records that are kept, hashed and forgotten together. */
const CHUNK_RECORDS = 256;
/** Of a record's numbers in its chunk: message, bytes, checksum, node and peer, kind and verb, path. */
const WORDS = 6;
const NO_BYTES = 0xffff_ffff;
const MAX_MESSAGE = 0xffff_ffff;

/**
 * What a record tells of. `send`, `receive` and `drop` are of a message: a datagram, or a segment of a stream.
 * `stream`: a connection's beginning, end, or stay. `store`: a disk. `node`: a life's start or end. `fault`: something
 * that the scenario did to the world. `log`: a line that a program wrote.
 */
export type TraceKind = "send" | "receive" | "drop" | "stream" | "store" | "node" | "fault" | "log";

const KINDS: readonly TraceKind[] = ["send", "receive", "drop", "stream", "store", "node", "fault", "log"];
const KIND_NUMBERS = Object.fromEntries(KINDS.map((kind, at) => [kind, at])) as Record<TraceKind, number>;

/** One event of a trace. */
export interface TraceRecord {
  /** Virtual nanoseconds since the start. */
  readonly atNs: number;
  /** Where; `-` for the network or the scenario. */
  readonly node: string;
  readonly kind: TraceKind;
  /** The line without its time and node. */
  readonly what: string;
  /**
   * Of `send`, `receive` and `drop`: which message, from 1. All copies of one send have its number, those for the
   * members of a multicast group too. A message that is lost on its way has a `drop` at its sender, when it was sent;
   * one that nobody takes has a `drop` where it arrived.
   */
  readonly message?: number;
  /** Of those: the node at the other end of the link. */
  readonly peer?: string;
}

/** From where to where, as lines have it: `udp 10.0.0.1:7>10.0.0.2:7`. Hashed once, when it is made, and not in each record. */
export interface TracePath {
  readonly number: number;
  readonly text: string;
}

/** What the records of one message share. */
export interface TracedMessage {
  readonly number: number;
  readonly path: TracePath;
  /** Payload bytes, or -1 for a message that has no payload to show. */
  readonly length: number;
  /** Of the payload, to tell one from another. */
  readonly checksum: number;
}

class Chunk {
  count = 0;
  readonly times = new Float64Array(CHUNK_RECORDS);
  readonly words = new Uint32Array(CHUNK_RECORDS * WORDS);
  /** The path of a message; of other records all of the text. */
  readonly texts: string[] = [];

  add(atNs: number, place: number, kind: number, text: string): void {
    const at = this.count++;
    this.times[at] = atNs;
    this.texts.push(text);
    const word = at * WORDS;
    this.words[word + 1] = NO_BYTES;
    this.words[word + 3] = place;
    this.words[word + 4] = kind;
  }

  /** Makes the last record one of a message. */
  describe(message: TracedMessage): void {
    const word = (this.count - 1) * WORDS;
    this.words[word] = message.number;
    this.words[word + 1] = message.length;
    this.words[word + 2] = message.checksum;
    this.words[word + 5] = message.path.number;
  }

  word(at: number, which: number): number {
    return this.words[at * WORDS + which] as number;
  }

  hashInto(digest: Digest): void {
    digest.update(this.times.subarray(0, this.count));
    digest.update(this.words.subarray(0, this.count * WORDS));
    let texts = "";
    for (let at = 0; at < this.count; at++) if (this.word(at, 5) === 0) texts += `${this.texts[at]}\n`;
    if (texts !== "") digest.update(texts);
  }
}

/** Numbers for a few strings, in the order of their first use. */
class Names {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.push(text) - 1;
    if (number > 0xffff) throw new RangeError("a trace has at most 65,536 names of nodes, and as many verbs");
    this.#numbers.set(text, number);
    return number;
  }
}

/** What happened at the edge of the world, event by event, with a digest by which two runs are compared. */
export class Trace {
  readonly #maxChunks: number;
  readonly #digest = new Digest();
  /** Full chunks, all of them hashed. */
  #chunks: Chunk[] = [];
  #open = new Chunk();
  #forgotten = 0;
  #messages = 0;
  #paths = 0;
  readonly #pathDigest = new Digest();
  /** A record has 16 bits for each. */
  readonly #nodes = new Names();
  readonly #verbs = new Names();

  constructor(maxLines: number = DEFAULT_TRACE_LINES) {
    this.#maxChunks = Math.max(1, Math.ceil(maxLines / CHUNK_RECORDS));
  }

  add(nowNs: number, node: string, what: string, kind: TraceKind = "log"): void {
    this.#room().add(nowNs, this.#nodes.numberOf(node) << 16, KIND_NUMBERS[kind], what);
  }

  /**
   * Adds a record of a message; `verb` says what became of it, with the space or comma that a shown payload wants
   * after it, and is one of a few. Numbers of messages are those of `nextMessage`, paths those of `newPath`.
   */
  message(
    nowNs: number,
    node: string,
    peer: string,
    kind: "send" | "receive" | "drop",
    verb: string,
    message: TracedMessage,
  ): void {
    const chunk = this.#room();
    const place = (this.#nodes.numberOf(node) << 16) | this.#nodes.numberOf(peer);
    chunk.add(nowNs, place, KIND_NUMBERS[kind] | (this.#verbs.numberOf(verb) << 16), message.path.text);
    chunk.describe(message);
  }

  /** A number for the next message; after four billion they begin anew. */
  nextMessage(): number {
    this.#messages = (this.#messages % MAX_MESSAGE) + 1;
    return this.#messages;
  }

  /** A path for many messages to have. */
  newPath(text: string): TracePath {
    this.#pathDigest.update(`${text}\n`);
    return { number: ++this.#paths, text };
  }

  /** How many events there were. */
  get length(): number {
    return this.#forgotten + this.#chunks.length * CHUNK_RECORDS + this.#open.count;
  }

  /** The kept records, oldest first. */
  *records(): Generator<TraceRecord> {
    for (const chunk of [...this.#chunks, this.#open]) {
      for (let at = 0; at < chunk.count; at++) yield this.#record(chunk, at);
    }
  }

  /** The kept records as lines, each ended by a newline. */
  text(): string {
    return [...this.#chunks, this.#open].map((chunk) => this.#lines(chunk, 0)).join("");
  }

  /** The last lines, for an error's message. */
  tail(count: number): string {
    const open = this.#lines(this.#open, Math.max(0, this.#open.count - count));
    let text = open;
    let missing = count - this.#open.count;
    for (let i = this.#chunks.length - 1; i >= 0 && missing > 0; i--, missing -= CHUNK_RECORDS) {
      text = this.#lines(this.#chunks[i] as Chunk, Math.max(0, CHUNK_RECORDS - missing)) + text;
    }
    return text.slice(0, -1);
  }

  /** SHA-256 of all records ever, in hexadecimal. */
  digest(): string {
    const digest = this.#digest.copy();
    this.#open.hashInto(digest);
    digest.update([...this.#nodes.texts, ...this.#verbs.texts, this.#pathDigest.copy().hex()].join("\n"));
    return digest.hex();
  }

  /** The chunk that the next record goes to. */
  #room(): Chunk {
    if (this.#open.count === CHUNK_RECORDS) this.#close();
    return this.#open;
  }

  #close(): void {
    this.#open.hashInto(this.#digest);
    this.#chunks.push(this.#open);
    this.#open = new Chunk();
    if (this.#chunks.length <= this.#maxChunks) return;
    const half = Math.ceil(this.#chunks.length / 2);
    this.#forgotten += half * CHUNK_RECORDS;
    this.#chunks = this.#chunks.slice(half);
  }

  #lines(chunk: Chunk, from: number): string {
    let text = "";
    for (let at = from; at < chunk.count; at++) {
      const node = this.#nodes.texts[chunk.word(at, 3) >>> 16];
      text += `${shownMs(chunk.times[at] as number)} ${node} ${this.#what(chunk, at)}\n`;
    }
    return text;
  }

  #record(chunk: Chunk, at: number): TraceRecord {
    const message = chunk.word(at, 0);
    const place = chunk.word(at, 3);
    const record: TraceRecord = {
      atNs: chunk.times[at] as number,
      node: this.#nodes.texts[place >>> 16] as string,
      kind: KINDS[chunk.word(at, 4) & 0xffff] as TraceKind,
      what: this.#what(chunk, at),
    };
    return message === 0 ? record : { ...record, message, peer: this.#nodes.texts[place & 0xffff] as string };
  }

  /** Payloads are shown by how many bytes they are, and a checksum to tell them apart. */
  #what(chunk: Chunk, at: number): string {
    const text = chunk.texts[at] as string;
    if (chunk.word(at, 0) === 0) return text;
    const verb = this.#verbs.texts[chunk.word(at, 4) >>> 16];
    const length = chunk.word(at, 1);
    if (length === NO_BYTES) return text + verb;
    return `${text}${verb}${length}b ${chunk.word(at, 2).toString(16).padStart(8, "0")}`;
  }
}

/** Milliseconds with all six digits of the nanoseconds. */
function shownMs(ns: number): string {
  const ms = Math.floor(ns / 1e6);
  return `${ms}.${String(ns - ms * 1e6 + 1e6).slice(1)}`;
}
