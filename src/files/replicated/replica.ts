/**
 * A replica of a volume at one node, as those see it who ask: calls that change something go through the log and are answered by
 * this node's own state machine; those that only read look at it when the log says that it is fresh.
 *
 * An answer is given only when it is known: a call that certainly did not happen is for later, and one of which that is not known gets no
 * answer; the client sends it again, and the log knows it by its identity.
 */
import type { LogStatus, ReplicatedLog } from "../../paxos/index.ts";
import {
  CoterieError,
  isCoterieError,
  type Store,
  sleep,
  type Timer,
  type World,
} from "../../world/index.ts";
import { stable_how } from "../nfs/gen/nfs3.gen.ts";
import { drawIdentity } from "../volume/format.ts";
import { DEFAULT_CHUNK_BYTES, DEFAULT_LIMITS } from "../volume/limits.ts";
import { checkChunkBytes } from "../volume/open.ts";
import { isFault } from "../volume/types.ts";
import { Commands } from "./commands.ts";
import { commit } from "./commit.ts";
import { DEFAULT_WINDOW } from "./done-calls.ts";

import type { Exchange } from "./exchange.ts";
import { VOLUME_MACHINE_FORMAT } from "./gen/volume-log.gen.ts";
import type { MachineReply, VolumeMachine } from "./machine.ts";
import { Reaping } from "./reaping.ts";
import type { ReplicaLimits } from "./replica-limits.ts";
import { Room } from "./room.ts";
import { bytesOf, idOf, type Session } from "./sessions.ts";
import {
  type Answer,
  askedOf,
  COMMIT_V3,
  callOf,
  changes,
  type Desk,
  grows,
  type VolumeCall,
  WRITE_V3,
} from "./volume-call.ts";
import { WriteBehind } from "./write-behind.ts";

export interface FormatOptions {
  /** As a volume's. */
  readonly rootMode?: number;
  readonly rootUid?: number;
  readonly rootGid?: number;
  readonly chunkBytes?: number;
}

export interface ReplicaStatus {
  readonly log: LogStatus;
  /** The volume was made. */
  readonly isMade: boolean;
  /** How often unstable writes may have been lost. */
  readonly epoch: number;
  /** Nodes that may have answered unstable writes which are not in the log. */
  readonly sessions: readonly Session[];
  /** Bytes of such writes of this node. */
  readonly queuedBytes: number;
  /** What this node's disk can still take. */
  readonly freeBytes: number;
  /** Content of removed files waits to be taken away. */
  readonly isReaping: boolean;
}

export interface ReplicaParts {
  readonly id: Uint8Array;
  readonly self: string;
  readonly log: ReplicatedLog<MachineReply>;
  readonly machine: VolumeMachine;
  /** The log's store. */
  readonly home: Store;
  readonly exchange: Exchange;
  readonly limits: ReplicaLimits;
  readonly timeoutMs: number;
}

const TICK_MS = 1000;
/** Between two attempts to get a call into the log. */
const RETRY_MS = 100;
/** Records that are read in a turn. */
const DIGESTED_RECORDS = 1000;
/** How long closing waits for unstable writes to get into the log. */
const CLOSE_MS = 3000;

export class Replica implements Desk {
  readonly id: Uint8Array;
  /** Resolves when the replica has ended: with what ended it, or with undefined after `close`. */
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #parts: ReplicaParts;
  readonly #behind: WriteBehind;
  readonly #room: Room;
  readonly #reaping: Reaping;
  readonly #commands = new Commands();
  #tickTimer: Timer | undefined;
  #isOver = false;
  /** The end of a former session is on its way. */
  #isEnding = false;
  #freeBytes = Number.POSITIVE_INFINITY;

  constructor(world: World, parts: ReplicaParts) {
    const { id, self, log, machine, exchange, limits } = parts;
    this.id = id;
    this.#world = world;
    this.#parts = parts;
    this.#room = new Room(world.clock, self, limits.reservedBytes);
    this.#behind = new WriteBehind(
      {
        timers: world.timers,
        log: world.log,
        nowMs: () => world.clock.monotonicMs(),
        wall: () => world.clock.wall(),
        seen: () => machine.index,
        drawSession: () => idOf(world.random.bytes(16)),
        isOpen: (session) => machine.state.openSessions.some(({ id: open }) => open === session),
        appendWrites: (writes) => log.append(this.#commands.writes(writes)),
        appendBegin: (session) => log.append(this.#commands.beginSession(session, self)),
        appendEnd: (session, isLost) => this.#endSession(session, isLost),
      },
      limits,
    );
    this.#reaping = new Reaping({
      timers: world.timers,
      due: () => (machine.state.isMade ? machine.state.made.volume.dueReaping() : undefined),
      isLeader: () => log.status().role === "leader",
      append: (step) => log.append(this.#commands.reap(step)),
    });
    machine.onApplied = () => this.#applied();
    exchange.onAsk = async (asked) => {
      const call = callOf(asked);
      return call === undefined ? "elsewhere" : this.#submit(call, false);
    };
    exchange.onFlush = (session, inode) => this.#behind.flush(idOf(session), inode);
    exchange.onRoom = (from, freeBytes) => this.#room.told(from, freeBytes);
    this.closed = this.#untilClosed();
    this.#tick();
  }

  async #untilClosed(): Promise<CoterieError | undefined> {
    const error = await this.#parts.log.closed;
    this.#isOver = true;
    this.#tickTimer?.cancel();
    this.#reaping.stop();
    this.#parts.exchange.close();
    await this.#parts.machine.close().catch(() => {});
    await this.#parts.home.close().catch(() => {});
    return causeOf(error);
  }

  #applied(): void {
    const { state } = this.#parts.machine;
    if (state.isMade && !state.made.volume.isReaped) this.#reaping.check();
  }

  /** Unstable writes that this node answered before it was started again are lost: the log is told, until it knows. */
  #endFormerSessions(): void {
    const { machine, self } = this.#parts;
    if (this.#isEnding) return;
    const former = machine.state.openSessions.find(
      ({ node, id }) => node === self && id !== this.#behind.current,
    );
    if (former === undefined) return;
    this.#isEnding = true;
    const ended = () => {
      this.#isEnding = false;
    };
    this.#endSession(former.id, true).then(ended, ended);
  }

  #endSession(session: string, isLost: boolean): Promise<unknown> {
    return this.#parts.log.append(this.#commands.endSession(session, isLost));
  }

  #tick(): void {
    if (this.#isOver) return;
    this.#tickTimer = this.#world.timers.after(TICK_MS, () => this.#tick());
    this.#behind.tick();
    this.#endFormerSessions();
    this.#tellRoom();
    this.#reaping.check();
  }

  #tellRoom(): void {
    const { machine, home, exchange, self, log } = this.#parts;
    this.#freeBytes = Math.min(home.usage().freeBytes, machine.freeBytes);
    this.#room.keep(log.status().voters);
    this.#room.told(self, this.#freeBytes);
    exchange.tellRoom(this.#freeBytes);
  }

  /**
   * Makes the volume. Once it is there, it stays as it was made. Rejects as a log's `append`.
   * @throws RangeError for an impossible option.
   */
  async format(options: FormatOptions = {}): Promise<void> {
    const chunkBytes = checkChunkBytes(options.chunkBytes ?? DEFAULT_CHUNK_BYTES);
    if (this.#parts.machine.state.isMade) return;
    const { rootGeneration, seed } = drawIdentity(this.#world.random);
    await this.#parts.log.append(
      this.#commands.format({
        format: VOLUME_MACHINE_FORMAT,
        now: this.#world.clock.wall(),
        id: this.id,
        root_generation: rootGeneration,
        seed,
        chunk_bytes: chunkBytes,
        root_mode: options.rootMode ?? 0o1777,
        root_uid: options.rootUid ?? 0,
        root_gid: options.rootGid ?? 0,
        inline_chunks: DEFAULT_LIMITS.maxInlineChunks,
        reaped_chunks: DEFAULT_LIMITS.maxReapedChunks,
        window: DEFAULT_WINDOW,
      }),
    );
  }

  submit(call: VolumeCall): Promise<Answer> {
    return this.#submit(call, true);
  }

  /** `mayAsk`: where a record of this replica is damaged, the others are asked. */
  async #submit(call: VolumeCall, mayAsk: boolean): Promise<Answer> {
    if (this.#isOver) return "elsewhere";
    if (!this.#parts.machine.state.isMade) return "later";
    try {
      return await this.#run(call);
    } catch (error) {
      const answer = answerOfError(error);
      if (answer === undefined) throw error;
      return answer === "elsewhere" && mayAsk ? this.#askOthers(call) : answer;
    }
  }

  #run(call: VolumeCall): Promise<Answer> | Answer {
    if (changes(call)) return this.#change(call);
    if (call.version === 3 && call.procedure === COMMIT_V3) return this.#commit(call);
    const behind = this.#behind.wait(this.#fileOf(call));
    return behind === undefined ? this.#look(call) : behind.then(() => this.#look(call));
  }

  /** The file that a call reads, if it is one and no other is shown. */
  #fileOf({ version, procedure, args }: VolumeCall): number | undefined {
    if (version !== 3 || SHOWING_OTHERS.has(procedure)) return undefined;
    return this.#parts.machine.state.made.procedures.inodeOf(args);
  }

  #look(call: VolumeCall): Promise<Uint8Array> {
    const { log, machine } = this.#parts;
    return log.read(() => machine.state.look(call));
  }

  #change(call: VolumeCall): Promise<Answer> | Answer {
    const isUnstable = call.version === 3 && call.procedure === WRITE_V3;
    const isRefused = grows(call) && !this.#room.isEnough(this.#parts.log.status().voters, call.args.length);
    const reply = isUnstable && !isRefused ? this.#unstable(call) : undefined;
    if (reply !== undefined) return reply;
    // What was answered already comes before it.
    this.#behind.push();
    return this.#append(call, isRefused);
  }

  /**
   * Appends a call until its outcome is known. That it did not happen here is no answer: another node may have a copy of it, which the
   * client sent there before, and only the log knows that they are one. So it is tried again, and in the end nothing is said.
   */
  async #append(call: VolumeCall, isRefused: boolean): Promise<Answer> {
    const { log, machine, limits } = this.#parts;
    const { clock, timers } = this.#world;
    const seen = machine.index;
    const endMs = clock.monotonicMs() + limits.patienceMs;
    const now = clock.wall();
    for (;;) {
      try {
        const { reply } = await log.append(this.#commands.call(call, seen, now, isRefused));
        return reply ?? "unknown";
      } catch (error) {
        const answer = answerOfError(error);
        if (answer === undefined || answer === "elsewhere") throw error;
        if (clock.monotonicMs() >= endMs) return "unknown";
        await sleep(timers, RETRY_MS);
      }
    }
  }

  /** Answers a WRITE that need not be stable yet, if nothing speaks against it as far as this node knows. */
  #unstable(call: VolumeCall): Uint8Array | undefined {
    const { volume, procedures } = this.#parts.machine.state.made;
    const { file, offset, count, stable, data } = procedures.writeArgs(call.args);
    if (stable !== stable_how.UNSTABLE || file === null || count !== data.length || count === 0)
      return undefined;
    const { credentials, identity } = call;
    const context = { credentials, now: this.#world.clock.wall() };
    if (isFault(volume.writeFault(context, file, offset, offset + count))) return undefined;
    const reply = procedures.unstableReply(count);
    return this.#behind.offer({ handle: file, credentials, identity, offset, data }) ? reply : undefined;
  }

  #commit(call: VolumeCall): Promise<Answer> {
    const { log, machine } = this.#parts;
    const { procedures } = machine.state.made;
    return commit({
      inode: procedures.inodeOf(call.args) ?? 0,
      own: () => this.#behind.session,
      waitOwn: (inode) => this.#behind.wait(inode),
      read: (look) => log.read(look),
      sessions: () => machine.state.openSessions,
      reply: () => machine.state.look(call),
      flush: (session, inode) => this.#flushed(session, inode),
      end: (session) => this.#endSession(session, true),
    });
  }

  #flushed({ node, id }: Session, inode: number): Promise<boolean> {
    const { self, exchange, limits } = this.#parts;
    if (node === self) return this.#behind.flush(id, inode);
    return exchange.flush(node, bytesOf(id), inode, limits.flushMs);
  }

  #askOthers(call: VolumeCall): Promise<Answer> {
    const { exchange, self, log, timeoutMs } = this.#parts;
    const others = log.status().voters.filter((node) => node !== self);
    return exchange.askEach(others, askedOf(this.id, call), timeoutMs);
  }

  /** Makes these nodes, whose replicas are open, the volume's. As a log's `reconfigure`. */
  reconfigure(nodes: readonly string[]): Promise<void> {
    return this.#parts.log.reconfigure(nodes);
  }

  status(): ReplicaStatus {
    const { log, machine } = this.#parts;
    const { state } = machine;
    return {
      log: log.status(),
      isMade: state.isMade,
      epoch: state.isMade ? state.made.sessions.epoch : 0,
      sessions: state.openSessions,
      queuedBytes: this.#behind.queuedBytes,
      freeBytes: this.#freeBytes,
      isReaping: state.isMade && !state.made.volume.isReaped,
    };
  }

  /**
   * A CRC-32 of all that this replica keeps of the volume, and the entry as of which: the same at all replicas. It reads the
   * whole store, some of it at a time. Rejects with STORE_VIEW_LOST when that takes too long for it.
   */
  async digest(): Promise<{ readonly index: number; readonly crc: number }> {
    const { machine } = this.#parts;
    const { index } = machine.state;
    const view = machine.view();
    try {
      let crc = 0;
      let records = 0;
      for (const { key, value } of view.range({})) {
        crc = this.#world.crc32(value, this.#world.crc32(key, crc));
        if (++records % DIGESTED_RECORDS === 0) await new Promise<void>((go) => this.#world.timers.soon(go));
      }
      return { index, crc };
    } finally {
      view.close();
    }
  }

  /** Brings unstable writes into the log if that is possible soon, hands leadership over, and ends. */
  async close(): Promise<void> {
    if (!this.#isOver) {
      let timer: Timer | undefined;
      const late = new Promise<void>((resolve) => {
        timer = this.#world.timers.after(CLOSE_MS, resolve);
      });
      await Promise.race([this.#behind.close(), late]);
      timer?.cancel();
      await this.#parts.log.close();
    }
    await this.closed;
  }
}

/** LOOKUP and READDIRPLUS show attributes of files that they do not name by handle. */
const SHOWING_OTHERS: ReadonlySet<number> = new Set([3, 17]);

/** What a failed call is answered; undefined for what is no failure of the log's or the replica's. */
function answerOfError(error: unknown): Answer | undefined {
  if (!isCoterieError(error)) return undefined;
  switch (error.code) {
    case "LOG_NO_QUORUM":
    case "LOG_BUSY":
      return "later";
    case "LOG_OUTCOME_UNKNOWN":
      return "unknown";
    case "LOG_CLOSED":
    case "LOG_REMOVED":
    case "LOG_AMNESIA":
    case "REPLICA_DAMAGED":
    case "REPLICA_STOPPED":
    case "STORE_CLOSED":
    case "STORE_IO":
    case "STORE_CORRUPT":
      return "elsewhere";
    default:
      return undefined;
  }
}

/** What the machine said, rather than that it failed. */
function causeOf(error: CoterieError | undefined): CoterieError | undefined {
  const cause = error?.code === "LOG_MACHINE_FAILED" ? error.cause : undefined;
  return cause instanceof CoterieError ? cause : error;
}
