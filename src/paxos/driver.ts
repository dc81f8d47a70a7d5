/**
 * Carries out what a replica wants: writes to the store, sends over the mesh, gives entries to the state machine, keeps time, and
 * settles promises. It decides nothing about agreement.
 *
 * Everything that happens in a turn of the event loop is one step of the replica, so that what comes together is written with
 * one batch and sent in one message. When the store refuses a write the replica ends at once: what is in memory is ahead of the
 * disk then, and must not be acted on.
 */
import { type Change, CoterieError, type Timer, type World } from "../world/index.ts";
import { AcceptorState, type Write } from "./acceptor-state.ts";
import type { Ticket } from "./appends.ts";
import { Applier } from "./applier.ts";
import { encodeChange } from "./codec.ts";
import { complaintOfVoters, memberOf, NO_CONFIGURATION } from "./configuration.ts";
import { ballotOf, PAXOS_CHANGE, PAXOS_COMMAND } from "./entry.ts";
import { type Founded, Founding } from "./founding.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import type { Links } from "./links.ts";
import type { Appended, LogStatus, ReplicatedLog } from "./log.ts";
import type { Identity, LogStore, Mark } from "./log-store.ts";
import type { Message } from "./message.ts";
import type { OpenLogOptions } from "./open-log.ts";
import { type Limits, leaseMsOf, type SnapshotLimits, type Timing } from "./options.ts";
import { Prefix } from "./prefix.ts";
import { Reconfiguration } from "./reconfiguration.ts";
import { Replica } from "./replica.ts";
import { Snapshots } from "./snapshots.ts";
import { statusOf } from "./status.ts";
import { AppendTicket, ChangeTicket, logError, ReadTicket } from "./tickets.ts";
import type { Hello } from "./wire.ts";

const TICKS_OF_HEARTBEAT = 2;
/** Slots whose entries are removed from the store in a turn. */
const TURN_REMOVALS = 1000;

export interface DriverOptions<Reply> extends OpenLogOptions<Reply> {
  readonly timing: Timing;
  readonly limits: Limits;
  readonly snapshots: SnapshotLimits;
}

export class LogDriver<Reply> implements ReplicatedLog<Reply> {
  onStatus: (status: LogStatus) => void = () => {};
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #options: DriverOptions<Reply>;
  readonly #logStore: LogStore;
  readonly #links: Links;
  readonly #founding: Founding;
  readonly #applier: Applier<Reply>;
  readonly #reconfiguration = new Reconfiguration();
  readonly #failuresAtOpen: number;
  #identity: Identity;
  #snapshots: Snapshots;
  #replica: Replica | undefined;
  #isStranger = false;
  /** Asked for before the replica knew who it is. */
  #early: (AppendTicket<Reply> | ChangeTicket | ReadTicket)[] = [];
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
    this.#logStore = logStore;
    this.#identity = identity;
    this.#failuresAtOpen = options.store.failures;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    const self = { name: options.port.self, token: identity.token };
    this.#founding = new Founding(self, options.founders ?? []);
    const prefix = {
      slot: 0,
      fence: 0,
      isSealed: true,
      configuration: identity.founding ?? NO_CONFIGURATION,
    };
    const begin = mark ?? { prefix, bytes: 0, chunks: 0, checksum: 0, generation: 0 };
    this.#snapshots = this.#makeSnapshots(begin);
    this.#applier = new Applier(options.machine, begin.prefix, (ticket, index, reply) =>
      this.#settle(ticket, index, reply),
    );
    this.#removedTo = logStore.outermostSlot(false) ?? 1;
    this.#links = links;
  }

  #makeSnapshots(mark: Mark): Snapshots {
    const { store, timing, snapshots } = this.#options;
    const host = {
      store,
      logStore: this.#logStore,
      crc32: this.#world.crc32,
      heartbeatMs: timing.heartbeatMs,
      limits: snapshots,
      send: (to: number, message: Message) => void this.#links.send(to, message),
      write: (changes: readonly Change[], then: () => void) => this.#write(changes, then),
      taken: (change: Change, first: number) => {
        this.#replica?.truncate(Math.min(first, this.#applier.applied.slot + 1));
        this.#write([change], () => {});
        this.#plan();
      },
      received: (received: Mark, change: Change) => this.#install(received, change),
    };
    return new Snapshots(host, mark);
  }

  /** Begins: with the state machine as the snapshot has it. */
  start(): void {
    this.#guard(() => {
      if (this.#snapshots.mark.prefix.slot > 0) {
        const { mark } = this.#snapshots;
        this.#applier.restore(mark.prefix, this.#snapshots.pieces(mark));
      }
      this.#snapshots.clean();
      if (this.#identity.id > 0) this.#startReplica();
      else this.#adopt(this.#founding.result);
      this.#links.open({
        hello: (peer, token) => this.#hello(peer, token),
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
    const logStore = this.#logStore;
    const hardState = logStore.hardState();
    const last = Math.max(logStore.outermostSlot(true) ?? 0, hardState.first - 1);
    if (hardState.committed > last || hardState.committed < this.#snapshots.mark.prefix.slot) {
      throw logError("LOG_CORRUPT", this.#options.name, "entries that it had are gone");
    }
    const { load } = logStore;
    const state = new AcceptorState({ hardState, last, load, cacheBytes: limits.cacheBytes }, ballotOf);
    const prefix = new Prefix(this.#applier.applied);
    while (prefix.slot < hardState.committed) prefix.advance(state.entry(prefix.slot + 1));
    this.#replica = new Replica({
      id: this.#identity.id,
      life: this.#identity.life,
      state,
      prefix,
      timing,
      limits,
      crc32: this.#world.crc32,
      nowMs: this.#nowMs(),
      random: this.#world.random,
      isLeased: (isLeased ?? false) && leaseMsOf(timing) > 0,
      fence: this.#applier.applied.fence,
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    for (const ticket of this.#early.splice(0)) this.#give(this.#replica, ticket);
    this.#plan();
  }

  #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  // ---- links ----

  #hello(peer: string, token: string | undefined): Hello {
    const { founding, id } = this.#identity;
    const { configuration } = this.#applier.applied;
    const yourId = token === undefined ? 0 : (memberOf(configuration, { name: peer, token })?.id ?? 0);
    return {
      kind: "hello",
      format: PAXOS_FORMAT,
      token: this.#identity.token,
      id,
      yourId,
      founders: this.#founding.founders,
      founding,
    };
  }

  #heard(peer: string, hello: Hello): void {
    if (this.#isOver) return;
    if (hello.format !== PAXOS_FORMAT) {
      this.#world.log.warn("log.format", { log: this.#options.name, peer, format: hello.format });
      return;
    }
    if (hello.yourId > this.#identity.id && hello.founding !== undefined) {
      this.#become(hello.yourId, this.#identity.founding ?? hello.founding);
    } else if (this.#identity.id === 0) this.#adopt(this.#founding.heard(peer, hello));
    this.#introduce(peer, hello);
    this.#plan();
  }

  #introduce(peer: string, hello: Hello): void {
    this.#replica?.stores.set(peer, hello.token);
    if (hello.id > 0 && this.#isGenuine(peer, hello)) this.#replica?.linked(this.#nowMs(), hello.id);
  }

  /** Whether a peer is the store that the configuration knows by that number; it may be newer than the configuration. */
  #isGenuine(peer: string, { id, token }: Hello): boolean {
    const member = this.#applier.applied.configuration.members.find((each) => each.id === id);
    return member === undefined || (member.name === peer && member.token === token);
  }

  #adopt(founded: Founded): void {
    if (founded.kind === "founded") this.#become(founded.id, founded.founding);
    if (founded.kind !== "stranger" || this.#isStranger) return;
    this.#isStranger = true;
    this.#world.log.error("log.amnesia", { log: this.#options.name, replica: this.#options.port.self });
  }

  /** Learns its number, and with it the log's beginning. Nothing is promised before that is durable. */
  #become(id: number, founding: Identity["founding"]): void {
    const before = this.#replica;
    this.#isStranger = false;
    this.#identity = { ...this.#identity, id, founding };
    if (this.#snapshots.mark.prefix.slot === 0 && before === undefined && founding !== undefined) {
      const prefix = { slot: 0, fence: 0, isSealed: true, configuration: founding };
      this.#snapshots = this.#makeSnapshots({ ...this.#snapshots.mark, prefix });
      this.#applier.applied = new Prefix(prefix);
    }
    before?.end();
    if (before !== undefined) this.#tellFailures(before);
    this.#replica = undefined;
    this.#write([this.#logStore.identityChange(this.#identity)], () => {
      if (this.#identity.id !== id) return;
      this.#startReplica();
      this.#links.greetAgain(true);
      this.#links.forEachHello((peer, hello) => this.#introduce(peer, hello));
    });
  }

  #down(peer: string, hello: Hello | undefined): void {
    if (hello === undefined) return;
    if (hello.id > 0) this.#replica?.unlinked(hello.id);
    this.#replica?.stores.delete(peer);
  }

  #receive(from: number, message: Message): void {
    const replica = this.#replica;
    if (replica === undefined || this.#isOver) return;
    const nowMs = this.#nowMs();
    switch (message.kind) {
      case "offer":
        if (message.ballot === replica.leaderBallot && message.snapshot.prefix.slot > replica.committed) {
          this.#snapshots.offered(nowMs, from, message);
        }
        break;
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

  // ---- time, turns ----

  #tick(): void {
    if (this.#isOver) return;
    const { timers } = this.#world;
    const { timing } = this.#options;
    this.#tickTimer = timers.after(timing.heartbeatMs / TICKS_OF_HEARTBEAT, () => this.#tick());
    this.#guard(() => {
      const nowMs = this.#nowMs();
      this.#expireEarly(nowMs);
      const replica = this.#replica;
      if (replica === undefined) return;
      replica.tick(nowMs);
      this.#snapshots.tick(nowMs, replica.committed);
      this.#reconfiguration.expire(nowMs, this.#options.name);
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
    if (!this.#isOver) this.#guard(() => this.#turn());
  };

  /** One step of the replica, and all that it wants done. */
  #turn(): void {
    const replica = this.#replica;
    if (replica === undefined || this.#isOver) return;
    const nowMs = this.#nowMs();
    const { write, sends, committed } = replica.flush(nowMs);
    if (write !== undefined) this.#writeState(replica, write);
    for (const { to, message } of sends) this.#links.send(to, message);
    this.#apply(replica, committed, nowMs);
    for (const ticket of replica.takeReadable(this.#applier.applied.slot)) (ticket as ReadTicket).look();
    this.#tellFailures(replica);
    if (replica.laggards.size > 0) this.#snapshots.offerTo(nowMs, replica.laggards, replica.leaderBallot);
    this.#tellStatus(replica);
  }

  #apply(replica: Replica, committed: number, nowMs: number): void {
    const applier = this.#applier;
    const { configuration } = applier.applied;
    const bytes = applier.run(replica, committed);
    if (applier.applied.configuration !== configuration) this.#links.greetAgain(false);
    this.#reconfiguration.applied(applier.applied, this.#options.name);
    if (bytes > 0) this.#snapshots.applied(bytes, applier.applied.value(), nowMs, () => applier.snapshot());
    if (applier.applied.slot < committed) this.#plan();
  }

  #writeState(replica: Replica, { number, hardState, from, to }: Write): void {
    const changes = [...this.#riders.splice(0), this.#logStore.hardStateChange(hardState)];
    for (let slot = from; slot <= to; slot++)
      changes.push(this.#logStore.entryChange(slot, replica.entry(slot)));
    const end = Math.min(hardState.first, this.#removedTo + TURN_REMOVALS);
    for (; this.#removedTo < end; this.#removedTo++) {
      changes.push(this.#logStore.entryChange(this.#removedTo, undefined));
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
      return this.#storeFailed(cause);
    }
    store.sync().then(
      () => {
        if (this.#isOver) return;
        if (store.failures !== this.#failuresAtOpen) this.#storeFailed(undefined);
        else this.#guard(then);
      },
      (cause) => this.#storeFailed(cause),
    );
  }

  #storeFailed(cause: unknown): void {
    const message = `the log ${this.#options.name} ended: the store refused a write`;
    this.#over(new CoterieError("LOG_STORE_FAILED", message, { cause }));
  }

  /** A snapshot of the leader takes the place of the log. */
  #install(mark: Mark, change: Change): boolean {
    const replica = this.#replica;
    if (replica === undefined || mark.prefix.slot <= replica.committed) return false;
    this.#riders.push(change);
    replica.install(mark.prefix);
    this.#applier.restore(mark.prefix, this.#snapshots.pieces(mark));
    this.#plan();
    return true;
  }

  // ---- those who ask ----

  append(entry: Uint8Array): Promise<Appended<Reply>> {
    const { maxEntryBytes } = this.#options.limits;
    if (entry.length > maxEntryBytes) {
      const message = `an entry of ${entry.length} bytes: the log takes ${maxEntryBytes}`;
      return Promise.reject(new CoterieError("LOG_TOO_LARGE", message));
    }
    return new Promise((resolve, reject) => {
      this.#ask(new AppendTicket(entry, resolve, reject, this.#dueMs()));
    });
  }

  read<Seen>(look: () => Seen): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(look());
        } catch (error) {
          reject(error);
        }
      };
      this.#ask(new ReadTicket(run, reject, this.#dueMs()));
    });
  }

  reconfigure(voters: readonly string[]): Promise<void> {
    const complaint = complaintOfVoters(voters);
    if (complaint !== undefined) throw new RangeError(complaint);
    return new Promise((resolve, reject) => {
      this.#ask(new ChangeTicket(voters, resolve, reject, this.#dueMs()));
    });
  }

  #dueMs(): number {
    return this.#nowMs() + (this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  #ask(ticket: AppendTicket<Reply> | ChangeTicket | ReadTicket): void {
    const { name, limits } = this.#options;
    if (this.#isOver) return ticket.reject(logError("LOG_CLOSED", name));
    const replica = this.#replica;
    if (replica !== undefined) this.#give(replica, ticket);
    else if (this.#isStranger) ticket.reject(logError("LOG_AMNESIA", name));
    else if (this.#early.length >= limits.maxAppends) ticket.reject(logError("LOG_BUSY", name));
    else this.#early.push(ticket);
  }

  #give(replica: Replica, ticket: AppendTicket<Reply> | ChangeTicket | ReadTicket): void {
    const { name, limits } = this.#options;
    if (replica.role === "removed") return ticket.reject(logError("LOG_REMOVED", name));
    const nowMs = this.#nowMs();
    if (ticket instanceof ReadTicket) {
      if (replica.readCount >= limits.maxReads) return ticket.reject(logError("LOG_BUSY", name));
      replica.read(nowMs, ticket);
    } else {
      const isCommand = ticket instanceof AppendTicket;
      // Nobody knows the stores here but the leader, who puts them in.
      const entry = isCommand
        ? ticket.entry
        : encodeChange(ticket.voters.map((each) => ({ name: each, token: ANY })));
      if (!replica.hasRoom(entry.length)) return ticket.reject(logError("LOG_BUSY", name));
      replica.append(nowMs, ticket, isCommand ? PAXOS_COMMAND : PAXOS_CHANGE, entry);
    }
    this.#plan();
  }

  #expireEarly(nowMs: number): void {
    const late = this.#early.filter(({ dueMs }) => dueMs <= nowMs);
    if (late.length > 0) this.#early = this.#early.filter(({ dueMs }) => dueMs > nowMs);
    for (const ticket of late) ticket.reject(logError("LOG_NO_QUORUM", this.#options.name));
  }

  #settle(ticket: Ticket, index: number, reply: Reply | undefined): void {
    if (ticket instanceof AppendTicket) ticket.resolve({ index, reply: reply as Reply });
    else this.#reconfiguration.begin(ticket as ChangeTicket, this.#applier.applied, this.#options.name);
  }

  #tellFailures(replica: Replica): void {
    const { name } = this.#options;
    if (replica.failures.length === 0 && replica.failedReads.length === 0) return;
    const certain = this.#isOver
      ? "LOG_CLOSED"
      : replica.role === "removed"
        ? "LOG_REMOVED"
        : "LOG_NO_QUORUM";
    for (const { ticket, isUnknown } of replica.failures.splice(0)) {
      (ticket as AppendTicket<Reply>).reject(logError(isUnknown ? "LOG_OUTCOME_UNKNOWN" : certain, name));
    }
    for (const ticket of replica.failedReads.splice(0))
      (ticket as ReadTicket).reject(logError(certain, name));
  }

  status(): LogStatus {
    const { first } = { first: this.#replica?.first ?? 1 };
    const names = (id: number) => this.#links.nameOf(id);
    return statusOf({
      replica: this.#replica,
      self: this.#options.port.self,
      isOver: this.#isOver,
      applied: this.#applier.applied,
      first,
      snapshot: this.#snapshots.mark.prefix.slot,
      nameOf: names,
    });
  }

  #tellStatus(replica: Replica): void {
    const { configuration } = this.#applier.applied;
    const text = `${replica.role} ${replica.leaderBallot} ${replica.isServing} ${configuration.change} ${configuration.nextId} ${configuration.members.length}`;
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.onStatus(this.status());
  }

  // ---- ends ----

  /** Runs what must not leave the replica in a state that nobody knows: what throws ends it. */
  #guard(run: () => void): void {
    if (this.#isOver) return;
    try {
      run();
    } catch (error) {
      if (error instanceof CoterieError) return this.#over(error);
      this.#over(
        new CoterieError("LOG_CLOSED", `the log ${this.#options.name} ended: ${error}`, { cause: error }),
      );
      throw error;
    }
  }

  #over(error: CoterieError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tickTimer?.cancel();
    this.#replica?.end();
    if (this.#replica !== undefined) this.#tellFailures(this.#replica);
    for (const ticket of this.#early.splice(0)) ticket.reject(logError("LOG_CLOSED", this.#options.name));
    this.#reconfiguration.end(this.#options.name);
    this.#links.close();
    if (error !== undefined) {
      this.#world.log.error("log.ended", {
        log: this.#options.name,
        code: error.code,
        message: error.message,
      });
    }
    this.#end(error);
    this.onStatus(this.status());
  }

  async close(): Promise<void> {
    const replica = this.#replica;
    if (!this.#isOver && replica !== undefined) {
      this.#guard(() => {
        replica.handOver();
        this.#turn();
      });
      await this.#options.store.sync().catch(() => {});
    }
    this.#over(undefined);
    await this.closed;
  }
}

export const DEFAULT_TIMEOUT_MS = 10_000;
/** Stands where a store is not known yet. */
const ANY = "0".repeat(32);
