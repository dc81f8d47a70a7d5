/** What a replica finds at its start: where the log begins, and whether the state of a machine that keeps it itself fits. */
import type { Change } from "../world/index.ts";
import type { HardState } from "./acceptor-state.ts";
import type { LogStore, Mark } from "./log-store.ts";
import { type AnyStateMachine, type DurableStateMachine, isDurable } from "./machine.ts";
import { guarded } from "./machine-guard.ts";
import { logError } from "./tickets.ts";

export interface FoundState {
  readonly mark: Mark | undefined;
  /** Entries up to here are not given to the state machine: its own state holds what they did. */
  readonly position: number;
  /** What completes, or gives up, what an earlier life began. */
  readonly changes: readonly Change[];
}

/** Throws LOG_CORRUPT, LOG_STATE_MISMATCH. */
export function foundState(logStore: LogStore, machine: AnyStateMachine<unknown>): FoundState {
  const mark = logStore.mark();
  if (isDurable(machine)) return durableState(logStore, machine, mark);
  if (mark?.given !== undefined)
    throw mismatch(logStore, "it begins where another kind of state machine was");
  return { mark, position: 0, changes: [] };
}

function durableState(
  logStore: LogStore,
  machine: DurableStateMachine<unknown>,
  mark: Mark | undefined,
): FoundState {
  const position = guarded("say its position", () => checked(machine.durablePosition()));
  if (mark !== undefined && mark.given === undefined) {
    throw mismatch(logStore, "it begins with a snapshot of a state machine that keeps no state itself");
  }
  const taking = logStore.taking();
  if (taking !== undefined && position >= taking.prefix.slot) {
    return { mark: taking, position, changes: switchChanges(logStore, taking) };
  }
  const given = mark?.given ?? 0;
  if (position < given)
    throw mismatch(
      logStore,
      `its first entries were let go of up to ${given}, and the state holds ${position}`,
    );
  if (logStore.identity() === undefined && position > 0) {
    throw mismatch(logStore, `it is new, and the state holds entry ${position}`);
  }
  return { mark, position, changes: taking === undefined ? [] : [logStore.takingChange(undefined)] };
}

/** The machine has switched to another replica's state, without a replica that could tell its acceptor: the log follows. */
export function switchChanges(logStore: LogStore, mark: Mark): Change[] {
  const { slot } = mark.prefix;
  const stored = logStore.hardState();
  // What is not known to be chosen may be what was not.
  const hardState: HardState =
    stored.committed >= slot ? stored : { promised: stored.promised, committed: slot, first: slot + 1 };
  return [logStore.markChange(mark), logStore.takingChange(undefined), logStore.hardStateChange(hardState)];
}

function checked(position: number): number {
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError(`${position} is no position`);
  return position;
}

function mismatch(logStore: LogStore, what: string): Error {
  return logError(
    "LOG_STATE_MISMATCH",
    logStore.name,
    `the log and the state machine's own state do not fit: ${what}`,
  );
}
