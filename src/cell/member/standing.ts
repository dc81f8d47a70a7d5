/**
 * Watches what becomes of a node after its start: whether it can serve the cell's files, and whether it leads the cell. Logs tell of some of that
 * and not of all, so it is looked at now and then, often until the node serves for the first time.
 */
import type { LogRole } from "../../paxos/index.ts";
import type { Timer, World } from "../../world/index.ts";
import { report_role } from "../gen/cell-admin.gen.ts";
import { type CellVolume, hex, nodesOf } from "../state/records.ts";
import { ROOT_VOLUME } from "./duties.ts";
import type { Member } from "./member.ts";

export const FIRST_LOOK_MS = 20;
export const LOOK_MS = 250;

/** What a node can do at the moment. */
export interface Standing {
  /** The cell's files are there for the clients of this node. */
  readonly isServing: boolean;
  /** This node leads the cell's log, and a majority follows. */
  readonly isLeading: boolean;
}

export type Watched = Pick<Member, "self" | "state" | "log" | "replicaOf" | "isUp" | "reportOf">;

/** Tells when a node's standing changes, at most every 250 ms. */
export class StandingWatch {
  readonly #world: Pick<World, "timers">;
  readonly #member: Watched;
  readonly #onChange: (standing: Standing) => void;
  #last: Standing = { isServing: false, isLeading: false };
  #hasServed = false;
  #timer: Timer | undefined;

  /**
   * `onChange` hears of what is other than neither, and then of every change: never within this call, so that who starts a
   * node tells that it is there before what has become of it.
   */
  constructor(world: Pick<World, "timers">, member: Watched, onChange: (standing: Standing) => void) {
    this.#world = world;
    this.#member = member;
    this.#onChange = onChange;
    this.#timer = world.timers.after(0, () => this.#look());
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
  const { isLeader: isLeading } = member.log;
  const root = member.state.volumeNamed(ROOT_VOLUME);
  return { isServing: root !== undefined && isServed(member, root), isLeading };
}

/** By the replica here, or, where there is none that answers, by another to which calls are handed on. */
function isServed(member: Watched, volume: CellVolume): boolean {
  const own = member.replicaOf(volume.id)?.status();
  if (own !== undefined && isVoice(own.log.role)) return own.log.leader !== undefined && own.isFormatted;
  return nodesOf(volume).some(
    (name) => name !== member.self && member.isUp(name) && leads(member, name, volume),
  );
}

function isVoice(role: LogRole): boolean {
  return role !== "joining" && role !== "removed";
}

function leads(member: Watched, name: string, { id }: CellVolume): boolean {
  const replicas = member.reportOf(name)?.report.replicas ?? [];
  return replicas.some(({ volume, role }) => role === report_role.REPORT_LEADER && hex(volume) === hex(id));
}
