/** Follows changes of the voters from their entry in the log to the end: until they vote, and a majority of them knows it. */
import type { Configuration } from "./configuration.ts";
import type { PrefixValue } from "./prefix.ts";
import { type ChangeTicket, logError } from "./tickets.ts";

interface Watched {
  readonly ticket: ChangeTicket;
  /** Slot of its entry. */
  readonly slot: number;
}

export class Reconfiguration {
  #watched: Watched[] = [];

  /** The entry of a change was applied, as the last one. */
  begin(ticket: ChangeTicket, applied: PrefixValue, log: string): void {
    const { configuration, slot } = applied;
    if (configuration.change !== slot && !isMadeOf(configuration, ticket.voters)) {
      ticket.reject(logError("LOG_UNKNOWN_REPLICA", log));
      return;
    }
    this.#watched.push({ ticket, slot });
  }

  applied({ configuration, isSealed }: PrefixValue, log: string): void {
    if (this.#watched.length === 0 || !isSealed) return;
    const going = this.#watched.filter(({ slot }) => slot === configuration.change);
    for (const { ticket, slot } of this.#watched) {
      if (slot === configuration.change) continue;
      if (configuration.change === 0 && isMadeOf(configuration, ticket.voters)) ticket.resolve();
      else ticket.reject(logError("LOG_CHANGE_REPLACED", log));
    }
    this.#watched = going;
  }

  expire(nowMs: number, log: string): void {
    for (const { ticket } of this.#watched.filter(({ ticket }) => ticket.dueMs <= nowMs)) {
      ticket.reject(logError("LOG_CHANGE_PENDING", log));
    }
    this.#watched = this.#watched.filter(({ ticket }) => ticket.dueMs > nowMs);
  }

  end(log: string): void {
    for (const { ticket } of this.#watched.splice(0)) ticket.reject(logError("LOG_CHANGE_PENDING", log));
  }
}

function isMadeOf({ members }: Configuration, names: readonly string[]): boolean {
  const voters = members.filter(({ isVoter }) => isVoter).map(({ name }) => name);
  return voters.length === names.length && names.every((name) => voters.includes(name));
}
