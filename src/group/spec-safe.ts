/**
 * The properties of `safe` messages, which the log orders and keeps: one order for all members and views, from wherever a
 * member begins, without a gap; and what its sender was told is safe gets to everybody who lives.
 */
import { Broken } from "./spec-properties.ts";

export class SafeOrder {
  readonly #order: string[] = [];
  readonly #places = new Map<string, number>();
  /** By member: the place of what it delivered last. */
  readonly #last = new Map<string, number>();
  /** Members that have a state further than what they delivered last. */
  readonly #restored = new Set<string>();
  /** A state may hold what nobody delivered while it was in a view. */
  #hasStates = false;
  readonly #settled: string[] = [];

  deliver(name: string, id: string): void {
    const last = this.#last.get(name);
    let place = this.#places.get(id);
    if (place === undefined) {
      // The first to deliver it says where it is: after all that anybody has delivered.
      place = this.#order.push(id) - 1;
      this.#places.set(id, place);
    }
    if (last !== undefined && place <= last)
      throw new Broken("no duplication", `${name} delivered ${id} twice, or after what comes later`);
    if (last !== undefined && place !== last + 1 && !this.#restored.has(name))
      throw new Broken(
        "strong total order",
        `${name} delivered ${id} and not ${this.#order[last + 1]} before it`,
      );
    this.#last.set(name, place);
    this.#restored.delete(name);
  }

  restore(name: string): void {
    this.#restored.add(name);
    this.#hasStates = true;
  }

  settle(id: string): void {
    this.#settled.push(id);
  }

  finish(alive: readonly string[]): void {
    const end = this.#order.length - 1;
    for (const id of this.#settled)
      if (alive.length > 0 && !this.#hasStates && !this.#places.has(id))
        throw new Broken("durable delivery", `${id} was called safe, and nobody delivered it`);
    for (const name of alive) {
      const last = this.#last.get(name);
      if (last !== undefined && last !== end && !this.#restored.has(name))
        throw new Broken("durable delivery", `${name} never delivered ${this.#order[last + 1]}`);
    }
  }
}
