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
import { assert, type Random } from "../world/index.ts";
import { Acceptor } from "./acceptor.ts";
import type { Write } from "./acceptor-state.ts";
import { Appends, type Failure, type Ticket } from "./appends.ts";
import { ownerOf } from "./ballot.ts";
import { Core, type Envelope } from "./core.ts";
import { Election } from "./election.ts";
import { ballotOf, bornOf, type EntryKind, isEntry, kindOf, PAXOS_OPENING } from "./entry.ts";
import { Leader } from "./leader.ts";
import type { Accept, PaxosMessage, PromiseMade } from "./message.ts";
import type { PrefixValue } from "./prefix.ts";
import { Reads } from "./reads.ts";

export type Role = "follower" | "candidate" | "leader" | "learner" | "removed";

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
  readonly #acceptor: Acceptor;
  readonly #election: Election;
  readonly #appends: Appends;
  readonly #reads: Reads;
  readonly #isLeased: boolean;
  #leader: Leader | undefined;
  #isOut = false;

  constructor(options: ReplicaOptions) {
    this.#core = new Core(options);
    this.#isLeased = options.isLeased;
    this.#acceptor = new Acceptor(this.#core);
    this.#election = new Election(this.#core, this.#acceptor, options.random);
    this.#appends = new Appends(this.#core, options.timeoutMs);
    this.#appends.opened(options.fence);
    this.#reads = new Reads(this.#core, options.timeoutMs);
  }

  get role(): Role {
    if (this.#leader !== undefined) return "leader";
    if (this.#isOut || this.#core.isRemoved) return "removed";
    if (!this.#core.mayLead) return "learner";
    return this.#election.state === "waiting" ? "follower" : "candidate";
  }

  /** Who leads as far as this replica knows; 0 when it knows of nobody. */
  get leader(): number {
    return this.#acceptor.leader;
  }

  /** The ballot of that leader. */
  get leaderBallot(): number {
    return this.#acceptor.leaderBallot;
  }

  /** Whether this replica leads, and may take entries. */
  get isServing(): boolean {
    return this.#leader?.isServing ?? false;
  }

  /** Replicas that need a snapshot of this leader. */
  get laggards(): ReadonlySet<number> {
    return this.#leader?.laggards ?? NOBODY;
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
    return slot > this.committed && this.#leader === undefined;
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
    if (this.#leader === undefined) {
      if (!this.#isOut) this.#election.tick();
      return;
    }
    this.#acceptor.heardMs = Math.max(this.#acceptor.heardMs, this.#leader.contactMs);
    this.#leader.tick();
    if (this.#leader.isCutOff) this.#stepDown();
    else if (this.#leader.isDone) this.handOver();
  }

  /** A link to a replica began. */
  linked(nowMs: number, id: number): void {
    this.#core.nowMs = nowMs;
    this.#core.linked.add(id);
    this.#leader?.linked(id);
    if (id !== this.leader) return;
    this.#appends.linked(id, this.leaderBallot);
    this.#reads.linked(id, this.leaderBallot);
  }

  /**
   * A link to a replica broke. Where it led, it is most likely gone: the voters who see that elect another one sooner, and those who still hear it
   * hold to it. Not under leases, which rest on everybody's patience.
   */
  unlinked(nowMs: number, id: number): void {
    this.#core.nowMs = nowMs;
    this.#core.linked.delete(id);
    if (this.#isLeased || this.#leader !== undefined || id !== this.leader) return;
    this.#acceptor.lostLeader();
    this.#election.hurry();
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
      this.#stepDown();
      state.install(prefix.slot, ballotOf);
      Object.assign(this.#core.prefix, prefix);
      this.#election.wait();
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
    const { heir, ballot } = this.#leader ?? {};
    this.#stepDown();
    if (heir !== undefined && ballot !== undefined) this.#core.send(heir, { kind: "handover", ballot });
  }

  #stepDown(): void {
    if (this.#leader === undefined) return;
    this.#leader = undefined;
    this.#acceptor.release();
    this.#election.wait();
  }

  receive(nowMs: number, from: number, message: PaxosMessage): void {
    this.#core.nowMs = nowMs;
    switch (message.kind) {
      case "prevote":
        if (ownerOf(message.ballot) === from && !this.#turnAway(from)) this.#prevote(from, message);
        break;
      case "prevoted":
        this.#election.prevoted(from, message);
        break;
      case "prepare":
        if (ownerOf(message.ballot) !== from || from === this.#core.id) break;
        if (this.#acceptor.prepare(from, message)) this.#yield();
        break;
      case "promise":
        if (this.#isProperPromise(message)) this.#promised(from, message);
        break;
      case "reject":
        this.#rejected(message);
        break;
      case "accept":
        if (this.#isProperAccept(from, message)) this.#accept(from, message);
        break;
      default:
        this.#receiveMore(from, message);
    }
  }

  #receiveMore(from: number, message: PaxosMessage): void {
    const leader = this.#leader;
    switch (message.kind) {
      case "accepted":
        if (leader?.ballot === message.ballot) leader.accepted(from, message);
        break;
      case "forward":
        if (leader?.ballot === message.ballot) leader.forwarded(from, message);
        else this.#turnAway(from);
        break;
      case "forwarded":
        if (message.ballot === this.leaderBallot && message.life === this.#core.life) {
          this.#appends.expected(from, message.next);
        }
        break;
      case "read":
        if (leader?.ballot === message.ballot) leader.asked(from, message);
        else this.#turnAway(from);
        break;
      case "readable":
        this.#reads.answered(message);
        break;
      case "handover":
        if (message.ballot === this.leaderBallot && from === this.leader && !this.#isOut) {
          this.#election.standNow(message.ballot);
        }
        break;
      case "removed":
        if (message.id === this.#core.id) this.#isOut = true;
        break;
    }
  }

  /** Tells one who was removed that it was. */
  #turnAway(from: number): boolean {
    if (!this.#core.isFormer(from) || this.#core.isFormer(this.#core.id)) return false;
    this.#core.send(from, { kind: "removed", id: from });
    return true;
  }

  #prevote(from: number, message: PaxosMessage & { kind: "prevote" }): void {
    const isGranted = this.#acceptor.wouldPromise(from, message);
    const { promised } = this.#core.state;
    this.#core.send(from, { kind: "prevoted", ballot: message.ballot, promised, isGranted });
  }

  #isProperPromise({ ballot, from, entries }: PromiseMade): boolean {
    const { crc32 } = this.#core;
    return entries.every((entry, at) => isEntry(entry, from + at, crc32) && ballotOf(entry) <= ballot);
  }

  #isProperAccept(sender: number, { ballot, from, entries }: Accept): boolean {
    if (ownerOf(ballot) !== sender || sender === this.#core.id || from < 1) return false;
    const { crc32 } = this.#core;
    return entries.every((entry, at) => isEntry(entry, from + at, crc32) && ballotOf(entry) === ballot);
  }

  #promised(from: number, message: PromiseMade): void {
    if (this.#leader?.ballot === message.ballot) this.#leader.promised(from, message);
    else this.#election.promised(from, message);
  }

  /** A higher ballot was promised: this replica leads no more, and is no candidate. */
  #yield(): void {
    this.#leader = undefined;
    this.#election.wait();
  }

  #rejected(message: PaxosMessage & { kind: "reject" }): void {
    this.#election.rejected(message);
    const leader = this.#leader;
    if (leader === undefined || leader.ballot !== message.ballot || message.promised <= leader.ballot) return;
    // A voter is bound to a higher ballot, in which nobody leads: this replica goes there itself.
    this.#stepDown();
    this.#election.standNow(0);
  }

  #accept(from: number, message: Accept): void {
    if (!this.#acceptor.accept(from, message)) return;
    this.#leader = undefined;
    this.#election.hear();
  }

  flush(nowMs: number): Effects {
    const core = this.#core;
    core.nowMs = nowMs;
    this.#election.flush();
    this.#tryLead();
    do {
      this.#appends.flush(this.leader, this.leaderBallot);
      this.#reads.flush(this.leader, this.leaderBallot);
      for (const message of core.takeLooped()) this.receive(nowMs, core.id, message);
      this.#leader?.flush();
    } while (core.hasLooped);
    this.#acceptor.flush();
    return { write: core.state.takeWrite(), sends: core.takeSends(), committed: core.state.committed };
  }

  #tryLead(): void {
    const { won } = this.#election;
    if (won === undefined || this.#leader !== undefined) return;
    assert(won.ballot === this.#core.state.promised, "who leads has promised its ballot");
    this.#election.wait();
    this.#acceptor.lead(won.ballot);
    this.#leader = new Leader(this.#core, won, this.#isLeased);
  }
}

const NOBODY: ReadonlySet<number> = new Set();
