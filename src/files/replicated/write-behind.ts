/**
 * Unstable writes on their way into the log: answered when they are here, gathered, and appended a few in a command. There may be so
 * many bytes of them; who writes more waits until there is room, and so do those who come before the log knows the session. Reads of this node
 * wait for what it answered; COMMIT, here and at other nodes, waits until it is in the log.
 *
 * A session, which the log knows, goes around it: what is answered in a session that ended otherwise than by this node's own
 * word, with nothing left to do, is lost, and the end of the session raises the volume's epoch. So a failed append ends the
 * session, and nobody who waits is told anything before the log knows it.
 */
import { assert, Fifo, type Log, type Timers, type WallTime } from "../../world/index.ts";
import { type Batch, Gathered, type UnstableWrite } from "./gathered.ts";
import type { volume_writes } from "./gen/volume-log.gen.ts";
import { bytesOf } from "./sessions.ts";

export interface BehindLimits {
  /** Bytes of unstable writes that were answered and are not in the log. Default 16 MiB. */
  readonly maxQueuedBytes: number;
  /** Bytes of those that wait for room among them; what is more goes into the log before it is answered. Default 64 MiB. */
  readonly maxHeldBytes: number;
  /** Bytes that are gathered into one command; a larger write goes alone. Default 512 KiB. */
  readonly maxGatheredBytes: number;
  /** A session in which nothing was written for so long is ended. Default 10,000. */
  readonly sessionIdleMs: number;
}

export const defaultBehindLimits: BehindLimits = {
  maxQueuedBytes: 16 * 1024 * 1024,
  maxHeldBytes: 64 * 1024 * 1024,
  maxGatheredBytes: 512 * 1024,
  sessionIdleMs: 10_000,
};

/** Commands on their way before more are gathered than sent. */
const MAX_UNDER_WAY = 4;
const RETRY_MS = 500;

/** What it needs of the replica. */
export interface BehindHost {
  readonly timers: Timers;
  readonly log: Log;
  nowMs(): number;
  wall(): WallTime;
  /** The last entry that was applied here. */
  seen(): number;
  /** 16 drawn bytes as hexadecimal digits. */
  drawSession(): string;
  /** Whether the log knows the session, as far as it is applied here. */
  isOpen(session: string): boolean;
  appendWrites(writes: volume_writes): Promise<unknown>;
  appendBegin(session: string): Promise<unknown>;
  appendEnd(session: string, isLost: boolean): Promise<unknown>;
}

/** What makes the reply of a write when it is taken; undefined: it is not to be taken any more. */
export type Answering = () => Uint8Array | undefined;

/** A write for which there is no room yet. */
interface Held {
  readonly write: UnstableWrite;
  /** The last entry that was applied when it came. */
  readonly seen: number;
  readonly answer: Answering;
  readonly resolve: (reply: Uint8Array | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Phase = "none" | "beginning" | "open" | "ending" | "lost";

export class WriteBehind {
  readonly #host: BehindHost;
  readonly #limits: BehindLimits;
  #phase: Phase = "none";
  #session = "";
  readonly #gathered: Gathered;
  /** In the order in which they came, and their bytes. */
  readonly #held = new Fifo<Held>();
  #heldBytes = 0;
  /** Batches up to this number are in the log, or their session is over. */
  #settled = 0;
  #underWay = 0;
  #waiters: Waiter[] = [];
  #isPlanned = false;
  #usedMs = 0;
  #isStopped = false;
  /** What came now would not be waited for before the session ends. */
  #isClosing = false;

  constructor(host: BehindHost, limits: BehindLimits) {
    this.#host = host;
    this.#limits = limits;
    this.#gathered = new Gathered(limits.maxGatheredBytes);
  }

  get queuedBytes(): number {
    return this.#gathered.bytes;
  }

  /** The session that was begun last, whether it goes on or not; "" before the first. */
  get current(): string {
    return this.#session;
  }

  /** The session of this node that goes on, or "". */
  get session(): string {
    return this.#phase === "open" ? this.#session : "";
  }

  /**
   * Takes a write and gives its reply, at once or when there is room, as of the moment when it is taken; undefined: it has to go into the log
   * first, because it would wait too long here, or for nothing. Writes are taken in the order in which they come.
   */
  offer(write: UnstableWrite, answer: Answering): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const { length } = write.data;
    const { maxQueuedBytes, maxHeldBytes } = this.#limits;
    if (this.#isClosing || length > maxQueuedBytes) return undefined;
    if (this.#phase === "none") {
      // What would be refused begins no session.
      if (answer() === undefined) return undefined;
      this.#begin();
    }
    const mayTake = this.#goesOn();
    if (!mayTake && this.#phase !== "beginning") return undefined;
    if (mayTake && this.#held.length === 0 && this.#hasRoom(length))
      return this.#take(write, this.#host.seen(), answer);
    return this.#heldBytes + length > maxHeldBytes ? undefined : this.#hold(write, answer);
  }

  /** Whether what is answered now is in a session that the log knows. */
  #goesOn(): boolean {
    if (this.#phase === "open" && !this.#host.isOpen(this.#session)) this.#lose("another node ended it");
    return this.#phase === "open";
  }

  #hasRoom(bytes: number): boolean {
    return this.#gathered.bytes + bytes <= this.#limits.maxQueuedBytes;
  }

  #take(write: UnstableWrite, seen: number, answer: Answering): Uint8Array | undefined {
    const reply = answer();
    if (reply === undefined) return undefined;
    this.#usedMs = this.#host.nowMs();
    this.#gathered.add(write, seen);
    this.#plan();
    return reply;
  }

  #hold(write: UnstableWrite, answer: Answering): Promise<Uint8Array | undefined> {
    const seen = this.#host.seen();
    this.#heldBytes += write.data.length;
    return new Promise((resolve, reject) => this.#held.push({ write, seen, answer, resolve, reject }));
  }

  /** Takes those for whom there is room. */
  #admit(): void {
    for (let next = this.#held.peek(); next !== undefined && this.#goesOn(); next = this.#held.peek()) {
      const { write, seen, answer, resolve, reject } = next;
      if (!this.#hasRoom(write.data.length)) return;
      this.#held.shift();
      this.#heldBytes -= write.data.length;
      try {
        resolve(this.#take(write, seen, answer));
      } catch (error) {
        reject(error);
      }
    }
  }

  /** Those who wait go into the log. */
  #turnAway(): void {
    this.#heldBytes = 0;
    for (const { resolve } of this.#held.drain()) resolve(undefined);
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#host.timers.soon(() => {
      this.#isPlanned = false;
      this.#pump(MAX_UNDER_WAY);
    });
  }

  /** Appends all that is gathered, so that what is appended next comes after it. */
  push(): void {
    this.#pump(Number.POSITIVE_INFINITY);
  }

  #pump(most: number): void {
    while (this.#underWay < most && !this.#gathered.isEmpty) this.#append(this.#gathered.take() as Batch);
  }

  #append(batch: Batch): void {
    const { handle, credentials, seen, pieces } = batch;
    const session = this.#session;
    this.#underWay++;
    const appended = this.#host.appendWrites({
      seen,
      now: this.#host.wall(),
      session: bytesOf(session),
      credentials: credentials as volume_writes["credentials"],
      layer: handle.layer ?? 0,
      inode: handle.inode,
      generation: handle.generation,
      pieces,
    });
    appended.then(
      () => this.#appended(batch, session),
      (error: unknown) => this.#failed(batch, session, error),
    );
  }

  #appended(batch: Batch, session: string): void {
    this.#done(batch);
    if (session !== this.#session || batch.number <= this.#settled || this.#phase === "lost") return;
    this.#settle(batch.number);
    if (this.#phase === "open" && !this.#host.isOpen(session)) this.#lose("another node ended it");
  }

  #failed(batch: Batch, session: string, error: unknown): void {
    // Before others are taken into it.
    if (session === this.#session) this.#lose(String(error));
    this.#done(batch);
  }

  #done(batch: Batch): void {
    this.#underWay--;
    this.#gathered.letGo(batch);
    this.#admit();
    this.#pump(MAX_UNDER_WAY);
  }

  #settle(number: number): void {
    assert(number >= this.#settled, "entries of one node are applied in their order");
    this.#settled = number;
    this.#gathered.forget(number);
    const due = this.#waiters.filter((waiter) => waiter.number <= number);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.number > number);
    for (const { resolve } of due) resolve();
  }

  /**
   * Resolves when all that was answered for the file (undefined: for any) is in the log, or is lost and the log says so; undefined
   * when it is so already. Rejects with the log's error when that cannot be found out now.
   */
  wait(inode: number | undefined): Promise<void> | undefined {
    const number = inode === undefined ? this.#gathered.number : this.#gathered.lastOf(inode);
    if (number <= this.#settled) return undefined;
    this.push();
    return new Promise((resolve, reject) => this.#waiters.push({ number, resolve, reject }));
  }

  /** `wait` for another node that knows the session; false: the session is none of ours that goes on. */
  async flush(session: string, inode: number): Promise<boolean> {
    const isOurs = () => session === this.#session && (this.#phase === "open" || this.#phase === "ending");
    if (!isOurs()) return false;
    await this.wait(inode === 0 ? undefined : inode);
    return isOurs();
  }

  #begin(): void {
    const session = this.#host.drawSession();
    this.#phase = "beginning";
    this.#session = session;
    this.#usedMs = this.#host.nowMs();
    this.#host.appendBegin(session).then(
      () => {
        if (this.#phase !== "beginning") return;
        this.#phase = this.#host.isOpen(session) ? "open" : "none";
        if (this.#phase === "open") this.#admit();
        else this.#turnAway();
      },
      () => this.#lose("it did not begin"),
    );
  }

  /** What was answered and is not in the log is given up, and the log is told, for as long as it takes. */
  #lose(why: string): void {
    if (this.#phase === "lost" || this.#phase === "none") return;
    this.#phase = "lost";
    this.#host.log.warn("replica.session-lost", { session: this.#session, why });
    while (!this.#gathered.isEmpty) this.#gathered.letGo(this.#gathered.take() as Batch);
    this.#turnAway();
    this.#tellLost();
  }

  #tellLost(): void {
    this.#host.appendEnd(this.#session, true).then(
      () => {
        this.#phase = "none";
        this.#settle(this.#gathered.number);
      },
      (error: unknown) => {
        const waiters = this.#waiters;
        this.#waiters = [];
        for (const { reject } of waiters) reject(error);
        if (!this.#isStopped) this.#host.timers.after(RETRY_MS, () => this.#tellLost());
      },
    );
  }

  /** The log takes nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Ends a session that nobody uses. */
  tick(): void {
    const { sessionIdleMs } = this.#limits;
    if (this.#phase !== "open" || this.#settled < this.#gathered.number) return;
    if (this.#host.nowMs() >= this.#usedMs + sessionIdleMs) void this.#end();
  }

  async #end(): Promise<void> {
    this.#phase = "ending";
    try {
      await this.#host.appendEnd(this.#session, false);
      if (this.#phase === "ending") this.#phase = "none";
    } catch (error) {
      // It may end yet, with what would be answered from now on.
      if (this.#phase === "ending") this.#lose(String(error));
    }
  }

  /** Brings everything into the log and ends the session, as far as the log takes it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#turnAway();
    try {
      await this.wait(undefined);
      if (this.#phase === "open") await this.#end();
    } catch (error) {
      this.#host.log.warn("replica.closed-with-writes", { error: String(error) });
    }
  }
}
