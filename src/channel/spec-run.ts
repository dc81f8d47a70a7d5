/** Random runs of a spec: traces that it allows by construction, to test checkers and whatever is built on a channel. */
import { type Random, randomBelow } from "../world/index.ts";
import { type ChannelAction, type ChannelMachine, crash, put, recover, type SpecMessage } from "./spec.ts";

export interface RunOptions {
  /** External actions of the trace. */
  readonly actions: number;
  /** The n-th message put, from 0. Default: its number, so that no two are equal. */
  readonly message?: (n: number) => SpecMessage;
  /** One of so many steps is a crash or recovery, in specs that know them. Default 8. */
  readonly crashEvery?: number;
  /** Messages put and not delivered at which the run prefers to take some out. Default 16. */
  readonly backlog?: number;
}

/** Internal actions tried between two external ones. */
const INTERNAL_STEPS = 3;

/** The trace of one run, and the states that it went through, the initial one first. */
export interface SpecRun<State> {
  readonly trace: readonly ChannelAction[];
  readonly states: readonly State[];
}

export function randomRun<State>(
  machine: ChannelMachine<State>,
  random: Random,
  options: RunOptions,
): SpecRun<State> {
  const trace: ChannelAction[] = [];
  const states = [machine.initial];
  let puts = 0;
  let taken = 0;
  while (trace.length < options.actions) {
    const state = wander(machine, states.at(-1) as State, random);
    const offers = machine.offers(state);
    const full = puts - taken >= (options.backlog ?? 16);
    let action: ChannelAction;
    if (machine.acknowledges && randomBelow(random, options.crashEvery ?? 8) === 0) {
      action = randomBelow(random, 2) === 0 ? crash : recover;
    } else if (offers.length > 0 && (full || randomBelow(random, 2) === 0)) {
      action = pick(offers, random);
      if (action.kind === "get") taken++;
    } else {
      action = put(options.message?.(puts) ?? String(puts));
      // Nothing comes out of a backlog that is lost: it counts as taken.
      if (full) taken = puts;
      puts++;
    }
    trace.push(action);
    states.push(pick(machine.after(state, action), random));
  }
  return { trace, states };
}

function wander<State>(machine: ChannelMachine<State>, from: State, random: Random): State {
  let state = from;
  for (let steps = randomBelow(random, INTERNAL_STEPS + 1); steps > 0; steps--) {
    const next = machine.internal(state);
    if (next.length > 0) state = pick(next, random);
  }
  return state;
}

function pick<Item>(from: readonly Item[], random: Random): Item {
  return from[randomBelow(random, from.length)] as Item;
}
