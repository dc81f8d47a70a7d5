/** Where a log is asked for something: who waits for what, and how they are answered. */
import type { Ticket } from "./appends.ts";
import { encodeChange } from "./codec.ts";
import { complaintOfVoters } from "./configuration.ts";
import { PAXOS_CHANGE, PAXOS_COMMAND } from "./entry.ts";
import type { LogErrorCode } from "./errors.ts";
import type { Appended } from "./log.ts";
import type { Limits } from "./options.ts";
import type { PrefixValue } from "./prefix.ts";
import { Reconfiguration } from "./reconfiguration.ts";
import type { Replica } from "./replica.ts";
import { AppendTicket, ChangeTicket, logError, ReadTicket } from "./tickets.ts";

export interface DeskOptions {
  readonly name: string;
  readonly limits: Limits;
  readonly timeoutMs: number;
  nowMs(): number;
  /** Something was asked for. */
  plan(): void;
}

type AnyTicket<Reply> = AppendTicket<Reply> | ChangeTicket | ReadTicket;

/** Stands where a store is not known here: the leader puts in what it knows. */
const ANY_TOKEN = "0".repeat(32);

export class Desk<Reply> {
  readonly #options: DeskOptions;
  readonly #reconfiguration = new Reconfiguration();
  #replica: Replica | undefined;
  /** Why nothing is taken any more. */
  #refusal: LogErrorCode | undefined;
  /** Asked for before the replica knew who it is, and the bytes of it. */
  #early: AnyTicket<Reply>[] = [];
  #earlyBytes = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** From here on this replica is asked; undefined: nobody, until the next. */
  serve(replica: Replica | undefined): void {
    this.#replica = replica;
    if (replica === undefined) return;
    this.#earlyBytes = 0;
    for (const ticket of this.#early.splice(0)) this.#give(replica, ticket);
  }

  /** Refuses whatever is asked for, but not what waits. */
  refuse(code: LogErrorCode | undefined): void {
    this.#refusal = code;
  }

  append(entry: Uint8Array): Promise<Appended<Reply>> {
    const { limits, name } = this.#options;
    if (entry.length > limits.maxEntryBytes) {
      const what = `an entry of ${entry.length} bytes, and the most is ${limits.maxEntryBytes}`;
      return Promise.reject(logError("LOG_TOO_LARGE", name, what));
    }
    return new Promise((resolve, reject) => {
      // A replica copies what it takes.
      const kept = this.#replica === undefined ? entry.slice() : entry;
      this.#ask(new AppendTicket(kept, resolve, reject, this.#dueMs()));
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
    return this.#options.nowMs() + this.#options.timeoutMs;
  }

  #ask(ticket: AnyTicket<Reply>): void {
    if (this.#refusal !== undefined) this.#turnAway(ticket, this.#refusal);
    else if (this.#replica !== undefined) this.#give(this.#replica, ticket);
    else this.#keep(ticket);
  }

  #keep(ticket: AnyTicket<Reply>): void {
    const { maxAppends, maxAppendBytes } = this.#options.limits;
    const bytes = ticket instanceof AppendTicket ? ticket.entry.length : 0;
    if (this.#early.length >= maxAppends || this.#earlyBytes + bytes > maxAppendBytes) {
      this.#turnAway(ticket, "LOG_BUSY");
      return;
    }
    this.#earlyBytes += bytes;
    this.#early.push(ticket);
  }

  #turnAway(ticket: AnyTicket<Reply>, code: LogErrorCode): void {
    ticket.reject(logError(code, this.#options.name));
  }

  #give(replica: Replica, ticket: AnyTicket<Reply>): void {
    const { limits } = this.#options;
    if (replica.role === "removed") {
      this.#turnAway(ticket, "LOG_REMOVED");
      return;
    }
    if (ticket instanceof ReadTicket) {
      if (replica.readCount >= limits.maxReads) {
        this.#turnAway(ticket, "LOG_BUSY");
        return;
      }
      replica.read(this.#options.nowMs(), ticket);
    } else {
      const isCommand = ticket instanceof AppendTicket;
      const entry = isCommand
        ? ticket.entry
        : encodeChange(ticket.voters.map((name) => ({ name, token: ANY_TOKEN })));
      if (!replica.hasRoom(entry.length)) {
        this.#turnAway(ticket, "LOG_BUSY");
        return;
      }
      replica.append(this.#options.nowMs(), ticket, isCommand ? PAXOS_COMMAND : PAXOS_CHANGE, entry);
    }
    this.#options.plan();
  }

  /** The entry that somebody waits for was applied, as the last one. */
  settle(ticket: Ticket, applied: PrefixValue, reply: Reply | undefined): void {
    if (ticket instanceof AppendTicket) ticket.resolve({ index: applied.slot, reply: reply as Reply });
    else this.#reconfiguration.begin(ticket as ChangeTicket, applied, this.#options.name);
  }

  /** A turn's entries were applied. */
  applied(applied: PrefixValue): void {
    this.#reconfiguration.applied(applied, this.#options.name);
  }

  /** Tells those who waited in vain. */
  tellFailures(replica: Replica): void {
    if (replica.failures.length === 0 && replica.failedReads.length === 0) return;
    const { name } = this.#options;
    const code = this.#refusal ?? (replica.role === "removed" ? "LOG_REMOVED" : "LOG_NO_QUORUM");
    for (const { ticket, isUnknown } of replica.failures.splice(0)) {
      (ticket as AppendTicket<Reply>).reject(logError(isUnknown ? "LOG_OUTCOME_UNKNOWN" : code, name));
    }
    for (const ticket of replica.failedReads.splice(0)) (ticket as ReadTicket).reject(logError(code, name));
  }

  tick(nowMs: number): void {
    this.#reconfiguration.expire(nowMs, this.#options.name);
    const late = this.#early.filter(({ dueMs }) => dueMs <= nowMs);
    if (late.length === 0) return;
    this.#early = this.#early.filter(({ dueMs }) => dueMs > nowMs);
    for (const ticket of late) this.#turnAway(ticket, "LOG_NO_QUORUM");
  }

  /** The replica ended. */
  end(): void {
    this.#refusal = "LOG_CLOSED";
    for (const ticket of this.#early.splice(0)) this.#turnAway(ticket, "LOG_CLOSED");
    this.#reconfiguration.end(this.#options.name);
  }
}
