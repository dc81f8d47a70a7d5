/** Gives chosen entries to the state machine, some at a time, and tells who waits for them. */
import { CoterieError } from "../world/index.ts";
import type { Ticket } from "./appends.ts";
import { kindOf, PAXOS_COMMAND, payloadOf } from "./entry.ts";
import type { StateMachine } from "./machine.ts";
import { Prefix, type PrefixValue } from "./prefix.ts";
import type { Replica } from "./replica.ts";

/** Entries and bytes of a turn: then others have theirs. */
const TURN_ENTRIES = 4096;
const TURN_BYTES = 4 * 1024 * 1024;

export class Applier<Reply> {
  applied: Prefix;
  readonly #machine: StateMachine<Reply>;
  readonly #settle: (ticket: Ticket, reply: Reply | undefined) => void;

  constructor(
    machine: StateMachine<Reply>,
    prefix: PrefixValue,
    settle: (ticket: Ticket, reply: Reply | undefined) => void,
  ) {
    this.#machine = machine;
    this.applied = new Prefix(prefix);
    this.#settle = settle;
  }

  /** Applies up to `committed`, or a turn's work of it. Returns the bytes that were applied. */
  run(replica: Replica, committed: number): number {
    const { applied } = this;
    const last = Math.min(committed, applied.slot + TURN_ENTRIES);
    let bytes = 0;
    while (applied.slot < last && bytes < TURN_BYTES) {
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
      reply = guarded(`apply entry ${applied.slot}`, () =>
        this.#machine.apply(applied.slot, payloadOf(entry)),
      );
    }
    const ticket = replica.applied(entry, isVoid);
    if (ticket !== undefined) this.#settle(ticket, reply);
  }

  restore(prefix: PrefixValue, pieces: Iterable<Uint8Array>): void {
    guarded(`restore the snapshot of entry ${prefix.slot}`, () => this.#machine.restore(pieces));
    this.applied = new Prefix(prefix);
  }

  snapshot(): Iterable<Uint8Array> {
    return guarded("take a snapshot", () => this.#machine.snapshot());
  }
}

/** Runs what is the user's; what it throws ends the replica, but for what the log itself throws within. */
function guarded<Result>(doing: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof CoterieError && cause.code.startsWith("LOG_")) throw cause;
    throw new CoterieError("LOG_MACHINE_FAILED", `the state machine failed to ${doing}: ${cause}`, { cause });
  }
}
