/**
 * Two machines for tests of the file transfer, in memory: a channel that loses nothing but may be cut or made to lie, files whose disk and
 * memory can be damaged at every place where a bit may flip, and a fuse that kills a side at a step of its own.
 */
import type { Channel } from "../../src/channel/index.ts";
import type {
  SourceState,
  TransferOffer,
  TransferReader,
  TransferSource,
  TransferStore,
  TransferTarget,
} from "../../src/channel/transfer/index.ts";
import { CoterieError } from "../../src/world/index.ts";

/** Damages bytes in place, or not. */
export type Damage = (data: Uint8Array) => void;
const intact: Damage = () => {};

/** The places where a bit may flip. */
export interface Damages {
  /** The sender's disk or memory, between the file and what is sent. */
  readonly read: Damage;
  /** The same in the second reading. */
  readonly reread: Damage;
  /** The channel, past its checksum: any message of either side. */
  readonly wire: Damage;
  /** The receiver's memory, between the channel and the write. */
  readonly write: Damage;
  /** The receiver's memory between write and sync: the whole file as it is in the cache. */
  readonly cache: Damage;
  /** The receiver's disk as it takes what is synced. */
  readonly disk: Damage;
  /** What is read back, on its way. */
  readonly readBack: Damage;
}

export const NO_DAMAGE: Damages = {
  read: intact,
  reread: intact,
  wire: intact,
  write: intact,
  cache: intact,
  disk: intact,
  readBack: intact,
};

/** Kills a side at its n-th step: the step never ends, and nothing that waits for it ever runs. */
export class Fuse {
  steps = 0;
  isBlown = false;
  onBlow: () => void = () => {};
  readonly #atStep: number;

  constructor(atStep = Number.POSITIVE_INFINITY) {
    this.#atStep = atStep;
  }

  blow(): void {
    this.isBlown = true;
  }

  step(): Promise<void> {
    return this.tick() ? Promise.resolve() : new Promise(() => {});
  }

  /** A step that takes no time; false once the side is dead. */
  tick(): boolean {
    if (!this.isBlown && this.steps++ === this.#atStep) {
      this.isBlown = true;
      this.onBlow();
    }
    return !this.isBlown;
  }
}

const key = (name: Uint8Array) => Buffer.from(name).toString("latin1");

class TestReader implements TransferReader {
  readonly #bytes: () => Uint8Array;
  readonly #fuse: Fuse;
  readonly #damage: Damage;

  constructor(bytes: () => Uint8Array, fuse: Fuse, damage: Damage) {
    this.#bytes = bytes;
    this.#fuse = fuse;
    this.#damage = damage;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    await this.#fuse.step();
    const part = this.#bytes().subarray(position, position + buffer.length);
    buffer.set(part);
    this.#damage(buffer.subarray(0, part.length));
    return part.length;
  }

  async close(): Promise<void> {
    await this.#fuse.step();
  }
}

/** The sender's file. */
export class TestSource implements TransferSource {
  readonly name: Uint8Array;
  content: Uint8Array;
  mode = 0o640;
  modified = { seconds: 1_700_000_000, nanoseconds: 123_456_000 };
  fuse = new Fuse();
  damages = NO_DAMAGE;
  /** No check from end to end: the digests are made of what was sent. */
  hopByHop = false;
  /** Reads of each way, in bytes. */
  readBytes = 0;
  rereadBytes = 0;
  /** Called before each reading. */
  onRead: () => void = () => {};
  #sent: Uint8Array;

  constructor(name: string, content: Uint8Array) {
    this.name = new TextEncoder().encode(name);
    this.content = content;
    this.#sent = new Uint8Array(content.length);
  }

  async state(): Promise<SourceState> {
    await this.fuse.step();
    return { size: this.content.length, mode: this.mode, modified: this.modified, identity: "1:1" };
  }

  async open(): Promise<TransferReader> {
    const reader = new TestReader(() => this.content, this.fuse, this.damages.read);
    return {
      read: async (buffer, position) => {
        this.onRead();
        const count = await reader.read(buffer, position);
        this.readBytes += count;
        this.#sent = withPiece(this.#sent, buffer.subarray(0, count), position);
        return count;
      },
      close: () => reader.close(),
    };
  }

  async reopen(): Promise<TransferReader> {
    const bytes = () => (this.hopByHop ? this.#sent : this.content);
    const reader = new TestReader(bytes, this.fuse, this.hopByHop ? intact : this.damages.reread);
    return {
      read: async (buffer, position) => {
        this.onRead();
        const count = await reader.read(buffer, position);
        this.rereadBytes += count;
        return count;
      },
      close: () => reader.close(),
    };
  }
}

interface DiskFile {
  /** What programs see; what the disk holds; and what was handed to `write`. */
  cache: Uint8Array;
  disk: Uint8Array;
  given: Uint8Array;
}

interface NamedFile {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly modified: { readonly seconds: number; readonly nanoseconds: number };
}

/** The receiver's directory. */
export class TestStore implements TransferStore {
  readonly parts = new Map<string, DiskFile>();
  readonly files = new Map<string, NamedFile>();
  fuse = new Fuse();
  damages = NO_DAMAGE;
  /** No check from end to end: the digests are made of what was received. */
  hopByHop = false;
  force = false;
  writtenBytes = 0;
  /** Fails the next operation of this kind. */
  failNext:
    | {
        readonly operation: "open" | "write" | "settle" | "readBack" | "commit";
        readonly error: CoterieError;
      }
    | undefined;

  /** Power fails: what was not synced may be there, in pages of `pageBytes`, or not. */
  losePower(keeps: () => boolean, pageBytes = 8): void {
    for (const part of this.parts.values()) {
      const kept = part.cache.slice();
      for (let at = 0; at < kept.length; at += pageBytes) {
        if (keeps()) continue;
        kept.fill(0, at, at + pageBytes);
        kept.set(part.disk.subarray(at, Math.min(at + pageBytes, kept.length)), at);
      }
      part.cache = keeps() ? kept : kept.slice(0, part.disk.length);
      part.disk = part.cache.slice();
    }
  }

  async open(offer: TransferOffer): Promise<TransferTarget> {
    await this.#step("open");
    const present = this.files.get(key(offer.name));
    if (present !== undefined && !this.force) {
      if (present.content.length === offer.size) return this.#present(present);
      throw new CoterieError("TRANSFER_EXISTS", "another file of this name is there");
    }
    const part = this.parts.get(key(offer.name)) ?? empty();
    this.parts.set(key(offer.name), part);
    return this.#part(key(offer.name), part);
  }

  async #step(operation: NonNullable<TestStore["failNext"]>["operation"]): Promise<void> {
    await this.fuse.step();
    const failure = this.failNext;
    if (failure?.operation !== operation) return;
    this.failNext = undefined;
    throw failure.error;
  }

  #present(file: NamedFile): TransferTarget {
    const never = () => Promise.reject(new Error("a present file is never written to"));
    return {
      basis: "present",
      presentBytes: file.content.length,
      write: never,
      settle: never,
      readBack: async () => new TestReader(() => file.content, this.fuse, this.damages.readBack),
      size: async () => file.content.length,
      commit: () => this.#step("commit"),
      close: () => this.fuse.step(),
    };
  }

  #part(name: string, part: DiskFile): TransferTarget {
    return {
      basis: "part",
      presentBytes: part.cache.length,
      write: async (data, position) => {
        await this.#step("write");
        part.given = withPiece(part.given, data, position);
        const damaged = data.slice();
        this.damages.write(damaged);
        part.cache = withPiece(part.cache, damaged, position);
        this.writtenBytes += data.length;
      },
      settle: async (size) => {
        await this.#step("settle");
        part.cache = withLength(part.cache, size);
        part.given = withLength(part.given, size);
        this.damages.cache(part.cache);
        part.disk = part.cache.slice();
        this.damages.disk(part.disk);
        // What the disk does not hold is not what programs see once the cache is needed for something else.
        part.cache = part.disk.slice();
        await this.fuse.step();
      },
      readBack: async () => {
        await this.#step("readBack");
        if (this.hopByHop) return new TestReader(() => part.given, this.fuse, intact);
        return new TestReader(() => part.disk, this.fuse, this.damages.readBack);
      },
      size: async () => part.disk.length,
      commit: async ({ mode, modified }) => {
        await this.#step("commit");
        if (this.files.has(name) && !this.force) throw new CoterieError("TRANSFER_EXISTS", "taken meanwhile");
        this.files.set(name, { content: part.disk.slice(), mode, modified });
        await this.fuse.step();
        this.parts.delete(name);
        await this.fuse.step();
      },
      close: () => this.fuse.step(),
    };
  }
}

function empty(): DiskFile {
  return { cache: new Uint8Array(0), disk: new Uint8Array(0), given: new Uint8Array(0) };
}

function withLength(bytes: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}

function withPiece(bytes: Uint8Array, piece: Uint8Array, position: number): Uint8Array {
  const result = withLength(bytes, Math.max(bytes.length, position + piece.length));
  result.set(piece, position);
  return result;
}

/** One end of a channel in memory. */
export class TestChannel implements Channel {
  readonly local = { host: "127.0.0.1", port: 1 };
  readonly remote = { host: "127.0.0.1", port: 2 };
  readonly peerKey = undefined;
  peer: TestChannel | undefined;
  sent = 0;
  acknowledged = 0;
  pendingBytes = 0;
  onMessage: (message: Uint8Array) => void = () => {};
  onAcknowledged: () => void = () => {};
  onDrain: () => void = () => {};
  onEnd: () => void = () => {};
  onClose: (error: CoterieError | undefined) => void = () => {};
  damage: Damage = intact;
  /** Called for each message that is delivered here. */
  onDeliver: () => void = () => {};
  readonly maxPendingBytes: number;
  readonly #arrived: Uint8Array[] = [];
  #isPaused = false;
  #wasRefused = false;
  #hasEnded = false;
  #peerHasEnded = false;
  #isClosed = false;

  constructor(maxPendingBytes: number) {
    this.maxPendingBytes = maxPendingBytes;
  }

  send(message: Uint8Array): number {
    if (this.#isClosed || this.#hasEnded) return 0;
    if (this.pendingBytes > this.maxPendingBytes) {
      this.#wasRefused = true;
      return 0;
    }
    this.pendingBytes += message.length;
    const copy = message.slice();
    this.damage(copy);
    this.peer?.arrive(copy, this);
    return ++this.sent;
  }

  arrive(message: Uint8Array, from: TestChannel): void {
    queueMicrotask(() => {
      this.#arrived.push(message);
      this.#deliver(from);
    });
  }

  #deliver(from: TestChannel): void {
    while (!this.#isPaused && !this.#isClosed && this.#arrived.length > 0) {
      const message = this.#arrived.shift() as Uint8Array;
      this.onDeliver();
      if (this.#isClosed) return;
      this.onMessage(message);
      from.taken(message.length);
    }
    if (this.#peerHasEnded && this.#arrived.length === 0) this.#end();
  }

  taken(bytes: number): void {
    this.acknowledged++;
    this.pendingBytes -= bytes;
    if (this.#isClosed) return;
    this.onAcknowledged();
    if (!this.#wasRefused || this.pendingBytes > this.maxPendingBytes) return;
    this.#wasRefused = false;
    this.onDrain();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => this.#deliver(this.peer as TestChannel));
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    queueMicrotask(() => this.peer?.ended());
  }

  ended(): void {
    this.#peerHasEnded = true;
    this.#deliver(this.peer as TestChannel);
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#peerHasEnded = false;
    this.onEnd();
    if (!this.#hasEnded) return;
    this.peer?.close(undefined);
    this.close(undefined);
  }

  destroy(): void {
    this.close(undefined);
    queueMicrotask(() => this.peer?.close(new CoterieError("CHANNEL_CLOSED", "the peer gave it up")));
  }

  close(error: CoterieError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => this.onClose(error));
  }

  /** This side has died: nothing reaches it any more, and the other side learns of it. */
  die(): void {
    this.#isClosed = true;
    queueMicrotask(() => this.peer?.close(new CoterieError("CHANNEL_RESET", "the peer is gone")));
  }
}

export function channelPair(maxPendingBytes = 1 << 20): [TestChannel, TestChannel] {
  const left = new TestChannel(maxPendingBytes);
  const right = new TestChannel(maxPendingBytes);
  left.peer = right;
  right.peer = left;
  return [left, right];
}
