/**
 * What a perfect or an unreliable FIFO channel can hold. A perfect one holds one queue. One that can lose any message holds
 * any part of what was put behind the last message got: when a message comes out, everything before its first place is lost, and no
 * state is forgotten by that, because every part of what follows a later place is also one of what follows the first.
 */
import type { Possibilities } from "./checker.ts";
import { type Entry, Span } from "./checker-span.ts";
import { type ChannelAction, get } from "./spec.ts";

export class QueuePossibilities implements Possibilities {
  readonly #mayLose: boolean;
  #queue = Span.empty;
  #puts = 0;

  constructor({ mayLose }: { readonly mayLose: boolean }) {
    this.#mayLose = mayLose;
  }

  get size(): number {
    return this.#queue.length;
  }

  observe(action: ChannelAction): boolean {
    if (action.kind === "put") {
      this.#queue = this.#queue.append({ id: ++this.#puts, message: action.message });
      return true;
    }
    if (action.kind !== "get") return false;
    const at = this.#place(action.message);
    if (at < 0) return false;
    this.#queue = this.#queue.dropFirst(at + 1);
    return true;
  }

  #place(message: string): number {
    if (this.#mayLose) return this.#queue.find(message);
    return this.#queue.at(0)?.message === message ? 0 : -1;
  }

  offers(): readonly ChannelAction[] {
    const first = this.#queue.at(0);
    if (!this.#mayLose) return first === undefined ? [] : [get(first.message)];
    return [...new Set([...this.#queue].map(({ message }: Entry) => message))].map(get);
  }
}
