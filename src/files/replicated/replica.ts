/**
 * A replica of a volume at one node: its log, its state machine, what it owes to its clients and tells the other nodes, from its opening to
 * its end. What becomes of a call is in `replica-desk.ts`.
 */
import type { LogStatus } from "../../paxos/index.ts";
import { CoterieError, type Store, type Timer, type World } from "../../world/index.ts";
import { drawIdentity } from "../volume/format.ts";
import { DEFAULT_CHUNK_BYTES, DEFAULT_LIMITS } from "../volume/limits.ts";
import { checkChunkBytes } from "../volume/open.ts";
import { Commands } from "./commands.ts";
import type { Cover } from "./covers.ts";
import { DEFAULT_WINDOW } from "./done-calls.ts";
import { replicaError } from "./errors.ts";
import { VOLUME_MACHINE_FORMAT } from "./gen/volume-log.gen.ts";
import { Reaping } from "./reaping.ts";
import { type DeskParts, ReplicaDesk } from "./replica-desk.ts";
import { Room } from "./room.ts";
import { Scrub, type ScrubStatus } from "./scrub.ts";
import type { Found } from "./scrub-verdict.ts";
import { idOf, type Session } from "./sessions.ts";
import { type Answer, callOf, type Desk, type VolumeCall } from "./volume-call.ts";
import { WriteBehind } from "./write-behind.ts";

/** What the root of a new volume is like, and the size of its chunks in bytes. */
export interface FormatOptions {
  /** As a volume's. */
  readonly rootMode?: number;
  readonly rootUid?: number;
  readonly rootGid?: number;
  readonly chunkBytes?: number;
}

/** How a replica is, as far as it knows. */
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
  /** How much the volume may take, 0 for as much as the disks; and what of it counts: the same at all replicas that are as far. */
  readonly quotaBytes: number;
  readonly countedBytes: number;
  /** Content of removed files, or of dropped snapshots and clones, waits to be taken away. */
  readonly isReaping: boolean;
  readonly scrub: ScrubStatus;
}

export interface ReplicaParts extends DeskParts {
  /** The log's store. */
  readonly home: Store;
}

const TICK_MS = 1000;
/** Records that are read in a turn. */
const DIGESTED_RECORDS = 1000;
/** How long closing waits for unstable writes to get into the log. */
const CLOSE_MS = 3000;

/**
 * One replica of a volume. `submit` is how calls of NFS reach it. Methods reject with REPLICA_… and LOG_…
 * codes.
 */
export class Replica implements Desk {
  readonly id: Uint8Array;
  /** Resolves when the replica has ended: with what ended it, or with undefined after `close`. */
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #parts: ReplicaParts;
  readonly #behind: WriteBehind;
  readonly #room: Room;
  readonly #reaping: Reaping;
  readonly #desk: ReplicaDesk;
  readonly #scrub: Scrub;
  readonly #commands = new Commands();
  #tickTimer: Timer | undefined;
  #isOver = false;
  /** The end of a former session is on its way. */
  #isEnding = false;
  /** Of this replica's stores. */
  #verdict: CoterieError | undefined;
  #isScrubAsked = false;
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
      due: () => machine.state.dueInBackground(),
      isLeader: () => log.status().role === "leader",
      append: (step) =>
        log.append(
          step === "reclaim" ? this.#commands.reclaim() : this.#commands.reap(step.layer, step.step),
        ),
    });
    this.#desk = new ReplicaDesk(world, parts, {
      behind: this.#behind,
      room: this.#room,
      commands: this.#commands,
      endSession: (session) => this.#endSession(session, true),
    });
    this.#scrub = new Scrub({
      self,
      machine,
      exchange,
      world,
      bytesPerSecond: limits.scrubBytesPerSecond,
      voters: () => log.status().voters,
      giveWay: (found) => this.#giveWay(found),
      log: world.log,
    });
    machine.onApplied = () => this.#applied();
    exchange.onAsk = async (asked) => {
      const call = callOf(asked);
      return call === undefined || this.#isOver ? "elsewhere" : this.#desk.answer(call);
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
    this.#scrub.stop();
    this.#behind.stop();
    this.#parts.exchange.close();
    await this.#parts.machine.close().catch(() => {});
    await this.#parts.home.close().catch(() => {});
    return causeOf(error) ?? this.#verdict;
  }

  /** What it knows is with the others; it ends in order, and its stores are not to be opened again. */
  #giveWay({ index, damaged, records }: Found): void {
    const what = damaged > 0 ? `${damaged} of ${records} records are damaged` : "records are other ones";
    const message = `as of entry ${index} ${what}, and a majority of the others has them whole`;
    this.#verdict = replicaError("REPLICA_UNSOUND", message);
    void this.close();
  }

  /** Has all replicas read and compared what they hold; gives the entry as of which. Rejects as a log's `append`. */
  async scrub(): Promise<number> {
    return (await this.#parts.log.append(this.#commands.scrub(this.#world.clock.wall()))).index;
  }

  #scrubWhenDue(): void {
    const { log, machine, limits } = this.#parts;
    const { scrubbedSeconds } = machine.state;
    if (limits.scrubPeriodMs === 0 || scrubbedSeconds === undefined || this.#isScrubAsked) return;
    const nextSeconds = scrubbedSeconds + limits.scrubPeriodMs / 1000;
    if (log.status().role !== "leader" || this.#world.clock.wall().seconds < nextSeconds) return;
    this.#isScrubAsked = true;
    const ended = () => {
      this.#isScrubAsked = false;
    };
    this.scrub().then(ended, ended);
  }

  #applied(): void {
    const { state } = this.#parts.machine;
    if (!state.isIdle) this.#reaping.check();
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
    this.#scrubWhenDue();
  }

  #tellRoom(): void {
    const { machine, home, exchange, self, log } = this.#parts;
    this.#freeBytes = Math.min(home.usage().freeBytes, machine.freeBytes);
    this.#room.keep(log.status().voters);
    this.#room.told(self, this.#freeBytes);
    exchange.tellRoom(this.#freeBytes);
    if (machine.state.isMade) machine.state.made.volume.writableBytes = this.#room.writableBytes;
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

  /**
   * Says how many bytes the volume may take; 0: as many as the disks. What is beyond it already stays. Rejects as a log's `append`.
   * @throws RangeError for what is no number of bytes.
   */
  async limit(quotaBytes: number): Promise<void> {
    if (!Number.isSafeInteger(quotaBytes) || quotaBytes < 0)
      throw new RangeError(`a limit of ${quotaBytes} bytes`);
    await this.#parts.log.append(this.#commands.limit(quotaBytes));
  }

  submit(call: VolumeCall): Promise<Answer> {
    return this.#isOver ? this.#parts.elsewhere(call) : this.#desk.submit(call);
  }

  /** Makes these nodes, whose replicas are open, the volume's. As a log's `reconfigure`. */
  reconfigure(nodes: readonly string[]): Promise<void> {
    return this.#parts.log.reconfigure(nodes);
  }

  /** Directories in which other volumes are seen, as far as this replica has applied. */
  get covers(): readonly Cover[] {
    const { state } = this.#parts.machine;
    return state.isMade ? state.made.covers.all : [];
  }

  /** Bytes that the volume takes on this node's disk. */
  get usedBytes(): number {
    return this.#parts.machine.usedBytes;
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
      quotaBytes: state.isMade ? state.made.usage.quotaBytes : 0,
      countedBytes: state.isMade ? state.made.usage.usedBytes : 0,
      isReaping: !state.isIdle,
      scrub: this.#scrub.status,
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

/** What the machine said, rather than that it failed. */
function causeOf(error: CoterieError | undefined): CoterieError | undefined {
  const cause = error?.code === "LOG_MACHINE_FAILED" ? error.cause : undefined;
  return cause instanceof CoterieError ? cause : error;
}
