/**
 * Carries out what a replica wants: writes to the store, sends over the mesh, gives entries to the state machine, keeps time. It
 * decides nothing about agreement.
 *
 * Everything that happens in a turn of the event loop is one step of the replica, so that what comes together is written with
 * one batch and sent in one message. When the store refuses a write the replica ends at once: what is in memory is ahead of the
 * disk then, and must not be acted on.
 */
import { type Change, CoterieError, type Timer, type World } from "../world/index.ts";
import { AcceptorState, type Write } from "./acceptor-state.ts";
import { Applier } from "./applier.ts";
import { NO_CONFIGURATION } from "./configuration.ts";
import { Desk } from "./desk.ts";
import { ballotOf } from "./entry.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import { Introductions, isGenuine, type Lesson } from "./introductions.ts";
import type { Links } from "./links.ts";
import type { Appended, LogStatus, ReplicatedLog } from "./log.ts";
import type { Identity, LogStore, Mark } from "./log-store.ts";
import type { Message } from "./message.ts";
import type { OpenLogOptions } from "./open-log.ts";
import type { Limits, SnapshotLimits, Timing } from "./options.ts";
import { Prefix } from "./prefix.ts";
import { Replica } from "./replica.ts";
import { Snapshots } from "./snapshots.ts";
import { statusOf } from "./status.ts";
import { logError, type ReadTicket } from "./tickets.ts";
import type { Hello } from "./wire.ts";

const TICKS_OF_HEARTBEAT = 2;
/** Slots whose entries are removed from the store with a write. */
const WRITE_REMOVALS = 1000;

/** Options with their defaults. */
export interface DriverOptions<Reply> extends Omit<OpenLogOptions<Reply>, "timing" | "limits"> {
  readonly timing: Timing;
  readonly limits: Limits & SnapshotLimits;
  readonly timeoutMs: number;
  readonly isLeased: boolean;
  readonly founders: readonly string[];
}

export class LogDriver<Reply> implements ReplicatedLog<Reply> {
  onStatus: (status: LogStatus) => void = () => {};
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #options: DriverOptions<Reply>;
  readonly #links: Links;
  readonly #logStore: LogStore;
  readonly #introductions: Introductions;
  readonly #desk: Desk<Reply>;
  readonly #applier: Applier<Reply>;
  readonly #failuresAtOpen: number;
  #snapshots: Snapshots;
  #replica: Replica | undefined;
  #tickTimer: Timer | undefined;
  #isPlanned = false;
  #isOver = false;
  #end: (error: CoterieError | undefined) => void = () => {};
  /** Changes that go with the next write, and with no other. */
  #riders: Change[] = [];
  /** Entries before this slot are removed from the store. */
  #removedTo: number;
  #lastStatus = "";

  constructor(
    world: World,
    options: DriverOptions<Reply>,
    links: Links,
    logStore: LogStore,
    identity: Identity,
    mark: Mark | undefined,
  ) {
    this.#world = world;
    this.#options = options;
    this.#links = links;
    this.#logStore = logStore;
    this.#failuresAtOpen = options.store.failures;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#introductions = new Introductions(identity, options.port.self, options.founders);
    const { name, limits, timeoutMs } = options;
    this.#desk = new Desk({
      name,
      limits,
      timeoutMs,
      nowMs: () => this.#nowMs(),
      plan: () => this.#plan(),
    });
    const configuration = identity.founding ?? NO_CONFIGURATION;
    const prefix = { slot: 0, fence: 0, isSealed: true, configuration };
    const begin = mark ?? { prefix, bytes: 0, chunks: 0, checksum: 0, generation: 0 };
    this.#snapshots = this.#makeSnapshots(begin);
    this.#applier = new Applier(options.machine, begin.prefix, (ticket, reply) =>
      this.#desk.settle(ticket, this.#applier.applied, reply),
    );
    this.#removedTo = logStore.outermostSlot(false) ?? 1;
  }

  #makeSnapshots(mark: Mark): Snapshots {
    const { timing, limits } = this.#options;
    const host = {
      logStore: this.#logStore,
      crc32: this.#world.crc32,
      heartbeatMs: timing.heartbeatMs,
      limits,
      send: (to: number, message: Message) => void this.#links.send(to, message),
      write: (changes: readonly Change[], then: () => void) => this.#write(changes, then),
      taken: (change: Change, first: number) => {
        this.#write([change], () => {});
        this.#replica?.truncate(first);
        this.#plan();
      },
      isWanted: (slot: number) => this.#replica !== undefined && slot > this.#replica.committed,
      received: (received: Mark, change: Change) => this.#install(received, change),
    };
    return new Snapshots(host, mark);
  }

  /** Begins: with the state machine as the snapshot has it. */
  start(): void {
    this.#guard(() => {
      const { mark } = this.#snapshots;
      if (mark.prefix.slot > 0) this.#applier.restore(mark.prefix, this.#snapshots.pieces(mark));
      this.#snapshots.clean();
      if (this.#introductions.identity.id > 0) this.#startReplica();
      else this.#learn(this.#introductions.begin());
      this.#links.open({
        hello: (peer, token) => this.#introductions.hello(peer, token, this.#applier.applied.configuration),
        onHello: (peer, hello) => this.#guard(() => this.#heard(peer, hello)),
        onMessage: (_, id, message) => this.#guard(() => this.#receive(id, message)),
        onDown: (peer, hello) => this.#down(peer, hello),
      });
      this.#tick();
    });
  }

  /** Resolves when all that the store knows to be agreed on was applied. */
  async caughtUp(): Promise<undefined> {
    const goal = this.#replica?.committed ?? 0;
    while (!this.#isOver && this.#applier.applied.slot < goal) {
      await new Promise<void>((resolve) => this.#world.timers.soon(resolve));
    }
  }

  #startReplica(): void {
    const { timing, limits, timeoutMs, isLeased } = this.#options;
    const { id, life } = this.#introductions.identity;
    const logStore = this.#logStore;
    const stored = logStore.hardState();
    const { slot } = this.#snapshots.mark.prefix;
    // What a snapshot holds is chosen, whether or not that was written down by itself.
    const hardState = { ...stored, committed: Math.max(stored.committed, slot) };
    const last = Math.max(logStore.outermostSlot(true) ?? 0, hardState.first - 1);
    if (hardState.committed > last || hardState.first > slot + 1) {
      throw logError("LOG_CORRUPT", this.#options.name, "entries that it had are gone");
    }
    const { load } = logStore;
    const state = new AcceptorState({ hardState, last, load, cacheBytes: limits.cacheBytes }, ballotOf);
    const { applied } = this.#applier;
    const prefix = new Prefix(applied);
    while (prefix.slot < hardState.committed) prefix.advance(state.entry(prefix.slot + 1));
    const { crc32, random } = this.#world;
    const nowMs = this.#nowMs();
    const parts = { id, life, state, prefix, timing, limits, crc32, random, nowMs };
    this.#replica = new Replica({ ...parts, isLeased, timeoutMs, fence: applied.fence });
    this.#desk.serve(this.#replica);
    this.#plan();
  }

  #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  #heard(peer: string, hello: Hello): void {
    if (hello.format !== PAXOS_FORMAT) {
      const { format } = hello;
      this.#world.log.warn("log.format", { log: this.#options.name, peer, format });
      return;
    }
    this.#learn(this.#introductions.heard(peer, hello));
    this.#introduce(peer, hello);
    this.#plan();
  }

  #introduce(peer: string, hello: Hello): void {
    this.#replica?.stores.set(peer, hello.token);
    const isKnown = isGenuine(this.#applier.applied.configuration, peer, hello);
    if (hello.id > 0 && isKnown) this.#replica?.linked(this.#nowMs(), hello.id);
  }

  #down(peer: string, { id }: Hello): void {
    if (id > 0) this.#replica?.unlinked(id);
    this.#replica?.stores.delete(peer);
  }

  /** Learns its number, and with it the log's beginning. Nothing is promised before that is durable. */
  #learn(lesson: Lesson | undefined): void {
    const { isStranger, identity } = this.#introductions;
    this.#desk.refuse(isStranger ? "LOG_AMNESIA" : undefined);
    if (lesson === undefined) return;
    const { id, founding } = lesson;
    this.#introductions.identity = { ...identity, id, founding };
    if (identity.id === 0) this.#begin(founding);
    this.#endReplica();
    this.#write([this.#logStore.identityChange(this.#introductions.identity)], () => {
      if (this.#introductions.identity.id !== id) return;
      this.#startReplica();
      this.#links.greetAgain(true);
      this.#links.forEachHello((peer, hello) => this.#introduce(peer, hello));
    });
  }

  #begin(configuration: Lesson["founding"]): void {
    const prefix = { slot: 0, fence: 0, isSealed: true, configuration };
    this.#snapshots = this.#makeSnapshots({ ...this.#snapshots.mark, prefix });
    this.#applier.applied = new Prefix(prefix);
  }

  #endReplica(): void {
    const replica = this.#replica;
    this.#replica = undefined;
    this.#desk.serve(undefined);
    if (replica === undefined) return;
    replica.end();
    this.#desk.tellFailures(replica);
  }

  #receive(from: number, message: Message): void {
    const replica = this.#replica;
    if (replica === undefined) return;
    const nowMs = this.#nowMs();
    switch (message.kind) {
      case "offer": {
        const isNews = message.snapshot.prefix.slot > replica.committed;
        const isLeaders = message.ballot === replica.leaderBallot && from === replica.leader;
        if (isLeaders && isNews) this.#snapshots.offered(nowMs, from, message);
        break;
      }
      case "chunk":
        this.#snapshots.chunk(nowMs, from, message);
        break;
      case "want":
        this.#snapshots.wanted(nowMs, from, message);
        break;
      default:
        replica.receive(nowMs, from, message);
    }
    this.#plan();
  }

  #tick(): void {
    if (this.#isOver) return;
    const delayMs = this.#options.timing.heartbeatMs / TICKS_OF_HEARTBEAT;
    this.#tickTimer = this.#world.timers.after(delayMs, () => this.#tick());
    this.#guard(() => {
      const nowMs = this.#nowMs();
      this.#desk.tick(nowMs);
      const replica = this.#replica;
      if (replica === undefined) return;
      replica.tick(nowMs);
      this.#snapshots.tick(nowMs, replica.committed);
      this.#turn();
    });
  }

  #plan(): void {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    this.#world.timers.soon(this.#soon);
  }

  readonly #soon = (): void => {
    this.#isPlanned = false;
    this.#guard(() => this.#turn());
  };

  /** One step of the replica, and all that it wants done. */
  #turn(): void {
    const replica = this.#replica;
    if (replica === undefined || this.#isOver) return;
    const nowMs = this.#nowMs();
    const { write, sends, committed } = replica.flush(nowMs);
    if (write !== undefined) this.#writeState(replica, write);
    if (this.#isOver) return;
    for (const { to, message } of sends) this.#links.send(to, message);
    this.#apply(replica, committed, nowMs);
    for (const ticket of replica.takeReadable(this.#applier.applied.slot)) (ticket as ReadTicket).look();
    this.#desk.tellFailures(replica);
    if (replica.laggards.size > 0) {
      this.#snapshots.offerTo(nowMs, replica.laggards, replica.leaderBallot);
    }
    this.#tellStatus(replica);
  }

  #apply(replica: Replica, committed: number, nowMs: number): void {
    const applier = this.#applier;
    const { configuration } = applier.applied;
    const bytes = applier.run(replica, committed);
    if (applier.applied.configuration !== configuration) this.#links.greetAgain(false);
    if (bytes > 0) {
      this.#desk.applied(applier.applied);
      this.#snapshots.applied(bytes, applier.applied, nowMs, () => applier.snapshot());
    }
    if (applier.applied.slot < committed) this.#plan();
  }

  #writeState(replica: Replica, { number, hardState, from, to }: Write): void {
    const logStore = this.#logStore;
    const changes = [...this.#riders.splice(0), logStore.hardStateChange(hardState)];
    for (let slot = from; slot <= to; slot++) changes.push(logStore.entryChange(slot, replica.entry(slot)));
    const end = Math.min(hardState.first, this.#removedTo + WRITE_REMOVALS);
    for (; this.#removedTo < end; this.#removedTo++) {
      changes.push(logStore.entryChange(this.#removedTo, undefined));
    }
    this.#write(changes, () => {
      if (this.#replica !== replica) return;
      replica.durable(this.#nowMs(), number);
      this.#turn();
    });
  }

  /** Applies changes to the store; `then` when they are durable. What the store refuses ends the replica. */
  #write(changes: readonly Change[], then: () => void): void {
    const { store } = this.#options;
    try {
      store.apply(changes);
    } catch (cause) {
      this.#storeFailed(cause);
      return;
    }
    store.sync().then(
      () => {
        if (store.failures !== this.#failuresAtOpen) this.#storeFailed(undefined);
        else this.#guard(then);
      },
      (cause) => this.#storeFailed(cause),
    );
  }

  #storeFailed(cause: unknown): void {
    const message = `log ${this.#options.name}: the store refused a write: ${cause ?? "of somebody else"}`;
    this.#over(new CoterieError("LOG_STORE_FAILED", message, { cause }));
  }

  /** A snapshot of the leader takes the place of the log. */
  #install(mark: Mark, change: Change): void {
    this.#riders.push(change);
    this.#replica?.install(mark.prefix);
    this.#applier.restore(mark.prefix, this.#snapshots.pieces(mark));
    this.#desk.applied(mark.prefix);
    this.#turn();
  }

  append(entry: Uint8Array): Promise<Appended<Reply>> {
    return this.#desk.append(entry);
  }

  read<Seen>(look: () => Seen): Promise<Seen> {
    return this.#desk.read(look);
  }

  reconfigure(voters: readonly string[]): Promise<void> {
    return this.#desk.reconfigure(voters);
  }

  status(): LogStatus {
    return statusOf({
      replica: this.#replica,
      self: this.#options.port.self,
      isOver: this.#isOver,
      applied: this.#applier.applied,
      snapshot: this.#snapshots.mark.prefix.slot,
      nameOf: (id) => this.#links.nameOf(id),
    });
  }

  #tellStatus(replica: Replica): void {
    const { change, nextId, members } = this.#applier.applied.configuration;
    const { role, leaderBallot, isServing } = replica;
    const text = `${role} ${leaderBallot} ${isServing} ${change} ${nextId} ${members.length}`;
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.onStatus(this.status());
  }

  /** Runs what must not leave the replica in a state that nobody knows: what throws ends it. */
  #guard(run: () => void): void {
    if (this.#isOver) return;
    try {
      run();
    } catch (error) {
      if (error instanceof CoterieError) {
        this.#over(error);
        return;
      }
      const message = `log ${this.#options.name} ended by a fault of its own: ${error}`;
      this.#over(new CoterieError("LOG_CLOSED", message, { cause: error }));
      throw error;
    }
  }

  #over(error: CoterieError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tickTimer?.cancel();
    this.#desk.end();
    this.#endReplica();
    this.#links.close();
    if (error !== undefined) {
      const { code, message } = error;
      this.#world.log.error("log.ended", { log: this.#options.name, code, message });
    }
    this.#end(error);
    this.onStatus(this.status());
  }

  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#guard(() => {
        this.#replica?.handOver();
        this.#turn();
      });
      await this.#options.store.sync().catch(() => {});
    }
    this.#over(undefined);
    await this.closed;
  }
}
