/** Makes the replica of what its store holds. */
import type { World } from "../world/index.ts";
import { AcceptorState } from "./acceptor-state.ts";
import { ballotOf } from "./entry.ts";
import type { Identity, LogStore } from "./log-store.ts";
import type { CheckedOptions } from "./open-options.ts";
import { Prefix } from "./prefix.ts";
import { Replica } from "./replica.ts";

export interface StartParts {
  readonly world: World;
  readonly options: CheckedOptions<unknown>;
  readonly logStore: LogStore;
  readonly identity: Identity;
  /** What the state machine has. */
  readonly applied: Prefix;
  /** The slot that the log begins after. */
  readonly base: number;
  /** A state machine that keeps its state itself has what was chosen up to here. */
  readonly position: number;
}

/** Undefined when entries are missing that this replica had. */
export function startReplica(parts: StartParts): Replica | undefined {
  const { world, options, logStore, applied, base, position } = parts;
  const { timing, limits, timeoutMs, isLeased } = options;
  const { id, life } = parts.identity;
  const stored = logStore.hardState();
  // What a snapshot or a state machine holds is chosen, whether or not that was written down by itself; and so is what it was
  // given by a replica of this process that ended, because it learned another number.
  const committed = Math.max(stored.committed, base, position, applied.slot);
  const hardState = { ...stored, committed };
  const last = Math.max(logStore.entries.last, hardState.first - 1);
  if (hardState.committed > last || hardState.first > base + 1) return undefined;
  const { load } = logStore;
  const state = new AcceptorState({ hardState, last, load, cacheBytes: limits.cacheBytes }, ballotOf);
  const prefix = new Prefix(applied);
  while (prefix.slot < hardState.committed) prefix.advance(state.entry(prefix.slot + 1));
  const { crc32, random } = world;
  const nowMs = world.clock.monotonicMs();
  const core = { id, life, state, prefix, timing, limits, crc32, random, nowMs };
  return new Replica({ ...core, isLeased, timeoutMs, fence: applied.fence });
}
