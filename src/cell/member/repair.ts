/**
 * How a replica whose stores are damaged becomes whole, with nobody's help. It cannot go on, for it no longer knows what it promised or what
 * the others hold. So it tells that it is damaged; the leader of its log takes it from the voters, with which everything that was agreed on is at
 * a majority of the others, by the order of the log; it hears that it is none any more, and only then removes its stores; and with
 * new ones it is made a member again, and sent the state. The others can lose as many meanwhile as if it were down, and no fewer.
 *
 * What is heard may be old. Then stores are removed that the log still counts on, as a lost disk's: the new ones are known
 * for others by their token, and get no vote in their place.
 */
import type { LogStatus } from "../../paxos/index.ts";
import { report_role } from "../gen/cell-admin.gen.ts";
import type { HeardReport } from "./reports.ts";

/** What a replica ends with that a majority of the others has found out: opening it again would hide it. */
const UNSOUND = "REPLICA_UNSOUND";

/** What opening a replica, or an entry of its log, ends with when its stores do not hold what was written. */
const DAMAGE: ReadonlySet<string> = new Set([
  "LOG_CORRUPT",
  "LOG_STATE_MISMATCH",
  "REPLICA_DAMAGED",
  UNSOUND,
  "STORE_CORRUPT",
  "VOLUME_DAMAGED",
  "VOLUME_FOREIGN",
]);

/** Once may be a misread; what is met again when the replica is opened anew is on the disk. */
export const DAMAGED_AFTER = 2;

/** How often one of these codes counts: as many times as `DAMAGED_AFTER` where nothing is left to be found out; 0 for what is no damage. */
export function damageOf(code: string): number {
  if (code === UNSOUND) return DAMAGED_AFTER;
  return DAMAGE.has(code) ? 1 : 0;
}

/** What the leader tells: nodes that should have a replica and are no voters, while nothing changes. */
export function outsideOf(
  { role, isServing, wanted, voters }: LogStatus,
  places: readonly string[],
): string[] {
  if (role !== "leader" || !isServing || wanted !== undefined) return [];
  return places.filter((name) => !voters.includes(name));
}

/** Whether one that leads the volume's log said after `sinceMs` that this node's replica is no voter. */
export function isOutside(
  volume: Uint8Array,
  self: string,
  sinceMs: number,
  heard: Iterable<HeardReport>,
): boolean {
  for (const { report, heardMs } of heard) {
    if (heardMs < sinceMs) continue;
    const told = report.replicas.find((each) => each.volume.every((byte, at) => byte === volume[at]));
    if (told?.role === report_role.REPORT_LEADER && told.outside.includes(self)) return true;
  }
  return false;
}

/**
 * Who of these nodes should be a voter now. Damaged replicas go, and so do those that were removed and have not noticed yet; what is closed for
 * another reason stays what it is.
 */
export function soundOf(
  names: readonly string[],
  voters: readonly string[],
  roleOf: (name: string) => report_role | undefined,
): string[] {
  return names.filter((name) => {
    const role = roleOf(name);
    if (role === report_role.REPORT_DAMAGED || role === report_role.REPORT_REMOVED) return false;
    return role !== report_role.REPORT_CLOSED || voters.includes(name);
  });
}
