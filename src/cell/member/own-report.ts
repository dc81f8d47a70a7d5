/** What a node tells of its replicas. */
import type { LogRole } from "../../paxos/index.ts";
import {
  type node_report,
  REPORT_MAX_TEXT,
  REPORT_MAX_VOLUMES,
  report_role,
  report_scrub,
} from "../gen/cell-admin.gen.ts";
import type { HostedScrub } from "./hosted.ts";
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

const SCRUBS: Readonly<Record<HostedScrub["state"], report_scrub>> = {
  none: report_scrub.REPORT_NOT_SCRUBBED,
  reading: report_scrub.REPORT_SCRUBBING,
  read: report_scrub.REPORT_SCRUBBED,
  equal: report_scrub.REPORT_SCRUB_EQUAL,
  unsound: report_scrub.REPORT_SCRUB_DAMAGED,
};

type ReplicaReport = node_report["replicas"][number];

/** `nodesOf`: those at which a volume is, or shall be. */
export function ownReplicas(
  all: readonly Keeping[],
  nodesOf: (id: Uint8Array) => readonly string[],
): ReplicaReport[] {
  return all.slice(0, REPORT_MAX_VOLUMES).map((kept) => replicaReport(kept, nodesOf(kept.id)));
}

function replicaReport(
  { id, replica, failure, isDamaged }: Keeping,
  places: readonly string[],
): ReplicaReport {
  if (replica === undefined) {
    const role = isDamaged ? report_role.REPORT_DAMAGED : report_role.REPORT_CLOSED;
    const problem = failure === undefined ? "" : reportText(`${failure.code}: ${failure.message}`);
    return { volume: id, role, leader: "", ...NOTHING, problem, outside: [], ...NO_SCRUB };
  }
  const { log, queuedBytes, usedBytes, scrub } = replica.status();
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
    scrub: SCRUBS[scrub.state],
    scrub_index: BigInt(scrub.index),
    scrub_records: BigInt(scrub.records),
    scrub_damaged: BigInt(scrub.damaged),
  };
}

const NOTHING = { committed: 0n, applied: 0n, queued_bytes: 0n, used_bytes: 0n };

const NO_SCRUB = {
  scrub: report_scrub.REPORT_NOT_SCRUBBED,
  scrub_index: 0n,
  scrub_records: 0n,
  scrub_damaged: 0n,
};

/** Text that a report can carry: 3 bytes of UTF-8 at most for each unit of the string. */
export function reportText(text: string): string {
  return text.slice(0, Math.floor(REPORT_MAX_TEXT / 3)).replace(/\p{Surrogate}/gu, "\ufffd");
}
