/** Gives chosen entries to the state machine, some at a time, and tells who waits for them. */
import type { Ticket } from "./appends.ts";
import { kindOf, PAXOS_COMMAND, payloadOf } from "./entry.ts";
import { type AnyStateMachine, type DurableStateMachine, isDurable } from "./machine.ts";
import { machineFault } from "./machine-guard.ts";
import { Prefix, type PrefixValue } from "./prefix.ts";
import type { Replica } from "./replica.ts";

/** Entries and bytes of a turn: then others have theirs. */
const TURN_ENTRIES = 4096;
const TURN_BYTES = 4 * 1024 * 1024;

export class Applier<Reply> {
  applied: Prefix;
  /** The last entry that the state machine was given. */
  given: number;
  readonly #machine: AnyStateMachine<Reply>;
  /** The same, if it may be full. */
  readonly #durable: DurableStateMachine<Reply> | undefined;
  /** What it has on its own disk since before this start. */
  readonly #position: number;
  readonly #settle: (ticket: Ticket, reply: Reply | undefined) => void;

  constructor(
    machine: AnyStateMachine<Reply>,
    prefix: PrefixValue,
    { given, position }: { given: number; position: number },
    settle: (ticket: Ticket, reply: Reply | undefined) => void,
  ) {
    this.#machine = machine;
    this.#durable = isDurable(machine) ? machine : undefined;
    this.applied = new Prefix(prefix);
    this.given = given;
    this.#position = position;
    this.#settle = settle;
  }

  /** The state machine should be given nothing for now. */
  get isHeld(): boolean {
    return this.#durable?.isFull?.() === true;
  }

  /** Applies up to `committed`, or a turn's work of it. Returns the bytes that were applied. */
  run(replica: Replica, committed: number): number {
    const { applied } = this;
    const last = Math.min(committed, applied.slot + TURN_ENTRIES);
    let bytes = 0;
    while (applied.slot < last && bytes < TURN_BYTES && !this.isHeld) {
      const entry = replica.entry(applied.slot + 1);
      this.#apply(replica, entry);
      bytes += entry.length;
    }
    return bytes;
  }

  #apply(replica: Replica, entry: Uint8Array): void {
    const { applied } = this;
    const isVoid = applied.isVoid(entry);
    applied.advance(entry);
    let reply: Reply | undefined;
    if (!isVoid && kindOf(entry) === PAXOS_COMMAND) {
      this.given = applied.slot;
      if (applied.slot > this.#position) reply = this.#give(entry);
    }
    const ticket = replica.applied(entry, isVoid);
    if (ticket !== undefined) this.#settle(ticket, reply);
  }

  #give(entry: Uint8Array): Reply {
    const { slot } = this.applied;
    try {
      return this.#machine.apply(slot, payloadOf(entry));
    } catch (cause) {
      throw machineFault(`apply entry ${slot}`, cause);
    }
  }

  /** The state machine was given, or took over, a state as of a prefix. */
  reset(prefix: PrefixValue, given: number): void {
    this.applied = new Prefix(prefix);
    this.given = given;
  }
}
