/**
 * The leader of one ballot: from the end of its phase 1 until it steps down or a higher ballot is heard of.
 *
 * It proposes again what phase 1 recovered, then an OPENING; once that is chosen it serves. New entries get the next slots and go
 * to all members at once, many in one message and many messages on the way. An entry is chosen when a majority of the voters
 * has it durable in this ballot; the leader's own acceptor counts when its own disk has it, and not before.
 *
 * Sources: Lamport, "Paxos Made Simple", 2001, section 3; Chandra, Griesemer and Redstone, "Paxos Made Live", 2007.
 */
import { assert } from "../world/index.ts";
import { decodeChange, encodeChange, encodeSwitch } from "./codec.ts";
import { sameVoters, votersOf } from "./configuration.ts";
import type { Core } from "./core.ts";
import {
  entryIn,
  kindOf,
  lifeOf,
  makeEntry,
  numberEntry,
  originOf,
  PAXOS_CHANGE,
  PAXOS_NOOP,
  PAXOS_OPENING,
  PAXOS_SWITCH,
  payloadOf,
  proposeEntry,
  sequenceOf,
} from "./entry.ts";
import { Followers } from "./followers.ts";
import { Intake } from "./intake.ts";
import type { Accepted, Forward, PromiseMade, Read } from "./message.ts";
import { leaseMsOf } from "./options.ts";
import { PhaseOne } from "./phase-one.ts";
import { majorityOf } from "./quorum.ts";
import { ReadRounds } from "./read-rounds.ts";
import { Replicator } from "./replicator.ts";

const NOTHING = new Uint8Array(0);

export class Leader {
  readonly ballot: number;
  /** The opening is chosen: all that older leaders may have told anybody is known here. */
  isServing = false;
  /** Those who lack what is no longer kept, and need a snapshot. */
  readonly laggards = new Set<number>();
  readonly #core: Core;
  readonly #isLeased: boolean;
  readonly #sinceMs: number;
  readonly #followers: Followers;
  readonly #replicator: Replicator;
  readonly #intake: Intake;
  readonly #reads = new ReadRounds();
  /** New entries that wait until the pipeline is open again. */
  #held: Uint8Array[] = [];
  /** Nothing is proposed after this slot until it is chosen; 0 for none. */
  #barrier = 0;
  #opening = 0;
  #phaseOne: PhaseOne | undefined;
  #heartbeatDueMs: number;

  constructor(core: Core, phaseOne: PhaseOne, isLeased: boolean) {
    this.#core = core;
    this.ballot = phaseOne.ballot;
    this.#isLeased = isLeased;
    this.#sinceMs = core.nowMs;
    this.#heartbeatDueMs = core.nowMs + core.timing.heartbeatMs;
    this.#intake = new Intake(core.limits.maxEntryBytes);
    this.#followers = new Followers(core);
    this.#replicator = new Replicator(core, this.ballot, this.#followers.all, this.laggards);
    this.#follow();
    this.#establish(phaseOne);
  }

  /** Takes over what phase 1 found for the slots after its base. */
  #establish({ base, chosenTo, recovered, voters }: PhaseOne): void {
    const core = this.#core;
    const { state } = core;
    assert(state.end === base, "a leader begins where phase 1 began");
    this.#phaseOne = undefined;
    for (const [at, entry] of recovered.entries()) {
      const slot = base + 1 + at;
      state.accept(entryIn(this.ballot, entry, slot, core.crc32));
      if (slot <= chosenTo) {
        core.commit(slot);
        if (!sameVoters(voters, votersOf(core.prefix.configuration))) {
          this.#prepareAgain();
          return;
        }
      } else if (kindOf(entry) === PAXOS_SWITCH) {
        this.#barrier = slot;
        return;
      }
    }
    this.#opening = this.#propose(makeEntry(PAXOS_OPENING, core.id, core.life, NOTHING));
  }

  /** Phase 1 once more, in the same ballot, for the slots of which other voters decide. */
  #prepareAgain(): void {
    const core = this.#core;
    const { state } = core;
    this.#follow();
    this.#phaseOne = new PhaseOne(this.ballot, state.committed, votersOf(core.prefix.configuration));
    // The leader's own acceptor answers at once: its promise is durable.
    const entries = [];
    for (let slot = state.committed + 1; slot <= state.last; slot++) entries.push(state.entry(slot));
    const page = { from: state.committed + 1, committed: state.committed, next: 0, entries };
    this.#phaseOne.add(core.id, page);
    this.#askVoters();
    this.#tryEstablish();
  }

  #askVoters(): void {
    const phaseOne = this.#phaseOne as PhaseOne;
    const { last } = this.#core.state;
    for (const voter of phaseOne.voters) {
      const from = phaseOne.nextOf(voter);
      if (voter === this.#core.id || from === undefined) continue;
      this.#core.send(voter, { kind: "prepare", ballot: this.ballot, from, last, handover: 0 });
    }
  }

  #tryEstablish(): void {
    if (this.#phaseOne?.isComplete) this.#establish(this.#phaseOne);
  }

  promised(from: number, message: PromiseMade): void {
    const phaseOne = this.#phaseOne;
    if (phaseOne === undefined || !phaseOne.voters.includes(from)) return;
    if (phaseOne.add(from, message)) this.#askVoters();
    this.#tryEstablish();
  }

  /** Gives a new entry the next slot, which it returns, or keeps it until there may be one, and returns 0. */
  #propose(entry: Uint8Array): number {
    if (this.#barrier !== 0 || this.#phaseOne !== undefined) {
      this.#held.push(entry);
      return 0;
    }
    const { state, crc32 } = this.#core;
    const slot = state.end + 1;
    proposeEntry(entry, slot, this.ballot, crc32);
    state.accept(entry);
    if (kindOf(entry) === PAXOS_SWITCH) this.#barrier = slot;
    return slot;
  }

  forwarded(from: number, message: Forward): void {
    if (!this.isServing || !this.#followers.isMember(from)) return;
    const next = this.#intake.add(from, message, (entry) => {
      this.#propose(kindOf(entry) === PAXOS_CHANGE ? this.#completed(entry) : entry);
    });
    if (next > 0) this.#core.send(from, { kind: "forwarded", ballot: this.ballot, life: message.life, next });
  }

  /** A change with the stores of those it names; without any if one is not known, so that it changes nothing. */
  #completed(change: Uint8Array): Uint8Array {
    const { stores, prefix } = this.#core;
    const wanted = decodeChange(payloadOf(change)) ?? [];
    const known = wanted.flatMap(({ name }) => {
      const member = prefix.configuration.members.find((each) => each.name === name);
      const token = stores.get(name) ?? member?.token;
      return token === undefined ? [] : [{ name, token }];
    });
    const payload = encodeChange(known.length === wanted.length ? known : []);
    const entry = makeEntry(PAXOS_CHANGE, originOf(change), lifeOf(change), payload);
    numberEntry(entry, sequenceOf(change));
    return entry;
  }

  asked(from: number, { life, number }: Read): void {
    if (this.#followers.isMember(from)) this.#reads.ask(from, { life, number });
  }

  accepted(from: number, { durable, wanted, round }: Accepted): void {
    const progress = this.#followers.get(from);
    if (progress === undefined) return;
    this.#replicator.confirmed(progress, durable, wanted, round);
  }

  linked(id: number): void {
    this.#followers.get(id)?.linked();
  }

  tick(): void {
    const core = this.#core;
    if (core.nowMs < this.#heartbeatDueMs) return;
    this.#heartbeatDueMs = core.nowMs + core.timing.heartbeatMs;
    this.#replicator.beat();
    if (this.#phaseOne !== undefined) this.#askVoters();
  }

  /** When a majority of the voters was last known to follow, by this replica's clock. */
  get contactMs(): number {
    return this.#followers.ofMajority(({ contactMs }) => contactMs, this.#core.nowMs);
  }

  /** Whether too few have been heard, or did not answer, for too long: somebody else may lead by now, or could. */
  get isCutOff(): boolean {
    const { nowMs, timing } = this.#core;
    const lateMs = nowMs - timing.electionMs;
    if (!this.isServing && this.#sinceMs < lateMs) return true;
    return Math.max(this.contactMs, this.#sinceMs) < lateMs;
  }

  /** Whether it has led a switch to voters of whom it is none to its end. */
  get isDone(): boolean {
    const core = this.#core;
    return this.isServing && !core.isVoter && core.prefix.isSealed;
  }

  /** The voter that could lead soonest, if one is reached. */
  get heir(): number | undefined {
    return this.#followers.heir;
  }

  flush(): void {
    this.#commit();
    this.#carryOn();
    this.#serveReads();
    this.#replicator.flush();
  }

  #commit(): void {
    const { state } = this.#core;
    // In the slots of before a new phase 1, all that is proposed is chosen.
    if (this.#phaseOne !== undefined) return;
    const own = state.promised === this.ballot ? state.durableEnd : 0;
    const chosen = Math.min(
      this.#followers.ofMajority(({ match }) => match, own),
      state.end,
    );
    if (chosen <= state.committed) return;
    this.#core.commit(chosen);
    if (this.#opening > 0 && chosen >= this.#opening) this.isServing = true;
    if (this.#barrier > 0 && chosen >= this.#barrier) this.#pass();
  }

  /** A switch is chosen: from here on others vote. */
  #pass(): void {
    this.#barrier = 0;
    if (this.#opening === 0) {
      this.#prepareAgain();
      return;
    }
    this.#follow();
    this.#propose(makeEntry(PAXOS_NOOP, this.#core.id, this.#core.life, NOTHING));
    const held = this.#held;
    this.#held = [];
    for (const entry of held) this.#propose(entry);
    this.#commit();
  }

  /** Switches to the voters of a change once those who are new have nearly caught up. */
  #carryOn(): void {
    const core = this.#core;
    const { configuration } = core.prefix;
    if (this.#followers.isStale) this.#follow();
    if (configuration.change === 0 || !this.isServing || this.#barrier !== 0) return;
    const wanted = configuration.members.filter(({ isWanted }) => isWanted);
    if (!this.#followers.areNear(wanted, majorityOf(wanted.length))) return;
    const payload = encodeSwitch(configuration.change);
    this.#propose(makeEntry(PAXOS_SWITCH, core.id, core.life, payload));
  }

  /** Follows those who are members now. Who was one until the last switch still hears what follows it, and then a farewell. */
  #follow(): void {
    for (const gone of this.#followers.follow()) {
      this.#replicator.sayGoodbye(gone);
      this.laggards.delete(gone);
    }
  }

  #serveReads(): void {
    if (!this.isServing) return;
    const confirmed = this.#followers.ofMajority(({ round }) => round, Number.POSITIVE_INFINITY);
    const { committed } = this.#core.state;
    const done = this.#reads.take(confirmed);
    if (done !== undefined) this.#answer(done.requests, done.slot);
    if (!this.#reads.isWaiting) return;
    if (this.#holdsLease) {
      this.#answer(this.#reads.takeWaiting(), committed);
      return;
    }
    if (this.#reads.isOpen) return;
    this.#replicator.beat();
    this.#reads.begin(this.#replicator.round, committed);
    // A voter alone is its own majority.
    if (confirmed >= this.#replicator.round) this.#serveReads();
  }

  #answer(requests: ReadonlyMap<number, { life: number; number: number }>, slot: number): void {
    for (const [to, { life, number }] of requests) {
      this.#core.send(to, { kind: "readable", ballot: this.ballot, life, number, slot });
    }
  }

  get #holdsLease(): boolean {
    const { nowMs, timing } = this.#core;
    return this.#isLeased && nowMs < this.contactMs + leaseMsOf(timing);
  }
}
