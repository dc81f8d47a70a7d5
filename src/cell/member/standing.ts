/**
 * Watches what becomes of a node after its start: whether it can serve the cell's files, and whether it leads the cell. Logs tell of some of that
 * and not of all, so it is looked at now and then, often until the node serves for the first time.
 */
import type { Timer, World } from "../../world/index.ts";
import { ROOT_VOLUME } from "./duties.ts";
import type { Member } from "./member.ts";

export const FIRST_LOOK_MS = 20;
export const LOOK_MS = 250;

export interface Standing {
  /** The cell's files are there for the clients of this node. */
  readonly isServing: boolean;
  /** This node leads the cell's log, and a majority follows. */
  readonly isLeading: boolean;
}

export type Watched = Pick<Member, "state" | "log" | "replicaOf">;

export class StandingWatch {
  readonly #world: Pick<World, "timers">;
  readonly #member: Watched;
  readonly #onChange: (standing: Standing) => void;
  #last: Standing = { isServing: false, isLeading: false };
  #hasServed = false;
  #timer: Timer | undefined;

  /** `onChange` hears of what is other than neither, and then of every change. */
  constructor(world: Pick<World, "timers">, member: Watched, onChange: (standing: Standing) => void) {
    this.#world = world;
    this.#member = member;
    this.#onChange = onChange;
    this.#look();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const standing = standingOf(this.#member);
    const { isServing, isLeading } = this.#last;
    this.#last = standing;
    this.#hasServed ||= standing.isServing;
    this.#timer = this.#world.timers.after(this.#hasServed ? LOOK_MS : FIRST_LOOK_MS, () => this.#look());
    if (standing.isServing !== isServing || standing.isLeading !== isLeading) this.#onChange(standing);
  }
}

export function standingOf(member: Watched): Standing {
  const { state, log } = member;
  const { isLeader: isLeading } = log;
  const root = state.volumeNamed(ROOT_VOLUME);
  if (root === undefined) return { isServing: false, isLeading };
  const own = member.replicaOf(root.id)?.status();
  const hasLeader = (own === undefined ? log.status() : own.log).leader !== undefined;
  return { isServing: hasLeader && (own?.isFormatted ?? true), isLeading };
}
