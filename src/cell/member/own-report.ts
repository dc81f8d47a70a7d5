/** What a node tells of its replicas. */
import type { LogRole } from "../../paxos/index.ts";
import { type node_report, REPORT_MAX_TEXT, REPORT_MAX_VOLUMES, report_role } from "../gen/cell-admin.gen.ts";
import type { Keeping } from "./keeper.ts";
import { outsideOf } from "./repair.ts";

export const ROLES: Readonly<Record<LogRole, report_role>> = {
  joining: report_role.REPORT_JOINING,
  learner: report_role.REPORT_LEARNER,
  follower: report_role.REPORT_FOLLOWER,
  candidate: report_role.REPORT_CANDIDATE,
  leader: report_role.REPORT_LEADER,
  removed: report_role.REPORT_REMOVED,
  closed: report_role.REPORT_CLOSED,
};

type ReplicaReport = node_report["replicas"][number];

/** `placesOf`: the nodes that should have a replica of a volume. */
export function ownReplicas(
  all: readonly Keeping[],
  placesOf: (id: Uint8Array) => readonly string[],
): ReplicaReport[] {
  return all.slice(0, REPORT_MAX_VOLUMES).map((kept) => replicaReport(kept, placesOf(kept.id)));
}

function replicaReport(
  { id, replica, failure, isDamaged }: Keeping,
  places: readonly string[],
): ReplicaReport {
  if (replica === undefined) {
    const role = isDamaged ? report_role.REPORT_DAMAGED : report_role.REPORT_CLOSED;
    const problem = failure === undefined ? "" : reportText(`${failure.code}: ${failure.message}`);
    return { volume: id, role, leader: "", ...NOTHING, problem, outside: [] };
  }
  const { log, queuedBytes, usedBytes } = replica.status();
  return {
    volume: id,
    role: ROLES[log.role],
    leader: log.leader ?? "",
    committed: BigInt(log.committed),
    applied: BigInt(log.applied),
    queued_bytes: BigInt(queuedBytes),
    used_bytes: BigInt(usedBytes),
    problem: "",
    outside: outsideOf(log, places),
  };
}

const NOTHING = { committed: 0n, applied: 0n, queued_bytes: 0n, used_bytes: 0n };

/** Text that a report can carry: 3 bytes of UTF-8 at most for each unit of the string. */
export function reportText(text: string): string {
  return text.slice(0, Math.floor(REPORT_MAX_TEXT / 3)).replace(/\p{Surrogate}/gu, "\ufffd");
}
