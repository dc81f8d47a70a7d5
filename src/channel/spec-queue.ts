/**
 * Channels that keep order and acknowledge nothing: the perfect channel, and the unreliable FIFO channel in its two styles.
 *
 * The FIFO channel models a point-to-point wire: it can lose any message at any time (late decision: `Lose`), which nobody
 * can tell from deciding at the `Put` whether the message will ever come out (early decision).
 */
import { type ChannelAction, type ChannelMachine, get, type SpecMessage } from "./spec.ts";

/** Messages sent and not yet delivered, the oldest first. */
export type QueueState = readonly SpecMessage[];

interface QueueRules {
  readonly name: string;
  readonly mayLose: boolean;
  readonly mayDropAtPut: boolean;
}

function queueMachine({ name, mayLose, mayDropAtPut }: QueueRules): ChannelMachine<QueueState> {
  return {
    name,
    initial: [],
    acknowledges: false,
    after: (q, action) => {
      if (action.kind === "put") {
        const kept = [...q, action.message];
        return mayDropAtPut ? [kept, q] : [kept];
      }
      return action.kind === "get" && q.length > 0 && q[0] === action.message ? [q.slice(1)] : [];
    },
    internal: (q) => (mayLose ? q.map((_, at) => q.toSpliced(at, 1)) : []),
    offers: headOf,
    key: (q) => JSON.stringify(q),
  };
}

function headOf(q: QueueState): readonly ChannelAction[] {
  return q[0] === undefined ? [] : [get(q[0])];
}

/** A FIFO queue without bound: everything comes out, once, in order. */
export const perfectMachine = queueMachine({ name: "perfect", mayLose: false, mayDropAtPut: false });

/** Keeps order and doubles nothing, but may lose any message at any time. */
export const unreliableFifoMachine = queueMachine({
  name: "unreliable FIFO",
  mayLose: true,
  mayDropAtPut: false,
});

/** The same, told shorter: whether a message is lost is decided when it is put. */
export const earlyFifoMachine = queueMachine({
  name: "unreliable FIFO, early decision",
  mayLose: false,
  mayDropAtPut: true,
});
