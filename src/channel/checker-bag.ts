/**
 * What an unreliable channel can hold: any number of copies of each message that was ever put, none included, each
 * independent of the others. So the messages put are the whole of it.
 */
import type { Possibilities } from "./checker.ts";
import { type ChannelAction, get } from "./spec.ts";

export class BagPossibilities implements Possibilities {
  readonly #put = new Set<string>();

  get size(): number {
    return this.#put.size;
  }

  observe(action: ChannelAction): boolean {
    if (action.kind === "put") this.#put.add(action.message);
    return action.kind === "put" || (action.kind === "get" && this.#put.has(action.message));
  }

  offers(): readonly ChannelAction[] {
    return [...this.#put].map(get);
  }
}
