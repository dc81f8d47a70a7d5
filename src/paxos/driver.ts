/**
 * A replica of a log with all that it stands on: its part of a store, its links, its state machine and its time. What the replica wants
 * is carried out turn by turn (`engine.ts`); here it begins, is told who is who, and ends. What it learns of itself from
 * others ends it, and begins another one. Nothing is decided about agreement.
 */
import { CoterieError, type Timer, type World } from "../world/index.ts";
import { Applier } from "./applier.ts";
import { NO_CONFIGURATION } from "./configuration.ts";
import { Desk } from "./desk.ts";
import { Engine } from "./engine.ts";
import type { FoundState } from "./found-state.ts";
import { PAXOS_FORMAT } from "./gen/paxos.gen.ts";
import { Introductions, isGenuine, type Lesson } from "./introductions.ts";
import type { Links } from "./links.ts";
import type { Appended, LogStatus, ReplicatedLog } from "./log.ts";
import type { Identity, LogStore } from "./log-store.ts";
import type { CheckedOptions } from "./open-options.ts";
import { ReplicaDisk } from "./replica-disk.ts";
import { startReplica } from "./start-replica.ts";
import { statusOf } from "./status.ts";
import { logError } from "./tickets.ts";
import type { Hello } from "./wire.ts";

const TICKS_OF_HEARTBEAT = 2;

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
  readonly #engine: Engine<Reply>;
  /** What a state machine had on its own disk at the start. */
  readonly #position: number;
  #tickTimer: Timer | undefined;
  #end: (error: CoterieError | undefined) => void = () => {};

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
      plan: () => this.#engine.plan(),
    });
    const configuration = identity.founding ?? NO_CONFIGURATION;
    const prefix = { slot: 0, fence: 0, isSealed: true, configuration };
    const begin = mark ?? { prefix, given: 0, bytes: 0, chunks: 0, checksum: 0, generation: 0 };
    const given = begin.given ?? 0;
    this.#applier = new Applier(options.machine, begin.prefix, { given, position }, (ticket, reply) =>
      this.#desk.settle(ticket, this.#applier.applied, reply),
    );
    this.#engine = new Engine({
      world,
      options,
      links,
      logStore,
      life: identity.life,
      desk: this.#desk,
      applier: this.#applier,
      disk: this.#disk,
      mark: begin,
      guard: (run) => this.#guard(run),
      over: (error) => this.#over(error),
      changed: () => this.onStatus(this.status()),
    });
  }

  /** Begins: with the state machine as the snapshot has it. */
  start(): void {
    this.#guard(() => {
      if (this.#engine.keeper.mark.prefix.slot > 0) this.#engine.keeper.restore(this.#engine.keeper.mark);
      this.#engine.keeper.clean();
      if (this.#introductions.identity.id > 0) this.#startReplica();
      else this.#learn(this.#introductions.begin());
      this.#links.open({
        hello: (peer, token) => this.#introductions.hello(peer, token, this.#applier.applied.configuration),
        onHello: (peer, hello) => this.#guard(() => this.#heard(peer, hello)),
        onMessage: (_, id, message) => this.#guard(() => this.#engine.receive(id, message)),
        onDown: (peer, hello) => this.#down(peer, hello),
      });
      this.#tick();
    });
  }

  /** Resolves when all that the store knows to be agreed on was applied. */
  async caughtUp(): Promise<undefined> {
    const goal = this.#engine.replica?.committed ?? 0;
    while (!this.#engine.isOver && this.#applier.applied.slot < goal) {
      await new Promise<void>((resolve) => this.#world.timers.soon(resolve));
    }
  }

  #startReplica(): void {
    const options = this.#options;
    this.#engine.replica = startReplica({
      world: this.#world,
      options,
      logStore: this.#logStore,
      identity: this.#introductions.identity,
      applied: this.#applier.applied,
      base: this.#engine.keeper.mark.prefix.slot,
      position: this.#position,
    });
    if (this.#engine.replica === undefined)
      throw logError("LOG_CORRUPT", options.name, "entries that it had are gone");
    this.#desk.serve(this.#engine.replica);
    this.#engine.plan();
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
    this.#engine.plan();
  }

  #introduce(peer: string, hello: Hello): void {
    this.#engine.replica?.stores.set(peer, hello.token);
    const isKnown = isGenuine(this.#applier.applied.configuration, peer, hello);
    if (hello.id > 0 && isKnown) this.#engine.replica?.linked(this.#nowMs(), hello.id);
  }

  #down(peer: string, { id }: Hello): void {
    if (id > 0) this.#engine.replica?.unlinked(this.#nowMs(), id);
    this.#engine.replica?.stores.delete(peer);
  }

  /** Learns its number, and with it the log's beginning. Nothing is promised before that is durable. */
  #learn(lesson: Lesson | undefined): void {
    const { isStranger, identity } = this.#introductions;
    this.#desk.refuse(isStranger ? "LOG_AMNESIA" : undefined);
    if (lesson === undefined) return;
    const { id, founding } = lesson;
    this.#introductions.identity = { ...identity, id, founding };
    if (identity.id === 0) this.#engine.begin(founding);
    this.#endReplica();
    // After all that this replica wrote: the next one begins with it.
    this.#disk.write([this.#logStore.identityChange(this.#introductions.identity)], () => {
      if (this.#introductions.identity.id !== id) return;
      this.#startReplica();
      this.#links.greetAgain(true);
      this.#links.forEachHello((peer, hello) => this.#introduce(peer, hello));
    });
  }

  #endReplica(): void {
    const replica = this.#engine.replica;
    this.#engine.replica = undefined;
    this.#desk.serve(undefined);
    if (replica === undefined) return;
    replica.end();
    this.#desk.tellFailures(replica);
  }

  #tick(): void {
    if (this.#engine.isOver) return;
    const delayMs = this.#options.timing.heartbeatMs / TICKS_OF_HEARTBEAT;
    this.#tickTimer = this.#world.timers.after(delayMs, () => this.#tick());
    this.#guard(() => this.#engine.tick());
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
      replica: this.#engine.replica,
      self: this.#options.port.self,
      isOver: this.#engine.isOver,
      applied: this.#applier.applied,
      snapshot: this.#engine.keeper.mark.prefix.slot,
      nameOf: (id) => this.#links.nameOf(id),
    });
  }

  /** Runs what must not leave the replica in a state that nobody knows: what throws ends it. */
  #guard(run: () => void): void {
    if (this.#engine.isOver) return;
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
    if (this.#engine.isOver) return;
    this.#engine.isOver = true;
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
      this.#engine.keeper.end();
    } catch (error) {
      this.#world.log.warn("log.transfer", { log: this.#options.name, error: String(error) });
    }
  }

  async close(): Promise<void> {
    if (!this.#engine.isOver) {
      this.#guard(() => {
        this.#engine.replica?.handOver();
        this.#engine.turn();
        this.#disk.flush();
      });
      await this.#options.store.sync().catch(() => {});
    }
    this.#over(undefined);
    await this.closed;
  }
}
