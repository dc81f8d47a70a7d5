/**
 * Replicas of a log without a world around them: a queue of events in virtual time, a network that loses, doubles and turns around
 * whatever it carries, disks that keep what they confirmed, clocks that drift, crashes, snapshots and changes of the members.
 * It is quick, so thousands of seeds are tried, and every step is held against the spec.
 */

import { crc32 } from "node:zlib";
import { AcceptorState } from "../../src/paxos/acceptor-state.ts";
import { encodeChange } from "../../src/paxos/codec.ts";
import { foundingConfiguration, isVoter } from "../../src/paxos/configuration.ts";
import { ballotOf, kindOf, originOf, PAXOS_CHANGE, PAXOS_COMMAND, payloadOf } from "../../src/paxos/entry.ts";
import type { PaxosMessage } from "../../src/paxos/message.ts";
import { defaultLimits, type Timing } from "../../src/paxos/options.ts";
import { Prefix, type PrefixValue } from "../../src/paxos/prefix.ts";
import { Replica } from "../../src/paxos/replica.ts";
import { LogSpec } from "../../src/paxos/spec.ts";
import { Prng } from "../../src/sim/index.ts";

const TIMING: Timing = { heartbeatMs: 100, electionMs: 1000, clockDriftPpm: 100_000, clockErrorMs: 20 };
const TICK_MS = 30;
const TIMEOUT_MS = 4000;
const TOKENS = "0123456789abcdef";

interface Snapshot {
  readonly prefix: PrefixValue;
  readonly state: readonly string[];
}

/** What a disk holds. */
interface Disk {
  promised: number;
  committed: number;
  first: number;
  readonly entries: Map<number, Uint8Array>;
  snapshot: Snapshot;
  life: number;
}

type Change = (disk: Disk) => void;

type Wire = PaxosMessage | { readonly kind: "snapshot"; readonly snapshot: Snapshot };

interface AppendTicket {
  readonly append: string;
}

interface ReadTicket {
  readonly least: number;
}

export interface ClusterOptions {
  readonly seed: string;
  readonly voters: number;
  /** Machines that are there to join. */
  readonly spare?: number;
  readonly isLeased?: boolean;
  /** Milliseconds of faults and load; then all must come to rest. */
  readonly busyMs?: number;
}

export class Violation extends Error {
  readonly property: string;

  constructor(property: string, what: string) {
    super(`${property}: ${what}`);
    this.property = property;
  }
}

export class Cluster {
  readonly random: Prng;
  readonly spec: LogSpec;
  readonly machines: Machine[];
  nowMs = 0;
  isCalm = false;
  loss = 0;
  doubling = 0;
  slowest = 20;
  syncMs = 5;
  readonly counts = {
    acknowledged: 0,
    unknown: 0,
    refused: 0,
    reads: 0,
    snapshots: 0,
    changes: 0,
    crashes: 0,
  };
  readonly #options: ClusterOptions;
  readonly #events: { atMs: number; order: number; run: () => void }[] = [];
  #order = 0;
  #appends = 0;
  /** Those who do not hear each other. */
  cut = new Set<number>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.random = new Prng(options.seed, "cluster");
    this.spec = new LogSpec((property, what) => {
      throw new Violation(property, what);
    });
    const count = options.voters + (options.spare ?? 0);
    const names = Array.from({ length: count }, (_, at) => ({ name: `n${at + 1}`, token: tokenOf(at) }));
    const founding = foundingConfiguration(names.slice(0, options.voters));
    this.machines = names.map(({ name, token }, at) => new Machine(this, at, name, token, founding, options));
  }

  at(delayMs: number, run: () => void): void {
    // A heap would be quicker; sorted insertion from the end is enough for some thousand events.
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    let place = this.#events.length;
    while (place > 0 && isLater(event, this.#events[place - 1] as typeof event)) place--;
    this.#events.splice(place, 0, event);
  }

  runUntil(atMs: number): void {
    for (;;) {
      const event = this.#events.at(-1);
      if (event === undefined || event.atMs > atMs) break;
      this.#events.pop();
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = atMs;
  }

  nextAppend(): string {
    return `a${++this.#appends}`;
  }

  send(from: Machine, to: Machine, message: Wire): void {
    const isCut = this.cut.has(from.at) !== this.cut.has(to.at);
    if (isCut || (!this.isCalm && this.random.chance(this.loss))) return;
    const copies = !this.isCalm && this.random.chance(this.doubling) ? 2 : 1;
    const life = to.life;
    for (let i = 0; i < copies; i++) {
      const delayMs = this.isCalm ? 1 : 0.2 + this.slowest * this.random.unit() ** 3;
      // An old message may reach the next life too: links forbid it, replicas need not rely on that.
      this.at(delayMs, () => (to.life === life || this.random.chance(0.5)) && to.receive(from, message));
    }
  }

  run(): void {
    const { busyMs = 12_000 } = this.#options;
    this.#drawWeather(busyMs);
    for (const machine of this.machines) machine.start();
    this.#drawLoad(busyMs);
    this.runUntil(busyMs);
    this.#calm();
    this.runUntil(busyMs + 8000);
    const before = this.counts.acknowledged;
    const voters = this.#voters();
    for (const machine of voters) machine.append();
    this.runUntil(busyMs + 14_000);
    this.#checkRest(voters, before);
  }

  /** Who they are as of the longest log. */
  #voters(): Machine[] {
    const { configuration } = this.machines.reduce((a, b) =>
      b.applied.slot > a.applied.slot ? b : a,
    ).applied;
    return this.machines.filter((machine) => isVoter(configuration, machine.number));
  }

  #drawWeather(busyMs: number): void {
    const { random } = this;
    this.loss = random.chance(0.5) ? 0 : 0.2 * random.unit();
    this.doubling = random.chance(0.5) ? 0 : 0.2 * random.unit();
    this.slowest = random.chance(0.7) ? 5 : 400;
    this.syncMs = random.chance(0.7) ? 4 : 300;
    if (random.chance(0.5)) this.at(2000, () => this.#hunt(busyMs));
    const faults = random.below(8);
    for (let i = 0; i < faults; i++) {
      const atMs = busyMs * random.unit();
      const lastsMs = 3000 * random.unit();
      const machine = this.machines[random.below(this.machines.length)] as Machine;
      if (random.chance(0.5)) {
        this.at(atMs, () => machine.crash());
        this.at(atMs + lastsMs, () => machine.start());
      } else if (random.chance(0.3)) {
        this.at(atMs, () => {
          for (const each of this.machines) each.crash();
        });
        for (const each of this.machines) this.at(atMs + 10 + lastsMs * random.unit(), () => each.start());
      } else {
        const group = this.machines.filter(() => random.chance(0.4)).map(({ at }) => at);
        this.at(atMs, () => {
          this.cut = new Set(group);
        });
        this.at(atMs + lastsMs, () => {
          this.cut = new Set();
        });
      }
    }
  }

  /**
   * Leaders are cut off one after the other, each with some of those that follow it, while it has something to propose. So entries
   * of several ballots lie in the same slots, and elections find them.
   */
  #hunt(untilMs: number): void {
    if (this.nowMs >= untilMs) {
      this.cut = new Set();
      return;
    }
    const { random } = this;
    const leader = this.machines.find(({ replica }) => replica?.isServing && !this.cut.has(replica.leader));
    if (leader !== undefined) {
      const others = this.machines.filter(() => random.chance(0.3)).map(({ at }) => at);
      for (let i = random.below(4); i >= 0; i--) leader.append();
      this.at(random.chance(0.5) ? 0 : 5 * random.unit(), () => {
        this.cut = new Set([leader.at, ...others]);
        for (let i = random.below(4); i >= 0; i--) leader.append();
      });
      if (random.chance(0.2)) this.at(20, () => this.isCalm || leader.crash());
      if (random.chance(0.9)) this.at(500, () => leader.start());
    }
    if (random.chance(0.1)) this.cut = new Set();
    this.at(2500 * random.unit(), () => this.#hunt(untilMs));
  }

  #drawLoad(busyMs: number): void {
    const { random } = this;
    const operations = 40 + random.below(120);
    for (let i = 0; i < operations; i++) {
      const machine = this.machines[random.below(this.machines.length)] as Machine;
      const kind = random.unit();
      this.at(busyMs * random.unit(), () => {
        if (kind < 0.55) for (let n = random.below(6); n >= 0; n--) machine.append();
        else if (kind < 0.9) machine.read();
        else if (kind < 0.95) machine.snapshot();
        else this.#change(machine);
      });
    }
  }

  #change(by: Machine): void {
    const { random } = this;
    const wanted = this.machines.filter(() => random.chance(0.6));
    if (wanted.length > 0) by.change(wanted.map(({ name, token }) => ({ name, token })));
  }

  #calm(): void {
    this.isCalm = true;
    this.cut = new Set();
    this.syncMs = 1;
    for (const machine of this.machines) machine.start();
  }

  #checkRest(voters: readonly Machine[], before: number): void {
    if (this.counts.acknowledged < before + voters.length) {
      throw new Violation(
        "liveness",
        `${this.counts.acknowledged - before} of ${voters.length} appends in calm`,
      );
    }
    const length = Math.max(...voters.map(({ applied }) => applied.slot));
    for (const machine of voters) {
      if (machine.applied.slot !== length)
        throw new Violation("liveness", `${machine.name} is at ${machine.applied.slot} of ${length}`);
      const text = machine.state.join(" ");
      if (text !== (voters[0] as Machine).state.join(" "))
        throw new Violation("agreement", `states differ: ${text}`);
    }
  }
}

function isLater(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.order > b.order);
}

function tokenOf(at: number): string {
  return Array.from({ length: 32 }, (_, i) => TOKENS[(at * 7 + i) % 16]).join("");
}

export class Machine {
  readonly at: number;
  readonly name: string;
  readonly token: string;
  readonly disk: Disk;
  life = 0;
  replica: Replica | undefined;
  applied: Prefix;
  /** Names of the appends that were applied: the state of the state machine. */
  state: string[] = [];
  readonly #cluster: Cluster;
  readonly #options: ClusterOptions;
  readonly #founding: PrefixValue;
  #rate = 1;
  #originMs = 0;
  #unsynced: { change: Change; number: number }[] = [];
  #isSyncing = false;

  constructor(
    cluster: Cluster,
    at: number,
    name: string,
    token: string,
    founding: PrefixValue["configuration"],
    options: ClusterOptions,
  ) {
    this.#cluster = cluster;
    this.at = at;
    this.name = name;
    this.token = token;
    this.#options = options;
    this.#founding = { slot: 0, fence: 0, isSealed: true, configuration: founding };
    this.applied = new Prefix(this.#founding);
    this.disk = {
      promised: 0,
      committed: 0,
      first: 1,
      entries: new Map(),
      snapshot: { prefix: this.#founding, state: [] },
      life: 0,
    };
    this.#rate = 1 + (cluster.random.unit() - 0.5) * 0.18;
  }

  #idOf(configuration: PrefixValue["configuration"]): number {
    return configuration.members.find(({ name }) => name === this.name)?.id ?? 0;
  }

  get number(): number {
    return this.#number;
  }

  #clockMs(): number {
    return this.#originMs + this.#cluster.nowMs * this.#rate;
  }

  /** The replica's number; 0 before it has one. */
  #number = 0;

  start(): void {
    if (this.replica !== undefined) return;
    this.life++;
    this.#adopt(this.life);
    if (this.#number === 0) return;
    const { disk } = this;
    disk.life++;
    this.#originMs = this.#cluster.random.below(1000);
    const last = Math.max(disk.first - 1, ...disk.entries.keys());
    const { promised, first } = disk;
    const committed = Math.max(disk.committed, disk.snapshot.prefix.slot);
    const state = new AcceptorState(
      {
        hardState: { promised, committed, first },
        last,
        load: (slot) => this.#load(slot),
        cacheBytes: 400,
      },
      ballotOf,
    );
    const prefix = new Prefix(disk.snapshot.prefix);
    while (prefix.slot < committed) prefix.advance(state.entry(prefix.slot + 1));
    this.applied = new Prefix(disk.snapshot.prefix);
    this.state = [...disk.snapshot.state];
    this.#cluster.spec.starts(this.name, this.applied.slot);
    this.replica = new Replica({
      id: this.#number,
      life: disk.life,
      state,
      prefix,
      timing: TIMING,
      limits: { ...defaultLimits, messageBytes: 200, windowBytes: 600, appendBytes: 400, nearEntries: 5 },
      crc32,
      nowMs: this.#clockMs(),
      random: new Prng(this.#options.seed, `${this.name} ${this.life}`),
      isLeased: this.#options.isLeased ?? false,
      fence: disk.snapshot.prefix.fence,
      timeoutMs: TIMEOUT_MS,
    });
    for (const other of this.#cluster.machines) {
      this.replica.stores.set(other.name, other.token);
      if (other === this) continue;
      if (other.#number > 0) this.replica.linked(this.#clockMs(), other.#number);
      other.replica?.linked(other.#clockMs(), this.#number);
    }
    this.flush();
    this.#tick(this.life);
  }

  /** Learns from those who know it better which number it has now, as replicas tell each other when a link begins. */
  #adopt(life: number): void {
    if (life !== this.life) return;
    this.#cluster.at(50, () => this.#adopt(life));
    const told = this.#cluster.machines.map(({ applied }) => this.#idOf(applied.configuration));
    const number = Math.max(...told);
    if (number <= this.#number || (this.#number > 0 && this.replica === undefined)) return;
    this.crash();
    this.#number = number;
    this.start();
  }

  #load(slot: number): Uint8Array {
    for (let i = this.#written.length - 1; i >= 0; i--) {
      const found = this.#written[i]?.get(slot);
      if (found !== undefined) return found;
    }
    const entry = this.disk.entries.get(slot);
    if (entry === undefined) throw new Error(`${this.name} has no entry ${slot}`);
    return entry;
  }

  /** Entries that were applied to the store and are not durable. */
  #written: Map<number, Uint8Array>[] = [];

  #tick(life: number): void {
    if (this.replica === undefined || life !== this.life) return;
    this.replica.tick(this.#clockMs());
    this.flush();
    this.#cluster.at((TICK_MS * (0.5 + this.#cluster.random.unit())) / this.#rate, () => this.#tick(life));
  }

  crash(): void {
    if (this.replica === undefined) return;
    this.#cluster.counts.crashes++;
    this.replica = undefined;
    const kept = this.#cluster.random.below(this.#unsynced.length + 1);
    for (const { change } of this.#unsynced.slice(0, kept)) change(this.disk);
    this.#unsynced = [];
    this.#written = [];
    this.#isSyncing = false;
  }

  receive(from: Machine, message: Wire): void {
    const { replica } = this;
    if (replica === undefined) return;
    if (message.kind === "snapshot") this.#install(message.snapshot);
    else replica.receive(this.#clockMs(), from.#number, message);
    this.flush();
  }

  append(): void {
    const { replica } = this;
    if (replica === undefined) return;
    const append = this.#cluster.nextAppend();
    this.#cluster.spec.appending(append);
    replica.append(this.#clockMs(), { append }, PAXOS_COMMAND, new TextEncoder().encode(append));
    this.flush();
  }

  read(): void {
    const least = this.#cluster.spec.reading();
    this.replica?.read(this.#clockMs(), { least });
    this.flush();
  }

  change(wanted: { name: string; token: string }[]): void {
    this.replica?.append(this.#clockMs(), {}, PAXOS_CHANGE, encodeChange(wanted));
    this.flush();
  }

  snapshot(): void {
    const { replica } = this;
    if (replica === undefined || this.applied.slot <= this.disk.snapshot.prefix.slot) return;
    this.#cluster.counts.snapshots++;
    const snapshot = { prefix: this.applied.value(), state: [...this.state] };
    // Before what it makes possible, in a write of its own.
    const change: Change = (disk) => {
      disk.snapshot = snapshot;
    };
    this.#unsynced.push({ change, number: this.#unsynced.at(-1)?.number ?? 0 });
    this.#written.push(new Map());
    this.#sync();
    replica.truncate(Math.max(1, this.applied.slot - this.#cluster.random.below(10)));
    this.flush();
  }

  #install(snapshot: Snapshot): void {
    const { replica } = this;
    if (replica === undefined || snapshot.prefix.slot <= replica.committed) return;
    replica.install(snapshot.prefix);
    this.#store((disk) => {
      disk.snapshot = snapshot;
    });
    this.applied = new Prefix(snapshot.prefix);
    this.state = [...snapshot.state];
    this.#cluster.spec.starts(this.name, this.applied.slot);
    this.#cluster.counts.changes++;
  }

  /** A change without a number of the replica's. It is in one batch with what comes next, as a store's would be. */
  #store(change: Change): void {
    this.#pendingChanges.push(change);
  }

  #pendingChanges: Change[] = [];

  flush(): void {
    const { replica } = this;
    if (replica === undefined) return;
    const { write, sends, committed } = replica.flush(this.#clockMs());
    if (write !== undefined) this.#write(replica, write);
    for (const { to, message } of sends) {
      const target = this.#cluster.machines.find((machine) => machine.#number === to);
      if (target !== undefined) this.#cluster.send(this, target, message);
    }
    if (replica.isServing) this.#cluster.spec.leads(replica.leaderBallot, this.name);
    this.#apply(replica, committed);
    for (const ticket of replica.takeReadable(this.applied.slot)) {
      this.#cluster.counts.reads++;
      this.#cluster.spec.reads((ticket as ReadTicket).least, this.applied.slot);
    }
    this.#tellFailures(replica);
    for (const id of replica.laggards) {
      const target = this.#cluster.machines.find((machine) => machine.#number === id);
      const { snapshot } = this.disk;
      if (target !== undefined && this.#cluster.random.chance(0.2) && snapshot.prefix.slot > 0)
        this.#cluster.send(this, target, { kind: "snapshot", snapshot });
    }
  }

  #tellFailures(replica: Replica): void {
    for (const { ticket, isUnknown } of replica.failures.splice(0)) {
      if (isUnknown) this.#cluster.counts.unknown++;
      else {
        this.#cluster.counts.refused++;
        this.#cluster.spec.refused((ticket as AppendTicket).append ?? "");
      }
    }
    replica.failedReads.length = 0;
  }

  #write(replica: Replica, write: NonNullable<ReturnType<Replica["flush"]>["write"]>): void {
    const entries = new Map<number, Uint8Array>();
    for (let slot = write.from; slot <= write.to; slot++) entries.set(slot, replica.entry(slot));
    const changes = this.#pendingChanges;
    this.#pendingChanges = [];
    this.#written.push(entries);
    const { hardState } = write;
    const change: Change = (disk) => {
      Object.assign(disk, hardState);
      for (const [slot, entry] of entries) disk.entries.set(slot, entry.slice());
      for (const each of changes) each(disk);
      for (const slot of disk.entries.keys()) if (slot < disk.first) disk.entries.delete(slot);
    };
    this.#unsynced.push({ change, number: write.number });
    this.#sync();
  }

  #sync(): void {
    if (this.#isSyncing || this.#unsynced.length === 0) return;
    this.#isSyncing = true;
    const { life } = this;
    const count = this.#unsynced.length;
    this.#cluster.at(this.#cluster.syncMs * this.#cluster.random.unit(), () => {
      if (life !== this.life || this.replica === undefined) return;
      this.#isSyncing = false;
      const done = this.#unsynced.splice(0, count);
      this.#written.splice(0, count);
      for (const { change } of done) change(this.disk);
      this.replica.durable(this.#clockMs(), (done.at(-1) as (typeof done)[0]).number);
      this.flush();
      this.#sync();
    });
  }

  #apply(replica: Replica, committed: number): void {
    while (this.applied.slot < committed) {
      const slot = this.applied.slot + 1;
      const entry = replica.entry(slot);
      const isVoid = this.applied.isVoid(entry);
      const isCommand = kindOf(entry) === PAXOS_COMMAND && !isVoid;
      const append = isCommand ? new TextDecoder().decode(payloadOf(entry)) : undefined;
      const value = `${kindOf(entry)} of ${originOf(entry)}: ${payloadOf(entry).join()}`;
      this.applied.advance(entry);
      this.#cluster.spec.applies(this.name, slot, { after: slot - 1, value, append });
      if (append !== undefined) this.state.push(append);
      const ticket = replica.applied(entry, isVoid) as AppendTicket | undefined;
      if (ticket?.append === undefined) continue;
      if (ticket.append !== append)
        throw new Violation("integrity", `${ticket.append} is told that ${append} is its`);
      this.#cluster.counts.acknowledged++;
      this.#cluster.spec.acknowledges(ticket.append, slot);
    }
  }
}
