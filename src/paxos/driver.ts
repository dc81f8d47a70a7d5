/**
 * Carries out what a replica wants: writes to the store, sends over the mesh, gives entries to the state machine, keeps time. It
 * decides nothing about agreement.
 *
 * Everything that happens in a turn of the event loop is one step of the replica, so that what comes together is written with
 * one batch and sent in one message. What the replica learns of itself from others ends it, and begins another one.
 */
import { type Change, CoterieError, type Timer, type World } from "../world/index.ts";
import type { Write } from "./acceptor-state.ts";
import { Applier } from "./applier.ts";
import { NO_CONFIGURATION } from "./configuration.ts";
import { Desk } from "./desk.ts";
import { DurableState } from "./durable-state.ts";
import { type FoundState, switchChanges } from "./found-state.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import { Introductions, isGenuine, type Lesson } from "./introductions.ts";
import type { Links } from "./links.ts";
import type { Appended, LogStatus, ReplicatedLog } from "./log.ts";
import type { Identity, LogStore, Mark } from "./log-store.ts";
import { isDurable } from "./machine.ts";
import { machineFailed } from "./machine-guard.ts";
import type { Message, TransferMessage } from "./message.ts";
import type { CheckedOptions } from "./open-options.ts";
import { Prefix } from "./prefix.ts";
import type { Replica } from "./replica.ts";
import { ReplicaDisk } from "./replica-disk.ts";
import { Snapshots } from "./snapshots.ts";
import { startReplica } from "./start-replica.ts";
import type { StateHost, StateKeeper } from "./state-keeper.ts";
import { statusOf } from "./status.ts";
import { logError, type ReadTicket } from "./tickets.ts";
import type { Hello } from "./wire.ts";

const TICKS_OF_HEARTBEAT = 2;
const NOW = Promise.resolve();

export class LogDriver<Reply> implements ReplicatedLog<Reply> {
  onStatus: (status: LogStatus) => void = () => {};
  readonly closed: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #options: CheckedOptions<Reply>;
  readonly #links: Links;
  readonly #logStore: LogStore;
  readonly #introductions: Introductions;
  readonly #desk: Desk<Reply>;
  readonly #applier: Applier<Reply>;
  readonly #disk: ReplicaDisk;
  /** What a state machine had on its own disk at the start. */
  readonly #position: number;
  #keeper: StateKeeper;
  #replica: Replica | undefined;
  #tickTimer: Timer | undefined;
  /** When a candidate looks next for peers that are mute. */
  #nextLookMs = 0;
  #isPlanned = false;
  #isPlannedLater = false;
  #isOver = false;
  #end: (error: CoterieError | undefined) => void = () => {};
  #lastStatus = "";

  constructor(
    world: World,
    options: CheckedOptions<Reply>,
    links: Links,
    logStore: LogStore,
    identity: Identity,
    { mark, position }: FoundState,
  ) {
    this.#world = world;
    this.#options = options;
    this.#links = links;
    this.#logStore = logStore;
    this.#position = position;
    this.#disk = new ReplicaDisk(options.store, logStore, {
      guard: (run) => this.#guard(run),
      failed: (error) => this.#over(error),
    });
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
    const begin = mark ?? { prefix, given: 0, bytes: 0, chunks: 0, checksum: 0, generation: 0 };
    this.#keeper = this.#makeKeeper(begin);
    const given = begin.given ?? 0;
    this.#applier = new Applier(options.machine, begin.prefix, { given, position }, (ticket, reply) =>
      this.#desk.settle(ticket, this.#applier.applied, reply),
    );
  }

  #makeKeeper(mark: Mark): StateKeeper {
    const { machine, timing, limits } = this.#options;
    const host: StateHost = {
      logStore: this.#logStore,
      crc32: this.#world.crc32,
      heartbeatMs: timing.heartbeatMs,
      limits,
      life: this.#introductions.identity.life,
      nowMs: () => this.#nowMs(),
      applied: () => ({ prefix: this.#applier.applied.value(), given: this.#applier.given }),
      send: (to, message) => void this.#links.send(to, message),
      write: (changes, then) => this.#disk.write(changes, then),
      wait: (doing, promise, then) => this.#wait(doing, promise, then),
      taken: (change, first) => {
        this.#disk.write([change], () => {});
        this.#replica?.truncate(first);
        this.#plan();
      },
      isWanted: (slot) => this.#replica?.isWanted(slot) ?? false,
      received: (received, changes) => this.#received(received, changes),
    };
    return isDurable(machine) ? new DurableState(host, mark, machine) : new Snapshots(host, mark, machine);
  }

  #wait(doing: string, promise: Promise<void>, then: () => void): void {
    promise.then(
      () => this.#guard(then),
      (cause) => {
        // Where it keeps its state in the log's own store, it is that which failed.
        if (this.#disk.hasFailed) this.#disk.fail(cause);
        else this.#over(machineFailed(doing, cause));
      },
    );
  }

  /** Begins: with the state machine as the snapshot has it. */
  start(): void {
    this.#guard(() => {
      if (this.#keeper.mark.prefix.slot > 0) this.#keeper.restore(this.#keeper.mark);
      this.#keeper.clean();
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
    const options = this.#options;
    this.#replica = startReplica({
      world: this.#world,
      options,
      logStore: this.#logStore,
      identity: this.#introductions.identity,
      applied: this.#applier.applied,
      base: this.#keeper.mark.prefix.slot,
      position: this.#position,
    });
    if (this.#replica === undefined)
      throw logError("LOG_CORRUPT", options.name, "entries that it had are gone");
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
    if (id > 0) this.#replica?.unlinked(this.#nowMs(), id);
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
    // After all that this replica wrote: the next one begins with it.
    this.#disk.write([this.#logStore.identityChange(this.#introductions.identity)], () => {
      if (this.#introductions.identity.id !== id) return;
      this.#startReplica();
      this.#links.greetAgain(true);
      this.#links.forEachHello((peer, hello) => this.#introduce(peer, hello));
    });
  }

  #begin(configuration: Lesson["founding"]): void {
    const prefix = { slot: 0, fence: 0, isSealed: true, configuration };
    this.#keeper = this.#makeKeeper({ ...this.#keeper.mark, prefix });
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
    switch (message.kind) {
      case "offer":
        this.#offered(replica, from, message.ballot, message.snapshot.prefix.slot, message);
        break;
      case "state":
        this.#offered(replica, from, message.ballot, message.prefix.slot, message);
        break;
      case "chunk":
      case "want":
      case "part":
      case "more":
        this.#keeper.receive(from, message);
        break;
      default:
        replica.receive(this.#nowMs(), from, message);
    }
    this.#plan();
  }

  /** Only of the leader, and only what is news. */
  #offered(replica: Replica, from: number, ballot: number, slot: number, message: TransferMessage): void {
    const isLeaders = ballot === replica.leaderBallot && from === replica.leader;
    if (isLeaders && replica.isWanted(slot)) this.#keeper.receive(from, message);
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
      this.#lookForMute(replica, nowMs);
      this.#keeper.tick(replica.committed);
      this.#turn();
    });
  }

  /** Whoever asks to lead is answered, or not heard by all of the others: then it may be the connection that is lost. */
  #lookForMute(replica: Replica, nowMs: number): void {
    if (replica.role !== "candidate" || nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + this.#options.timing.electionMs;
    this.#links.renewMute();
  }

  /** A turn as soon as what runs now has ended: all messages of a chunk, all calls that somebody makes together. */
  #plan(): void {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    void NOW.then(this.#planned);
  }

  readonly #planned = (): void => {
    this.#isPlanned = false;
    this.#guard(() => this.#turn());
  };

  /** A turn when others have had theirs. */
  #planLater(): void {
    if (this.#isPlannedLater) return;
    this.#isPlannedLater = true;
    this.#world.timers.soon(this.#later);
  }

  readonly #later = (): void => {
    this.#isPlannedLater = false;
    this.#guard(() => this.#turn());
  };

  /** One step of the replica, and all that it wants done. */
  #turn(): void {
    const replica = this.#replica;
    if (replica === undefined || this.#isOver) return;
    const nowMs = this.#nowMs();
    const { write, sends, committed } = replica.flush(nowMs);
    for (const { to, message } of sends) this.#links.send(to, message);
    // A leader's own disk begins when the others' entries have left, so that all disks work at the same time.
    if (write !== undefined) this.#write(replica, write, replica.role === "leader" && sends.length > 0);
    if (this.#isOver) return;
    this.#apply(replica, committed);
    for (const ticket of replica.takeReadable(this.#applier.applied.slot)) (ticket as ReadTicket).look();
    this.#desk.tellFailures(replica);
    if (replica.laggards.size > 0) this.#keeper.offerTo(replica.laggards, replica.leaderBallot);
    this.#tellStatus(replica);
  }

  #apply(replica: Replica, committed: number): void {
    const applier = this.#applier;
    if (this.#keeper.isSwitching) return;
    if (this.#disk.hasFailed) {
      this.#disk.fail(undefined);
      return;
    }
    // What is durable apart from the log is never ahead of it.
    const until = isDurable(this.#options.machine) ? Math.min(committed, replica.storedEnd) : committed;
    const { configuration } = applier.applied;
    const bytes = applier.run(replica, until);
    if (applier.applied.configuration !== configuration) this.#links.greetAgain(false);
    if (bytes > 0) {
      this.#desk.applied(applier.applied);
      this.#keeper.progressed(bytes);
    }
    // One that is held is tried again with the next tick.
    if (applier.applied.slot < until && !applier.isHeld) this.#planLater();
  }

  #write(replica: Replica, write: Write, mayWait: boolean): void {
    const then = () => {
      if (this.#replica !== replica) return;
      replica.durable(this.#nowMs(), write.number);
      this.#turn();
    };
    this.#disk.writeState(write, (slot) => replica.entry(slot), then);
    if (!mayWait) this.#disk.flush();
    else this.#world.timers.soon(this.#flushDisk);
  }

  readonly #flushDisk = (): void => this.#guard(() => this.#disk.flush());

  /** A state of another replica took the place of the own one, and of the log up to it. */
  #received(mark: Mark, changes: readonly Change[]): void {
    const { prefix } = mark;
    this.#keeper.restore(mark);
    this.#applier.reset(prefix, mark.given ?? 0);
    const replica = this.#replica;
    if (replica === undefined) {
      // The next one begins with it.
      this.#disk.write(switchChanges(this.#logStore, mark), () => {});
      return;
    }
    this.#disk.ride(changes);
    replica.install(prefix);
    this.#desk.applied(prefix);
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
      snapshot: this.#keeper.mark.prefix.slot,
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
    this.#endKeeper();
    this.#links.close();
    if (error !== undefined) {
      const { code, message } = error;
      this.#world.log.error("log.ended", { log: this.#options.name, code, message });
    }
    this.#end(error);
    this.onStatus(this.status());
  }

  /** What a state machine has open for a transfer is closed, whatever ended the replica. */
  #endKeeper(): void {
    try {
      this.#keeper.end();
    } catch (error) {
      this.#world.log.warn("log.transfer", { log: this.#options.name, error: String(error) });
    }
  }

  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#guard(() => {
        this.#replica?.handOver();
        this.#turn();
        this.#disk.flush();
      });
      await this.#options.store.sync().catch(() => {});
    }
    this.#over(undefined);
    await this.closed;
  }
}
