/**
 * A replica of the log as a state machine: events go in (a tick, a message, a link, an append, a read, word of the disk), then
 * `flush` gives what is to be done. It has no clock, no disk, no network and no promise; it does the same for the
 * same events.
 *
 * What `flush` gives is to be done in this order, which is the order of its fields:
 * 1. `write` is applied to the store, after those before it. When it is durable, `durable` is told its number.
 * 2. `sends` leave, before the write or after it: what rests on the disk is sent once `durable` said so.
 * 3. What is chosen up to `committed` is applied, each entry given to `applied` too.
 * 4. `readable` gives the reads that may look now, `failures` and `failedReads` who waited in vain.
 */
import type { Random } from "../world/index.ts";
import type { Write } from "./acceptor-state.ts";
import { Appends, type Failure, type Ticket } from "./appends.ts";
import { Core, type Envelope } from "./core.ts";
import { ballotOf, bornOf, type EntryKind, kindOf, PAXOS_OPENING } from "./entry.ts";
import type { PaxosMessage } from "./message.ts";
import type { PrefixValue } from "./prefix.ts";
import { Reads } from "./reads.ts";
import { type Role, Standing } from "./standing.ts";

export interface ReplicaOptions
  extends Pick<Core, "id" | "life" | "state" | "prefix" | "timing" | "limits" | "crc32" | "nowMs"> {
  readonly random: Random;
  /** The leader answers reads alone while a majority is bound to it. */
  readonly isLeased: boolean;
  /** The fence of what the state machine begins with. */
  readonly fence: number;
  /** For how long an append or a read is tried. */
  readonly timeoutMs: number;
}

/** What a replica wants done. */
export interface Effects {
  readonly write: Write | undefined;
  readonly sends: readonly Envelope[];
  readonly committed: number;
}

export class Replica {
  readonly #core: Core;
  readonly #standing: Standing;
  readonly #appends: Appends;
  readonly #reads: Reads;

  constructor(options: ReplicaOptions) {
    this.#core = new Core(options);
    this.#standing = new Standing(this.#core, options.random, options.isLeased);
    this.#appends = new Appends(this.#core, options.timeoutMs);
    this.#appends.opened(options.fence);
    this.#reads = new Reads(this.#core, options.timeoutMs);
  }

  get role(): Role {
    return this.#standing.role;
  }

  /** Who leads as far as this replica knows; 0 when it knows of nobody. */
  get leader(): number {
    return this.#standing.leader;
  }

  /** The ballot of that leader. */
  get leaderBallot(): number {
    return this.#standing.ballot;
  }

  /** Whether this replica leads, and may take entries. */
  get isServing(): boolean {
    return this.#standing.own?.isServing ?? false;
  }

  /** Replicas that need a snapshot of this leader. */
  get laggards(): ReadonlySet<number> {
    return this.#standing.own?.laggards ?? NOBODY;
  }

  /** The first slot that is kept. */
  get first(): number {
    return this.#core.state.first;
  }

  /** All up to this slot is chosen. */
  get committed(): number {
    return this.#core.state.committed;
  }

  /** This replica's own disk has all up to this slot as it is here. */
  get storedEnd(): number {
    return this.#core.state.storedEnd;
  }

  /** Whether a state up to this slot would bring anything new. */
  isWanted(slot: number): boolean {
    return slot > this.committed && this.#standing.own === undefined;
  }

  /** What is in a slot that is kept. */
  entry(slot: number): Uint8Array {
    return this.#core.state.entry(slot);
  }

  get appendCount(): number {
    return this.#appends.count;
  }

  get readCount(): number {
    return this.#reads.count;
  }

  get failures(): Failure[] {
    return this.#appends.failures;
  }

  get failedReads(): Ticket[] {
    return this.#reads.failures;
  }

  /** Stores of the peers that are linked, by name: a replica that joins is known by its own. */
  get stores(): Map<string, string> {
    return this.#core.stores;
  }

  tick(nowMs: number): void {
    this.#core.nowMs = nowMs;
    const { leader, leaderBallot } = this;
    if (this.role === "removed") this.end();
    this.#appends.tick(leader, leaderBallot);
    this.#reads.tick(leader, leaderBallot);
    this.#standing.tick();
  }

  /** A link to a replica began. */
  linked(nowMs: number, id: number): void {
    this.#core.nowMs = nowMs;
    this.#core.linked.add(id);
    this.#standing.own?.linked(id);
    if (id !== this.leader) return;
    this.#appends.linked(id, this.leaderBallot);
    this.#reads.linked(id, this.leaderBallot);
  }

  /** A link to a replica broke. */
  unlinked(nowMs: number, id: number): void {
    this.#core.nowMs = nowMs;
    this.#core.linked.delete(id);
    this.#standing.unlinked(id);
  }

  hasRoom(bytes: number): boolean {
    return this.#appends.hasRoom(bytes);
  }

  append(nowMs: number, ticket: Ticket, kind: EntryKind, payload: Uint8Array): void {
    this.#core.nowMs = nowMs;
    this.#appends.add(ticket, kind, payload);
  }

  read(nowMs: number, ticket: Ticket): void {
    this.#core.nowMs = nowMs;
    this.#reads.add(ticket);
  }

  /** The write of this number, and all before, are durable. */
  durable(nowMs: number, number: number): void {
    this.#core.nowMs = nowMs;
    this.#core.state.durable(number);
  }

  /** A chosen entry was applied, in the order of the slots; the ticket of whoever waits for it here. */
  applied(entry: Uint8Array, isVoid: boolean): Ticket | undefined {
    if (isVoid) return undefined;
    if (kindOf(entry) === PAXOS_OPENING) this.#appends.opened(bornOf(entry));
    return this.#appends.applied(entry);
  }

  /** Reads that may look now that all up to a slot was applied. */
  takeReadable(applied: number): Ticket[] {
    return this.#reads.takeReady(applied);
  }

  /** Entries before this slot are not needed any more: a durable snapshot holds what they did. */
  truncate(first: number): void {
    this.#core.state.truncate(first);
  }

  /** A state of another replica takes the place of all up to its slot, also where that is known to be chosen meanwhile. */
  install(prefix: PrefixValue): void {
    const { state } = this.#core;
    if (prefix.slot > state.committed) {
      this.#standing.stepDown();
      state.install(prefix.slot, ballotOf);
      Object.assign(this.#core.prefix, prefix);
      this.#standing.wait();
    } else state.rewrite();
    this.#appends.skipped(prefix.fence);
  }

  /** Ends: everybody who waits is told so. */
  end(): void {
    this.#appends.end();
    this.#reads.end();
  }

  /** A leader makes room for another: for the voter that is nearest to it. */
  handOver(): void {
    this.#standing.handOver();
  }

  receive(nowMs: number, from: number, message: PaxosMessage): void {
    this.#core.nowMs = nowMs;
    const leader = this.#standing.own;
    switch (message.kind) {
      case "forward":
        if (leader?.ballot === message.ballot) leader.forwarded(from, message);
        else this.#standing.turnAway(from);
        break;
      case "forwarded":
        if (message.ballot === this.leaderBallot && message.life === this.#core.life) {
          this.#appends.expected(from, message.next);
        }
        break;
      case "read":
        if (leader?.ballot === message.ballot) leader.asked(from, message);
        else this.#standing.turnAway(from);
        break;
      case "readable":
        this.#reads.answered(message);
        break;
      default:
        this.#standing.receive(from, message);
    }
  }

  flush(nowMs: number): Effects {
    const core = this.#core;
    core.nowMs = nowMs;
    this.#standing.flushElection();
    do {
      this.#appends.flush(this.leader, this.leaderBallot);
      this.#reads.flush(this.leader, this.leaderBallot);
      for (const message of core.takeLooped()) this.receive(nowMs, core.id, message);
      this.#standing.own?.flush();
    } while (core.hasLooped);
    this.#standing.flushAcceptor();
    return { write: core.state.takeWrite(), sends: core.takeSends(), committed: core.state.committed };
  }
}

const NOBODY: ReadonlySet<number> = new Set();
