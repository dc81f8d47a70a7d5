/**
 * The set of states that a spec can be in after a trace, as a plain set, closed under internal actions: the definition of
 * "allowed", executed. It grows exponentially with messages that may be lost, so the checker uses smaller forms; this one
 * is their oracle, and the way to see what a spec of your own allows.
 */
import type { Possibilities } from "./checker.ts";
import { actionText, type ChannelAction, type ChannelMachine } from "./spec.ts";

/**
 * All states in which a spec can be after a trace, as a plain set. It grows exponentially with messages that
 * may be lost.
 */
export class ExplicitStates<State> implements Possibilities {
  readonly #machine: ChannelMachine<State>;
  readonly #maxStates: number;
  #states: ReadonlyMap<string, State>;

  /** @param maxStates at which `observe` throws `RangeError`: the set is too large to be plain. Default 100,000. */
  constructor(machine: ChannelMachine<State>, maxStates = 100_000) {
    this.#machine = machine;
    this.#maxStates = maxStates;
    this.#states = this.#closed([machine.initial]);
  }

  get size(): number {
    return this.#states.size;
  }

  observe(action: ChannelAction): boolean {
    const next = [...this.#states.values()].flatMap((state) => this.#machine.after(state, action));
    if (next.length === 0) return false;
    this.#states = this.#closed(next);
    return true;
  }

  offers(): readonly ChannelAction[] {
    const offered = new Map<string, ChannelAction>();
    for (const state of this.#states.values()) {
      for (const action of this.#machine.offers(state)) offered.set(actionText(action), action);
    }
    return [...offered.keys()].sort().map((text) => offered.get(text) as ChannelAction);
  }

  /** The states' keys, sorted. */
  keys(): readonly string[] {
    return [...this.#states.keys()].sort();
  }

  #closed(from: readonly State[]): ReadonlyMap<string, State> {
    const found = new Map<string, State>();
    const waiting = [...from];
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      const key = this.#machine.key(state);
      if (found.has(key)) continue;
      if (found.size === this.#maxStates) throw new RangeError(`over ${this.#maxStates} states are possible`);
      found.set(key, state);
      waiting.push(...this.#machine.internal(state));
    }
    return found;
  }
}

/**
 * Whether the spec, of finitely many states, allows the infinite trace of `prefix` and then `cycle` for ever. The set of
 * possible states after one more cycle is a function of the set before: either it becomes empty, or it comes again.
 */
export function allowsForever<State>(
  machine: ChannelMachine<State>,
  prefix: readonly ChannelAction[],
  cycle: readonly ChannelAction[],
): boolean {
  const states = new ExplicitStates(machine);
  if (!prefix.every((action) => states.observe(action))) return false;
  const seen = new Set<string>();
  for (;;) {
    const set = states.keys().join("\n");
    if (seen.has(set)) return true;
    seen.add(set);
    if (!cycle.every((action) => states.observe(action))) return false;
  }
}
