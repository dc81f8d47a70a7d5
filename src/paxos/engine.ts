/**
 * Carries out what a replica wants, turn by turn: writes to the store, sends to the others, gives entries to the state machine, lets
 * readers look.
 *
 * Everything that happens in a turn of the event loop is one step of the replica, so that what comes together is written with
 * one batch and sent in one message.
 */
import type { Change, CoterieError, World } from "../world/index.ts";
import type { Write } from "./acceptor-state.ts";
import type { Applier } from "./applier.ts";
import type { Configuration } from "./configuration.ts";
import type { Desk } from "./desk.ts";
import { DurableState } from "./durable-state.ts";
import { switchChanges } from "./found-state.ts";
import type { Links } from "./links.ts";
import type { LogStore, Mark } from "./log-store.ts";
import { isDurable } from "./machine.ts";
import { machineFailed } from "./machine-guard.ts";
import type { Message, TransferMessage } from "./message.ts";
import type { CheckedOptions } from "./open-options.ts";
import { Prefix } from "./prefix.ts";
import type { Replica } from "./replica.ts";
import type { ReplicaDisk } from "./replica-disk.ts";
import { Snapshots } from "./snapshots.ts";
import type { StateHost, StateKeeper } from "./state-keeper.ts";
import type { ReadTicket } from "./tickets.ts";

const NOW = Promise.resolve();

export interface EngineParts<Reply> {
  readonly world: World;
  readonly options: CheckedOptions<Reply>;
  readonly links: Links;
  readonly logStore: LogStore;
  readonly life: number;
  readonly desk: Desk<Reply>;
  readonly applier: Applier<Reply>;
  readonly disk: ReplicaDisk;
  /** What the log begins with. */
  readonly mark: Mark;
  /** Runs what must not leave the replica in a state that nobody knows, unless it is over. */
  readonly guard: (run: () => void) => void;
  /** Ends it all. */
  readonly over: (error: CoterieError) => void;
  /** Role, leader or replicas are others than before. */
  readonly changed: () => void;
}

export class Engine<Reply> {
  /** Undefined before this replica knows who it is, and at its end. */
  replica: Replica | undefined;
  /** What the log begins with in the place of entries that are gone. */
  keeper: StateKeeper;
  isOver = false;
  readonly #world: World;
  readonly #options: CheckedOptions<Reply>;
  readonly #links: Links;
  readonly #logStore: LogStore;
  readonly #life: number;
  readonly #desk: Desk<Reply>;
  readonly #applier: Applier<Reply>;
  readonly #disk: ReplicaDisk;
  readonly #guard: (run: () => void) => void;
  readonly #over: (error: CoterieError) => void;
  readonly #changed: () => void;
  #isPlanned = false;
  #isPlannedLater = false;
  /** When a candidate looks next for peers that are mute. */
  #nextLookMs = 0;
  #lastStatus = "";

  constructor(parts: EngineParts<Reply>) {
    this.#world = parts.world;
    this.#options = parts.options;
    this.#links = parts.links;
    this.#logStore = parts.logStore;
    this.#life = parts.life;
    this.#desk = parts.desk;
    this.#applier = parts.applier;
    this.#disk = parts.disk;
    this.#guard = parts.guard;
    this.#over = parts.over;
    this.#changed = parts.changed;
    this.keeper = this.#newKeeper(parts.mark);
  }

  #newKeeper(mark: Mark): StateKeeper {
    const { machine, timing, limits } = this.#options;
    const host: StateHost = {
      logStore: this.#logStore,
      crc32: this.#world.crc32,
      heartbeatMs: timing.heartbeatMs,
      limits,
      life: this.#life,
      nowMs: () => this.#nowMs(),
      applied: () => ({ prefix: this.#applier.applied.value(), given: this.#applier.given }),
      send: (to, message) => void this.#links.send(to, message),
      write: (changes, then) => this.#disk.write(changes, then),
      wait: (doing, promise, then) => this.#wait(doing, promise, then),
      taken: (change, first) => {
        this.#disk.write([change], () => {});
        this.replica?.truncate(first);
        this.plan();
      },
      isWanted: (slot) => this.replica?.isWanted(slot) ?? false,
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

  #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  /** Begins with nothing but the members. */
  begin(configuration: Configuration): void {
    const prefix = { slot: 0, fence: 0, isSealed: true, configuration };
    this.keeper = this.#newKeeper({ ...this.keeper.mark, prefix });
    this.#applier.applied = new Prefix(prefix);
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.#desk.tick(nowMs);
    const replica = this.replica;
    if (replica === undefined) return;
    replica.tick(nowMs);
    this.#lookForMute(replica, nowMs);
    this.keeper.tick(replica.committed);
    this.turn();
  }

  /** Whoever asks to lead is answered, or not heard by all of the others: then it may be the connection that is lost. */
  #lookForMute(replica: Replica, nowMs: number): void {
    if (replica.role !== "candidate" || nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + this.#options.timing.electionMs;
    this.#links.renewMute();
  }

  /** A turn as soon as what runs now has ended: all messages of a chunk, all calls that somebody makes together. */
  plan(): void {
    if (this.#isPlanned || this.isOver) return;
    this.#isPlanned = true;
    void NOW.then(this.#planned);
  }

  readonly #planned = (): void => {
    this.#isPlanned = false;
    this.#guard(() => this.turn());
  };

  /** A turn when others have had theirs. */
  #planLater(): void {
    if (this.#isPlannedLater) return;
    this.#isPlannedLater = true;
    this.#world.timers.soon(this.#later);
  }

  readonly #later = (): void => {
    this.#isPlannedLater = false;
    this.#guard(() => this.turn());
  };

  /** One step of the replica, and all that it wants done. */
  turn(): void {
    const replica = this.replica;
    if (replica === undefined || this.isOver) return;
    const nowMs = this.#nowMs();
    const { write, sends, committed } = replica.flush(nowMs);
    for (const { to, message } of sends) this.#links.send(to, message);
    // A leader's own disk begins when the others' entries have left, so that all disks work at the same time.
    if (write !== undefined) this.#write(replica, write, replica.role === "leader" && sends.length > 0);
    if (this.isOver) return;
    this.#apply(replica, committed);
    for (const ticket of replica.takeReadable(this.#applier.applied.slot)) (ticket as ReadTicket).look();
    this.#desk.tellFailures(replica);
    if (replica.laggards.size > 0) this.keeper.offerTo(replica.laggards, replica.leaderBallot);
    this.#tellStatus(replica);
  }

  #apply(replica: Replica, committed: number): void {
    const applier = this.#applier;
    if (this.keeper.isSwitching) return;
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
      this.keeper.progressed(bytes);
    }
    // One that is held is tried again with the next tick.
    if (applier.applied.slot < until && !applier.isHeld) this.#planLater();
  }

  #write(replica: Replica, write: Write, mayWait: boolean): void {
    const then = () => {
      if (this.replica !== replica) return;
      replica.durable(this.#nowMs(), write.number);
      this.turn();
    };
    this.#disk.writeState(write, (slot) => replica.entry(slot), then);
    if (!mayWait) this.#disk.flush();
    else this.#world.timers.soon(this.#flushDisk);
  }

  readonly #flushDisk = (): void => this.#guard(() => this.#disk.flush());

  receive(from: number, message: Message): void {
    const replica = this.replica;
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
        this.keeper.receive(from, message);
        break;
      default:
        replica.receive(this.#nowMs(), from, message);
    }
    this.plan();
  }

  /** Only of the leader, and only what is news. */
  #offered(replica: Replica, from: number, ballot: number, slot: number, message: TransferMessage): void {
    const isLeaders = ballot === replica.leaderBallot && from === replica.leader;
    if (isLeaders && replica.isWanted(slot)) this.keeper.receive(from, message);
  }

  /** A state of another replica took the place of the own one, and of the log up to it. */
  #received(mark: Mark, changes: readonly Change[]): void {
    const { prefix } = mark;
    this.keeper.restore(mark);
    this.#applier.reset(prefix, mark.given ?? 0);
    const replica = this.replica;
    if (replica === undefined) {
      // The next one begins with it.
      this.#disk.write(switchChanges(this.#logStore, mark), () => {});
      return;
    }
    this.#disk.ride(changes);
    replica.install(prefix);
    this.#desk.applied(prefix);
    this.turn();
  }

  #tellStatus(replica: Replica): void {
    const { change, nextId, members } = this.#applier.applied.configuration;
    const { role, leaderBallot, isServing } = replica;
    const text = `${role} ${leaderBallot} ${isServing} ${change} ${nextId} ${members.length}`;
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.#changed();
  }
}
