/**
 * The properties of `safe` messages, which the log orders and keeps: one order for all members and views, from wherever a
 * member begins, without a gap; and what its sender was told is safe gets to everybody who lives. What a node is given while it has no
 * view is no member's, and is not seen here: so each delivery says the message's place in the log's order.
 */
import { Broken } from "./spec-properties.ts";

export class SafeOrder {
  readonly #places = new Map<string, number>();
  readonly #ids = new Map<number, string>();
  /** By member: the place of what it delivered last. */
  readonly #last = new Map<string, number>();
  /** Members that have a state further than what they delivered last. */
  readonly #restored = new Set<string>();
  /** A state may hold what nobody delivered while it was in a view. */
  #hasStates = false;
  readonly #settled: string[] = [];
  /** The last place of which somebody delivered the message. */
  #end = 0;

  deliver(name: string, id: string, place: number | undefined): void {
    if (place === undefined) throw new Broken("strong total order", `${name} delivered ${id} at no place`);
    const last = this.#last.get(name);
    const known = this.#places.get(id) ?? place;
    if (last !== undefined && (place <= last || known <= last))
      throw new Broken("no duplication", `${name} delivered ${id} twice, or after what comes later`);
    const other = this.#ids.get(place) ?? id;
    if (known !== place || other !== id)
      throw new Broken(
        "strong total order",
        `${name} delivered ${id} at place ${place}; others ${known === place ? other : `at place ${known}`}`,
      );
    if (last !== undefined && place !== last + 1 && !this.#restored.has(name))
      throw new Broken(
        "strong total order",
        `${name} delivered ${id} and not ${this.#at(last + 1)} before it`,
      );
    this.#places.set(id, place);
    this.#ids.set(place, id);
    this.#end = Math.max(this.#end, place);
    this.#last.set(name, place);
    this.#restored.delete(name);
  }

  #at(place: number): string {
    return this.#ids.get(place) ?? `what is at place ${place}`;
  }

  restore(name: string): void {
    this.#restored.add(name);
    this.#hasStates = true;
  }

  settle(id: string): void {
    this.#settled.push(id);
  }

  finish(alive: readonly string[]): void {
    for (const id of this.#settled)
      if (alive.length > 0 && !this.#hasStates && !this.#places.has(id))
        throw new Broken("durable delivery", `${id} was called safe, and nobody delivered it`);
    for (const name of alive) {
      const last = this.#last.get(name);
      if (last !== undefined && last !== this.#end && !this.#restored.has(name))
        throw new Broken("durable delivery", `${name} never delivered ${this.#at(last + 1)}`);
    }
  }
}
