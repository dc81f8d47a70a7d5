/**
 * What becomes of a call at a replica: one that changes something goes through the log and is answered by this node's own state
 * machine; one that only reads looks at it when the log says that it is fresh.
 *
 * An answer is given only when it is known. That a call did not happen here is no answer: another node may have a copy of it, which the
 * client sent there before, and only the log knows that they are one. So it is tried again, and in the end nothing is said.
 */
import type { ReplicatedLog } from "../../paxos/index.ts";
import { isCoterieError, sleep, type World } from "../../world/index.ts";
import { stable_how } from "../nfs/gen/nfs3.gen.ts";
import { isFault } from "../volume/types.ts";
import { CallGatherer } from "./call-gatherer.ts";
import { type Commands, NO_EPOCH } from "./commands.ts";
import { commit } from "./commit.ts";
import type { EntryReplies } from "./entries.ts";
import type { Exchange } from "./exchange.ts";
import { Freshness } from "./freshness.ts";
import type { UnstableWrite } from "./gathered.ts";
import { layer_procedure } from "./gen/volume-layers.gen.ts";
import { isWriteOver } from "./growth.ts";
import type { VolumeMachine } from "./machine.ts";
import type { ReplicaLimits } from "./replica-limits.ts";
import type { Room } from "./room.ts";
import { bytesOf, type Session } from "./sessions.ts";
import {
  type Answer,
  askedOf,
  COMMIT_V3,
  changes,
  type Desk,
  grows,
  layerOf,
  type VolumeCall,
  WRITE_V3,
} from "./volume-call.ts";
import type { LayerView } from "./volume-layers.ts";
import type { WriteBehind } from "./write-behind.ts";

/** What the log was like for a node when a call came. */
interface Came {
  /** The last entry that was applied. */
  readonly seen: number;
  /** Of an unstable write, by which a copy is known that was lost. */
  readonly epoch: number;
}

/** Between two attempts to get a call into the log: doubled from the first to the last. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;

export interface DeskParts {
  readonly id: Uint8Array;
  readonly self: string;
  readonly log: ReplicatedLog<EntryReplies>;
  readonly machine: VolumeMachine;
  readonly exchange: Exchange;
  readonly limits: ReplicaLimits;
  readonly timeoutMs: number;
  /** Where calls go when the replica has ended. */
  readonly elsewhere: (call: VolumeCall) => Promise<Answer>;
  /** Told of each call that goes into the log, in the turn in which it came. */
  readonly onAppend: (outcome: Promise<unknown>) => void;
}

export interface DeskTools {
  readonly behind: WriteBehind;
  readonly room: Room;
  readonly commands: Commands;
  /** Ends a session in the log: what it answered may be lost. */
  endSession(session: string): Promise<unknown>;
}

export class ReplicaDesk implements Desk {
  readonly #world: World;
  readonly #parts: DeskParts;
  readonly #tools: DeskTools;
  readonly #freshness: Freshness;
  readonly #calls: CallGatherer;
  /** Arguments of calls that wait to get into the log. */
  #waitingBytes = 0;

  constructor(world: World, parts: DeskParts, tools: DeskTools) {
    this.#world = world;
    this.#parts = parts;
    this.#tools = tools;
    this.#freshness = new Freshness(world.clock);
    this.#calls = new CallGatherer({
      timers: world.timers,
      gatherMs: parts.limits.gatherMs,
      append: (calls) => parts.log.append(tools.commands.calls(calls)),
    });
  }

  submit(call: VolumeCall): Promise<Answer> {
    return this.#submit(call, true);
  }

  /** The answer to another node that asks: the call goes no further. */
  answer(call: VolumeCall): Promise<Answer> {
    return this.#submit(call, false);
  }

  /** `mayAsk`: where a record of this replica is damaged, the others are asked. */
  async #submit(call: VolumeCall, mayAsk: boolean): Promise<Answer> {
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
    const view = this.#viewOf(call);
    // Nothing changes a snapshot, and there is nothing in it that is not stable.
    if (view?.isWritable === false) return this.#look(call);
    if (changes(call)) return this.#change(call, view);
    if (call.version === 3 && call.procedure === COMMIT_V3) return this.#commit(call, view);
    const behind = this.#tools.behind.wait(this.#fileOf(call, view));
    return behind === undefined ? this.#look(call) : behind.then(() => this.#look(call));
  }

  /** What the call is of, as far as this node knows; undefined for a snapshot or clone of which it has not heard, or not any more. */
  #viewOf(call: VolumeCall): LayerView | undefined {
    return this.#parts.machine.state.made.view(layerOf(call));
  }

  /** The file that a call reads, if it is one and no other is shown. */
  #fileOf({ version, procedure, args }: VolumeCall, view: LayerView | undefined): number | undefined {
    if (version !== 3 || SHOWING_OTHERS.has(procedure)) return undefined;
    return view?.procedures.inodeOf(args);
  }

  #look(call: VolumeCall): Promise<Answer> | Answer {
    const { log, machine } = this.#parts;
    return this.#freshness.look(call.staleMs ?? 0, log, () => machine.state.look(call));
  }

  #change(call: VolumeCall, view: LayerView | undefined): Promise<Answer> | Answer {
    if (this.#mayBeLost(call)) {
      call.connection?.drop("it is older than a loss of unstable writes");
      return "unknown";
    }
    const isRefused = grows(call) && !this.#tools.room.isEnough(call.args.length);
    const came = this.#cameNow(call);
    const reply = isRefused || view === undefined ? undefined : this.#unstable(call, view);
    if (reply === undefined) return this.#bring(call, isRefused, came);
    return reply instanceof Promise ? this.#untilTaken(call, reply, came) : reply;
  }

  /** A call that has to be in the log before it is answered. */
  #bring(call: VolumeCall, isRefused: boolean, came: Came): Promise<Answer> {
    // What was answered already comes before it.
    this.#tools.behind.push();
    return isSnapshot(call) ? this.#takeSnapshot(call) : this.#append(call, isRefused, came);
  }

  /** An unstable write for which there is no room yet; it goes into the log when there will be none. */
  async #untilTaken(call: VolumeCall, taken: Promise<Uint8Array | undefined>, came: Came): Promise<Answer> {
    return (await taken) ?? this.#bring(call, false, came);
  }

  /** What the log was like for this node when a call came, with which it is judged however long it waits. */
  #cameNow(call: VolumeCall): Came {
    const { machine } = this.#parts;
    const epoch = this.#isUnstable(call) ? machine.state.made.sessions.epoch : NO_EPOCH;
    return { seen: machine.index, epoch };
  }

  /**
   * Whether an unstable write may be a copy of one that was lost with a session, after which its client has written anew. The network may hold such a copy
   * back, but not past its connection: so one that was open when this node heard of the loss is dropped. Whoever still wants the write sends it on another.
   */
  #mayBeLost(call: VolumeCall): boolean {
    const { machine } = this.#parts;
    if (call.connection === undefined || call.connection.openedMs > machine.lostMs) return false;
    const { done } = machine.state.made;
    return this.#isUnstable(call) && done.find(call.identity, done.oldest(machine.index)) === undefined;
  }

  /** What any node that can be asked has answered is in the snapshot, committed or not. */
  async #takeSnapshot(call: VolumeCall): Promise<Answer> {
    const { log, machine } = this.#parts;
    const sessions = await log.read(() => machine.state.openSessions);
    await Promise.all(sessions.map((session) => this.#flushed(session, 0).catch(() => false)));
    return this.#append(call, false, this.#cameNow(call));
  }

  /** Appends a call until its outcome is known, or patience is over. */
  async #append(call: VolumeCall, isRefused: boolean, came: Came): Promise<Answer> {
    const bytes = call.args.length;
    if (this.#waitingBytes + bytes > this.#parts.limits.maxWaitingBytes) return "unknown";
    this.#waitingBytes += bytes;
    try {
      return await this.#appendPatiently(call, isRefused, came);
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  async #appendPatiently(call: VolumeCall, isRefused: boolean, { seen, epoch }: Came): Promise<Answer> {
    const { limits, onAppend } = this.#parts;
    const { clock, timers } = this.#world;
    const endMs = clock.monotonicMs() + limits.patienceMs;
    const now = clock.wall();
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)) {
      try {
        const appended = this.#calls.append({ call, seen, now, isRefused, epoch });
        onAppend(appended);
        const reply = await appended;
        return reply ?? "unknown";
      } catch (error) {
        const answer = answerOfError(error);
        if (answer === undefined || answer === "elsewhere") throw error;
        if (clock.monotonicMs() >= endMs) return "unknown";
        await sleep(timers, retryMs);
      }
    }
  }

  /** The arguments say so in whichever volume the file is. */
  #isUnstable({ version, procedure, args }: VolumeCall): boolean {
    if (version !== 3 || procedure !== WRITE_V3) return false;
    return this.#parts.machine.state.made.procedures.writeArgs(args).stable === stable_how.UNSTABLE;
  }

  /** Answers a WRITE that need not be stable yet, when there is room, and if nothing speaks against it as far as this node knows. */
  #unstable(
    call: VolumeCall,
    { layer, procedures }: LayerView,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (!this.#isUnstable(call)) return undefined;
    const { machine } = this.#parts;
    const { done } = machine.state.made;
    const { file, offset, count, data } = procedures.writeArgs(call.args);
    if (file === null || count !== data.length || count === 0) return undefined;
    const { credentials, identity } = call;
    // What became of a copy is answered by the log, which may have refused it.
    if (done.find(identity, done.oldest(machine.index)) !== undefined) return undefined;
    const handle = layer === 0 ? file : { ...file, layer };
    const write = { handle, credentials, identity, offset, data };
    return this.#tools.behind.offer(write, () => this.#unstableReply(call, write));
  }

  /** As of now; undefined for a write that may be refused. */
  #unstableReply(
    call: VolumeCall,
    { handle, credentials, offset, data }: UnstableWrite,
  ): Uint8Array | undefined {
    const view = this.#viewOf(call);
    if (view?.isWritable !== true) return undefined;
    const { made } = this.#parts.machine.state;
    const { volume, procedures } = view;
    const context = { credentials, now: this.#world.clock.wall() };
    if (isFault(volume.writeFault(context, handle, offset, offset + data.length))) return undefined;
    // Near its limit the volume itself decides.
    if (isWriteOver(made, volume, handle, offset, data.length, this.#tools.behind.queuedBytes))
      return undefined;
    return procedures.unstableReply(data.length);
  }

  #commit(call: VolumeCall, view: LayerView | undefined): Promise<Answer> {
    const { log, machine } = this.#parts;
    return commit({
      inode: view?.procedures.inodeOf(call.args) ?? 0,
      own: () => this.#tools.behind.session,
      waitOwn: (inode) => this.#tools.behind.wait(inode),
      read: (look) => log.read(look),
      sessions: () => machine.state.openSessions,
      reply: () => machine.state.look(call),
      flush: (session, inode) => this.#flushed(session, inode),
      end: (session) => this.#tools.endSession(session),
    });
  }

  #flushed({ node, id }: Session, inode: number): Promise<boolean> {
    const { self, exchange, limits } = this.#parts;
    if (node === self) return this.#tools.behind.flush(id, inode);
    return exchange.flush(node, bytesOf(id), inode, limits.flushMs);
  }

  #askOthers(call: VolumeCall): Promise<Answer> {
    const { exchange, self, log, timeoutMs, elsewhere } = this.#parts;
    if (log.status().role === "closed") return elsewhere(call);
    const others = log.status().voters.filter((node) => node !== self);
    return exchange.askEach(others, askedOf(this.#parts.id, call), timeoutMs);
  }
}

function isSnapshot({ version, procedure }: VolumeCall): boolean {
  return version === 0 && procedure === layer_procedure.LAYER_TAKE_SNAPSHOT;
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
